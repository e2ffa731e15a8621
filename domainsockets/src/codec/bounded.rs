//! A deserializer that asks for no more than its input can hold.
//!
//! Bincode reads an owned string by allocating as many bytes as its length field claims, before it checks that they are
//! there. Here text and bytes are slices of the input, so they are never longer than it. The number of elements that
//! length fields claim is bounded by the input as well, and so is how deep values nest. The other codecs use this too,
//! since none of them bounds everything.

use std::cell::Cell;
use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, EnumAccess, Error, MapAccess, SeqAccess, VariantAccess, Visitor};

use super::arena::{GatheredVisitor, Keep, Nowhere};
use crate::limits::{LARGEST_MAX_MESSAGE_SIZE, MAX_VALUE_DEPTH};

/// The bounds of one input.
#[derive(Debug)]
pub(super) struct Bounds {
    input: usize,
    /// How many more elements may be read.
    elements: Cell<usize>,
}

/// A wrapper of a deserializer, a visitor or an access to parts. It wraps everything that they pass on.
#[derive(Clone, Copy)]
pub(super) struct Bounded<'b, T, K = Nowhere> {
    inner: T,
    bounds: &'b Bounds,
    /// The depth of this value, counted from 1. A seed that has not begun has 0.
    depth: u32,
    /// Whether the input says how many elements there are. The type says it for tuples and structs, so their parts are
    /// not counted.
    is_claimed: bool,
    /// What happens to text and bytes that are not in the input.
    keep: K,
}

impl Bounds {
    /// Returns the bounds of an input of `input` bytes.
    #[cfg(feature = "bincode")]
    pub(super) const fn of(input: usize) -> Self {
        Self {
            input,
            elements: Cell::new(input.saturating_add(SPARE_ELEMENTS)),
        }
    }

    /// Returns the bounds of an input of `input` bytes that may have more elements than bytes, as a compressed one has.
    pub(super) const fn of_any(input: usize) -> Self {
        Self {
            input,
            elements: Cell::new(LARGEST_MAX_MESSAGE_SIZE + SPARE_ELEMENTS),
        }
    }

    fn count_element<E: Error>(&self) -> Result<(), E> {
        match self.elements.get().checked_sub(1) {
            Some(left) => {
                self.elements.set(left);
                Ok(())
            }
            None => Err(E::custom("more elements than the input can hold")),
        }
    }
}

impl<'b, T> Bounded<'b, T> {
    pub(super) const fn new(inner: T, bounds: &'b Bounds) -> Self {
        Self::keeping(inner, bounds, Nowhere)
    }

    /// Wraps a deserializer whose value has begun.
    #[cfg(feature = "bincode")]
    pub(super) fn begun(inner: T, bounds: &'b Bounds) -> Self {
        let mut begun = Self::new(inner, bounds);
        begun.depth = 1;
        begun
    }
}

impl<'b, T, K: Copy> Bounded<'b, T, K> {
    /// Wraps it, and keeps text and bytes that are not in the input.
    pub(super) const fn keeping(inner: T, bounds: &'b Bounds, keep: K) -> Self {
        Self {
            inner,
            bounds,
            depth: 0,
            is_claimed: true,
            keep,
        }
    }

    /// Wraps something that this one passes on.
    const fn with<U>(&self, inner: U) -> Bounded<'b, U, K> {
        Bounded {
            inner,
            bounds: self.bounds,
            depth: self.depth,
            is_claimed: self.is_claimed,
            keep: self.keep,
        }
    }

    /// Wraps a visitor that copies text and bytes itself.
    const fn with_owning<U>(&self, inner: U) -> Bounded<'b, U> {
        Bounded {
            inner,
            bounds: self.bounds,
            depth: self.depth,
            is_claimed: self.is_claimed,
            keep: Nowhere,
        }
    }

    /// Wraps a visitor of `len` parts. They are counted if the type may have taken their number from the input.
    const fn with_parts<U>(&self, inner: U, len: usize) -> Bounded<'b, U, K> {
        let mut visitor = self.with(inner);
        visitor.is_claimed = UNCOUNTED_PARTS < len;
        visitor
    }

    /// Wraps a value within this one.
    fn within<U, E: Error>(&self, inner: U) -> Result<Bounded<'b, U, K>, E> {
        if self.depth == MAX_VALUE_DEPTH {
            return Err(E::custom(TOO_DEEP));
        }
        Ok(Bounded {
            inner,
            bounds: self.bounds,
            depth: self.depth + 1,
            is_claimed: true,
            keep: self.keep,
        })
    }
}

