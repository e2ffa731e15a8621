//! A call that a client is about to make.

use std::borrow::Cow;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::{Call, CallOptions, Canceller, Completion, Method};
use crate::Error;
use crate::limits::bounded;
use crate::proto::Outcome;
use crate::wire::{Meta, NAME_LIMIT, NAME_TOO_LONG, Payload};

/// A call with its options completed, whichever client makes it.
#[derive(Clone, Debug)]
pub(crate) struct Draft<'a> {
    handler: Cow<'a, str>,
    /// The data, until they are written.
    pub(crate) data: Payload<'a>,
    options: CallOptions,
    pub(crate) completion: Completion,
    method: Option<&'static Method>,
    /// The time that the call has.
    time: Duration,
    end: Option<Instant>,
    /// The method that the call announces, of which the connection knows nothing yet, and the number of its
    /// signature.
    announced: Option<(&'static Method, Option<u64>)>,
}

/// How a call failed.
#[derive(Debug)]
pub(crate) struct CallFailure {
    pub(crate) error: Error,
    /// Whether a part of the request was sent, so that the call may have run.
    pub(crate) was_sent: bool,
}

impl<'a> Draft<'a> {
    pub(crate) fn new(call: Call<'a>) -> Self {
        Self {
            handler: call.handler,
            data: call.data,
            options: call.options,
            completion: call.completion,
            method: call.method,
            time: Duration::MAX,
            end: None,
            announced: None,
        }
    }

    /// Completes a call that is made now, in place. It takes no longer than `usually`, unless it says so.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidName`], [`Error::TooMuchMetadata`], [`Error::Cancelled`].
    pub(crate) fn settle(&mut self, now: Instant, usually: Option<Duration>) -> Result<(), Error> {
        if self.handler.len() > NAME_LIMIT {
            return Err(Error::InvalidName {
                name: self.handler.to_string(),
                reason: NAME_TOO_LONG,
            });
        }
        let of_method = self.method.and_then(Method::deadline);
        self.options.settle(of_method, usually)?;
        if let Some(time) = self.options.deadline().or(usually) {
            self.time = bounded(time);
            self.end = Some(now + self.time);
        }
        Ok(())
    }

    /// Copies what the call borrows.
    pub(crate) fn into_owned(self) -> Draft<'static> {
        Draft {
            handler: Cow::Owned(self.handler.into_owned()),
            data: self.data.into_owned(),
            options: self.options,
            completion: self.completion,
            method: self.method,
            time: self.time,
            end: self.end,
            announced: self.announced,
        }
    }

    /// Returns the name of the handler.
    pub(crate) fn handler(&self) -> &str {
        &self.handler
    }

    /// Returns the handler's name and the data, which are written into the request.
    pub(crate) const fn request(&mut self) -> (&Cow<'a, str>, &mut Payload<'a>) {
        (&self.handler, &mut self.data)
    }

    /// Returns the time at which the call has ended, if it has one.
    pub(crate) const fn end(&self) -> Option<Instant> {
        self.end
    }

    /// Returns whether the call fails rather than wait for room.
    pub(crate) const fn is_no_wait(&self) -> bool {
        self.options.is_no_wait()
    }

    /// Returns the canceller of the call, if it has one.
    pub(crate) const fn canceller(&self) -> Option<&Canceller> {
        self.options.canceller()
    }

    /// Returns whether the call may be made once more, although it may have run. A one-way call is never
    /// repeated: its caller is not told that it was lost.
    pub(crate) fn is_repeatable(&self) -> bool {
        let is_idempotent =
            self.options.is_idempotent() || self.method.is_some_and(Method::is_idempotent);
        is_idempotent && self.completion == Completion::Reply
    }

    /// Returns the method of the call if client and server compare it and the call does not announce it yet.
    #[inline]
    pub(crate) fn unannounced(&self) -> Option<&'static Method> {
        self.method
            .filter(|method| self.announced.is_none() && method.is_compared())
    }

    /// Lets the call announce its method. The caller holds no lock: to find a signature out, types run code
    /// of their own, which may make calls.
    pub(crate) fn announce(&mut self, method: &'static Method) {
        self.announced = Some((method, method.signature().hash()));
    }

    /// Returns the method that the call announces.
    pub(crate) fn announced(&self) -> Option<&'static Method> {
        self.announced.map(|(method, _)| method)
    }

    /// Returns the message that goes in front of the call, if it has one.
    #[inline]
    pub(crate) fn meta(&self, now: Instant) -> Option<Meta> {
        let signature = self.announced.and_then(|(_, signature)| signature);
        self.options.meta(now, self.end, signature)
    }

    /// Returns the error of a call whose deadline has passed.
    #[cold]
    pub(crate) fn expired(&self) -> Error {
        Error::DeadlineExceeded {
            handler: self.handler.to_string(),
            after: self.time,
        }
    }

    /// Turns the outcome of the call into what its caller gets.
    pub(crate) fn result(&self, outcome: Outcome) -> Result<Bytes, Error> {
        outcome.into_result(&self.handler, || self.expired())
    }
}

impl CallFailure {
    /// Returns the failure of a call that was not sent.
    pub(crate) const fn unsent(error: Error) -> Self {
        Self {
            error,
            was_sent: false,
        }
    }

    /// Returns the failure of a call that had begun.
    pub(crate) const fn in_flight(error: Error) -> Self {
        let was_sent = !matches!(
            error,
            Error::Disconnected {
                may_have_run: false
            }
        );
        Self { error, was_sent }
    }
}
