//! The fields of an extension message, and their limits.

use super::WireError;
use super::reader::BodyReader;

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

/// Checks the size of an extension message's data.
///
/// # Errors
///
/// [`WireError::ExtensionTooLong`].
pub(super) const fn check_size(extension: &'static str, data: &[u8]) -> Result<(), WireError> {
    if EXTENSION_BYTES < data.len() {
        return Err(WireError::ExtensionTooLong {
            extension,
            size: data.len(),
            limit: EXTENSION_BYTES,
        });
    }
    Ok(())
}

/// The limit of an extension message's data, in bytes. The metadata of a call have at most half of that.
pub(crate) const EXTENSION_BYTES: usize = 16 * 1024;

/// The limit of fields of an extension message. This version knows four of a hello, and sends at most 34 in a `$meta`.
pub(crate) const EXTENSION_FIELDS: usize = 64;
