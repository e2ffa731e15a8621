//! The functions that generated code calls. No other code does.

#[cfg(feature = "tokio")]
mod blocking;
mod fallible;
mod features;
mod named_types;
mod raw;
pub(crate) mod typed;
#[cfg(feature = "tokio")]
mod wait;

pub use fallible::Fallible;
pub use named_types::{CallContext, KnownType, Referent, StdPath, UnknownType, context, std_path};
pub use raw::RawValue;
#[cfg(feature = "tokio")]
pub use {blocking::blocking, wait::unless_shutting_down};
