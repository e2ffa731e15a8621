//! The decoding of a message's fields.

use super::extension::{EXTENSION_FIELDS, check_size};
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

/// The fields of an extension message, `[key][length][value]`.
#[derive(Debug)]
pub(super) struct FieldReader<'a> {
    extension: &'static str,
    rest: BodyReader<'a>,
    count: usize,
}

impl<'a> FieldReader<'a> {
    /// Returns the fields in the data of an extension message.
    ///
    /// # Errors
    ///
    /// [`WireError::ExtensionTooLong`].
    pub(super) fn new(extension: &'static str, data: &'a [u8]) -> Result<Self, WireError> {
        check_size(extension, data)?;
        Ok(Self {
            extension,
            rest: BodyReader::new(data),
            count: 0,
        })
    }

    /// Returns the key and the value of the next field, or `None` after the last one.
    ///
    /// # Errors
    ///
    /// [`WireError::TooManyFields`], and those of [`BodyReader`] if the field is malformed.
    pub(super) fn next(&mut self) -> Result<Option<(u64, &'a [u8])>, WireError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let field = self.field()?;
        if EXTENSION_FIELDS < self.count {
            // The rest is counted for the error. It is short.
            while !self.rest.is_empty() {
                self.field()?;
            }
            return Err(WireError::TooManyFields {
                extension: self.extension,
                count: self.count,
                limit: EXTENSION_FIELDS,
            });
        }
        Ok(Some(field))
    }

    /// Returns the number of fields that were read.
    pub(super) const fn count(&self) -> usize {
        self.count
    }

    fn field(&mut self) -> Result<(u64, &'a [u8]), WireError> {
        self.count += 1;
        let key = self.rest.varint()?;
        let len = self.rest.varint()?;
        Ok((key, self.rest.bytes(len)?))
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
