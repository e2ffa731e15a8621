//! What a written value is compared with, and why it is refused.

use std::cell::{Cell, RefCell};
use std::fmt::Display;

use serde::ser::Error;

use crate::codec::read_shape::{ExpectedShape, ReadShape, UNKNOWN};

/// What a value is compared with, and why it was refused.
#[derive(Debug)]
pub(in crate::codec) struct WriteCheck<'c> {
    shapes: &'c [ReadShape],
    pub(super) root: &'c ReadShape,
    /// The name of the result's type.
    type_name: &'static str,
    failure: RefCell<Option<WriteFailure>>,
    /// The argument that is being written.
    pub(super) argument: Cell<Option<&'c str>>,
    /// The last field that was written and is not read, if the codec writes names.
    pub(super) unread_field: Cell<&'static str>,
}

/// Why a value is refused, in words.
#[derive(Debug)]
struct WriteFailure {
    text: String,
    /// The struct or enum, and the part of it.
    place: Option<String>,
}

/// The mark of a refused value. The [`WriteCheck`] has the reason.
#[derive(Clone, Copy, Debug)]
pub(super) struct WriteRefused;

impl<'c> WriteCheck<'c> {
    /// Compares a value with a shape.
    pub(in crate::codec) fn new(expected: ExpectedShape<'c>) -> Self {
        let ExpectedShape { shapes, root } = expected;
        Self {
            shapes: &shapes.shapes,
            root: shapes.get(root.shape),
            type_name: root.type_name,
            failure: RefCell::new(None),
            argument: Cell::new(None),
            unread_field: Cell::new(""),
        }
    }

    /// Returns why a value was refused, in words.
    pub(in crate::codec) fn refusal(&self, error: impl Display) -> String {
        let text = match self.failure.take() {
            Some(WriteFailure { text, place }) => {
                match place.as_deref().unwrap_or(self.type_name) {
                    "" => text,
                    place => format!("{place}: {text}"),
                }
            }
            None => error.to_string(),
        };
        match self.argument.get() {
            Some(argument) => format!("`{argument}`: {text}"),
            None => text,
        }
    }

    /// Returns the codec's error for a refused value, with the text that is kept here.
    #[cold]
    pub(super) fn error<E: Error>(&self, WriteRefused: WriteRefused) -> E {
        let failure = self.failure.borrow();
        E::custom(failure.as_ref().map_or("", |failure| &failure.text))
    }

    #[inline]
    pub(super) fn get(&self, shape: usize) -> &'c ReadShape {
        self.shapes.get(shape).unwrap_or(&UNKNOWN)
    }

    #[cold]
    pub(super) fn fail(&self, text: String) -> WriteRefused {
        self.failure
            .borrow_mut()
            .get_or_insert(WriteFailure { text, place: None });
        WriteRefused
    }

    #[cold]
    pub(super) fn fail_at(&self, place: &dyn Display, text: String) -> WriteRefused {
        let refused = self.fail(text);
        self.place(|| place.to_string());
        refused
    }

    /// Sets where the failure was, unless that is set: the innermost part that has a name counts.
    pub(super) fn place(&self, place: impl FnOnce() -> String) {
        if let Some(failure) = &mut *self.failure.borrow_mut()
            && failure.place.is_none()
        {
            failure.place = Some(place());
        }
    }
}

/// The advice for a value that a codec with names can write.
pub(super) const USE_NAMES: &str =
    "choose a codec that writes names: `codec = Json` or `codec = MessagePack`";
