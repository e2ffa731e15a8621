//! A deserializer that takes text and bytes as slices of the input.
//!
//! Bincode reads an owned string by allocating as many bytes as its length field claims, before it
//! looks whether they are there. A slice of the input can only be as long as the input.

use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, EnumAccess, Error, MapAccess, SeqAccess, VariantAccess, Visitor};

use crate::limits::MESSAGE_LIMIT_MAX;

/// Wraps a deserializer, a visitor, or an access to parts, and everything that it hands out.
pub(super) struct Borrowing<T>(T);

impl<T> Borrowing<T> {
    pub(super) const fn new(inner: T) -> Self {
        Self(inner)
    }
}

/// Passes the methods of a deserializer on, with the visitor wrapped.
macro_rules! pass_on {
    ($($method:ident as $inner:ident ( $($argument:ident : $type:ty),* );)*) => {$(
        fn $method<V: Visitor<'de>>(self, $($argument: $type,)* visitor: V) -> Result<V::Value, D::Error> {
            self.0.$inner($($argument,)* Borrowing(visitor))
        }
    )*};
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Borrowing<D> {
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
        deserialize_string as deserialize_str();
        deserialize_bytes as deserialize_bytes();
        deserialize_byte_buf as deserialize_bytes();
        deserialize_option as deserialize_option();
        deserialize_unit as deserialize_unit();
        deserialize_unit_struct as deserialize_unit_struct(name: &'static str);
        deserialize_newtype_struct as deserialize_newtype_struct(name: &'static str);
        deserialize_seq as deserialize_seq();
        deserialize_tuple as deserialize_tuple(len: usize);
        deserialize_tuple_struct as deserialize_tuple_struct(name: &'static str, len: usize);
        deserialize_map as deserialize_map();
        deserialize_struct as deserialize_struct(name: &'static str, fields: &'static [&'static str]);
        deserialize_enum as deserialize_enum(name: &'static str, variants: &'static [&'static str]);
        deserialize_identifier as deserialize_identifier();
        deserialize_ignored_any as deserialize_ignored_any();
    }

    fn is_human_readable(&self) -> bool {
        self.0.is_human_readable()
    }
}

/// Passes the values that a visitor is given on.
macro_rules! visit {
    ($($method:ident($type:ty);)*) => {$(
        fn $method<E: Error>(self, value: $type) -> Result<V::Value, E> {
            self.0.$method(value)
        }
    )*};
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Borrowing<V> {
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
        visit_str(&str);
        visit_borrowed_str(&'de str);
        visit_bytes(&[u8]);
        visit_borrowed_bytes(&'de [u8]);
    }

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        self.0.visit_none()
    }

    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.0.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        self.0.visit_some(Borrowing(inner))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        self.0.visit_newtype_struct(Borrowing(inner))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, elements: A) -> Result<V::Value, A::Error> {
        check_count(elements.size_hint())?;
        self.0.visit_seq(Borrowing(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<V::Value, A::Error> {
        check_count(entries.size_hint())?;
        self.0.visit_map(Borrowing(entries))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, variant: A) -> Result<V::Value, A::Error> {
        self.0.visit_enum(Borrowing(variant))
    }
}

/// Refuses counts that no message can hold. Elements that take up no byte, such as `()`, would
/// otherwise be counted out one by one, up to 2^64.
fn check_count<E: Error>(claimed: Option<usize>) -> Result<(), E> {
    match claimed {
        Some(count) if MESSAGE_LIMIT_MAX < count => Err(E::custom(format_args!(
            "{count} elements exceed the limit of {MESSAGE_LIMIT_MAX}"
        ))),
        _ => Ok(()),
    }
}

impl<'de, T: DeserializeSeed<'de>> DeserializeSeed<'de> for Borrowing<T> {
    type Value = T::Value;

    fn deserialize<D: Deserializer<'de>>(self, inner: D) -> Result<T::Value, D::Error> {
        self.0.deserialize(Borrowing(inner))
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Borrowing<A> {
    type Error = A::Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, A::Error> {
        self.0.next_element_seed(Borrowing(seed))
    }

    fn size_hint(&self) -> Option<usize> {
        self.0.size_hint()
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Borrowing<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        self.0.next_key_seed(Borrowing(seed))
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, A::Error> {
        self.0.next_value_seed(Borrowing(seed))
    }

    fn size_hint(&self) -> Option<usize> {
        self.0.size_hint()
    }
}

impl<'de, A: EnumAccess<'de>> EnumAccess<'de> for Borrowing<A> {
    type Error = A::Error;
    type Variant = Borrowing<A::Variant>;

    fn variant_seed<T: DeserializeSeed<'de>>(
        self,
        seed: T,
    ) -> Result<(T::Value, Self::Variant), A::Error> {
        let (value, variant) = self.0.variant_seed(Borrowing(seed))?;
        Ok((value, Borrowing(variant)))
    }
}

impl<'de, A: VariantAccess<'de>> VariantAccess<'de> for Borrowing<A> {
    type Error = A::Error;

    fn unit_variant(self) -> Result<(), A::Error> {
        self.0.unit_variant()
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, A::Error> {
        self.0.newtype_variant_seed(Borrowing(seed))
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, A::Error> {
        self.0.tuple_variant(len, Borrowing(visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        self.0.struct_variant(fields, Borrowing(visitor))
    }
}
