//! A deserializer that is not asked for a value, but for what types ask.

use std::any::type_name;
use std::fmt::{self, Display};

use serde::de::value::U32Deserializer;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};

use super::type_graph::{Ask, Place, Sample, Shape, TypeGraph};
use super::types::UNIT;

/// Makes up what stands at a place.
pub(super) struct Probe<'t> {
    trace: &'t TypeGraph,
    place: Place,
    sample: Sample,
}

/// A value cannot be made up. Why, the trace knows.
#[derive(Debug)]
pub(super) struct Refused;

/// The parts of a type or a variant.
struct Parts<'t> {
    trace: &'t TypeGraph,
    node: usize,
    body: usize,
    sample: Sample,
    next: usize,
    left: usize,
}

impl<'t> Probe<'t> {
    pub(super) const fn new(trace: &'t TypeGraph, place: Place, sample: Sample) -> Self {
        Self {
            trace,
            place,
            sample,
        }
    }

    /// Keeps what was asked for.
    fn enter<V>(&self, ask: Ask) -> Result<usize, Refused> {
        let visitor = type_name::<V>();
        self.trace.enter(self.place, ask, visitor).ok_or(Refused)
    }

    fn scalar(&self, name: &'static str) -> Result<Sample, Refused> {
        self.trace
            .enter(self.place, Ask::Scalar(name), "")
            .map(|_| self.sample)
            .ok_or(Refused)
    }

    /// There is no telling what is asked for.
    fn unknown<T>(&self) -> Result<T, Refused> {
        self.trace.enter(self.place, Ask::Unknown, "");
        self.trace.fail();
        Err(Refused)
    }

    /// Makes up parts of a type that has only one body.
    fn within<R>(
        self,
        node: usize,
        left: usize,
        run: impl FnOnce(Parts<'t>) -> Result<R, Refused>,
    ) -> Result<R, Refused> {
        let Self { trace, sample, .. } = self;
        trace.push(node);
        let made = run(Parts {
            trace,
            node,
            body: 0,
            sample,
            next: 0,
            left,
        });
        trace.pop();
        made
    }
}

/// A value of each try: all different, and few.
macro_rules! numbers {
    ($($method:ident($visit:ident, $name:literal);)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
            const NUMBERS: [u8; 6] = [0, 1, 2, 10, 31, 100];
            let sample = self.scalar($name)?;
            let number = NUMBERS.get(sample % NUMBERS.len()).copied();
            visitor.$visit(number.unwrap_or_default().try_into().unwrap_or_default())
        }
    )*};
}

