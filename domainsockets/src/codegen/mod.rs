//! The functions that generated code calls. No other code does.

mod arguments;
#[cfg(feature = "tokio")]
mod blocking;
#[cfg(feature = "blocking")]
pub mod blocking_call;
mod call;
mod fallible;
mod oneway;
mod raw;
#[cfg(feature = "tokio")]
mod reply;
#[cfg(feature = "tokio")]
mod wait;

pub use arguments::{Written, arguments, arguments_as, arguments_with_body};
pub use call::{call, call_bytes, call_fallible, call_fallible_bytes};
pub use fallible::Fallible;
pub use oneway::send;
pub use raw::{RawValue, call_raw, raw_data, send_raw};
#[cfg(feature = "tokio")]
pub use {
    blocking::blocking,
    raw::{raw_argument, raw_result, raw_value},
    reply::{decode, decode_as, encode, encode_as, encode_bytes, encode_bytes_as},
    wait::unless_shutting_down,
};