/// Forwards methods of a deserializer with a wrapped visitor.
macro_rules! pass_on {
    ($($method:ident as $inner:ident ( $($argument:ident : $type:ty),* );)*) => {$(
        fn $method<V: Visitor<'de>>(self, $($argument: $type,)* visitor: V) -> Result<V::Value, D::Error> {
            let visitor = self.with(visitor);
        self.inner.$inner($($argument,)* visitor)
        }
    )*};
}

impl<'de, D: Deserializer<'de>, K: Keep<'de>> Deserializer<'de> for Bounded<'_, D, K> {
    type Error = D::Error;

    pass_on! {
        deserialize_any as deserialize_any();
        deserialize_bool as deserialize_bool();
        deserialize_i8 as deserialize_i8();
        deserialize_i16 as deserialize_i16();
        deserialize_i32 as deserialize_i32();
        deserialize_i64 as deserialize_i64();
        deserialize_i128 as deserialize_i128();
        deserialize_u8 as deserialize_u8();
        deserialize_u16 as deserialize_u16();
        deserialize_u32 as deserialize_u32();
        deserialize_u64 as deserialize_u64();
        deserialize_u128 as deserialize_u128();
        deserialize_f32 as deserialize_f32();
        deserialize_f64 as deserialize_f64();
        deserialize_char as deserialize_char();
        deserialize_str as deserialize_str();
        deserialize_option as deserialize_option();
        deserialize_unit as deserialize_unit();
        deserialize_unit_struct as deserialize_unit_struct(name: &'static str);
        deserialize_newtype_struct as deserialize_newtype_struct(name: &'static str);
        deserialize_seq as deserialize_seq();
        deserialize_map as deserialize_map();
        deserialize_enum as deserialize_enum(name: &'static str, variants: &'static [&'static str]);
        deserialize_identifier as deserialize_identifier();
        deserialize_ignored_any as deserialize_ignored_any();
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        let visitor = self.with_parts(visitor, len);
        self.inner.deserialize_tuple(len, visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        let visitor = self.with_parts(visitor, len);
        self.inner.deserialize_tuple_struct(name, len, visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        let visitor = self.with_parts(visitor, fields.len());
        self.inner.deserialize_struct(name, fields, visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        let visitor = self.with_owning(visitor);
        self.inner.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        if K::KEEPS {
            let visitor = self.with(GatheredVisitor::new(visitor, self.keep));
            self.inner.deserialize_bytes(visitor)
        } else {
            let visitor = self.with(visitor);
            self.inner.deserialize_bytes(visitor)
        }
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        let visitor = self.with_owning(visitor);
        self.inner.deserialize_bytes(visitor)
    }

    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}

/// Forwards values to the inner visitor.
macro_rules! visit {
    ($($method:ident($type:ty);)*) => {$(
        fn $method<E: Error>(self, value: $type) -> Result<V::Value, E> {
            self.inner.$method(value)
        }
    )*};
}

impl<'de, V: Visitor<'de>, K: Keep<'de>> Visitor<'de> for Bounded<'_, V, K> {
    type Value = V::Value;

    visit! {
        visit_bool(bool);
        visit_i8(i8);
        visit_i16(i16);
        visit_i32(i32);
        visit_i64(i64);
        visit_i128(i128);
        visit_u8(u8);
        visit_u16(u16);
        visit_u32(u32);
        visit_u64(u64);
        visit_u128(u128);
        visit_f32(f32);
        visit_f64(f64);
        visit_char(char);
        visit_borrowed_str(&'de str);
        visit_borrowed_bytes(&'de [u8]);
    }

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.expecting(f)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<V::Value, E> {
        self.keep.text(value, self.inner)
    }

    fn visit_bytes<E: Error>(self, value: &[u8]) -> Result<V::Value, E> {
        self.keep.bytes(value, self.inner)
    }

    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        self.inner.visit_none()
    }

    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.inner.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, value: D) -> Result<V::Value, D::Error> {
        let value = self.within(value)?;
        self.inner.visit_some(value)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, value: D) -> Result<V::Value, D::Error> {
        let value = self.within(value)?;
        self.inner.visit_newtype_struct(value)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, elements: A) -> Result<V::Value, A::Error> {
        let elements = self.with(elements);
        self.inner.visit_seq(elements)
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<V::Value, A::Error> {
        let entries = self.with(entries);
        self.inner.visit_map(entries)
    }

    fn visit_enum<A: EnumAccess<'de>>(self, variant: A) -> Result<V::Value, A::Error> {
        let variant = self.with(variant);
        self.inner.visit_enum(variant)
    }
}

impl<'de, T: DeserializeSeed<'de>, K: Keep<'de>> DeserializeSeed<'de> for Bounded<'_, T, K> {
    type Value = T::Value;

    fn deserialize<D: Deserializer<'de>>(self, inner: D) -> Result<T::Value, D::Error> {
        let inner = self.within(inner)?;
        self.inner.deserialize(inner)
    }
}

impl<'de, A: SeqAccess<'de>, K: Keep<'de>> SeqAccess<'de> for Bounded<'_, A, K> {
    type Error = A::Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, A::Error> {
        if self.is_claimed {
            self.bounds.count_element()?;
        }
        let seed = self.with(seed);
        self.inner.next_element_seed(seed)
    }

    fn size_hint(&self) -> Option<usize> {
        self.inner
            .size_hint()
            .map(|claimed| claimed.min(self.bounds.input))
    }
}

impl<'de, A: MapAccess<'de>, K: Keep<'de>> MapAccess<'de> for Bounded<'_, A, K> {
    type Error = A::Error;

    fn next_key_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, A::Error> {
        if self.is_claimed {
            self.bounds.count_element()?;
        }
        let seed = self.with(seed);
        self.inner.next_key_seed(seed)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, A::Error> {
        let seed = self.with(seed);
        self.inner.next_value_seed(seed)
    }

    fn size_hint(&self) -> Option<usize> {
        self.inner
            .size_hint()
            .map(|claimed| claimed.min(self.bounds.input))
    }
}

impl<'de, 'b, A: EnumAccess<'de>, K: Keep<'de>> EnumAccess<'de> for Bounded<'b, A, K> {
    type Error = A::Error;
    type Variant = Bounded<'b, A::Variant, K>;

    fn variant_seed<T: DeserializeSeed<'de>>(
        self,
        seed: T,
    ) -> Result<(T::Value, Self::Variant), A::Error> {
        // A variant's name is as deep as the variant.
        let mut wrapped = self.with(seed);
        wrapped.depth = self.depth.saturating_sub(1);
        let Self {
            inner,
            bounds,
            depth,
            is_claimed,
            keep,
        } = self;
        let (value, variant) = inner.variant_seed(wrapped)?;
        Ok((
            value,
            Bounded {
                inner: variant,
                bounds,
                depth,
                is_claimed,
                keep,
            },
        ))
    }
}

impl<'de, A: VariantAccess<'de>, K: Keep<'de>> VariantAccess<'de> for Bounded<'_, A, K> {
    type Error = A::Error;

    fn unit_variant(self) -> Result<(), A::Error> {
        self.inner.unit_variant()
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, A::Error> {
        let seed = self.with(seed);
        self.inner.newtype_variant_seed(seed)
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, A::Error> {
        // The variant has a value, which has the parts.
        let parts = self.within(())?.with_parts(visitor, len);
        self.inner.tuple_variant(len, parts)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        let parts = self.within(())?.with_parts(visitor, fields.len());
        self.inner.struct_variant(fields, parts)
    }
}

/// The error of values that nest too deep, when they are read and when they are written.
pub(super) const TOO_DEEP: &str = "values nest too deep";

/// How many elements there may be in addition to one for each byte of the input. An element such as `()` takes up no
/// byte, so a length field could claim 2^64 of them.
const SPARE_ELEMENTS: usize = 1 << 16;

/// The most parts of a tuple or struct that are not counted. More of them are counted like elements, since a
/// hand-written type may take their number from the input.
const UNCOUNTED_PARTS: usize = 4096;
