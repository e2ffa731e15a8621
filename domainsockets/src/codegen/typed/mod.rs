//! The functions that generated code calls for the types of a service, each with a fallback for types that
//! lack what the function needs.
//!
//! Generated code uses each type of a service in four to eight places: as it is written, read, described, and
//! by both stubs. The compiler would report a type without serde's traits at each of them. So generated code
//! names the needs of each type once, and everything else falls back to what compiles for any type. A
//! fallback that a program would run does not compile.

mod arguments;
#[cfg(feature = "blocking")]
mod blocking_calls;
mod calls;
mod codec_of;
mod outcome;
#[cfg(feature = "tokio")]
mod server;

pub use arguments::{
    ArgumentTuple, ArgumentTupleFallback, RawArgument, RawArgumentFallback, Written,
};
#[cfg(feature = "blocking")]
pub use blocking_calls::{BlockingStubCalls, BlockingStubCallsFallback};
pub use calls::{StubCalls, StubCallsFallback};
pub use codec_of::{CodecFallback, CodecOf};
#[cfg(feature = "tokio")]
pub use server::{
    RawRequest, RawRequestFallback, RawResult, RawResultFallback, Requests, RequestsFallback,
    Results, ResultsFallback, TakenContext, TakenContextFallback,
};

/// Takes the place of a function that this type cannot have. A program that calls it does not compile.
fn unmet<T, R>() -> R {
    const {
        assert!(
            size_of::<T>() > isize::MAX.unsigned_abs(),
            "a type of a service lacks what the service needs of it"
        );
    }
    unreachable!("it does not compile")
}
