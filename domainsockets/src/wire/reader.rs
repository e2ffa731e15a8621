//! The decoding of a message's fields.

use super::{WireError, varint};

/// The rest of a message's body that is not decoded yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct BodyReader<'a> {
    rest: &'a [u8],
}

impl<'a> BodyReader<'a> {
    pub(super) const fn new(body: &'a [u8]) -> Self {
        Self { rest: body }
    }

    /// Decodes a varint.
    ///
    /// # Errors
    ///
    /// [`WireError::FieldBeyondEnd`] if the body ends before the varint does, and the errors of
    /// [`varint::decode`].
    #[inline]
    pub(super) fn varint(&mut self) -> Result<u64, WireError> {
        let (value, width) = varint::decode(self.rest)?.ok_or(WireError::FieldBeyondEnd)?;
        self.rest = self.rest.get(width..).unwrap_or_default();
        Ok(value)
    }

    /// Returns the next `len` bytes. The peer claims this length, so it is checked.
    ///
    /// # Errors
    ///
    /// [`WireError::FieldBeyondEnd`] if the body has fewer bytes.
    #[inline]
    pub(super) fn bytes(&mut self, len: u64) -> Result<&'a [u8], WireError> {
        let len = usize::try_from(len).map_err(|_| WireError::FieldBeyondEnd)?;
        let (bytes, rest) = self
            .rest
            .split_at_checked(len)
            .ok_or(WireError::FieldBeyondEnd)?;
        self.rest = rest;
        Ok(bytes)
    }

    pub(super) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Checks that the body has no further bytes.
    ///
    /// # Errors
    ///
    /// [`WireError::TrailingBytes`].
    #[inline]
    pub(super) const fn finish(self) -> Result<(), WireError> {
        match self.rest.len() {
            0 => Ok(()),
            count => Err(WireError::TrailingBytes { count }),
        }
    }
}

/// Returns the body of the message at the start of `src`, and the length of the message in bytes, or `None`
/// if the message is incomplete.
pub(super) fn split_message(src: &[u8]) -> Result<Option<(&[u8], usize)>, WireError> {
    let Some((total, width)) = varint::decode(src)? else {
        return Ok(None);
    };
    let end = usize::try_from(total)
        .ok()
        .and_then(|total| total.checked_add(width));
    Ok(end.and_then(|end| Some((src.get(width..end)?, end))))
}
