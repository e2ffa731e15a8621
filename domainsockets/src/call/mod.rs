//! A call as its caller makes it, for every kind of client.

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
#[cfg(any(feature = "tokio", feature = "blocking"))]
mod unavailable;
mod with;

use std::borrow::Cow;

use crate::Error;
use crate::wire::Payload;

pub use crate::proto::Completion;
#[cfg(feature = "blocking")]
pub(crate) use canceller::CancelRegistration;
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
    unavailable::{disconnected, receive_queue_full, too_many_in_flight},
};

/// A call to be made: what a stub passes to its [`Carrier`], and each decorator to the next one.
///
/// A decorator passes the whole call on, so that deadline, metadata and options that it does not know of are
/// kept. The fields are public for decorators that inspect or change them.
///
/// # Examples
///
/// A raw call with a deadline of its own:
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
#[derive(Debug)]
#[non_exhaustive]
pub struct Call<'a> {
    /// The name of the handler to call.
    pub handler: Cow<'a, str>,
    /// The data of the request.
    pub data: Payload<'a>,
    /// The options of the call: deadline, metadata, cancellation, retries.
    pub options: CallOptions,
    /// The event that completes the call for its caller: the reply, or for one-way calls the sending.
    pub completion: Completion,
    /// The method of the service, if a stub made the call; `None` for a raw call.
    pub method: Option<&'static Method>,
}

impl<'a> Call<'a> {
    /// Returns a raw call of a handler that waits for the reply, with default options.
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

    /// Returns a call of a service's method.
    #[doc(hidden)]
    #[must_use]
    pub fn of(method: &'static Method, data: Payload<'a>) -> Self {
        Self {
            method: Some(method),
            ..Self::new(method.handler(), data)
        }
    }

    /// Returns whether the call may run more than once, because its options or its method declare it.
    #[must_use]
    pub fn is_idempotent(&self) -> bool {
        self.options.is_idempotent() || self.method.is_some_and(Method::is_idempotent)
    }

    /// Clones the call, for a layer that retries. Returns `None` for a call that can be made only once.
    ///
    /// Every call of this version can be cloned.
    #[must_use]
    pub fn try_clone(&self) -> Option<Self> {
        Some(Self {
            handler: self.handler.clone(),
            data: self.data.clone(),
            options: self.options.clone(),
            completion: self.completion,
            method: self.method,
        })
    }

    /// Copies what the call borrows, so that a carrier can make it from another task.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] if a part of the call cannot be copied. This version has no such part.
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
