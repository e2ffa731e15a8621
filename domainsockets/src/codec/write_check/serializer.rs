//! A serializer that compares each value before it passes the value on.

use std::fmt::Display;

use serde::ser::{
    Error, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant,
    SerializeTuple, SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use super::check::{WriteCheck, WriteRefused};
use super::count::WriteCount;
use super::position::WritePosition;
use super::record::{PartPosition, WriteRecord};
use crate::codec::Codec;
use crate::codec::read_shape::ScalarKind;

/// A value that is compared while it is written.
pub(in crate::codec) struct CheckedRoot<'c, 'v, X, T: ?Sized> {
    value: &'v T,
    position: WritePosition<'c, X>,
}

/// A part of a value. It is made for each part, and has references because those are quick to pass on.
struct CheckedValue<'p, 'c, 'v, X, T: ?Sized> {
    value: &'v T,
    position: &'p WritePosition<'c, X>,
}

/// Wraps a serializer.
struct CheckedSerializer<'p, 'c, X, S> {
    inner: S,
    position: &'p WritePosition<'c, X>,
}

/// Wraps what takes the elements of a sequence.
struct CheckedSeq<'c, X, S> {
    inner: S,
    element: WritePosition<'c, X>,
    count: WriteCount,
}

/// Wraps what takes the entries of a map.
struct CheckedMap<'c, X, S> {
    inner: S,
    key: WritePosition<'c, X>,
    value: WritePosition<'c, X>,
    count: WriteCount,
}

/// Wraps what takes the parts of a tuple, a struct or a variant.
struct CheckedRecord<'c, X, S> {
    inner: S,
    record: WriteRecord<'c, X>,
    count: WriteCount,
}

impl<'c, 'v, X: Codec, T: ?Sized> CheckedRoot<'c, 'v, X, T> {
    /// Wraps a value, so that it is compared when it is written.
    pub(in crate::codec) const fn new(check: &'c WriteCheck<'c>, value: &'v T) -> Self {
        Self {
            value,
            position: WritePosition::root(check),
        }
    }
}

impl<X: Codec, T: Serialize + ?Sized> Serialize for CheckedRoot<'_, '_, X, T> {
    #[inline]
    fn serialize<S: Serializer>(&self, inner: S) -> Result<S::Ok, S::Error> {
        let position = &self.position;
        self.value.serialize(CheckedSerializer { inner, position })
    }
}

impl<X: Codec, T: Serialize + ?Sized> Serialize for CheckedValue<'_, '_, '_, X, T> {
    #[inline]
    fn serialize<S: Serializer>(&self, inner: S) -> Result<S::Ok, S::Error> {
        let position = self.position;
        self.value.serialize(CheckedSerializer { inner, position })
    }
}

/// Compares and passes on values without parts.
macro_rules! scalars {
    ($($method:ident($type:ty) $kind:ident;)*) => {$(
        #[inline]
        fn $method(self, value: $type) -> Result<S::Ok, S::Error> {
            allowed(self.position.check, self.position.scalar(ScalarKind::$kind))?;
            self.inner.$method(value)
        }
    )*};
}

