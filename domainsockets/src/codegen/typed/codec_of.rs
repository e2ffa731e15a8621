//! What generated code asks of a service's codec.

use std::marker::PhantomData;

use crate::codec::Codec;
use crate::codec::arena::Arena;
#[cfg(feature = "bincode")]
use crate::codec::{Bincode, decode::NoArena};

/// The codec of a service.
#[derive(Debug)]
pub struct CodecOf<X>(PhantomData<fn() -> X>);

impl<X: Codec> CodecOf<X> {
    /// Whether requests carry the names of their arguments.
    pub const IS_NAMED: bool = X::NAMED;
}

#[cfg(feature = "bincode")]
impl CodecOf<Bincode> {
    /// Returns the memory for borrowed arguments that a request contains only in escaped form. Bincode escapes nothing.
    #[must_use]
    pub const fn arena() -> NoArena {
        NoArena
    }
}

/// The same for any other codec, and the fallback for a type that is not a codec.
pub trait CodecFallback {
    /// Stands for [`CodecOf::IS_NAMED`].
    const IS_NAMED: bool = false;

    /// Returns the memory for borrowed arguments that a request contains only in escaped form.
    #[must_use]
    fn arena() -> Arena {
        Arena::new()
    }
}

impl<X> CodecFallback for CodecOf<X> {}
