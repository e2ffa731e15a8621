//! Return types that are aliases of `Result`, which the macro cannot resolve.

use crate::CallError;

/// A return type that the macro treats as a `Result`. The macro sees only tokens, so the compiler resolves
/// aliases through this trait.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a `Result`",
    label = "this method is treated as fallible",
    note = "a return type named `Result`, and that of a method with `#[rpc(fallible)]`, has to be an \
            alias of `Result<T, E>`: rename any other type, or remove `fallible`"
)]
pub trait Fallible {
    /// The value of a success.
    type Ok;

    /// The return type of the stub's method.
    type Called;
}

impl<T, E> Fallible for Result<T, E> {
    type Ok = T;
    type Called = Result<T, CallError<E>>;
}
