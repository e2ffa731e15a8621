//! A call as its caller makes it, whichever client carries it.

mod canceller;
mod carrier;
#[cfg(any(feature = "tokio", feature = "blocking"))]
mod compatibility;
#[cfg(any(feature = "tokio", feature = "blocking"))]
mod draft;
mod method;
mod options;
#[cfg(any(feature = "tokio", feature = "blocking"))]
mod outcome;
mod reply;
mod with;

use std::borrow::Cow;

use crate::Error;
use crate::wire::Payload;

pub use crate::proto::Completion;
pub use canceller::Canceller;
pub use carrier::{BoxCarrier, Carrier, DynCarrier, Layer, Layered};
pub use method::{Method, list};
pub use options::CallOptions;
pub use reply::Reply;
pub use with::With;
#[cfg(any(feature = "tokio", feature = "blocking"))]
pub(crate) use {
    compatibility::Compatibility,
    draft::{CallFailure, Draft},
    outcome::cause_error,
};

/// A call on its way to a server: what a stub hands to its [`Carrier`], and each decorator to the next.
///
/// A decorator passes the whole call on, so that it keeps what it does not know of.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use domainsockets::{Call, CallOptions};
///
/// let mut call = Call::new("Kv.get", "key");
/// call.options = CallOptions::new().with_deadline(Duration::from_secs(1));
/// assert_eq!(call.handler, "Kv.get");
/// assert!(!call.is_idempotent());
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Call<'a> {
    /// The name of the handler.
    pub handler: Cow<'a, str>,
    /// The data of the request.
    pub data: Payload<'a>,
    /// The options of this call.
    pub options: CallOptions,
    /// The event that completes the call.
    pub completion: Completion,
    /// The method of a service that is called, if a stub made the call.
    pub method: Option<&'static Method>,
}

impl<'a> Call<'a> {
    /// Returns a raw call of a handler, without options.
    #[must_use]
    pub fn new(handler: impl Into<Cow<'a, str>>, data: impl Into<Payload<'a>>) -> Self {
        Self {
            handler: handler.into(),
            data: data.into(),
            options: CallOptions::new(),
            completion: Completion::Reply,
            method: None,
        }
    }

    /// Returns a call of a method of a service.
    #[doc(hidden)]
    #[must_use]
    pub fn of(method: &'static Method, data: Payload<'a>) -> Self {
        Self {
            method: Some(method),
            ..Self::new(method.handler(), data)
        }
    }

    /// Returns whether the call may run more than once: its options say so, or its method.
    #[must_use]
    pub fn is_idempotent(&self) -> bool {
        self.options.is_idempotent() || self.method.is_some_and(Method::is_idempotent)
    }

    /// Returns the same call once more, for a layer that retries; `None` for a call that can be made only
    /// once.
    #[must_use]
    pub fn try_clone(&self) -> Option<Self> {
        Some(self.clone())
    }

    /// Copies what the call borrows, for a carrier that sends it from a task of its own.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] for a call with a part that cannot be copied. There is none yet.
    pub fn into_owned(self) -> Result<Call<'static>, Error> {
        Ok(Call {
            handler: Cow::Owned(self.handler.into_owned()),
            data: self.data.into_owned(),
            options: self.options,
            completion: self.completion,
            method: self.method,
        })
    }
}
