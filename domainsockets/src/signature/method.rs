//! A method as generated code names it, before its signature is known.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use serde::Deserialize;

use super::Signature;
use super::spell;
use super::trace::{Attempt, Trace};
use super::tracer::Tracer;

/// A method of a service: the name of its handler, and where its signature is to be had.
///
/// It is a constant, so that naming one costs nothing; its signature is found out when it is first asked
/// for, and kept.
#[derive(Clone, Copy, Debug)]
pub struct Method {
    handler: &'static str,
    arguments: &'static [&'static str],
    /// How to make up the tuple of the arguments, and the result.
    attempts: [Attempt; 2],
    is_compared: bool,
}

impl Method {
    /// A method whose arguments are of these names and decoded as `A`, and whose result is an `R`.
    #[must_use]
    pub const fn new<A, R>(handler: &'static str, arguments: &'static [&'static str]) -> Self
    where
        A: Deserialize<'static>,
        R: Deserialize<'static>,
    {
        Self {
            handler,
            arguments,
            attempts: [attempt::<A>, attempt::<R>],
            is_compared: true,
        }
    }

    /// The same of a service whose codec says itself what it has written: clients and servers do not
    /// compare it.
    #[must_use]
    pub const fn uncompared(self) -> Self {
        Self {
            is_compared: false,
            ..self
        }
    }

    /// Whether clients and servers compare it.
    pub(crate) const fn is_compared(&self) -> bool {
        self.is_compared
    }

    /// The name of its handler.
    #[must_use]
    pub const fn handler(&self) -> &'static str {
        self.handler
    }

    /// What it takes and returns. It is found out once.
    #[must_use]
    pub fn signature(&self) -> &'static Signature {
        static KNOWN: Mutex<Option<HashMap<Key, &'static Signature>>> = Mutex::new(None);

        // Code that the linker has taken for the same finds out the same.
        let key = (
            self.handler,
            self.arguments,
            self.attempts.map(|attempt| attempt as usize),
        );
        let known = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(signature) = known().as_ref().and_then(|known| known.get(&key)) {
            return signature;
        }
        // Not under the lock: a type's own code runs, which may ask for a signature itself.
        let signature = self.find_out();
        let mut known = known();
        let known = known.get_or_insert_default().entry(key);
        // As many as a program has methods.
        known.or_insert_with(|| Box::leak(Box::new(signature)))
    }

    fn find_out(&self) -> Signature {
        let (types, reply) = spell::types(Trace::of(&self.attempts), self.arguments.len());
        let names = self.arguments.iter().map(|name| (*name).to_owned());
        let (_, name) = self.handler.rsplit_once('.').unwrap_or(("", self.handler));
        let arguments = names.zip(types).collect();
        Signature::new(self.handler.to_owned(), name.to_owned(), arguments, reply)
    }
}

type Key = (&'static str, &'static [&'static str], [usize; 2]);

/// The signatures of some methods.
#[must_use]
pub fn list(methods: &[Method]) -> Vec<Signature> {
    let signatures = methods.iter().map(Method::signature);
    signatures.cloned().collect()
}

fn attempt<T: Deserialize<'static>>(tracer: Tracer<'_>) -> bool {
    T::deserialize(tracer).is_ok()
}
