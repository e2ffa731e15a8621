//! A call while a client makes it: deadline, options and announcement settled.

use std::borrow::Cow;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::{Call, CallOptions, Canceller, Completion, Method};
use crate::Error;
use crate::limits::bounded;
use crate::proto::Outcome;
use crate::wire::{Meta, NAME_LIMIT, NAME_TOO_LONG, Payload};

/// A call that a client is making, asynchronous or blocking.
#[derive(Clone, Debug)]
pub(crate) struct Draft<'a> {
    handler: Cow<'a, str>,
    /// The data of the request, until they are moved into the outbox.
    pub(crate) data: Payload<'a>,
    options: CallOptions,
    pub(crate) completion: Completion,
    method: Option<&'static Method>,
    /// The time from the beginning of the call to its deadline.
    time: Duration,
    /// The deadline.
    end: Option<Instant>,
    /// The method that the call announces, since the connection does not know yet whether the server agrees
    /// on it, and the hash of the method's signature.
    announced: Option<(&'static Method, Option<u64>)>,
}

/// The failure of a call, for clients that may make it again.
#[derive(Debug)]
pub(crate) struct CallFailure {
    pub(crate) error: Error,
    /// Whether the handler may have run: a part of the request was sent, or may have been.
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

    /// Settles the options and the deadline of a call that begins at `now`. `default_deadline` is
    /// the client's.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidName`] if the handler's name is too long, [`Error::TooMuchMetadata`],
    /// [`Error::Cancelled`] if the call's canceller is already cancelled.
    pub(crate) fn settle(
        &mut self,
        now: Instant,
        default_deadline: Option<Duration>,
    ) -> Result<(), Error> {
        if self.handler.len() > NAME_LIMIT {
            return Err(Error::InvalidName {
                name: self.handler.to_string(),
                reason: NAME_TOO_LONG.to_owned(),
            });
        }
        let method_deadline = self.method.and_then(Method::deadline);
        self.options.settle(method_deadline, default_deadline)?;
        if let Some(time) = self.options.deadline().or(default_deadline) {
            self.time = bounded(time);
            self.end = Some(now + self.time);
        }
        Ok(())
    }

    /// Copies borrowed parts, so that the draft can move into a task.
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

    /// Returns the handler's name and the data for the request. The state machine takes the data out.
    pub(crate) const fn request(&mut self) -> (&Cow<'a, str>, &mut Payload<'a>) {
        (&self.handler, &mut self.data)
    }

    /// Returns the deadline, if the call has one.
    pub(crate) const fn end(&self) -> Option<Instant> {
        self.end
    }

    /// Returns the time at which a client no longer waits for the call: its deadline, or a time that is never
    /// reached.
    pub(crate) fn wait_end(&self, now: Instant) -> Instant {
        self.end.unwrap_or_else(|| now + bounded(Duration::MAX))
    }

    /// Returns whether the call fails where its request would have to wait: for a permit, for the server's
    /// queue, or for a redial.
    pub(crate) const fn is_no_wait(&self) -> bool {
        self.options.is_no_wait()
    }

    /// Returns the canceller, if the call has one.
    pub(crate) const fn canceller(&self) -> Option<&Canceller> {
        self.options.canceller()
    }

    /// Returns whether the call may be made again even if it may have run.
    ///
    /// One-way calls never are: once sent they are complete, and their callers do not learn of a loss.
    pub(crate) fn is_repeatable(&self) -> bool {
        let is_idempotent =
            self.options.is_idempotent() || self.method.is_some_and(Method::is_idempotent);
        is_idempotent && self.completion == Completion::Reply
    }

    /// Returns the call's method if its signature is to be compared and the call does not announce it yet.
    #[inline]
    pub(crate) fn unannounced(&self) -> Option<&'static Method> {
        self.method
            .filter(|method| self.announced.is_none() && method.is_compared())
    }

    /// Lets the call announce its method.
    ///
    /// The caller must hold no lock: deriving the signature runs `Deserialize` code of the user's types,
    /// which may make calls itself.
    pub(crate) fn announce(&mut self, method: &'static Method) {
        self.announced = Some((method, method.signature().hash()));
    }

    /// Returns the method that the call announces.
    pub(crate) fn announced(&self) -> Option<&'static Method> {
        self.announced.map(|(method, _)| method)
    }

    /// Returns the `$meta` message to send in front of the call, if the call needs one.
    #[inline]
    pub(crate) fn meta(&self, now: Instant) -> Option<Meta> {
        let signature = self.announced.and_then(|(_, signature)| signature);
        self.options.meta(now, self.end, signature)
    }

    /// Returns the error for a call whose deadline has passed.
    #[cold]
    pub(crate) fn expired(&self) -> Error {
        Error::DeadlineExceeded {
            handler: self.handler.to_string(),
            after: self.time,
        }
    }

    /// Converts the outcome of the call into its caller's result.
    pub(crate) fn result(&self, outcome: Outcome) -> Result<Bytes, Error> {
        // The server may answer before it has read all of the request.
        if self.completion == Completion::Sent && matches!(outcome, Outcome::Reply { .. }) {
            return Ok(Bytes::new());
        }
        outcome.into_result(&self.handler, || self.expired())
    }
}

impl CallFailure {
    /// Returns whether the call failed because its connection was lost or is ending.
    pub(crate) const fn is_lost(&self) -> bool {
        matches!(self.error, Error::Disconnected { .. } | Error::ShuttingDown)
    }

    /// Returns the failure of a call that was not sent, not even in part.
    pub(crate) const fn unsent(error: Error) -> Self {
        Self {
            error,
            was_sent: false,
        }
    }

    /// Returns the failure of a call that was in flight.
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
