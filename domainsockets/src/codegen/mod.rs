//! The functions that generated code calls. No other code does.

mod arguments;
#[cfg(feature = "tokio")]
mod blocking;
#[cfg(feature = "blocking")]
pub(crate) mod blocking_call;
mod call;
mod fallible;
mod features;
mod named_types;
mod oneway;
mod raw;
#[cfg(feature = "tokio")]
mod reply;
pub(crate) mod typed;
#[cfg(feature = "tokio")]
mod wait;

pub use arguments::Written;
pub(crate) use arguments::arguments_as;
#[cfg(feature = "bincode")]
pub(crate) use arguments::{arguments, arguments_with_body};
pub(crate) use call::{call, call_bytes, call_fallible, call_fallible_bytes};
pub use fallible::Fallible;
pub use named_types::{CallContext, KnownType, Referent, StdPath, UnknownType, context, std_path};
pub(crate) use oneway::send;
pub use raw::{RawValue, send_raw};
pub(crate) use raw::{call_raw, raw_data};
#[cfg(all(feature = "bincode", feature = "tokio"))]
pub(crate) use reply::{decode, encode, encode_bytes};
#[cfg(feature = "tokio")]
pub use {blocking::blocking, wait::unless_shutting_down};
#[cfg(feature = "tokio")]
pub(crate) use {
    raw::{raw_argument, raw_result},
    reply::{decode_as, encode_as, encode_bytes_as},
};
