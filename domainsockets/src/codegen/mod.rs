//! What generated code calls, and nothing else does.

#[cfg(feature = "tokio")]
mod blocking;
mod call;
mod coded;
mod fallible;
mod oneway;
mod raw;

pub use call::{Written, arguments, call, call_bytes, call_fallible, call_fallible_bytes};
pub use coded::arguments_as;
pub use fallible::Fallible;
pub use oneway::send;
pub use raw::{RawValue, call_raw, raw_data, send_raw};
#[cfg(feature = "tokio")]
pub use {
    blocking::blocking,
    call::{decode, encode, encode_bytes},
    coded::{decode_as, encode_as, encode_bytes_as},
    raw::{raw_argument, raw_result, raw_value},
};
