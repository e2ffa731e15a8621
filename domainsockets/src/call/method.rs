//! A method of a service, as its trait declares it.

use std::time::Duration;

use crate::codec::ReadShapes;
use crate::signature::Signature;
use crate::signature::lazy::{LazySignature, TypeSource};

/// The description of a service's method: its handler's name, its options, and its signature.
///
/// Generated code has one constant per method. The signature is derived on first use: that runs the
/// `Deserialize` code of the argument and result types, which a constant cannot.
#[derive(Clone, Copy, Debug)]
pub struct Method {
    source: LazySignature,
    /// Whether clients and servers compare the signature.
    is_compared: bool,
    /// The deadline that the trait sets for calls (`#[rpc(deadline = …)]`).
    deadline: Option<Duration>,
    /// Whether a call may run more than once (`#[rpc(idempotent)]`).
    is_idempotent: bool,
    /// Whether the data are passed on as they are.
    is_raw: bool,
}

impl Method {
    /// Returns a method with these argument names. `types` derives the types of the argument tuple and of the
    /// result.
    #[must_use]
    pub const fn new(
        handler: &'static str,
        arguments: &'static [&'static str],
        types: [TypeSource; 2],
    ) -> Self {
        Self {
            source: LazySignature::new(handler, arguments, types),
            is_compared: true,
            deadline: None,
            is_idempotent: false,
            is_raw: false,
        }
    }

    /// Returns a raw method, which takes and returns bytes without a codec. It has no known signature.
    #[must_use]
    pub const fn raw(handler: &'static str) -> Self {
        Self {
            source: LazySignature::unknown(handler),
            is_compared: false,
            deadline: None,
            is_idempotent: false,
            is_raw: true,
        }
    }

    /// Returns a method whose types are not found out. Clients and servers do not compare it, and what is written of it
    /// is not compared with what is read.
    #[must_use]
    pub const fn without_signature(handler: &'static str) -> Self {
        Self {
            is_raw: false,
            ..Self::raw(handler)
        }
    }

    /// Sets the default deadline of the method's calls, in microseconds.
    #[must_use]
    pub const fn within(self, micros: u64) -> Self {
        Self {
            deadline: Some(Duration::from_micros(micros)),
            ..self
        }
    }

    /// Marks the method as idempotent: its calls may run more than once.
    #[must_use]
    pub const fn idempotent(self) -> Self {
        Self {
            is_idempotent: true,
            ..self
        }
    }

    /// Adds further names of the handler.
    #[must_use]
    pub const fn also(self, aliases: &'static [&'static str]) -> Self {
        Self {
            source: self.source.also(aliases),
            ..self
        }
    }

    /// Sets the codec of the service. With a codec that writes the names of the arguments, the data describe
    /// themselves, so clients and servers do not compare signatures.
    #[must_use]
    pub const fn encoded(self, is_named: bool) -> Self {
        Self {
            source: self.source.named(is_named),
            is_compared: self.is_compared && !is_named,
            ..self
        }
    }

    /// Returns the name of the handler.
    #[must_use]
    pub const fn handler(&self) -> &'static str {
        self.source.handler()
    }

    /// Returns the signature, which the first call derives.
    #[must_use]
    pub fn signature(&self) -> &'static Signature {
        self.source.signature()
    }

    /// Returns the shapes that what is written of the method is compared with.
    #[inline]
    pub(crate) fn shapes(&'static self) -> &'static ReadShapes {
        self.source.shapes()
    }

    /// Returns the default deadline of the method's calls, if it has one.
    pub(crate) const fn deadline(&self) -> Option<Duration> {
        self.deadline
    }

    /// Returns whether a call may run more than once.
    pub(crate) const fn is_idempotent(&self) -> bool {
        self.is_idempotent
    }

    /// Returns whether the data are passed on as they are.
    pub(crate) const fn is_raw(&self) -> bool {
        self.is_raw
    }

    /// Returns whether clients and servers compare the signature.
    pub(crate) const fn is_compared(&self) -> bool {
        self.is_compared
    }
}

/// Returns the signatures of these methods.
#[must_use]
pub fn list(methods: &[Method]) -> Vec<Signature> {
    let signatures = methods.iter().map(Method::signature);
    signatures.cloned().collect()
}