impl<'c, X: Codec, S: Serializer> Serializer for CheckedSerializer<'_, 'c, X, S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = CheckedSeq<'c, X, S::SerializeSeq>;
    type SerializeTuple = CheckedRecord<'c, X, S::SerializeTuple>;
    type SerializeTupleStruct = CheckedRecord<'c, X, S::SerializeTupleStruct>;
    type SerializeTupleVariant = CheckedRecord<'c, X, S::SerializeTupleVariant>;
    type SerializeMap = CheckedMap<'c, X, S::SerializeMap>;
    type SerializeStruct = CheckedRecord<'c, X, S::SerializeStruct>;
    type SerializeStructVariant = CheckedRecord<'c, X, S::SerializeStructVariant>;

    scalars! {
        serialize_bool(bool) Bool;
        serialize_i8(i8) I8;
        serialize_i16(i16) I16;
        serialize_i32(i32) I32;
        serialize_i64(i64) I64;
        serialize_i128(i128) I128;
        serialize_u8(u8) U8;
        serialize_u16(u16) U16;
        serialize_u32(u32) U32;
        serialize_u64(u64) U64;
        serialize_u128(u128) U128;
        serialize_char(char) Char;
        serialize_str(&str) Str;
        serialize_bytes(&[u8]) Bytes;
    }

    #[inline]
    fn serialize_f32(self, value: f32) -> Result<S::Ok, S::Error> {
        let compared = self.position.float(ScalarKind::F32, value.is_finite());
        allowed(self.position.check, compared)?;
        self.inner.serialize_f32(value)
    }

    #[inline]
    fn serialize_f64(self, value: f64) -> Result<S::Ok, S::Error> {
        let compared = self.position.float(ScalarKind::F64, value.is_finite());
        allowed(self.position.check, compared)?;
        self.inner.serialize_f64(value)
    }

    #[inline]
    fn serialize_none(self) -> Result<S::Ok, S::Error> {
        allowed(self.position.check, self.position.none())?;
        self.inner.serialize_none()
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        let position = &allowed(self.position.check, self.position.some())?;
        self.inner.serialize_some(&CheckedValue { value, position })
    }

    #[inline]
    fn serialize_unit(self) -> Result<S::Ok, S::Error> {
        allowed(self.position.check, self.position.unit())?;
        self.inner.serialize_unit()
    }

    #[inline]
    fn serialize_unit_struct(self, name: &'static str) -> Result<S::Ok, S::Error> {
        allowed(self.position.check, self.position.unit_struct(name))?;
        self.inner.serialize_unit_struct(name)
    }

    #[inline]
    fn serialize_unit_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
    ) -> Result<S::Ok, S::Error> {
        let record = self.position.variant(name, index, variant);
        let compared = record.and_then(|record| WriteRecord::new(&record).end());
        allowed(self.position.check, compared)?;
        self.inner.serialize_unit_variant(name, index, variant)
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        let position = &allowed(self.position.check, self.position.newtype())?;
        let value = CheckedValue { value, position };
        self.inner.serialize_newtype_struct(name, &value)
    }

    #[inline]
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        let Self { inner, position } = self;
        let record = allowed(position.check, position.variant(name, index, variant))?;
        let mut record = WriteRecord::new(&record);
        let part = allowed(position.check, record.element::<T>())?;
        allowed(position.check, record.end())?;
        match &part {
            PartPosition::Same => inner.serialize_newtype_variant(name, index, variant, value),
            PartPosition::At(position) => {
                let value = CheckedValue { value, position };
                inner
                    .serialize_newtype_variant(name, index, variant, &value)
                    .inspect_err(|_| record.failed_at(None))
            }
        }
    }

    #[inline]
    fn serialize_seq(self, len: Option<usize>) -> Result<Self::SerializeSeq, S::Error> {
        let element = allowed(self.position.check, self.position.seq(len))?;
        let inner = self.inner.serialize_seq(len)?;
        let count = WriteCount::new(len);
        Ok(CheckedSeq {
            inner,
            element,
            count,
        })
    }

    #[inline]
    fn serialize_tuple(self, len: usize) -> Result<Self::SerializeTuple, S::Error> {
        let record = allowed(self.position.check, self.position.tuple(len))?;
        let inner = self.inner.serialize_tuple(len)?;
        let record = WriteRecord::new(&record);
        let count = WriteCount::new(Some(len));
        Ok(CheckedRecord {
            inner,
            record,
            count,
        })
    }

    #[inline]
    fn serialize_tuple_struct(
        self,
        name: &'static str,
        len: usize,
    ) -> Result<Self::SerializeTupleStruct, S::Error> {
        let record = allowed(self.position.check, self.position.fields(name))?;
        let inner = self.inner.serialize_tuple_struct(name, len)?;
        let record = WriteRecord::new(&record);
        let count = WriteCount::new(Some(len));
        Ok(CheckedRecord {
            inner,
            record,
            count,
        })
    }

    #[inline]
    fn serialize_tuple_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeTupleVariant, S::Error> {
        let Self { inner, position } = self;
        let record = allowed(position.check, position.variant(name, index, variant))?;
        let inner = inner.serialize_tuple_variant(name, index, variant, len)?;
        let record = WriteRecord::new(&record).within_variant();
        let count = WriteCount::new(Some(len));
        Ok(CheckedRecord {
            inner,
            record,
            count,
        })
    }

    #[inline]
    fn serialize_map(self, len: Option<usize>) -> Result<Self::SerializeMap, S::Error> {
        let (key, value) = allowed(self.position.check, self.position.map(len))?;
        let inner = self.inner.serialize_map(len)?;
        let count = WriteCount::new(len);
        Ok(CheckedMap {
            inner,
            key,
            value,
            count,
        })
    }

    #[inline]
    fn serialize_struct(
        self,
        name: &'static str,
        len: usize,
    ) -> Result<Self::SerializeStruct, S::Error> {
        let record = allowed(self.position.check, self.position.fields(name))?;
        let inner = self.inner.serialize_struct(name, len)?;
        let record = WriteRecord::new(&record);
        let count = WriteCount::new(Some(len));
        Ok(CheckedRecord {
            inner,
            record,
            count,
        })
    }

    #[inline]
    fn serialize_struct_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeStructVariant, S::Error> {
        let Self { inner, position } = self;
        let record = allowed(position.check, position.variant(name, index, variant))?;
        let inner = inner.serialize_struct_variant(name, index, variant, len)?;
        let record = WriteRecord::new(&record).within_variant();
        let count = WriteCount::new(Some(len));
        Ok(CheckedRecord {
            inner,
            record,
            count,
        })
    }

    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        allowed(self.position.check, self.position.scalar(ScalarKind::Str))?;
        self.inner.collect_str(value)
    }

    #[inline]
    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}

