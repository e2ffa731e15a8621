//! Writes the arguments of a call.

use std::marker::PhantomData;

#[cfg(feature = "bincode")]
use serde::Serialize;

use crate::call::Method;
#[cfg(feature = "bincode")]
use crate::codec::Bincode;
use crate::codec::arguments::WriteArguments;
use crate::codec::{self, Codec, CodecError};
use crate::wire::Payload;

/// The arguments of a call, written with a codec that its reply is to be read with.
///
/// They are written before the call's future is made, which holds none of them, and is the same for all
/// methods that return the same.
#[derive(Debug)]
pub struct Written<'a, X> {
    pub(crate) data: Result<Payload<'a>, CodecError>,
    pub(crate) codec: PhantomData<fn() -> X>,
}

/// Writes the arguments of a call of a service that chooses no codec.
#[cfg(feature = "bincode")]
pub(crate) fn arguments<A: Serialize>(
    method: &'static Method,
    arguments: &A,
) -> Written<'static, Bincode> {
    Written {
        data: codec::encode(arguments, method.shapes().of_arguments()),
        codec: PhantomData,
    }
}

/// Writes the arguments of a call whose last one is bytes, which are not copied. The tuple has their length
/// in their place: that is how the codec begins them.
#[cfg(feature = "bincode")]
pub(crate) fn arguments_with_body<'a, A: Serialize>(
    method: &'static Method,
    arguments: &A,
    body: &'a [u8],
) -> Written<'a, Bincode> {
    let head = codec::encode(arguments, method.shapes().of_arguments_head());
    Written {
        data: head.map(|head| Payload::with_borrowed(head.into_bytes(), body)),
        codec: PhantomData,
    }
}

/// Writes the arguments of a call, in their order and with their names.
pub(crate) fn arguments_as<X: Codec, A: WriteArguments>(
    method: &'static Method,
    names: &'static [&'static str],
    arguments: &A,
) -> Written<'static, X> {
    let expected = method.shapes().of_arguments();
    Written {
        data: codec::encode_arguments_as::<X, A>(names, arguments, expected),
        codec: PhantomData,
    }
}
