//! Types that the attribute knows by their names. It sees no more of them than that, so the compiler checks
//! here what they are.

use std::marker::PhantomData;
use std::path::Path;

use bytes::Bytes;
use serde::Deserialize;

use crate::Context;

/// The context of a call, as a method takes it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the `Context` of a call",
    label = "a first argument of this name is taken for the `domainsockets::Context` of the call",
    note = "if the type is your own, write its path, as in `crate::Context`"
)]
pub trait CallContext {}

impl CallContext for Context {}

impl CallContext for &Context {}

/// Checks that a type is the context of a call.
pub const fn context<C: CallContext>() {}

/// A type called `Path` that a method takes by reference: a server borrows that of `std` from the request,
/// and reads any other.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither `std::path::Path` nor can it be deserialized",
    label = "a server cannot read this argument",
    note = "if the type is your own, derive what an argument needs: \
            `#[derive(serde::Serialize, serde::Deserialize)]`"
)]
pub trait Referent<'de> {
    /// What a server reads for a reference to this type.
    type Read: Deserialize<'de>;

    /// Returns the reference that the method takes.
    fn lend<'r>(read: &'r Self::Read) -> &'r Self
    where
        'de: 'r;
}

impl<'de> Referent<'de> for Path {
    type Read = &'de Self;

    fn lend<'r>(read: &'r &'de Self) -> &'r Self
    where
        'de: 'r,
    {
        read
    }
}

impl<'de, T: Deserialize<'de>> Referent<'de> for T {
    type Read = T;

    fn lend<'r>(read: &'r T) -> &'r T
    where
        'de: 'r,
    {
        read
    }
}

/// A type called `Path` in a reference inside another type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not `std::path::Path`",
    label = "inside another type, a reference to a `Path` is taken for one to `std::path::Path`",
    note = "only `&str`, `&[u8]` and `&std::path::Path` can borrow from the request there: take the value \
            itself"
)]
pub trait StdPath {}

impl StdPath for Path {}

/// Checks that a type is the `Path` of `std`.
pub const fn std_path<P: StdPath + ?Sized>() {}

/// Tells a user's type from a known one that the user has imported by another path.
#[derive(Debug)]
pub struct KnownType<T>(PhantomData<fn() -> T>);

impl KnownType<Context> {
    /// Whether it is the context of a call.
    pub const IS_CONTEXT: bool = true;
}

impl KnownType<Bytes> {
    /// Whether it is the `Bytes` of the crate `bytes`.
    pub const IS_BYTES: bool = true;
}

/// The answers for any other type.
pub trait UnknownType {
    /// Whether it is the context of a call.
    const IS_CONTEXT: bool = false;

    /// Whether it is the `Bytes` of the crate `bytes`.
    const IS_BYTES: bool = false;
}

impl<T> UnknownType for KnownType<T> {}
