//! What generated code implements and calls.

mod deadline;
mod oneway;
mod with;

use std::sync::Arc;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::codec::{self, AsBytes, ByteValue};
use crate::server::{Failure, Methods, Request};
use crate::signature::method::Method;
use crate::wire::{Cause, Payload};
use crate::{CallError, CallOptions, Error, ServeError};

pub use deadline::Deadline;
pub use oneway::send;
pub use with::With;

/// A set of methods that a [`Server`](crate::Server) can have. The [`service`](macro@crate::service)
/// attribute implements it for the server adapter that it makes of a trait.
pub trait Service {
    /// Adds the methods.
    ///
    /// # Errors
    ///
    /// [`ServeError::DuplicateHandler`] if one of the names is taken;
    /// [`ServeError::UnknownAccount`] or [`ServeError::Io`] if a user or group who is to be allowed
    /// cannot be found.
    fn register(self, methods: &mut Methods) -> Result<(), ServeError>;
}

/// What carries a raw call to a server and its reply back: a [`Client`](crate::Client), or
/// something that stands in for one.
///
/// A carrier of one's own is not told of [options](CallOptions), nor that a method is idempotent: what it
/// calls is not repeated, and has the deadline that the carrier gives it.
///
/// # Examples
///
/// A carrier that counts the calls it passes on:
///
/// ```
/// use std::sync::atomic::{AtomicU64, Ordering};
///
/// use domainsockets::{Bytes, Carrier, Error};
///
/// struct Counting<C> {
///     carrier: C,
///     calls: AtomicU64,
/// }
///
/// impl<C: Carrier> Carrier for Counting<C> {
///     async fn call(&self, handler: &str, data: Bytes) -> Result<Bytes, Error> {
///         self.calls.fetch_add(1, Ordering::Relaxed);
///         self.carrier.call(handler, data).await
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not carry calls",
    note = "a stub is made over a `domainsockets::Client`, or over what implements `Carrier`"
)]
pub trait Carrier: Send + Sync {
    /// Calls a handler and returns the data of its reply.
    fn call(&self, handler: &str, data: Bytes)
    -> impl Future<Output = Result<Bytes, Error>> + Send;

    /// Calls a handler with data that may be in two pieces, of which large arguments are one. By
    /// default they are put together for [`call`](Self::call), which knows no options.
    #[doc(hidden)]
    fn call_parts(
        &self,
        handler: &str,
        data: Payload,
        _options: CallOptions,
    ) -> impl Future<Output = Result<Bytes, Error>> + Send {
        self.call(handler, data.into_bytes())
    }

    /// Calls a handler and returns when the request has left. By default that is not known before the
    /// reply has come, which is dropped.
    #[doc(hidden)]
    fn send_parts(
        &self,
        handler: &str,
        data: Payload,
        options: CallOptions,
    ) -> impl Future<Output = Result<(), Error>> + Send {
        async { self.call_parts(handler, data, options).await.map(drop) }
    }
}

impl<C: Carrier + ?Sized> Carrier for &C {
    async fn call(&self, handler: &str, data: Bytes) -> Result<Bytes, Error> {
        C::call(self, handler, data).await
    }

    async fn call_parts(
        &self,
        handler: &str,
        data: Payload,
        options: CallOptions,
    ) -> Result<Bytes, Error> {
        C::call_parts(self, handler, data, options).await
    }

    async fn send_parts(
        &self,
        handler: &str,
        data: Payload,
        options: CallOptions,
    ) -> Result<(), Error> {
        C::send_parts(self, handler, data, options).await
    }
}

impl<C: Carrier + ?Sized> Carrier for Arc<C> {
    async fn call(&self, handler: &str, data: Bytes) -> Result<Bytes, Error> {
        C::call(self, handler, data).await
    }

    async fn call_parts(
        &self,
        handler: &str,
        data: Payload,
        options: CallOptions,
    ) -> Result<Bytes, Error> {
        C::call_parts(self, handler, data, options).await
    }

    async fn send_parts(
        &self,
        handler: &str,
        data: Payload,
        options: CallOptions,
    ) -> Result<(), Error> {
        C::send_parts(self, handler, data, options).await
    }
}

/// Carries calls of methods that may run more than once, and says so.
#[derive(Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "generated code makes it around its carrier"
)]
pub struct Idempotent<'c, C: ?Sized>(pub &'c C);

