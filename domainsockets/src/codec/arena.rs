//! Text and bytes that a value borrows although they do not lie in its input, as JSON's text with
//! escapes does not: they are kept beside it.

use std::cell::{Cell, OnceCell};
use std::fmt;

use serde::de::{Error, SeqAccess, Visitor};

use super::bytes::gather;

/// What is kept beside the input of a value, for as long as the value is there.
#[derive(Debug, Default)]
pub struct Arena {
    next: OnceCell<Box<ArenaLink>>,
}

/// A link of the chain that what is kept makes: what has been lent cannot be moved.
#[derive(Debug)]
struct ArenaLink {
    bytes: Box<[u8]>,
    next: OnceCell<Box<Self>>,
}

/// Keeps more: knows the end of the chain.
#[derive(Debug)]
pub(super) struct ArenaRef<'de> {
    end: Cell<&'de OnceCell<Box<ArenaLink>>>,
}

/// What becomes of text and bytes that do not lie in the input.
pub(super) trait Keep<'de>: Copy {
    /// Whether all text and bytes can be borrowed.
    const KEEPS: bool;

    /// Hands text to a visitor.
    fn text<V: Visitor<'de>, E: Error>(self, text: &str, visitor: V) -> Result<V::Value, E>;

    /// Hands bytes to a visitor.
    fn bytes<V: Visitor<'de>, E: Error>(self, bytes: &[u8], visitor: V) -> Result<V::Value, E>;
}

/// They can be looked at, and are gone then.
#[derive(Clone, Copy, Debug)]
pub(super) struct Nowhere;

/// Takes bytes that come as a sequence of numbers, and hands them on as bytes.
#[derive(Clone, Copy)]
pub(super) struct GatheredVisitor<V, K> {
    visitor: V,
    keep: K,
}

impl Arena {
    /// Nothing yet.
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
    /// One link after the other: a long chain would use up the stack.
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
