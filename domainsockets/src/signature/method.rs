//! A method as generated code names it, before its signature is known.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;

use super::Signature;
use super::spell;
use super::trace::{Attempt, Trace};
use super::tracer::Tracer;

/// A method of a service, as its trait declares it: the name of its handler, how it may be called, and
/// where its signature is to be had.
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
    /// How long a call may take, unless its caller says otherwise.
    deadline: Option<Duration>,
    /// Whether a call may run more than once.
    is_idempotent: bool,
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
            deadline: None,
            is_idempotent: false,
        }
    }

    /// A method that takes and returns bytes which no codec touches: what they mean is not known.
    #[must_use]
    pub const fn raw(handler: &'static str) -> Self {
        Self {
            handler,
            arguments: &[],
            attempts: [unknown, unknown],
            is_compared: false,
            deadline: None,
            is_idempotent: false,
        }
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

    /// The same of a service whose codec says itself what it has written: clients and servers do not
    /// compare it.
    #[must_use]
    pub const fn uncompared(self) -> Self {
        Self {
            is_compared: false,
            ..self
        }
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

fn unknown(_tracer: Tracer<'_>) -> bool {
    false
}
