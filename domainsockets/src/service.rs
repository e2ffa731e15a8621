//! What generated code implements and calls.

#[cfg(feature = "tokio")]
mod blocking;
mod fallible;
mod oneway;
mod raw;
mod with;

use std::marker::PhantomData;
use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::codec::bytes::{AsBytes, ByteValue};
use crate::codec::{self, Bincode, Codec, CodecError};
use crate::method::Method;
use crate::wire::Payload;
use crate::{CallError, CallOptions, Error};
#[cfg(feature = "tokio")]
use crate::{
    ServeError,
    server::{Failure, Methods, Request},
    wire::Cause,
};

pub use fallible::Fallible;
pub use oneway::send;
pub use raw::{RawValue, call_raw, raw_data, send_raw};
pub use with::With;
#[cfg(feature = "tokio")]
pub use {
    blocking::blocking,
    raw::{raw_argument, raw_result, raw_value},
};

/// A set of methods that a [`Server`](crate::Server) can have. The [`service`](macro@crate::service)
/// attribute implements it for the server adapter that it makes of a trait.
#[cfg(feature = "tokio")]
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

/// What refers to a carrier is one: calls are the carrier's own futures, with none around them.
macro_rules! carry_by {
    ($reference:ty) => {
        impl<C: Carrier + ?Sized> Carrier for $reference {
            fn call(
                &self,
                handler: &str,
                data: Bytes,
            ) -> impl Future<Output = Result<Bytes, Error>> + Send {
                C::call(self, handler, data)
            }

            fn call_parts(
                &self,
                handler: &str,
                data: Payload,
                options: CallOptions,
            ) -> impl Future<Output = Result<Bytes, Error>> + Send {
                C::call_parts(self, handler, data, options)
            }

            fn send_parts(
                &self,
                handler: &str,
                data: Payload,
                options: CallOptions,
            ) -> impl Future<Output = Result<(), Error>> + Send {
                C::send_parts(self, handler, data, options)
            }
        }
    };
}

carry_by!(&C);
carry_by!(Arc<C>);

/// The arguments of a call, written with a codec that its reply is to be read with.
///
/// They are written before the call's future is made, which holds none of them, and is the same for all
/// methods that return the same.
#[derive(Debug)]
pub struct Written<X> {
    pub(crate) data: Result<Payload, CodecError>,
    pub(crate) codec: PhantomData<fn() -> X>,
}

/// Writes the arguments of a call of a service that chooses no codec.
pub fn arguments<A: Serialize>(arguments: &A) -> Written<Bincode> {
    Written {
        data: codec::encode(arguments),
        codec: PhantomData,
    }
}

/// Reads a request's arguments, all of its data.
///
/// # Errors
///
/// [`Failure`] if they do not fit.
#[cfg(feature = "tokio")]
pub fn decode<'de, A: Deserialize<'de>>(request: &'de Request) -> Result<A, Failure> {
    codec::decode(request.data()).map_err(|error| Failure(Cause::Codec(error.of_arguments())))
}

/// Writes a method's result.
///
/// # Errors
///
/// [`Failure`] if it cannot be encoded.
#[cfg(feature = "tokio")]
pub fn encode<R: Serialize + ?Sized>(reply: &R) -> Result<Payload, Failure> {
    codec::encode(reply).map_err(|error| Failure(Cause::Codec(error.of_result())))
}

/// Writes a method's result that is bytes.
///
/// # Errors
///
/// [`Failure`] if it cannot be encoded.
#[cfg(feature = "tokio")]
pub fn encode_bytes<R: ByteValue>(reply: R) -> Result<Payload, Failure> {
    encode(&AsBytes(&reply.share()))
}

/// Calls a method whose result is a plain value.
///
/// # Errors
///
/// Any of [`Error`].
pub fn call<C: Carrier + ?Sized, X: Codec, R: for<'de> Deserialize<'de>>(
    carrier: &C,
    method: &'static Method,
    arguments: Written<X>,
) -> impl Future<Output = Result<R, Error>> + Send {
    call_then(carrier, method, arguments, |called| called)
}

/// Calls a method that returns a `Result`.
///
/// # Errors
///
/// [`CallError::Method`] with the method's own error, [`CallError::Call`] with any of [`Error`].
pub fn call_fallible<C, X, R, E>(
    carrier: &C,
    method: &'static Method,
    arguments: Written<X>,
) -> impl Future<Output = Result<R, CallError<E>>> + Send
where
    C: Carrier + ?Sized,
    X: Codec,
    R: for<'de> Deserialize<'de>,
    E: for<'de> Deserialize<'de>,
{
    call_then(carrier, method, arguments, fallible)
}

/// Calls a method whose result is bytes.
///
/// # Errors
///
/// Any of [`Error`].
pub fn call_bytes<C: Carrier + ?Sized, X: Codec, R: ByteValue>(
    carrier: &C,
    method: &'static Method,
    arguments: Written<X>,
) -> impl Future<Output = Result<R, Error>> + Send {
    call_then(carrier, method, arguments, |called| {
        called.map(|AsBytes(reply)| reply)
    })
}

/// Calls a method that returns a `Result` of bytes.
///
/// # Errors
///
/// [`CallError::Method`] with the method's own error, [`CallError::Call`] with any of [`Error`].
pub fn call_fallible_bytes<C, X, R, E>(
    carrier: &C,
    method: &'static Method,
    arguments: Written<X>,
) -> impl Future<Output = Result<R, CallError<E>>> + Send
where
    C: Carrier + ?Sized,
    X: Codec,
    R: ByteValue,
    E: for<'de> Deserialize<'de>,
{
    call_then(carrier, method, arguments, |called| {
        fallible(called).map(|AsBytes(reply)| reply)
    })
}

/// Calls a method, and makes what its stub returns of the result. All of it is one future: one around
/// another would hold that twice, and move it.
#[expect(
    clippy::manual_async_fn,
    reason = "an async function would hold the arguments twice: as they are given, and as its own"
)]
fn call_then<C, X, R, T>(
    carrier: &C,
    method: &'static Method,
    arguments: Written<X>,
    then: impl FnOnce(Result<R, Error>) -> T + Send,
) -> impl Future<Output = T> + Send
where
    C: Carrier + ?Sized,
    X: Codec,
    R: for<'de> Deserialize<'de>,
{
    async move {
        let reply = match arguments.data {
            Ok(data) => {
                let options = CallOptions::of(method);
                carrier.call_parts(method.handler(), data, options).await
            }
            Err(error) => Err(Error::Codec(error.of_arguments())),
        };
        then(reply.and_then(|reply| {
            codec::decode_as::<X, R>(&reply).map_err(|error| Error::Codec(error.of_result()))
        }))
    }
}

fn fallible<R, E>(called: Result<Result<R, E>, Error>) -> Result<R, CallError<E>> {
    called?.map_err(CallError::Method)
}
