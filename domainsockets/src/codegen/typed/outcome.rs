//! What both kinds of stubs do with a call, before it is sent and once it is answered.

use bytes::Bytes;
use serde::Deserialize;

use crate::call::{Call, Completion};
use crate::codec::{self, Codec, CodecError};
use crate::{CallError, Error};

/// Turns a call into a one-way call, which is complete once it is sent.
pub(super) const fn oneway(mut call: Call<'_>) -> Call<'_> {
    call.completion = Completion::Sent;
    call
}

/// Returns the error of a call whose arguments cannot be written.
pub(super) fn unwritable(error: CodecError) -> Error {
    Error::Codec(error.of_arguments())
}

/// Decodes a method's result.
pub(super) fn result<X: Codec, R: for<'de> Deserialize<'de>>(data: &Bytes) -> Result<R, Error> {
    codec::decode::<X, R>(data).map_err(|error| Error::Codec(error.of_result()))
}

/// Separates the method's own error from the errors of the call.
pub(super) fn fallible<R, E>(called: Result<Result<R, E>, Error>) -> Result<R, CallError<E>> {
    called?.map_err(CallError::Method)
}
