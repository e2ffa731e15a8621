//! Where in the reader's types a value is written, and what is refused there.

use std::any::type_name;
use std::fmt::{self, Display, Formatter};
use std::marker::PhantomData;

use super::check::{USE_NAMES, WriteCheck, WriteRefused};
use crate::codec::Codec;
use crate::codec::bounded::TOO_DEEP;
use crate::codec::read_shape::{
    EnumShape, FieldShape, PartCount, ReadShape, RecordShape, ScalarKind, UNKNOWN, UNKNOWN_PARTS,
    VariantShape,
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
    codec: PhantomData<fn() -> X>,
}

/// Where the parts of a tuple, a struct or a variant are written.
#[derive(Debug)]
pub(super) struct WriteRecord<'c, X> {
    pub(super) check: &'c WriteCheck<'c>,
    record: &'c RecordShape,
    /// How many parts were written.
    next: u32,
    /// How deep the parts are.
    depth: u32,
    /// Where names count: which of the fields that are read were written or left out, as far as they have a bit, and
    /// whether a [`STRANGER`] was written.
    seen: u64,
    codec: PhantomData<fn() -> X>,
}

/// How a part is to be written.
#[derive(Debug)]
pub(super) enum PartPosition<'c, X> {
    /// As it is: it writes what is read.
    Same,
    /// Compared with this.
    At(WritePosition<'c, X>),
}

