//! How a blocking stub calls a method, by the type that this returns.

use std::marker::PhantomData;

use bytes::Bytes;
use serde::Deserialize;

use super::outcome::{fallible, oneway, result, unwritable};
use super::{Written, unmet};
use crate::blocking::Carrier;
use crate::call::{Call, Method};
use crate::codec::Codec;
use crate::codec::bytes::{AsBytes, ByteValue};
use crate::codegen::RawValue;
use crate::{CallError, Error};

/// The calls of a method that returns an `R`, by a codec.
#[derive(Debug)]
pub struct BlockingStubCalls<X, R>(PhantomData<fn() -> (X, R)>);

impl<X: Codec, R: for<'de> Deserialize<'de>> BlockingStubCalls<X, R> {
    /// Calls a method whose result is a plain value.
    ///
    /// # Errors
    ///
    /// Any [`Error`].
    pub fn call<C: Carrier + ?Sized>(
        carrier: &C,
        method: &'static Method,
        arguments: Written<'_, X>,
    ) -> Result<R, Error> {
        let data = arguments.data.map_err(unwritable)?;
        let reply = carrier.execute(Call::of(method, data))?;
        result::<X, R>(&reply.data)
    }
}

impl<X: Codec, R: ByteValue> BlockingStubCalls<X, R> {
    /// Calls a method whose result is bytes.
    ///
    /// # Errors
    ///
    /// Any [`Error`].
    pub fn call_bytes<C: Carrier + ?Sized>(
        carrier: &C,
        method: &'static Method,
        arguments: Written<'_, X>,
    ) -> Result<R, Error> {
        let called = BlockingStubCalls::<X, AsBytes<R>>::call(carrier, method, arguments);
        called.map(|AsBytes(reply)| reply)
    }
}

impl<X: Codec, R: for<'de> Deserialize<'de>, E: for<'de> Deserialize<'de>>
    BlockingStubCalls<X, Result<R, E>>
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
    ) -> Result<R, CallError<E>> {
        fallible(Self::call(carrier, method, arguments))
    }
}

impl<X: Codec, R: ByteValue, E: for<'de> Deserialize<'de>> BlockingStubCalls<X, Result<R, E>> {
    /// Calls a method that returns a `Result` of bytes.
    ///
    /// # Errors
    ///
    /// [`CallError::Method`] with the method's own error, [`CallError::Call`] with any [`Error`].
    pub fn call_fallible_bytes<C: Carrier + ?Sized>(
        carrier: &C,
        method: &'static Method,
        arguments: Written<'_, X>,
    ) -> Result<R, CallError<E>> {
        type Calls<X, R, E> = BlockingStubCalls<X, Result<AsBytes<R>, E>>;
        let called = Calls::<X, R, E>::call_fallible(carrier, method, arguments);
        called.map(|AsBytes(reply)| reply)
    }
}

impl<X: Codec> BlockingStubCalls<X, ()> {
    /// Calls a one-way method, and returns once the request is sent.
    ///
    /// # Errors
    ///
    /// Any [`Error`] before the request is sent.
    pub fn send<C: Carrier + ?Sized>(
        carrier: &C,
        method: &'static Method,
        arguments: Written<'_, X>,
    ) -> Result<(), Error> {
        let data = arguments.data.map_err(unwritable)?;
        carrier.execute(oneway(Call::of(method, data))).map(drop)
    }
}

impl<R: RawValue> BlockingStubCalls<(), R> {
    /// Calls a raw method, whose data no codec encodes.
    ///
    /// # Errors
    ///
    /// Any [`Error`]; the method's own error is the text of an [`Error::Handler`].
    pub fn call_raw<C: Carrier + ?Sized>(
        carrier: &C,
        method: &'static Method,
        data: Bytes,
    ) -> Result<R, Error> {
        let reply = carrier.execute(Call::of(method, data.into()))?;
        Ok(R::from_data(reply.data))
    }
}

impl BlockingStubCalls<(), ()> {
    /// Calls a one-way raw method, and returns once the request is sent.
    ///
    /// # Errors
    ///
    /// Any [`Error`] before the request is sent.
    pub fn send_raw<C: Carrier + ?Sized>(
        carrier: &C,
        method: &'static Method,
        data: Bytes,
    ) -> Result<(), Error> {
        let call = oneway(Call::of(method, data.into()));
        carrier.execute(call).map(drop)
    }
}

/// The fallback for a result that cannot be read. It returns whatever type the stub returns.
pub trait BlockingStubCallsFallback<X, R> {
    /// Stands for [`BlockingStubCalls::call`].
    fn call<C: Carrier + ?Sized, T>(
        _carrier: &C,
        _method: &'static Method,
        _arguments: Written<'_, X>,
    ) -> T {
        unmet::<R, _>()
    }

    /// Stands for [`BlockingStubCalls::call_bytes`].
    fn call_bytes<C: Carrier + ?Sized, T>(
        _carrier: &C,
        _method: &'static Method,
        _arguments: Written<'_, X>,
    ) -> T {
        unmet::<R, _>()
    }

    /// Stands for [`BlockingStubCalls::call_fallible`].
    fn call_fallible<C: Carrier + ?Sized, T>(
        _carrier: &C,
        _method: &'static Method,
        _arguments: Written<'_, X>,
    ) -> T {
        unmet::<R, _>()
    }

    /// Stands for [`BlockingStubCalls::call_fallible_bytes`].
    fn call_fallible_bytes<C: Carrier + ?Sized, T>(
        _carrier: &C,
        _method: &'static Method,
        _arguments: Written<'_, X>,
    ) -> T {
        unmet::<R, _>()
    }

    /// Stands for [`BlockingStubCalls::send`].
    fn send<C: Carrier + ?Sized, T>(
        _carrier: &C,
        _method: &'static Method,
        _arguments: Written<'_, X>,
    ) -> T {
        unmet::<R, _>()
    }

    /// Stands for [`BlockingStubCalls::call_raw`].
    fn call_raw<C: Carrier + ?Sized, T>(_carrier: &C, _method: &'static Method, _data: Bytes) -> T {
        unmet::<R, _>()
    }
}

impl<X, R> BlockingStubCallsFallback<X, R> for BlockingStubCalls<X, R> {}
