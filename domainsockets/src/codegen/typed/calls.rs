//! How a stub calls a method, by the type that this returns.

use std::marker::PhantomData;

use bytes::Bytes;
use serde::Deserialize;

use super::unmet;
use crate::call::{Carrier, Method};
use crate::codec::Codec;
use crate::codec::bytes::ByteValue;
use crate::codegen::{self, RawValue, Written};
use crate::{CallError, Error};

/// The calls of a method that returns an `R`, by a codec.
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
        codegen::call(carrier, method, arguments)
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
        codegen::call_bytes(carrier, method, arguments)
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
        codegen::call_fallible(carrier, method, arguments)
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
        codegen::call_fallible_bytes(carrier, method, arguments)
    }
}

impl<X: Codec> StubCalls<X, ()> {
    /// Calls a method without waiting for its reply.
    ///
    /// # Errors
    ///
    /// Any [`Error`] before the request is sent.
    pub fn send<C: Carrier + ?Sized>(
        carrier: &C,
        method: &'static Method,
        arguments: Written<'_, X>,
    ) -> impl Future<Output = Result<(), Error>> + Send {
        codegen::send(carrier, method, arguments)
    }
}

impl<R: RawValue> StubCalls<(), R> {
    /// Calls a raw method.
    ///
    /// # Errors
    ///
    /// Any [`Error`]; the method's own error is the text of an [`Error::Handler`].
    pub fn call_raw<C: Carrier + ?Sized>(
        carrier: &C,
        method: &'static Method,
        data: Bytes,
    ) -> impl Future<Output = Result<R, Error>> + Send {
        codegen::call_raw(carrier, method, data)
    }
}

/// What is used of a result that cannot be read. It gives whatever the stub returns.
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
