//! How a stub writes the arguments of a call.

use std::marker::PhantomData;

use serde::Serialize;

use crate::call::Method;
use crate::codec::arguments::WriteArguments;
use crate::codec::{self, Bincode, Codec, CodecError};
use crate::wire::Payload;

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
pub fn arguments<A: Serialize>(method: &'static Method, arguments: &A) -> Written<Bincode> {
    Written {
        data: codec::encode(arguments, method.shapes().of_arguments()),
        codec: PhantomData,
    }
}

/// Writes the arguments of a call, in their order and with their names.
pub fn arguments_as<X: Codec, A: WriteArguments>(
    method: &'static Method,
    names: &'static [&'static str],
    arguments: &A,
) -> Written<X> {
    let expected = method.shapes().of_arguments();
    Written {
        data: codec::encode_arguments_as::<X, A>(names, arguments, expected),
        codec: PhantomData,
    }
}
