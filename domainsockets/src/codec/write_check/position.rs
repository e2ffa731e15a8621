//! Where in the reader's types a value is written, and what is refused there.

use std::fmt::{self, Display, Formatter};
use std::marker::PhantomData;

use super::check::{USE_NAMES, WriteCheck, WriteRefused};
use crate::codec::Codec;
use crate::codec::bounded::TOO_DEEP;
use crate::codec::read_shape::{
    EnumShape, ReadShape, RecordShape, ScalarKind, UNKNOWN, UNKNOWN_PARTS, VariantShape,
};
use crate::limits::MAX_VALUE_DEPTH;

/// Where a value is written. What its codec `X` leaves out decides what is refused.
#[derive(Debug)]
pub(super) struct WritePosition<'c, X> {
    pub(super) check: &'c WriteCheck<'c>,
    shape: &'c ReadShape,
    depth: u32,
    /// Whether the value is what a `Some` holds.
    is_in_some: bool,
    /// Whether only its order tells the value apart from others: it is one of several elements of a tuple.
    is_element: bool,
    codec: PhantomData<fn() -> X>,
}

/// Where a tuple, a struct or a variant is written, before any of its parts is.
#[derive(Debug)]
pub(super) struct RecordPosition<'c, X> {
    pub(super) check: &'c WriteCheck<'c>,
    pub(super) shape: &'c RecordShape,
    /// How deep the parts are.
    pub(super) depth: u32,
    codec: PhantomData<fn() -> X>,
}

