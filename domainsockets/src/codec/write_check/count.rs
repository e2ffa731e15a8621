//! How many parts a value has announced and how many it has written.
//!
//! serde lets a value announce any length before its parts. A format that writes the length has a reader that takes what
//! follows for parts that were announced and not written, and parts that were not announced for what follows.

use super::check::{WriteCheck, WriteRefused};

/// The parts that a value has announced and those that it has written.
#[derive(Clone, Copy, Debug)]
pub(super) struct WriteCount {
    /// `None` if the value has not announced a length.
    announced: Option<usize>,
    written: usize,
}

impl WriteCount {
    /// Returns the count of a value that has announced this length, before any part is written.
    #[inline]
    pub(super) const fn new(announced: Option<usize>) -> Self {
        Self {
            announced,
            written: 0,
        }
    }

    /// Counts a part.
    #[inline]
    pub(super) const fn add(&mut self) {
        self.written += 1;
    }

    /// Returns whether as many parts were written as were announced.
    #[inline]
    pub(super) fn is_whole(self) -> bool {
        self.announced
            .is_none_or(|announced| announced == self.written)
    }

    /// Checks the number of parts after the last one is written.
    #[inline]
    pub(super) fn end(
        self,
        check: &WriteCheck<'_>,
        what: &str,
        parts: &str,
    ) -> Result<(), WriteRefused> {
        if self.is_whole() {
            Ok(())
        } else {
            Err(self.refuse(check, what, parts))
        }
    }

    /// Refuses the value.
    #[cold]
    pub(super) fn refuse(self, check: &WriteCheck<'_>, what: &str, parts: &str) -> WriteRefused {
        let announced = self.announced.unwrap_or_default();
        check.fail(format!(
            "{what} the length {announced} was announced, and {} {parts} were written: `serialize_with` and a custom \
             `Serialize` have to pass the number of {parts} that they write as the length",
            self.written
        ))
    }
}
