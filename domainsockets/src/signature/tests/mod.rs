//! What is found out of types, how it is written and read, and what is said of two that differ.

#[cfg(feature = "bincode")]
mod agree;
mod any;
#[cfg(feature = "bincode")]
mod code;
mod found;
mod words;

use serde::Deserialize;

use super::Signature;
use crate::call::Method;
use crate::codec::arguments::ReadArguments;
use crate::signature::lazy::TypeOf;

/// The signature of a method `S.m` with these arguments.
fn signature<A: ReadArguments<'static>, R: Deserialize<'static>>(
    arguments: &'static [&'static str],
) -> Signature {
    let signature = Method::new(
        "S.m",
        arguments,
        [TypeOf::<A>::ARGUMENTS, TypeOf::<R>::VALUE],
    )
    .signature()
    .clone();
    let text = signature.to_string();
    let again = Signature::parse("S.m", &text);
    assert_eq!(again.as_ref().map(ToString::to_string), Some(text.clone()));
    assert_eq!(
        again.and_then(|again| again.hash()),
        signature.hash(),
        "{text}"
    );
    signature
}

/// The signature of one that returns this.
fn returning<R: Deserialize<'static>>() -> Signature {
    signature::<(), R>(&[])
}

/// How a type is written.
fn text<R: Deserialize<'static>>() -> String {
    let text = returning::<R>().to_string();
    text.strip_prefix("fn m() -> ").unwrap_or("()").to_owned()
}