/// What is written, for words.
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
    pub(super) const fn root(check: &'c WriteCheck<'c>) -> Self {
        Self {
            check,
            shape: check.root,
            depth: 1,
            is_in_some: false,
            codec: PhantomData,
        }
    }

    /// A value without parts is written.
    #[inline]
    pub(super) fn scalar(&self, kind: ScalarKind) -> Result<(), WriteRefused> {
        match self.shape {
            ReadShape::Scalar(read) if *read == kind => Ok(()),
            ReadShape::Unknown => Ok(()),
            _ => self.mismatch(WrittenKind::Scalar(kind), |position| position.scalar(kind)),
        }
    }

    /// A number that may be no finite one is written.
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

    /// Returns where the parts of a tuple are written. How many there are is seen when they were.
    #[inline]
    pub(super) fn tuple(&self, len: usize) -> Result<WriteRecord<'c, X>, WriteRefused> {
        self.parts(WrittenKind::Tuple(len))
    }

    /// Returns where the fields of a struct are written.
    #[inline]
    pub(super) fn fields(&self, name: &'static str) -> Result<WriteRecord<'c, X>, WriteRefused> {
        self.parts(WrittenKind::Struct(name))
    }

    #[inline]
    fn parts(&self, written: WrittenKind) -> Result<WriteRecord<'c, X>, WriteRefused> {
        match self.shape {
            ReadShape::Record(record) => Ok(self.record(record)),
            ReadShape::Unknown => Ok(self.record(&UNKNOWN_PARTS)),
            _ => self.mismatch(written, |position| position.parts(written)),
        }
    }

    /// Returns where the parts of a variant are written.
    #[inline]
    pub(super) fn variant(
        &self,
        name: &'static str,
        index: u32,
        variant: &'static str,
    ) -> Result<WriteRecord<'c, X>, WriteRefused> {
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
    ) -> Result<WriteRecord<'c, X>, WriteRefused> {
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
            // The reader says so.
            return Ok(self.record(&UNKNOWN_PARTS));
        };
        let place = format_args!("enum {}", shape.name);
        Err(self.check.fail_at(&place, text))
    }

    /// Something is written that is not what is read.
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
            _ if !X::POSITIONAL => again(&as_unknown),
            // What is around a single part adds nothing.
            ReadShape::Record(record) if record.count() == Some(1) => {
                let part = record.fields.first().map_or(0, |field| field.shape);
                again(&self.enter(self.check.get(part))?)
            }
            _ if self.is_like(written) => again(&as_unknown),
            read => {
                let text = format!(
                    "{written} is written where {read} is read: `with`, `serialize_with`, `into` and their like have \
                     to write what `deserialize_with`, `from` and their like read"
                );
                Err(self.check.fail(text))
            }
        }
    }

    /// Says whether something of another kind has the same bytes.
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
    const fn record(&self, record: &'c RecordShape) -> WriteRecord<'c, X> {
        WriteRecord {
            check: self.check,
            record,
            next: 0,
            depth: self.depth + 1,
            seen: 0,
            codec: PhantomData,
        }
    }

    /// Returns the position of a value within this one.
    #[inline]
    fn enter(&self, shape: &'c ReadShape) -> Result<Self, WriteRefused> {
        if self.depth == MAX_VALUE_DEPTH {
            return Err(self.check.fail(TOO_DEEP.to_owned()));
        }
        Ok(Self {
            check: self.check,
            shape,
            depth: self.depth + 1,
            is_in_some: false,
            codec: PhantomData,
        })
    }

    /// Returns the position of all elements within this value, of which there need not be any.
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

impl<'c, X: Codec> WriteRecord<'c, X> {
    /// The same for a variant's parts, which are within something more than the variant.
    #[inline]
    pub(super) const fn within_variant(mut self) -> Self {
        self.depth += 1;
        self
    }

    /// Returns where the next part is written, which is a `T`.
    #[inline]
    pub(super) fn element<T: ?Sized>(&mut self) -> Result<PartPosition<'c, X>, WriteRefused> {
        let field = match self.record.len {
            PartCount::Array(_) => self.record.fields.first(),
            _ => self.record.fields.get(self.next as usize),
        };
        self.next += 1;
        match field {
            Some(field) => self.part::<T>(field),
            None => self.unknown_part(),
        }
    }

    /// Returns where a field is written, which is a `T`.
    #[inline]
    pub(super) fn field<T: ?Sized>(
        &mut self,
        key: &'static str,
    ) -> Result<PartPosition<'c, X>, WriteRefused> {
        match self.record.fields.get(self.next as usize) {
            Some(field) if field.is_called(key) => {
                self.see(self.next as usize);
                self.next += 1;
                self.part::<T>(field)
            }
            expected => self.unexpected_field(key, expected),
        }
    }

    /// A field is left out of what is written.
    pub(super) fn skip(&mut self, key: &'static str) -> Result<(), WriteRefused> {
        if X::POSITIONAL {
            let text = format!(
                "field `{key}` is left out (`skip_serializing_if`), and what follows is read in its place: remove that \
                 attribute, or {USE_NAMES}"
            );
            return Err(self.check.fail_at(&self.record, text));
        }
        if let Some(position) = self.record.position(key) {
            self.see(position);
        }
        Ok(())
    }

    /// All unnamed parts have been written.
    #[inline]
    pub(super) fn end(&self) -> Result<(), WriteRefused> {
        let written = self.next as usize;
        let is_whole = match self.record.len {
            PartCount::Unknown => true,
            PartCount::Fields => self.record.fields.len() == written,
            PartCount::Array(len) => len == written,
        };
        if is_whole { Ok(()) } else { self.unequal() }
    }

    /// All fields have been written.
    #[inline]
    pub(super) fn end_fields(&self) -> Result<(), WriteRefused> {
        if X::POSITIONAL {
            self.end()
        } else if self.seen & STRANGER == 0 {
            Ok(())
        } else {
            self.end_with_stranger()
        }
    }

    /// Adds to a failure in which part it was.
    #[cold]
    pub(super) fn failed_at(&self, key: Option<&'static str>) {
        let index = self.next.saturating_sub(1) as usize;
        let field = self.record.fields.get(index);
        if self.record.name.is_some() {
            let name = key.or_else(|| field?.names.first().copied());
            self.check.place(|| match name {
                Some(name) => format!("{}, field `{name}`", self.record),
                None => format!("{}, element {}", self.record, index + 1),
            });
        } else if let (ARGUMENT_DEPTH, Some(field)) = (self.depth, field) {
            // What an argument's type is called is known, even if it has no name for serde.
            self.check.argument.set(field.names.first().copied());
            if !field.type_name.is_empty() {
                self.check.place(|| field.type_name.to_owned());
            }
        }
    }

    #[inline]
    fn part<T: ?Sized>(&self, field: &'c FieldShape) -> Result<PartPosition<'c, X>, WriteRefused> {
        if let Some(standard) = &field.standard
            && self.depth < STANDARD_DEPTH
            && (standard.is_unambiguous || !X::BARE_SOME && X::HAS_INFINITY)
            && standard.is_called(type_name::<T>())
        {
            return Ok(PartPosition::Same);
        }
        self.position(self.check.get(field.shape))
    }

    #[inline]
    fn position(&self, shape: &'c ReadShape) -> Result<PartPosition<'c, X>, WriteRefused> {
        if MAX_VALUE_DEPTH < self.depth {
            return Err(self.check.fail(TOO_DEEP.to_owned()));
        }
        Ok(PartPosition::At(WritePosition {
            check: self.check,
            shape,
            depth: self.depth,
            is_in_some: false,
            codec: PhantomData,
        }))
    }

    #[cold]
    fn unknown_part(&self) -> Result<PartPosition<'c, X>, WriteRefused> {
        self.position(&UNKNOWN)
    }

    #[inline]
    const fn see(&mut self, position: usize) {
        if !X::POSITIONAL && position < 63 {
            self.seen |= 1 << position;
        }
    }

    #[cold]
    fn unexpected_field(
        &mut self,
        key: &'static str,
        expected: Option<&FieldShape>,
    ) -> Result<PartPosition<'c, X>, WriteRefused> {
        let is_unknown = self.record.len == PartCount::Unknown;
        if is_unknown || expected.is_some_and(|field| field.names.is_empty()) {
            self.next += 1;
            return self.position(expected.map_or(&UNKNOWN, |field| self.check.get(field.shape)));
        }
        if !X::POSITIONAL {
            let found = self.record.fields.iter().enumerate();
            let mut found = found.filter(|(_, field)| field.is_called(key));
            let Some((position, field)) = found.next() else {
                self.seen |= STRANGER;
                self.check.stranger.set(key);
                return self.position(&UNKNOWN);
            };
            self.see(position);
            self.next = u32::try_from(position + 1).unwrap_or(u32::MAX);
            return self.position(self.check.get(field.shape));
        }
        let read = expected.and_then(|field| field.names.first().copied());
        let read = read.map_or_else(|| "nothing".to_owned(), |name| format!("`{name}`"));
        let text = format!(
            "field `{key}` is written where {read} is read: `skip_serializing`, `skip_deserializing` and `rename` have \
             to be the same for both (`skip`), and `tag` writes one more. Or {USE_NAMES}"
        );
        Err(self.check.fail_at(&self.record, text))
    }

    #[cold]
    fn unequal(&self) -> Result<(), WriteRefused> {
        let read = self.record.count().unwrap_or_default();
        let text = format!(
            "{} parts are written where {read} are read: `skip_serializing`, `skip_serializing_if` and \
             `skip_deserializing` leave some out on one side. Remove them, or use a struct with names",
            self.next
        );
        Err(self.check.fail_at(&self.record, text))
    }

    #[cold]
    fn end_with_stranger(&self) -> Result<(), WriteRefused> {
        let mut fields = self.record.fields.iter().take(63).enumerate();
        let missing = fields.find(|(index, _)| self.seen & (1 << index) == 0);
        let Some(missing) = missing.and_then(|(_, field)| field.names.first()) else {
            // What is not read is passed over, as its attribute says.
            return Ok(());
        };
        let text = format!(
            "field `{}` is written and not read, `{missing}` is read and not written: `rename` has to be the same for \
             both",
            self.check.stranger.get()
        );
        Err(self.check.fail_at(&self.record, text))
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

/// How deep arguments are.
const ARGUMENT_DEPTH: u32 = 2;

/// Up to which depth values of the standard library's types are not looked into.
const STANDARD_DEPTH: u32 = 64;

/// The bit of [`WriteRecord::seen`] for a field that is not read.
const STRANGER: u64 = 1 << 63;

static BYTE: ReadShape = ReadShape::Scalar(ScalarKind::U8);
