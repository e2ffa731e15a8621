//! The functions of this folder by the types that they take, each with a fallback for types that lack what it
//! needs.
//!
//! Generated code uses each type of a service in four to eight places: as it is written, read, described, and
//! by both stubs. The compiler would report a type without serde's traits at each of them. So generated code
//! names the needs of each type once, and everything else falls back to what compiles for any type. A
//! fallback that a program would run does not compile.

#[cfg(feature = "blocking")]
mod blocking_calls;
mod calls;
#[cfg(feature = "tokio")]
mod server;

use std::marker::PhantomData;

use bytes::Bytes;
#[cfg(feature = "bincode")]
use serde::Serialize;

use super::{RawValue, Written};
use crate::call::Method;
#[cfg(feature = "bincode")]
use crate::codec::Bincode;
use crate::codec::Codec;
use crate::codec::arguments::WriteArguments;

#[cfg(feature = "blocking")]
pub use blocking_calls::{BlockingStubCalls, BlockingStubCallsFallback};
pub use calls::{StubCalls, StubCallsFallback};
#[cfg(feature = "tokio")]
pub use server::{
    RawRequest, RawRequestFallback, RawResult, RawResultFallback, Requests, RequestsFallback,
    Results, ResultsFallback, TakenContext, TakenContextFallback,
};

/// The arguments of a call, as a tuple that is to be written by a codec.
#[derive(Debug)]
pub struct ArgumentTuple<'a, X, A> {
    tuple: &'a A,
    codec: PhantomData<fn() -> X>,
}

impl<'a, X, A> ArgumentTuple<'a, X, A> {
    /// Returns the arguments of this tuple.
    #[must_use]
    pub const fn new(tuple: &'a A) -> Self {
        Self {
            tuple,
            codec: PhantomData,
        }
    }
}

#[cfg(feature = "bincode")]
impl<A: Serialize> ArgumentTuple<'_, Bincode, A> {
    /// Writes the arguments in their order.
    #[must_use]
    pub fn write(self, method: &'static Method) -> Written<'static, Bincode> {
        super::arguments(method, self.tuple)
    }

    /// Writes the arguments in their order, behind which come bytes.
    #[must_use]
    pub fn write_with_body<'b>(
        self,
        method: &'static Method,
        body: &'b [u8],
    ) -> Written<'b, Bincode> {
        super::arguments_with_body(method, self.tuple, body)
    }
}

impl<X: Codec, A: WriteArguments> ArgumentTuple<'_, X, A> {
    /// Writes the arguments in their order and with their names.
    #[must_use]
    pub fn write_as(
        self,
        method: &'static Method,
        names: &'static [&'static str],
    ) -> Written<'static, X> {
        super::arguments_as(method, names, self.tuple)
    }
}

/// What is used of arguments that cannot be written.
pub trait ArgumentTupleFallback<X, A>: Sized {
    /// Stands for [`ArgumentTuple::write`].
    #[must_use]
    fn write(self, _method: &'static Method) -> Written<'static, X> {
        unmet::<A, _>()
    }

    /// Stands for [`ArgumentTuple::write_with_body`].
    #[must_use]
    fn write_with_body<'b>(self, _method: &'static Method, _body: &'b [u8]) -> Written<'b, X> {
        unmet::<A, _>()
    }

    /// Stands for [`ArgumentTuple::write_as`].
    #[must_use]
    fn write_as(
        self,
        _method: &'static Method,
        _names: &'static [&'static str],
    ) -> Written<'static, X> {
        unmet::<A, _>()
    }
}

impl<X, A> ArgumentTupleFallback<X, A> for ArgumentTuple<'_, X, A> {}

/// The argument of a raw method.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "generated code makes it")]
pub struct RawArgument<R>(pub R);

impl<R: RawValue> RawArgument<R> {
    /// Returns the data of the request.
    pub fn data(self) -> Bytes {
        super::raw_data(self.0)
    }
}

/// What is used of an argument that is not bytes.
pub trait RawArgumentFallback<R>: Sized {
    /// Stands for [`RawArgument::data`].
    #[must_use]
    fn data(self) -> Bytes {
        unmet::<R, _>()
    }
}

impl<R> RawArgumentFallback<R> for RawArgument<R> {}

/// What a service has for its codec.
#[derive(Debug)]
pub struct CodecOf<X>(PhantomData<fn() -> X>);

impl<X: Codec> CodecOf<X> {
    /// Whether requests carry the names of their arguments.
    pub const IS_NAMED: bool = X::NAMED;
}

/// What is used of a type that is no codec.
pub trait CodecFallback {
    /// Stands for [`CodecOf::IS_NAMED`].
    const IS_NAMED: bool = false;
}

impl<X> CodecFallback for CodecOf<X> {}

/// Stands for what cannot be done with this type. It does not compile in a program that runs it.
fn unmet<T, R>() -> R {
    const {
        assert!(
            size_of::<T>() > isize::MAX.unsigned_abs(),
            "a type of a service lacks what the service needs of it"
        );
    }
    unreachable!("it does not compile")
}
