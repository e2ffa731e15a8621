//! Signatures on demand: the types of a method are found out when they are first needed.

use std::any::type_name;
use std::cell::Cell;
use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::mem;
use std::sync::{Mutex, PoisonError};

use serde::Deserialize;

use super::Signature;
use super::explore::explore;
use super::function::Function;
use super::probe::attempt;
use super::resolve::Resolver;
use super::shapes::shapes;
use super::type_graph::TypeGraph;
use crate::codec::ReadShapes;
use crate::codec::arguments::{ArgumentTypes, ReadArguments};

/// The names and types of a method. Its signature is found out on first use, and kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LazySignature {
    handler: &'static str,
    /// The other names of the handler.
    aliases: &'static [&'static str],
    arguments: &'static [&'static str],
    /// How to find the types of the arguments, and the type of the result.
    types: [TypeFinder; 2],
    /// Whether the names of the arguments travel.
    is_named: bool,
}

/// Finds out a type, or the types of some arguments.
#[derive(Clone, Copy, Debug)]
pub struct TypeSource(TypeFinder);

/// Functions that add types to a graph, and return their entries.
#[derive(Clone, Copy, Debug)]
enum TypeFinder {
    /// One type.
    Value(fn(&TypeGraph) -> Option<usize>),
    /// The types of some arguments.
    Arguments(fn(&TypeGraph) -> Vec<Option<usize>>),
    Nothing,
}

/// A type that a method takes or returns, and how to find it out.
#[derive(Debug)]
pub struct TypeOf<T>(PhantomData<fn() -> T>);

impl<T: Deserialize<'static>> TypeOf<T> {
    /// Finds out the type by decoding it.
    pub const VALUE: TypeSource = TypeSource(TypeFinder::Value(value::<T>));
}

impl<T: ReadArguments<'static>> TypeOf<T> {
    /// Finds out the types of arguments by decoding each argument.
    pub const ARGUMENTS: TypeSource = TypeSource(TypeFinder::Arguments(arguments::<T>));
}

/// The constants of types that cannot be decoded. The compiler reports such a type once, where it is decoded.
pub trait TypeOfFallback {
    /// Finds out nothing.
    const VALUE: TypeSource = TypeSource(TypeFinder::Nothing);

    /// Finds out nothing.
    const ARGUMENTS: TypeSource = TypeSource(TypeFinder::Nothing);
}

impl<T> TypeOfFallback for TypeOf<T> {}

/// The signature of a method, and the shapes of its types.
#[derive(Debug)]
struct FoundMethod {
    signature: Signature,
    shapes: ReadShapes,
}

/// The identity of a signature. Functions that the linker has merged find out the same.
#[derive(PartialEq, Eq)]
struct SignatureKey {
    handler: &'static str,
    aliases: &'static [&'static str],
    arguments: &'static [&'static str],
    types: [usize; 2],
    is_named: bool,
}

impl Hash for SignatureKey {
    /// Hashes the name alone, which is nearly always unique.
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.handler.hash(state);
    }
}

/// A method whose arguments or results this thread has written.
#[derive(Clone, Copy, Debug)]
struct RecentMethod {
    /// The address of its constant.
    address: usize,
    types: [usize; 2],
    shapes: &'static ReadShapes,
}

thread_local! {
    static RECENT: [Cell<Option<RecentMethod>>; RECENT_LEN] =
        const { [const { Cell::new(None) }; RECENT_LEN] };
}