/// The kind of a written value, for the texts of errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WrittenKind {
    Scalar(ScalarKind),
    Option,
    Seq,
    Map,
    Tuple(usize),
    Struct(&'static str),
    Enum(&'static str),
}

impl<'c, X: Codec> WritePosition<'c, X> {
    /// Returns the position of a whole value.
    pub(super) const fn root(check: &'c WriteCheck<'c>) -> Self {
        Self::new(check, check.root, 1)
    }

    /// Returns the position of a value of this shape.
    #[inline]
    pub(super) const fn new(check: &'c WriteCheck<'c>, shape: &'c ReadShape, depth: u32) -> Self {
        Self {
            check,
            shape,
            depth,
            is_in_some: false,
            is_element: false,
            codec: PhantomData,
        }
    }

    /// Returns the same position, as that of one of several elements of a tuple.
    #[inline]
    pub(super) const fn of_element(mut self) -> Self {
        self.is_element = true;
        self
    }

    /// Compares a value without parts.
    #[inline]
    pub(super) fn scalar(&self, kind: ScalarKind) -> Result<(), WriteRefused> {
        match self.shape {
            ReadShape::Scalar(read) if *read == kind => Ok(()),
            ReadShape::Unknown => Ok(()),
            _ => self.mismatch(WrittenKind::Scalar(kind), |position| position.scalar(kind)),
        }
    }

    /// Compares a floating-point number, and refuses it if the codec cannot write it.
    #[inline]
    pub(super) fn float(&self, kind: ScalarKind, is_finite: bool) -> Result<(), WriteRefused> {
        if !X::HAS_INFINITY && !is_finite {
            return Err(self.check.fail(NO_INFINITY.to_owned()));
        }
        self.scalar(kind)
    }

    #[inline]
    pub(super) fn unit(&self) -> Result<(), WriteRefused> {
        if X::BARE_SOME && self.is_in_some {
            return Err(self.looks_like_none(&"`()`"));
        }
        self.scalar(ScalarKind::Unit)
    }

    #[inline]
    pub(super) fn unit_struct(&self, name: &str) -> Result<(), WriteRefused> {
        if X::UNIT_STRUCT_IS_NONE && self.is_in_some {
            return Err(self.looks_like_none(&format_args!("struct {name}")));
        }
        self.scalar(ScalarKind::Unit)
    }

    #[inline]
    pub(super) fn none(&self) -> Result<(), WriteRefused> {
        if X::BARE_SOME && self.is_in_some {
            return Err(self.looks_like_none(&"`None`"));
        }
        self.option().map(drop)
    }

    /// Returns where the value of a `Some` is written.
    #[inline]
    pub(super) fn some(&self) -> Result<Self, WriteRefused> {
        let mut value = self.enter(self.option()?)?;
        value.is_in_some = true;
        value.is_element = self.is_element;
        Ok(value)
    }

    #[inline]
    fn option(&self) -> Result<&'c ReadShape, WriteRefused> {
        match self.shape {
            ReadShape::Option(value) => Ok(self.check.get(*value)),
            ReadShape::Unknown => Ok(&UNKNOWN),
            _ => self.mismatch(WrittenKind::Option, Self::option),
        }
    }

    /// Returns where the value of a struct around a single unnamed field is written.
    #[inline]
    pub(super) fn newtype(&self) -> Result<Self, WriteRefused> {
        let mut value = self.enter(self.shape)?;
        value.is_in_some = self.is_in_some;
        value.is_element = self.is_element;
        Ok(value)
    }

    /// Returns where the elements of a sequence are written.
    #[inline]
    pub(super) fn seq(&self, len: Option<usize>) -> Result<Self, WriteRefused> {
        let element = match self.shape {
            ReadShape::Seq(element) => self.check.get(*element),
            ReadShape::Scalar(ScalarKind::Bytes) => &BYTE,
            ReadShape::Unknown => &UNKNOWN,
            _ => return self.mismatch(WrittenKind::Seq, |position| position.seq(len)),
        };
        if X::POSITIONAL && len.is_none() {
            let text = format!("a sequence is written before its length is known, {USE_NAMES}");
            return Err(self.check.fail(text));
        }
        self.element(element, len)
    }

    /// Returns where the keys and the values of a map are written.
    #[inline]
    pub(super) fn map(&self, len: Option<usize>) -> Result<(Self, Self), WriteRefused> {
        let (key, value) = match self.shape {
            ReadShape::Map(key, value) => (self.check.get(*key), self.check.get(*value)),
            ReadShape::Unknown => (&UNKNOWN, &UNKNOWN),
            _ => return self.mismatch(WrittenKind::Map, |position| position.map(len)),
        };
        if X::POSITIONAL && len.is_none() {
            let text =
                format!("a map is written before its length is known (`flatten`), {USE_NAMES}");
            return Err(self.check.fail(text));
        }
        Ok((self.element(key, len)?, self.element(value, len)?))
    }

    /// Returns where a tuple is written. Its parts are counted while they are written.
    #[inline]
    pub(super) fn tuple(&self, len: usize) -> Result<RecordPosition<'c, X>, WriteRefused> {
        self.parts(WrittenKind::Tuple(len))
    }

    /// Returns where a struct is written.
    #[inline]
    pub(super) fn fields(&self, name: &'static str) -> Result<RecordPosition<'c, X>, WriteRefused> {
        self.parts(WrittenKind::Struct(name))
    }

    #[inline]
    fn parts(&self, written: WrittenKind) -> Result<RecordPosition<'c, X>, WriteRefused> {
        match self.shape {
            ReadShape::Record(record) => Ok(self.record(record)),
            ReadShape::Unknown => Ok(self.record(&UNKNOWN_PARTS)),
            _ => self.mismatch(written, |position| position.parts(written)),
        }
    }

    /// Returns where a variant is written.
    #[inline]
    pub(super) fn variant(
        &self,
        name: &'static str,
        index: u32,
        variant: &'static str,
    ) -> Result<RecordPosition<'c, X>, WriteRefused> {
        let shape = match self.shape {
            ReadShape::Enum(shape) => shape,
            ReadShape::Unknown => return Ok(self.record(&UNKNOWN_PARTS)),
            _ => {
                return self.mismatch(WrittenKind::Enum(name), |position| {
                    position.variant(name, index, variant)
                });
            }
        };
        let found = if X::POSITIONAL {
            shape.at(index).filter(|read| read.is_called(variant))
        } else {
            shape.variants.iter().find(|read| read.is_called(variant))
        };
        match found {
            Some(found) => Ok(self.record(&found.record)),
            None => self.unknown_variant(shape, index, variant),
        }
    }

    #[cold]
    fn unknown_variant(
        &self,
        shape: &EnumShape,
        index: u32,
        variant: &str,
    ) -> Result<RecordPosition<'c, X>, WriteRefused> {
        let read_as = |read: Option<&VariantShape>| {
            let name = read.and_then(|read| read.names.first().copied());
            name.map_or_else(|| "no variant".to_owned(), |name| format!("`{name}`"))
        };
        let other = shape.other.and_then(|other| shape.variants.get(other));
        let text = if X::POSITIONAL {
            format!(
                "variant `{variant}` is written with the number {index}, which is read as {}: `skip`, \
                 `skip_serializing` and `skip_deserializing` move the variants behind theirs, and `rename` has to be \
                 the same for both. Put such a variant last, or {USE_NAMES}",
                read_as(shape.at(index))
            )
        } else if other.is_some() {
            format!(
                "variant `{variant}` is not read (`skip_deserializing`, `rename`), but taken for {} (`other`)",
                read_as(other)
            )
        } else {
            // The reader refuses it.
            return Ok(self.record(&UNKNOWN_PARTS));
        };
        let place = format_args!("enum {}", shape.name);
        Err(self.check.fail_at(&place, text))
    }

    /// Handles a value of another kind than its reader asks for: refuses it, or compares it `again` as something with
    /// the same bytes.
    #[cold]
    fn mismatch<R>(
        &self,
        written: WrittenKind,
        again: impl FnOnce(&Self) -> Result<R, WriteRefused>,
    ) -> Result<R, WriteRefused> {
        let as_unknown = Self {
            shape: &UNKNOWN,
            ..*self
        };
        match self.shape {
            ReadShape::Any { .. } if X::ANSWERS_ANY => again(&as_unknown),
            ReadShape::Any { name, attribute } => {
                let text = format!(
                    "it is read as whatever comes (`{attribute}`), and bincode does not say what comes: choose \
                     `codec = Json` or `codec = MessagePack`"
                );
                Err(self.check.fail_at(name, text))
            }
            _ if !X::POSITIONAL && !self.may_be_shifted(written) => again(&as_unknown),
            // A record of a single part has the bytes of that part.
            ReadShape::Record(record) if record.count() == Some(1) => {
                let part = record.fields.first().map_or(0, |field| field.shape);
                again(&self.enter(self.check.get(part))?)
            }
            _ if self.is_like(written) => again(&as_unknown),
            read => {
                let elements = if self.is_element {
                    ", and `skip_serializing` and `skip_deserializing` of a tuple have to be on the same elements"
                } else {
                    ""
                };
                let text = format!(
                    "{written} is written where {read} is read: `with`, `serialize_with`, `into` and their like have \
                     to write what `deserialize_with`, `from` and their like read{elements}"
                );
                Err(self.check.fail(text))
            }
        }
    }

    /// Returns whether the value may be another element of its tuple than the one that is read there. A format with names
    /// reads a `u8` as a `u16`, and could read another element without an error.
    const fn may_be_shifted(&self, written: WrittenKind) -> bool {
        self.is_element
            && matches!(self.shape, ReadShape::Scalar(_))
            && matches!(written, WrittenKind::Scalar(_))
    }

    /// Returns whether the value has the bytes that its reader asks for, although it is of another kind.
    fn is_like(&self, written: WrittenKind) -> bool {
        match (self.shape, written) {
            (ReadShape::Record(record), WrittenKind::Scalar(ScalarKind::Unit)) => {
                record.count() == Some(0)
            }
            (ReadShape::Scalar(ScalarKind::Unit), WrittenKind::Tuple(0)) => true,
            (ReadShape::Seq(element), WrittenKind::Scalar(ScalarKind::Bytes)) => {
                matches!(self.check.get(*element), ReadShape::Scalar(ScalarKind::U8))
            }
            _ => false,
        }
    }

    #[inline]
    const fn record(&self, shape: &'c RecordShape) -> RecordPosition<'c, X> {
        RecordPosition {
            check: self.check,
            shape,
            depth: self.depth + 1,
            codec: PhantomData,
        }
    }

    /// Returns the position of a value within this one.
    #[inline]
    fn enter(&self, shape: &'c ReadShape) -> Result<Self, WriteRefused> {
        if self.depth == MAX_VALUE_DEPTH {
            return Err(self.check.fail(TOO_DEEP.to_owned()));
        }
        Ok(Self::new(self.check, shape, self.depth + 1))
    }

    /// Returns the position of the elements of this value. If there are none, they are not a level deeper.
    #[inline]
    fn element(&self, shape: &'c ReadShape, len: Option<usize>) -> Result<Self, WriteRefused> {
        if len == Some(0) {
            return Ok(Self {
                shape: &UNKNOWN,
                ..*self
            });
        }
        self.enter(shape)
    }

    #[cold]
    fn looks_like_none(&self, what: &dyn Display) -> WriteRefused {
        let text = format!(
            "{what} in `Some` is written as `None` is, and would be read as that: use an enum, or `codec = Bincode`"
        );
        self.check.fail(text)
    }
}

impl Display for WrittenKind {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scalar(kind) => f.write_str(kind.name()),
            Self::Option => f.write_str("an `Option`"),
            Self::Seq => f.write_str("a sequence"),
            Self::Map => f.write_str("a map"),
            Self::Tuple(len) => write!(f, "a tuple of {len}"),
            Self::Struct(name) => write!(f, "struct {name}"),
            Self::Enum(name) => write!(f, "enum {name}"),
        }
    }
}

const NO_INFINITY: &str =
    "a number that is not finite is written as `null`: use an `Option`, or another codec";

static BYTE: ReadShape = ReadShape::Scalar(ScalarKind::U8);