impl<C: Carrier + ?Sized> Carrier for Idempotent<'_, C> {
    async fn call(&self, handler: &str, data: Bytes) -> Result<Bytes, Error> {
        self.call_parts(handler, data.into(), CallOptions::new())
            .await
    }

    async fn call_parts(
        &self,
        handler: &str,
        data: Payload,
        options: CallOptions,
    ) -> Result<Bytes, Error> {
        self.0.call_parts(handler, data, options.idempotent()).await
    }

    async fn send_parts(
        &self,
        handler: &str,
        data: Payload,
        options: CallOptions,
    ) -> Result<(), Error> {
        // Never repeated, whatever its method allows: nobody would wait for that.
        self.0.send_parts(handler, data, options).await
    }
}

/// Reads a request's arguments, all of its data.
///
/// # Errors
///
/// [`Failure`] if they do not fit.
pub fn decode<'de, A: Deserialize<'de>>(request: &'de Request) -> Result<A, Failure> {
    codec::decode(request.data())
        .map_err(|error| Failure(Cause::Codec(format!("arguments: {error}"))))
}

/// Writes a method's result.
///
/// # Errors
///
/// [`Failure`] if it cannot be encoded.
pub fn encode<R: Serialize + ?Sized>(reply: &R) -> Result<Payload, Failure> {
    codec::encode(reply).map_err(|error| Failure(Cause::Codec(format!("result: {error}"))))
}

/// Writes a method's result that is bytes.
///
/// # Errors
///
/// [`Failure`] if it cannot be encoded.
pub fn encode_bytes<R: ByteValue>(reply: R) -> Result<Payload, Failure> {
    encode(&AsBytes(&reply.share()))
}

/// Calls a method whose result is a plain value.
///
/// # Errors
///
/// Any of [`Error`].
pub fn call<C: Carrier + ?Sized, A: Serialize, R: DeserializeOwned>(
    carrier: &C,
    method: &'static Method,
    arguments: &A,
) -> impl Future<Output = Result<R, Error>> + Send {
    // The arguments are written before the future is made, so that it does not hold them.
    let data = codec::encode(arguments);
    async move {
        let data = data.map_err(|error| Error::Codec(format!("arguments: {error}")))?;
        let reply = carrier
            .call_parts(method.handler(), data, CallOptions::of(method))
            .await?;
        codec::decode(&reply).map_err(|error| Error::Codec(format!("result: {error}")))
    }
}

/// Calls a method that returns a `Result`.
///
/// # Errors
///
/// [`CallError::Method`] with the method's own error, [`CallError::Call`] with any of [`Error`].
pub fn call_fallible<C, A, R, E>(
    carrier: &C,
    method: &'static Method,
    arguments: &A,
) -> impl Future<Output = Result<R, CallError<E>>> + Send
where
    C: Carrier + ?Sized,
    A: Serialize,
    R: DeserializeOwned,
    E: DeserializeOwned,
{
    let called = call::<C, A, Result<R, E>>(carrier, method, arguments);
    async move { called.await?.map_err(CallError::Method) }
}

/// Calls a method whose result is bytes.
///
/// # Errors
///
/// Any of [`Error`].
pub fn call_bytes<C: Carrier + ?Sized, A: Serialize, R: ByteValue>(
    carrier: &C,
    method: &'static Method,
    arguments: &A,
) -> impl Future<Output = Result<R, Error>> + Send {
    let called = call::<C, A, AsBytes<R>>(carrier, method, arguments);
    async move { called.await.map(|AsBytes(reply)| reply) }
}

/// Calls a method that returns a `Result` of bytes.
///
/// # Errors
///
/// [`CallError::Method`] with the method's own error, [`CallError::Call`] with any of [`Error`].
pub fn call_fallible_bytes<C, A, R, E>(
    carrier: &C,
    method: &'static Method,
    arguments: &A,
) -> impl Future<Output = Result<R, CallError<E>>> + Send
where
    C: Carrier + ?Sized,
    A: Serialize,
    R: ByteValue,
    E: DeserializeOwned,
{
    let called = call_fallible::<C, A, AsBytes<R>, E>(carrier, method, arguments);
    async move { called.await.map(|AsBytes(reply)| reply) }
}