impl<'de> Deserializer<'de> for Probe<'_> {
    type Error = Refused;

    numbers! {
        deserialize_i8(visit_i8, "i8");
        deserialize_i16(visit_i16, "i16");
        deserialize_i32(visit_i32, "i32");
        deserialize_i64(visit_i64, "i64");
        deserialize_i128(visit_i128, "i128");
        deserialize_u8(visit_u8, "u8");
        deserialize_u16(visit_u16, "u16");
        deserialize_u32(visit_u32, "u32");
        deserialize_u64(visit_u64, "u64");
        deserialize_u128(visit_u128, "u128");
        deserialize_f32(visit_f32, "f32");
        deserialize_f64(visit_f64, "f64");
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        let sample = self.scalar("bool")?;
        visitor.visit_bool(sample % 2 == 1)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        let sample = self.scalar("char")?;
        visitor.visit_char(
            ['a', '0', 'A', '/', ' ']
                .get(sample % 5)
                .copied()
                .unwrap_or('a'),
        )
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        let sample = self.scalar("str")?;
        visitor.visit_borrowed_str(TEXTS.get(sample).copied().unwrap_or_default())
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        const LENGTHS: [usize; 12] = [0, 1, 4, 6, 8, 12, 16, 20, 24, 32, 48, 64];
        let sample = self.scalar("bytes")?;
        let len = LENGTHS.get(sample % LENGTHS.len()).copied();
        visitor.visit_borrowed_bytes([0; 64].get(..len.unwrap_or_default()).unwrap_or_default())
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.scalar(UNIT)?;
        visitor.visit_unit()
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        let node = self.enter::<V>(Ask::Option)?;
        if !self.trace.goes_on(node, self.sample) {
            return visitor.visit_none();
        }
        self.within(node, 1, |parts| {
            parts.only(|value| visitor.visit_some(value))
        })
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        self.enter::<V>(Ask::Unit(name))?;
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        let node = self.enter::<V>(Ask::Newtype(name))?;
        self.within(node, 1, |parts| {
            parts.only(|value| visitor.visit_newtype_struct(value))
        })
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        let node = self.enter::<V>(Ask::Seq)?;
        let elements = usize::from(self.trace.goes_on(node, self.sample));
        self.within(node, elements, |parts| visitor.visit_seq(parts))
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        let node = self.enter::<V>(Ask::Tuple(len))?;
        self.within(node, len, |parts| visitor.visit_seq(parts))
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        let node = self.enter::<V>(Ask::TupleStruct(name, len))?;
        self.within(node, len, |parts| visitor.visit_seq(parts))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        let node = self.enter::<V>(Ask::Map)?;
        let parts = 2 * usize::from(self.trace.goes_on(node, self.sample));
        self.within(node, parts, |parts| visitor.visit_map(parts))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        let node = self.enter::<V>(Ask::Struct(name, fields))?;
        // By their order, as bincode has it.
        self.within(node, fields.len(), |parts| visitor.visit_seq(parts))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        let node = self.enter::<V>(Ask::Enum(name, variants))?;
        let variant = self.trace.variant(node).ok_or(Refused)?;
        self.within(node, 0, |mut parts| {
            parts.body = variant;
            visitor.visit_enum(parts)
        })
    }

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Refused> {
        self.unknown()
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Refused> {
        self.unknown()
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Refused> {
        self.unknown()
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

impl<'t> Parts<'t> {
    fn next<R>(&mut self, run: impl FnOnce(Probe<'t>) -> Result<R, Refused>) -> Result<R, Refused> {
        let place = Place {
            node: self.node,
            body: self.body,
            part: self.next,
        };
        self.next += 1;
        self.left = self.left.saturating_sub(1);
        run(self.trace.tracer(place, self.sample)).inspect_err(|_| self.trace.blame(place))
    }

    fn only<R>(mut self, run: impl FnOnce(Probe<'t>) -> Result<R, Refused>) -> Result<R, Refused> {
        self.next(run)
    }

    /// Whether there is no part left. Whoever goes on asking is stopped some time.
    fn is_at_end(&self) -> Result<bool, Refused> {
        if self.left > 0 {
            return Ok(false);
        }
        if self.trace.step() {
            return Ok(true);
        }
        self.trace.fail();
        Err(Refused)
    }

    /// Keeps what a variant holds.
    fn shape(&mut self, shape: Shape, len: usize) {
        self.trace.shape(self.node, self.body, shape);
        self.left = len;
    }
}

impl<'de> SeqAccess<'de> for Parts<'_> {
    type Error = Refused;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Refused> {
        if self.is_at_end()? {
            return Ok(None);
        }
        self.next(|part| seed.deserialize(part)).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left)
    }
}

impl<'de> MapAccess<'de> for Parts<'_> {
    type Error = Refused;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Refused> {
        self.next_element_seed(seed)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Refused> {
        self.next(|part| seed.deserialize(part))
    }
}

impl<'de> EnumAccess<'de> for Parts<'_> {
    type Error = Refused;
    type Variant = Self;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Self), Refused> {
        let index = u32::try_from(self.body).map_err(|_| Refused)?;
        let index: U32Deserializer<Refused> = index.into_deserializer();
        let variant = seed.deserialize(index).inspect_err(|_| self.trace.fail())?;
        Ok((variant, self))
    }
}

impl<'de> VariantAccess<'de> for Parts<'_> {
    type Error = Refused;

    fn unit_variant(mut self) -> Result<(), Refused> {
        self.shape(Shape::Unit, 0);
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(
        mut self,
        seed: T,
    ) -> Result<T::Value, Refused> {
        self.shape(Shape::Tuple(1), 1);
        self.only(|value| seed.deserialize(value))
    }

    fn tuple_variant<V: Visitor<'de>>(
        mut self,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        self.shape(Shape::Tuple(len), len);
        visitor.visit_seq(self)
    }

    fn struct_variant<V: Visitor<'de>>(
        mut self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        self.shape(Shape::Named(fields), fields.len());
        visitor.visit_seq(self)
    }
}

impl Error for Refused {
    fn custom<T: Display>(_text: T) -> Self {
        Self
    }
}

impl Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value cannot be made up")
    }
}

impl std::error::Error for Refused {}

/// Texts out of which types make something else.
const TEXTS: [&str; 16] = [
    "",
    "0",
    "a",
    "/",
    "1970-01-01T00:00:00Z",
    "1970-01-01",
    "00:00:00",
    "1970-01-01 00:00:00",
    "127.0.0.1",
    "127.0.0.1:1",
    "::1",
    "00000000-0000-0000-0000-000000000000",
    "http://a.aa/",
    "0.0.0",
    "a@a.aa",
    "00000000000000000000000000000000",
];
