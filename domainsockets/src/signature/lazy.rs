//! Where the signature of a method is found.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::sync::{Mutex, PoisonError};

use serde::Deserialize;

use super::Signature;
use super::probe::Probe;
use super::resolve;
use super::type_graph::{Attempt, TypeGraph};

/// What a method's signature is made of: its names, and how to make up its arguments and its result.
///
/// It is found out when it is first asked for, and kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LazySignature {
    handler: &'static str,
    /// The other names of the handler.
    aliases: &'static [&'static str],
    arguments: &'static [&'static str],
    /// How to make up the tuple of the arguments, and the result.
    attempts: [Attempt; 2],
    /// Whether the names of the arguments travel.
    is_named: bool,
}

/// How a value of a type is made up.
#[derive(Clone, Copy, Debug)]
pub struct MakeUp(Attempt);

/// A type of which a value may be made up.
#[derive(Debug)]
pub struct Made<T>(PhantomData<fn() -> T>);

impl<T: Deserialize<'static>> Made<T> {
    /// By decoding it.
    pub const BY: MakeUp = MakeUp(attempt::<T>);
}

/// What is used of a type that has none of its own, since it cannot be decoded: nothing is found out about
/// it. That it cannot, the compiler says where it is decoded, and once.
pub trait Unmade {
    /// By nothing.
    const BY: MakeUp = MakeUp(refuse);
}

impl<T> Unmade for Made<T> {}

/// What tells one signature from another. Code that the linker has taken for the same finds out the same.
#[derive(PartialEq, Eq)]
struct Key {
    handler: &'static str,
    aliases: &'static [&'static str],
    arguments: &'static [&'static str],
    attempts: [usize; 2],
    is_named: bool,
}

impl Hash for Key {
    /// By its name alone, which hardly any other has: it is looked up once for each connection.
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.handler.hash(state);
    }
}

impl LazySignature {
    /// Of a method whose arguments are of these names, with how to make up their tuple and the result.
    pub(crate) const fn new(
        handler: &'static str,
        arguments: &'static [&'static str],
        [tuple, result]: [MakeUp; 2],
    ) -> Self {
        Self {
            arguments,
            attempts: [tuple.0, result.0],
            ..Self::unknown(handler)
        }
    }

    /// Of a method of which nothing but its name is known.
    pub(crate) const fn unknown(handler: &'static str) -> Self {
        Self {
            handler,
            aliases: &[],
            arguments: &[],
            attempts: [refuse, refuse],
            is_named: false,
        }
    }

    pub(crate) const fn also(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }

    pub(crate) const fn named(self, is_named: bool) -> Self {
        Self { is_named, ..self }
    }

    pub(crate) const fn handler(&self) -> &'static str {
        self.handler
    }

    pub(crate) fn signature(&self) -> &'static Signature {
        static KNOWN: Mutex<Option<HashMap<Key, &'static Signature>>> = Mutex::new(None);

        let key = self.key();
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

    fn key(&self) -> Key {
        Key {
            handler: self.handler,
            aliases: self.aliases,
            arguments: self.arguments,
            attempts: self.attempts.map(|attempt| attempt as usize),
            is_named: self.is_named,
        }
    }

    fn find_out(&self) -> Signature {
        let (types, reply) = resolve::types(TypeGraph::of(&self.attempts), self.arguments.len());
        let names = self.arguments.iter().map(|name| (*name).to_owned());
        let (_, name) = self.handler.rsplit_once('.').unwrap_or(("", self.handler));
        let arguments = names.zip(types).collect();
        Signature {
            aliases: self.aliases.to_vec(),
            is_named: self.is_named,
            ..Signature::new(self.handler.to_owned(), name.to_owned(), arguments, reply)
        }
    }
}

fn attempt<T: Deserialize<'static>>(tracer: Probe<'_>) -> bool {
    T::deserialize(tracer).is_ok()
}

fn refuse(_tracer: Probe<'_>) -> bool {
    false
}
