//! How a server adapter reads arguments and writes results, by their types.

use std::fmt::Display;
use std::marker::PhantomData;

use serde::Serialize;

use super::unmet;
use crate::Context;
use crate::call::Method;
use crate::codec::arguments::ReadArguments;
use crate::codec::bytes::{AsBytes, ByteValue};
use crate::codec::decode::ArgumentMemory;
use crate::codec::{self, Codec};
use crate::codegen::RawValue;
use crate::request::Request;
use crate::server::Failure;
use crate::wire::{Cause, Payload};

/// The requests of a method whose arguments are an `A`, by a codec.
#[derive(Debug)]
pub struct Requests<X, A>(PhantomData<fn() -> (X, A)>);

impl<'de, X: Codec, A: ReadArguments<'de>> Requests<X, A> {
    /// Reads a request's arguments, which take up all of its data, by these names or in their order. `kept` stores text
    /// and bytes that the arguments borrow and that the data contain only in escaped form.
    ///
    /// # Errors
    ///
    /// [`Failure`] if the data do not fit the arguments.
    pub fn decode<K: ArgumentMemory>(
        request: &'de Request,
        kept: &'de K,
        names: &'static [&'static str],
    ) -> Result<A, Failure> {
        let read = kept.decode_arguments::<X, A>(request.data(), names);
        read.map_err(|error| Failure(Cause::Codec(error.of_arguments())))
    }
}

/// The fallback for arguments that cannot be read.
pub trait RequestsFallback<A> {
    /// Stands for [`Requests::decode`].
    ///
    /// # Errors
    ///
    /// None.
    fn decode<K>(
        _request: &Request,
        _kept: &K,
        _names: &'static [&'static str],
    ) -> Result<A, Failure> {
        unmet::<A, _>()
    }
}

impl<X, A> RequestsFallback<A> for Requests<X, A> {}

/// What a method has returned, to be written by a codec.
#[derive(Debug)]
pub struct Results<X, R> {
    result: R,
    codec: PhantomData<fn() -> X>,
}

impl<X, R> Results<X, R> {
    /// Returns this result.
    #[must_use]
    pub const fn new(result: R) -> Self {
        Self {
            result,
            codec: PhantomData,
        }
    }
}

impl<X: Codec, R: Serialize> Results<X, &R> {
    /// Writes the result.
    ///
    /// # Errors
    ///
    /// [`Failure`] if it cannot be encoded.
    pub fn encode(self, method: &'static Method) -> Result<Payload<'static>, Failure> {
        codec::encode::<X, R>(self.result, method.shapes().of_reply())
            .map_err(|error| Failure(Cause::Codec(error.of_result())))
    }
}

impl<X: Codec, R: ByteValue> Results<X, R> {
    /// Writes the result, which is bytes.
    ///
    /// # Errors
    ///
    /// [`Failure`] if it cannot be encoded.
    pub fn encode_bytes(self, method: &'static Method) -> Result<Payload<'static>, Failure> {
        Results::<X, _>::new(&AsBytes(&self.result.share())).encode(method)
    }
}

/// The fallback for a result that cannot be written.
pub trait ResultsFallback<R>: Sized {
    /// Stands for [`Results::encode`].
    ///
    /// # Errors
    ///
    /// None.
    fn encode(self, _method: &'static Method) -> Result<Payload<'static>, Failure> {
        unmet::<R, _>()
    }

    /// Stands for [`Results::encode_bytes`].
    ///
    /// # Errors
    ///
    /// None.
    fn encode_bytes(self, _method: &'static Method) -> Result<Payload<'static>, Failure> {
        unmet::<R, _>()
    }
}

impl<X, R> ResultsFallback<R> for Results<X, R> {}

/// The request of a raw method that takes an `R`.
#[derive(Debug)]
pub struct RawRequest<R>(PhantomData<fn() -> R>);

impl<R: RawValue> RawRequest<R> {
    /// Returns the argument of the method.
    #[must_use]
    pub fn argument(request: &Request) -> R {
        R::from_data(request.data().clone())
    }
}

/// The fallback for an argument that is not bytes.
pub trait RawRequestFallback<R> {
    /// Stands for [`RawRequest::argument`].
    #[must_use]
    fn argument(_request: &Request) -> R {
        unmet::<R, _>()
    }
}

impl<R> RawRequestFallback<R> for RawRequest<R> {}

/// What a raw method has returned.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "generated code makes it")]
pub struct RawResult<R>(pub R);

impl<R: RawValue> RawResult<R> {
    /// Makes a reply.
    ///
    /// # Errors
    ///
    /// None. The other functions that make a reply have some.
    pub fn value(self) -> Result<Payload<'static>, Failure> {
        Ok(self.0.into_data().into())
    }
}

impl<R: RawValue, E: Display> RawResult<Result<R, E>> {
    /// Makes a reply, or the text of the error.
    ///
    /// # Errors
    ///
    /// [`Failure`] with that text.
    pub fn result(self) -> Result<Payload<'static>, Failure> {
        match self.0 {
            Ok(reply) => Ok(reply.into_data().into()),
            Err(error) => Err(Failure(Cause::Handler(error.to_string()))),
        }
    }
}

/// The fallback for a result that is not bytes.
pub trait RawResultFallback<R>: Sized {
    /// Stands for [`RawResult::value`].
    ///
    /// # Errors
    ///
    /// None.
    fn value(self) -> Result<Payload<'static>, Failure> {
        unmet::<R, _>()
    }

    /// Stands for [`RawResult::result`].
    ///
    /// # Errors
    ///
    /// None.
    fn result(self) -> Result<Payload<'static>, Failure> {
        unmet::<R, _>()
    }
}

impl<R> RawResultFallback<R> for RawResult<R> {}

/// The context of a call, as a method takes it.
#[derive(Debug)]
pub struct TakenContext<C>(PhantomData<fn() -> C>);

impl TakenContext<Context> {
    /// Returns the context of a request.
    #[must_use]
    pub fn of(request: &Request) -> Context {
        request.context().clone()
    }
}

impl<'r> TakenContext<&'r Context> {
    /// Returns the context of a request.
    #[must_use]
    pub fn of(request: &'r Request) -> &'r Context {
        request.context()
    }
}

/// The fallback for a type that is no context.
pub trait TakenContextFallback<C> {
    /// Stands for [`TakenContext::of`].
    #[must_use]
    fn of(_request: &Request) -> C {
        unmet::<C, _>()
    }
}

impl<C> TakenContextFallback<C> for TakenContext<C> {}
