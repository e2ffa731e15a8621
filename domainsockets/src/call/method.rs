//! A method of a service as its trait declares it.

use std::time::Duration;

use crate::codec::{Codec, ReadShapes};
use crate::signature::Signature;
use crate::signature::lazy::{LazySignature, MakeUp};

/// A method of a service: the name of its handler, how it may be called, and where its signature is to be
/// had.
///
/// It is a constant of generated code, so that naming one costs nothing. Its signature is found out when it
/// is first asked for.
#[derive(Clone, Copy, Debug)]
pub struct Method {
    source: LazySignature,
    is_compared: bool,
    /// How long a call may take, unless its caller says otherwise.
    deadline: Option<Duration>,
    /// Whether a call may run more than once.
    is_idempotent: bool,
}

impl Method {
    /// A method whose arguments are of these names, with how to make up their tuple and the result.
    #[must_use]
    pub const fn new(
        handler: &'static str,
        arguments: &'static [&'static str],
        types: [MakeUp; 2],
    ) -> Self {
        Self {
            source: LazySignature::new(handler, arguments, types),
            is_compared: true,
            deadline: None,
            is_idempotent: false,
        }
    }

    /// A method that takes and returns bytes which no codec touches: what they mean is not known.
    #[must_use]
    pub const fn raw(handler: &'static str) -> Self {
        Self {
            source: LazySignature::unknown(handler),
            is_compared: false,
            deadline: None,
            is_idempotent: false,
        }
    }

    /// A method whose types are not found out, and not compared with what is written.
    #[must_use]
    pub const fn without_signature(handler: &'static str) -> Self {
        Self::raw(handler)
    }

    /// The same, whose calls may take so many microseconds, unless their caller says otherwise.
    #[must_use]
    pub const fn within(self, micros: u64) -> Self {
        Self {
            deadline: Some(Duration::from_micros(micros)),
            ..self
        }
    }

    /// The same, whose calls may run more than once.
    #[must_use]
    pub const fn idempotent(self) -> Self {
        Self {
            is_idempotent: true,
            ..self
        }
    }

    /// The same, whose handler has these names as well.
    #[must_use]
    pub const fn also(self, aliases: &'static [&'static str]) -> Self {
        Self {
            source: self.source.also(aliases),
            ..self
        }
    }

    /// The same of a service that has chosen its codec. One that writes names says itself what it has
    /// written, so clients and servers do not compare it.
    #[must_use]
    pub const fn written_by<X: Codec>(self) -> Self {
        Self {
            source: self.source.named(X::NAMED),
            is_compared: self.is_compared && !X::NAMED,
            ..self
        }
    }

    /// The name of its handler.
    #[must_use]
    pub const fn handler(&self) -> &'static str {
        self.source.handler()
    }

    /// What it takes and returns. It is found out once.
    #[must_use]
    pub fn signature(&self) -> &'static Signature {
        self.source.signature()
    }

    /// What is written of it is compared with this.
    #[inline]
    pub(crate) fn shapes(&'static self) -> &'static ReadShapes {
        self.source.shapes()
    }

    /// How long a call may take, unless its caller says otherwise.
    pub(crate) const fn deadline(&self) -> Option<Duration> {
        self.deadline
    }

    /// Whether a call may run more than once.
    pub(crate) const fn is_idempotent(&self) -> bool {
        self.is_idempotent
    }

    /// Whether clients and servers compare it.
    pub(crate) const fn is_compared(&self) -> bool {
        self.is_compared
    }
}

/// The signatures of some methods.
#[must_use]
pub fn list(methods: &[Method]) -> Vec<Signature> {
    let signatures = methods.iter().map(Method::signature);
    signatures.cloned().collect()
}
