//! Where the parts of a tuple, a struct or a variant are written, and what is refused there.

use std::any::type_name;
use std::marker::PhantomData;

use super::check::{USE_NAMES, WriteCheck, WriteRefused};
use super::count::WriteCount;
use super::position::{RecordPosition, WritePosition};
use crate::codec::Codec;
use crate::codec::bounded::TOO_DEEP;
use crate::codec::read_shape::{FieldShape, PartCount, ReadShape, RecordShape, UNKNOWN};
use crate::limits::MAX_VALUE_DEPTH;

/// Where the parts of a tuple, a struct or a variant are written.
#[derive(Debug)]
pub(super) struct WriteRecord<'c, X> {
    pub(super) check: &'c WriteCheck<'c>,
    record: &'c RecordShape,
    /// How many parts were written.
    next: u32,
    /// How deep the parts are.
    depth: u32,
    /// For a codec that writes names: one bit for each of the first 63 fields that was written or left out, and the bit
    /// [`UNREAD_FIELD`].
    seen: u64,
    codec: PhantomData<fn() -> X>,
}

/// How a part is written.
#[derive(Debug)]
pub(super) enum PartPosition<'c, X> {
    /// Without a comparison: its type writes what is read.
    Same,
    /// Compared with this.
    At(WritePosition<'c, X>),
}

impl<'c, X: Codec> WriteRecord<'c, X> {
    /// Returns where the first part is written.
    #[inline]
    pub(super) const fn new(position: &RecordPosition<'c, X>) -> Self {
        Self {
            check: position.check,
            record: position.shape,
            next: 0,
            depth: position.depth,
            seen: 0,
            codec: PhantomData,
        }
    }

    /// Returns this one level deeper. The parts of a variant are in its value, which is in the variant.
    #[inline]
    pub(super) const fn within_variant(mut self) -> Self {
        self.depth += 1;
        self
    }

    /// Returns where the next part, a `T`, is written.
    #[inline]
    pub(super) fn element<T: ?Sized>(&mut self) -> Result<PartPosition<'c, X>, WriteRefused> {
        let field = match self.record.len {
            PartCount::Array(_) => self.record.fields.first(),
            _ => self.record.fields.get(self.next as usize),
        };
        self.next += 1;
        match field {
            Some(field) => Ok(match self.part::<T>(field)? {
                PartPosition::At(position) if self.has_elements() => {
                    PartPosition::At(position.of_element())
                }
                part => part,
            }),
            None => self.unknown_part(),
        }
    }

    /// Returns where a field, a `T`, is written.
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

    /// Takes note of a field that is left out. Refuses it if the codec writes no names.
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

    /// Checks the number of parts after the last one is written.
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

    /// Checks the fields after the last one is written.
    #[inline]
    pub(super) fn end_fields(&self) -> Result<(), WriteRefused> {
        if X::POSITIONAL {
            self.end()
        } else if self.seen & UNREAD_FIELD == 0 {
            Ok(())
        } else {
            self.end_with_unread_field()
        }
    }

    /// Checks that as many parts were written as the value has announced, whatever its reader asks for.
    #[inline]
    pub(super) fn end_count(&self, count: WriteCount) -> Result<(), WriteRefused> {
        if count.is_whole() {
            return Ok(());
        }
        let refused = count.refuse(self.check, "a tuple or struct of", "parts");
        if self.record.name.is_some() {
            self.check.place(|| self.record.to_string());
        }
        Err(refused)
    }

    /// Adds the part that was written to a failure.
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
            // The name of an argument's type is known even if serde does not pass one.
            self.check.argument.set(field.names.first().copied());
            if !field.type_name.is_empty() {
                self.check.place(|| field.type_name.to_owned());
            }
        }
    }

    /// Returns whether there are several parts of different types.
    #[inline]
    const fn has_elements(&self) -> bool {
        matches!(self.record.len, PartCount::Fields) && 1 < self.record.fields.len()
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
        Ok(PartPosition::At(WritePosition::new(
            self.check, shape, self.depth,
        )))
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
                self.seen |= UNREAD_FIELD;
                self.check.unread_field.set(key);
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
    fn end_with_unread_field(&self) -> Result<(), WriteRefused> {
        let mut fields = self.record.fields.iter().take(63).enumerate();
        let missing = fields.find(|(index, _)| self.seen & (1 << index) == 0);
        let Some(missing) = missing.and_then(|(_, field)| field.names.first()) else {
            // Every field that is read was written. The reader ignores the others.
            return Ok(());
        };
        let text = format!(
            "field `{}` is written and not read, `{missing}` is read and not written: `rename` has to be the same for \
             both",
            self.check.unread_field.get()
        );
        Err(self.check.fail_at(&self.record, text))
    }
}

/// The depth of arguments.
const ARGUMENT_DEPTH: u32 = 2;

/// The depth from which on the standard library's types are compared too.
const STANDARD_DEPTH: u32 = 64;

/// The bit of [`WriteRecord::seen`] for a field that is not read.
const UNREAD_FIELD: u64 = 1 << 63;
