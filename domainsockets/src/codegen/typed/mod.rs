//! The functions of this folder by the types that they take, each with a fallback for types that lack what it
//! needs.
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
