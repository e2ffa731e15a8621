//! How a stub calls a method, by the type that this returns.

use std::marker::PhantomData;

use bytes::Bytes;
use serde::Deserialize;

use super::outcome::{fallible, oneway, result, unwritable};
use super::{Written, unmet};
use crate::call::{Call, Carrier, Method};
use crate::codec::Codec;
use crate::codec::bytes::{AsBytes, ByteValue};
use crate::codegen::RawValue;
use crate::{CallError, Error};

/// The calls of a method that returns an `R`, by a codec. Dropping a call's future cancels the call, which may have
/// run.
#[derive(Debug)]
pub struct StubCalls<X, R>(PhantomData<fn() -> (X, R)>);

impl<X: Codec, R: for<'de> Deserialize<'de>> StubCalls<X, R> {
    /// Calls a method whose result is a plain value.
    ///
    /// # Errors
    ///
    /// Any [`Error`].
    pub fn call<C: Carrier + ?Sized>(
        carrier: &C,
        method: &'static Method,
        arguments: Written<'_, X>,
    ) -> impl Future<Output = Result<R, Error>> + Send {
        call_then(carrier, method, arguments, |called| called)
    }
}

impl<X: Codec, R: ByteValue> StubCalls<X, R> {
    /// Calls a method whose result is bytes.
    ///
    /// # Errors
    ///
    /// Any [`Error`].
    pub fn call_bytes<C: Carrier + ?Sized>(
        carrier: &C,
        method: &'static Method,
        arguments: Written<'_, X>,
    ) -> impl Future<Output = Result<R, Error>> + Send {
        call_then(carrier, method, arguments, |called| {
            called.map(|AsBytes(reply)| reply)
        })
    }
}

impl<X: Codec, R: for<'de> Deserialize<'de>, E: for<'de> Deserialize<'de>>
    StubCalls<X, Result<R, E>>
{
    /// Calls a method that returns a `Result`.
    ///
    /// # Errors
    ///
    /// [`CallError::Method`] with the method's own error, [`CallError::Call`] with any [`Error`].
    pub fn call_fallible<C: Carrier + ?Sized>(
        carrier: &C,
        method: &'static Method,
        arguments: Written<'_, X>,
    ) -> impl Future<Output = Result<R, CallError<E>>> + Send {
        call_then(carrier, method, arguments, fallible)
    }
}

impl<X: Codec, R: ByteValue, E: for<'de> Deserialize<'de>> StubCalls<X, Result<R, E>> {
    /// Calls a method that returns a `Result` of bytes.
    ///
    /// # Errors
    ///
    /// [`CallError::Method`] with the method's own error, [`CallError::Call`] with any [`Error`].
    pub fn call_fallible_bytes<C: Carrier + ?Sized>(
        carrier: &C,
        method: &'static Method,
        arguments: Written<'_, X>,
    ) -> impl Future<Output = Result<R, CallError<E>>> + Send {
        call_then(carrier, method, arguments, |called| {
            fallible(called).map(|AsBytes(reply)| reply)
        })
    }
}

impl<X: Codec> StubCalls<X, ()> {
    /// Calls a one-way method. The future is complete once the request is sent.
    ///
    /// # Errors
    ///
    /// Any [`Error`] before the request is sent.
    #[expect(clippy::manual_async_fn, reason = "as for `call_then`")]
    pub fn send<C: Carrier + ?Sized>(
        carrier: &C,
        method: &'static Method,
        arguments: Written<'_, X>,
    ) -> impl Future<Output = Result<(), Error>> + Send {
        async move {
            let data = arguments.data.map_err(unwritable)?;
            let call = oneway(Call::of(method, data));
            carrier.execute(call).await.map(drop)
        }
    }
}

