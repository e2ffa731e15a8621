//! Memory for borrowed text and bytes that are not in the input as they are, such as JSON text with escapes.

use std::cell::{Cell, OnceCell};
use std::fmt;

use serde::de::{Error, SeqAccess, Visitor};

use super::bytes::gather;

/// The text and bytes that a value borrows and that its input does not have.
#[derive(Debug, Default)]
pub struct Arena {
    next: OnceCell<Box<ArenaLink>>,
}

/// A link of the arena's chain. A chain never moves what is borrowed from it.
#[derive(Debug)]
struct ArenaLink {
    bytes: Box<[u8]>,
    next: OnceCell<Box<Self>>,
}

/// A reference that appends to the arena.
#[derive(Debug)]
pub(super) struct ArenaRef<'de> {
    end: Cell<&'de OnceCell<Box<ArenaLink>>>,
}

/// What happens to text and bytes that are not in the input.
pub(super) trait Keep<'de>: Copy {
    /// Whether such text and bytes can be borrowed.
    const KEEPS: bool;

    /// Passes text to a visitor.
    fn text<V: Visitor<'de>, E: Error>(self, text: &str, visitor: V) -> Result<V::Value, E>;

    /// Passes bytes to a visitor.
    fn bytes<V: Visitor<'de>, E: Error>(self, bytes: &[u8], visitor: V) -> Result<V::Value, E>;
}

/// Visitors see such text and bytes, but cannot borrow them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Nowhere;

/// Turns a sequence of numbers into bytes for a visitor.
#[derive(Clone, Copy)]
pub(super) struct GatheredVisitor<V, K> {
    visitor: V,
    keep: K,
}

impl Arena {
    /// Returns an empty arena.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            next: OnceCell::new(),
        }
    }

    pub(super) const fn keeper(&self) -> ArenaRef<'_> {
        ArenaRef {
            end: Cell::new(&self.next),
        }
    }
}

impl Drop for Arena {
    /// Drops one link after the other. Recursion over a long chain would overflow the stack.
    fn drop(&mut self) {
        let mut next = self.next.take();
        while let Some(mut link) = next {
            next = link.next.take();
        }
    }
}

impl<'de> ArenaRef<'de> {
    fn keep(&self, bytes: &[u8]) -> &'de [u8] {
        let link = self.end.get().get_or_init(|| {
            Box::new(ArenaLink {
                bytes: bytes.into(),
                next: OnceCell::new(),
            })
        });
        self.end.set(&link.next);
        &link.bytes
    }
}

impl<'de> Keep<'de> for &ArenaRef<'de> {
    const KEEPS: bool = true;

    fn text<V: Visitor<'de>, E: Error>(self, text: &str, visitor: V) -> Result<V::Value, E> {
        let text = str::from_utf8(self.keep(text.as_bytes())).map_err(E::custom)?;
        visitor.visit_borrowed_str(text)
    }

    fn bytes<V: Visitor<'de>, E: Error>(self, bytes: &[u8], visitor: V) -> Result<V::Value, E> {
        visitor.visit_borrowed_bytes(self.keep(bytes))
    }
}

impl<'de> Keep<'de> for Nowhere {
    const KEEPS: bool = false;

    fn text<V: Visitor<'de>, E: Error>(self, text: &str, visitor: V) -> Result<V::Value, E> {
        visitor.visit_str(text)
    }

    fn bytes<V: Visitor<'de>, E: Error>(self, bytes: &[u8], visitor: V) -> Result<V::Value, E> {
        visitor.visit_bytes(bytes)
    }
}

impl<V, K> GatheredVisitor<V, K> {
    pub(super) const fn new(visitor: V, keep: K) -> Self {
        Self { visitor, keep }
    }
}

impl<'de, V: Visitor<'de>, K: Keep<'de>> Visitor<'de> for GatheredVisitor<V, K> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(f)
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<V::Value, E> {
        self.visitor.visit_borrowed_str(text)
    }

    fn visit_borrowed_bytes<E: Error>(self, bytes: &'de [u8]) -> Result<V::Value, E> {
        self.visitor.visit_borrowed_bytes(bytes)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, elements: A) -> Result<V::Value, A::Error> {
        self.keep.bytes(&gather(elements)?, self.visitor)
    }
}