impl LazySignature {
    /// Returns the signature of a method with these argument names.
    pub(crate) const fn new(
        handler: &'static str,
        arguments: &'static [&'static str],
        [tuple, result]: [TypeSource; 2],
    ) -> Self {
        Self {
            arguments,
            types: [tuple.0, result.0],
            ..Self::unknown(handler)
        }
    }

    /// Returns the signature of a method whose types are not found out.
    pub(crate) const fn unknown(handler: &'static str) -> Self {
        Self {
            handler,
            aliases: &[],
            arguments: &[],
            types: [TypeFinder::Nothing; 2],
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
        &self.found().signature
    }

    /// Returns the shapes with which written values are compared. Each call and each reply looks them up.
    #[inline]
    pub(crate) fn shapes(&'static self) -> &'static ReadShapes {
        let address = std::ptr::from_ref(self).addr();
        let types = self.types.map(TypeFinder::address);
        RECENT.with(|recent| {
            let slot = recent.get((address >> 4) % RECENT_LEN);
            match slot.and_then(Cell::get) {
                // Another library may be at the address of an unloaded one.
                Some(recent) if recent.address == address && recent.types == types => recent.shapes,
                _ => self.look_up(slot, address, types),
            }
        })
    }

    #[cold]
    fn look_up(
        &self,
        slot: Option<&Cell<Option<RecentMethod>>>,
        address: usize,
        types: [usize; 2],
    ) -> &'static ReadShapes {
        let shapes = &self.found().shapes;
        if let Some(slot) = slot {
            slot.set(Some(RecentMethod {
                address,
                types,
                shapes,
            }));
        }
        shapes
    }

    fn found(&self) -> &'static FoundMethod {
        static KNOWN: Mutex<Option<HashMap<SignatureKey, &'static FoundMethod>>> = Mutex::new(None);

        let key = self.key();
        let known = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known().as_ref().and_then(|known| known.get(&key)) {
            return found;
        }
        // Not under the lock: the code of a type runs, and may use a signature itself.
        let found = self.find_out();
        let mut known = known();
        let known = known.get_or_insert_default().entry(key);
        // The leak is bounded by the number of methods in the program.
        known.or_insert_with(|| Box::leak(Box::new(found)))
    }

    fn key(&self) -> SignatureKey {
        SignatureKey {
            handler: self.handler,
            aliases: self.aliases,
            arguments: self.arguments,
            types: self.types.map(TypeFinder::address),
            is_named: self.is_named,
        }
    }

    fn find_out(&self) -> FoundMethod {
        let graph = TypeGraph::default();
        let [tuple, result] = self.types;
        let mut arguments = tuple.add(&graph);
        let reply = result.add(&graph).first().copied().flatten();
        explore(&graph);
        arguments.resize(self.arguments.len(), None);
        let (entries, nodes) = graph.into_parts();

        let names = self.arguments.iter().copied();
        let arguments: Vec<_> = names.zip(arguments).collect();
        let mut resolver = Resolver::new(&entries, &nodes);
        let types = arguments.iter();
        let types = types.map(|(name, entry)| ((*name).to_owned(), resolver.entry(*entry)));
        let types = types.collect();
        let result = resolver.entry(reply);
        let (_, name) = self.handler.rsplit_once('.').unwrap_or(("", self.handler));
        FoundMethod {
            signature: Signature {
                handler: self.handler.to_owned(),
                aliases: self.aliases.to_vec(),
                function: Function {
                    is_named: self.is_named,
                    ..Function::new(name.to_owned(), types, result)
                },
            },
            shapes: match tuple {
                TypeFinder::Nothing => ReadShapes::default(),
                _ => shapes(&entries, &nodes, &arguments, reply),
            },
        }
    }
}

impl TypeFinder {
    fn add(self, graph: &TypeGraph) -> Vec<Option<usize>> {
        match self {
            Self::Value(add) => vec![add(graph)],
            Self::Arguments(add) => add(graph),
            Self::Nothing => Vec::new(),
        }
    }

    fn address(self) -> usize {
        match self {
            Self::Value(add) => add as usize,
            Self::Arguments(add) => add as usize,
            Self::Nothing => 0,
        }
    }
}

fn value<'de, T: Deserialize<'de>>(graph: &TypeGraph) -> Option<usize> {
    graph.entry(type_name::<T>(), mem::needs_drop::<T>(), attempt::<T>)
}

fn arguments<'de, A: ReadArguments<'de>>(graph: &TypeGraph) -> Vec<Option<usize>> {
    let mut collected = CollectedTypes {
        graph,
        entries: Vec::new(),
    };
    A::types(&mut collected);
    collected.entries
}

/// A collector that adds the types of arguments to a graph.
struct CollectedTypes<'g> {
    graph: &'g TypeGraph,
    entries: Vec<Option<usize>>,
}

impl<'de> ArgumentTypes<'de> for CollectedTypes<'_> {
    fn add<T: Deserialize<'de>>(&mut self) {
        self.entries.push(value::<T>(self.graph));
    }
}

/// How many methods a thread finds without a lock.
const RECENT_LEN: usize = 64;
