//! Aliases of `Result`, into which the attribute cannot see.

use crate::CallError;

/// What a method returns that is taken for a `Result`. The compiler knows which.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a `Result`",
    label = "this method is taken for one that can fail",
    note = "a service takes a type called `Result`, and what `#[rpc(fallible)]` says it of, for an \
            alias of `Result<T, E>`: give another type another name, and remove `fallible`"
)]
pub trait Fallible {
    /// What it holds if all went well.
    type Ok;

    /// What the stub returns.
    type Called;
}

impl<T, E> Fallible for Result<T, E> {
    type Ok = T;
    type Called = Result<T, CallError<E>>;
}