impl<R: RawValue> StubCalls<(), R> {
    /// Calls a raw method, whose data no codec encodes.
    ///
    /// # Errors
    ///
    /// Any [`Error`]; the method's own error is the text of an [`Error::Handler`].
    #[expect(clippy::manual_async_fn, reason = "as for `call_then`")]
    pub fn call_raw<C: Carrier + ?Sized>(
        carrier: &C,
        method: &'static Method,
        data: Bytes,
    ) -> impl Future<Output = Result<R, Error>> + Send {
        async move {
            let reply = carrier.execute(Call::of(method, data.into())).await;
            reply.map(|reply| R::from_data(reply.data))
        }
    }
}

impl StubCalls<(), ()> {
    /// Calls a one-way raw method. The future is complete once the request is sent.
    ///
    /// # Errors
    ///
    /// Any [`Error`] before the request is sent.
    #[expect(clippy::manual_async_fn, reason = "as for `call_then`")]
    pub fn send_raw<C: Carrier + ?Sized>(
        carrier: &C,
        method: &'static Method,
        data: Bytes,
    ) -> impl Future<Output = Result<(), Error>> + Send {
        async move {
            let call = oneway(Call::of(method, data.into()));
            carrier.execute(call).await.map(drop)
        }
    }
}

/// The fallback for a result that cannot be read. It returns whatever type the stub returns.
pub trait StubCallsFallback<X, R> {
    /// Stands for [`StubCalls::call`].
    fn call<C: Carrier + ?Sized, T>(
        _carrier: &C,
        _method: &'static Method,
        _arguments: Written<'_, X>,
    ) -> impl Future<Output = T> + Send {
        async { unmet::<R, _>() }
    }

    /// Stands for [`StubCalls::call_bytes`].
    fn call_bytes<C: Carrier + ?Sized, T>(
        _carrier: &C,
        _method: &'static Method,
        _arguments: Written<'_, X>,
    ) -> impl Future<Output = T> + Send {
        async { unmet::<R, _>() }
    }

    /// Stands for [`StubCalls::call_fallible`].
    fn call_fallible<C: Carrier + ?Sized, T>(
        _carrier: &C,
        _method: &'static Method,
        _arguments: Written<'_, X>,
    ) -> impl Future<Output = T> + Send {
        async { unmet::<R, _>() }
    }

    /// Stands for [`StubCalls::call_fallible_bytes`].
    fn call_fallible_bytes<C: Carrier + ?Sized, T>(
        _carrier: &C,
        _method: &'static Method,
        _arguments: Written<'_, X>,
    ) -> impl Future<Output = T> + Send {
        async { unmet::<R, _>() }
    }

    /// Stands for [`StubCalls::send`].
    fn send<C: Carrier + ?Sized, T>(
        _carrier: &C,
        _method: &'static Method,
        _arguments: Written<'_, X>,
    ) -> impl Future<Output = T> + Send {
        async { unmet::<R, _>() }
    }

    /// Stands for [`StubCalls::call_raw`].
    fn call_raw<C: Carrier + ?Sized, T>(
        _carrier: &C,
        _method: &'static Method,
        _data: Bytes,
    ) -> impl Future<Output = T> + Send {
        async { unmet::<R, _>() }
    }
}

impl<X, R> StubCallsFallback<X, R> for StubCalls<X, R> {}

/// Calls a method and converts the result into what the stub returns. This is a single future: nested futures
/// would each store the result, and copy it outwards.
#[expect(
    clippy::manual_async_fn,
    reason = "an async function stores its arguments twice: as captured, and as moved into its body"
)]
fn call_then<C, X, R, T>(
    carrier: &C,
    method: &'static Method,
    arguments: Written<'_, X>,
    then: impl FnOnce(Result<R, Error>) -> T + Send,
) -> impl Future<Output = T> + Send
where
    C: Carrier + ?Sized,
    X: Codec,
    R: for<'de> Deserialize<'de>,
{
    async move {
        let reply = match arguments.data {
            Ok(data) => carrier.execute(Call::of(method, data)).await,
            Err(error) => Err(unwritable(error)),
        };
        then(reply.and_then(|reply| result::<X, R>(&reply.data)))
    }
}