impl<X: Codec, S: SerializeSeq> SerializeSeq for CheckedSeq<'_, X, S> {
    type Ok = S::Ok;
    type Error = S::Error;

    #[inline]
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
        self.count.add();
        let position = &self.element;
        self.inner
            .serialize_element(&CheckedValue { value, position })
    }

    #[inline]
    fn end(self) -> Result<S::Ok, S::Error> {
        let check = self.element.check;
        allowed(check, self.count.end(check, "a sequence of", "elements"))?;
        self.inner.end()
    }
}

impl<X: Codec, S: SerializeMap> SerializeMap for CheckedMap<'_, X, S> {
    type Ok = S::Ok;
    type Error = S::Error;

    #[inline]
    fn serialize_key<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
        self.count.add();
        let position = &self.key;
        self.inner.serialize_key(&CheckedValue { value, position })
    }

    #[inline]
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
        let position = &self.value;
        self.inner
            .serialize_value(&CheckedValue { value, position })
    }

    #[inline]
    fn serialize_entry<K: Serialize + ?Sized, T: Serialize + ?Sized>(
        &mut self,
        key: &K,
        value: &T,
    ) -> Result<(), S::Error> {
        self.count.add();
        let key = CheckedValue {
            value: key,
            position: &self.key,
        };
        let position = &self.value;
        self.inner
            .serialize_entry(&key, &CheckedValue { value, position })
    }

    #[inline]
    fn end(self) -> Result<S::Ok, S::Error> {
        let check = self.key.check;
        allowed(check, self.count.end(check, "a map of", "entries"))?;
        self.inner.end()
    }
}

/// Compares and passes on parts without names.
macro_rules! elements {
    ($($trait:ident::$method:ident;)*) => {$(
        impl<X: Codec, S: $trait> $trait for CheckedRecord<'_, X, S> {
            type Ok = S::Ok;
            type Error = S::Error;

            #[inline]
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
                self.count.add();
                match &allowed(self.record.check, self.record.element::<T>())? {
                    PartPosition::Same => self.inner.$method(value),
                    PartPosition::At(position) => self
                        .inner
                        .$method(&CheckedValue { value, position })
                        .inspect_err(|_| self.record.failed_at(None)),
                }
            }

            #[inline]
            fn end(self) -> Result<S::Ok, S::Error> {
                allowed(self.record.check, self.record.end())?;
                allowed(self.record.check, self.record.end_count(self.count))?;
                self.inner.end()
            }
        }
    )*};
}

elements! {
    SerializeTuple::serialize_element;
    SerializeTupleStruct::serialize_field;
    SerializeTupleVariant::serialize_field;
}

/// Compares and passes on parts that have names.
macro_rules! fields {
    ($($trait:ident;)*) => {$(
        impl<X: Codec, S: $trait> $trait for CheckedRecord<'_, X, S> {
            type Ok = S::Ok;
            type Error = S::Error;

            #[inline]
            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                key: &'static str,
                value: &T,
            ) -> Result<(), S::Error> {
                self.count.add();
                match &allowed(self.record.check, self.record.field::<T>(key))? {
                    PartPosition::Same => self.inner.serialize_field(key, value),
                    PartPosition::At(position) => self
                        .inner
                        .serialize_field(key, &CheckedValue { value, position })
                        .inspect_err(|_| self.record.failed_at(Some(key))),
                }
            }

            fn skip_field(&mut self, key: &'static str) -> Result<(), S::Error> {
                allowed(self.record.check, self.record.skip(key))?;
                self.inner.skip_field(key)
            }

            #[inline]
            fn end(self) -> Result<S::Ok, S::Error> {
                allowed(self.record.check, self.record.end_fields())?;
                allowed(self.record.check, self.record.end_count(self.count))?;
                self.inner.end()
            }
        }
    )*};
}

fields! {
    SerializeStruct;
    SerializeStructVariant;
}

/// Turns a refusal into the codec's error. Errors are large, and would be moved around otherwise.
#[inline]
fn allowed<T, E: Error>(check: &WriteCheck<'_>, result: Result<T, WriteRefused>) -> Result<T, E> {
    match result {
        Ok(value) => Ok(value),
        Err(refused) => Err(check.error(refused)),
    }
}
