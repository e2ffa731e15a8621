//! A call as its caller makes it, whichever client carries it.

mod carrier;
#[cfg(any(feature = "tokio", feature = "blocking"))]
mod compatibility;
mod method;
mod options;
#[cfg(any(feature = "tokio", feature = "blocking"))]
mod outcome;
mod with;

pub use carrier::Carrier;
pub use method::{Method, list};
pub use options::CallOptions;
pub use with::With;
#[cfg(any(feature = "tokio", feature = "blocking"))]
pub(crate) use {
    compatibility::Compatibility,
    outcome::{cause_error, check_handler},
};
