//! How a stub writes the arguments of a call, by their types.

use std::marker::PhantomData;

use bytes::Bytes;

use super::unmet;
use crate::call::Method;
use crate::codec::arguments::WriteArguments;
use crate::codec::{self, Codec, CodecError};
use crate::codegen::RawValue;
use crate::wire::Payload;

/// The arguments of a call, written with a codec that its reply is to be read with.
///
/// They are written before the future is created. So the future stores no argument, and its type depends only on
/// the result.
#[derive(Debug)]
pub struct Written<'a, X> {
    pub(crate) data: Result<Payload<'a>, CodecError>,
    codec: PhantomData<fn() -> X>,
}

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

impl<X: Codec, A: WriteArguments> ArgumentTuple<'_, X, A> {
    /// Writes the arguments in their order, or with these names if the codec writes names.
    #[must_use]
    pub fn write(
        self,
        method: &'static Method,
        names: &'static [&'static str],
    ) -> Written<'static, X> {
        let expected = method.shapes().of_arguments();
        Written {
            data: codec::encode_arguments::<X, A>(names, self.tuple, expected),
            codec: PhantomData,
        }
    }

    /// Writes arguments whose last one is [`TrailingBytes`](codec::trailing_bytes::TrailingBytes) of `body`.
    #[must_use]
    pub fn write_with_body<'b>(
        self,
        method: &'static Method,
        names: &'static [&'static str],
        body: &'b [u8],
    ) -> Written<'b, X> {
        if X::BYTES_FOLLOW_LENGTH {
            let expected = method.shapes().of_arguments_head();
            let head = codec::encode_arguments::<X, A>(names, self.tuple, expected);
            return Written {
                data: head.map(|head| Payload::with_borrowed(head.into_bytes(), body)),
                codec: PhantomData,
            };
        }
        self.write(method, names)
    }
}

/// The fallback for arguments that cannot be written.
pub trait ArgumentTupleFallback<X, A>: Sized {
    /// Stands for [`ArgumentTuple::write`].
    #[must_use]
    fn write(
        self,
        _method: &'static Method,
        _names: &'static [&'static str],
    ) -> Written<'static, X> {
        unmet::<A, _>()
    }

    /// Stands for [`ArgumentTuple::write_with_body`].
    #[must_use]
    fn write_with_body<'b>(
        self,
        _method: &'static Method,
        _names: &'static [&'static str],
        _body: &'b [u8],
    ) -> Written<'b, X> {
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
        self.0.into_data()
    }
}

/// The fallback for an argument that is not bytes.
pub trait RawArgumentFallback<R>: Sized {
    /// Stands for [`RawArgument::data`].
    #[must_use]
    fn data(self) -> Bytes {
        unmet::<R, _>()
    }
}

impl<R> RawArgumentFallback<R> for RawArgument<R> {}
