//! The data of a `$meta` message: deadline, metadata and signature hash of the next call.

use std::sync::Arc;
use std::time::Duration;

use super::extension::{META, as_malformed};
use super::extension_fields::FieldReader;
use super::metadata::{METADATA_BYTES, METADATA_ENTRIES, Metadata};
use super::reader::BodyReader;
use super::{WireError, varint};

const FIELD_DEADLINE: u64 = 1;
const FIELD_ENTRY: u64 = 2;
const FIELD_SIGNATURE: u64 = 3;

/// The deadline, metadata and signature hash that a client sends in front of a call.
///
/// On the wire it is a list of fields `[key][length][value]`. A receiver skips unknown keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Meta {
    /// The time that is left until the call's deadline, in whole microseconds.
    pub deadline: Option<Duration>,
    /// The hash of the method's signature that the client was built with.
    #[doc(hidden)]
    pub signature: Option<u64>,
    /// The metadata; `None` without entries.
    pub(crate) metadata: Option<Arc<Metadata>>,
}

impl Meta {
    /// Returns the entries of the metadata.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.metadata.iter().flat_map(|metadata| metadata.iter())
    }

    /// Appends the encoded fields to `out`.
    pub fn encode(&self, out: &mut Vec<u8>) {
        if let Some(micros) = self.micros() {
            begin(FIELD_DEADLINE, varint::len(micros), out);
            varint::encode(micros, out);
        }
        for (key, value) in self.entries() {
            begin(FIELD_ENTRY, entry_len(key, value), out);
            varint::encode(key.len() as u64, out);
            out.extend_from_slice(key.as_bytes());
            out.extend_from_slice(value);
        }
        if let Some(signature) = self.signature {
            begin(FIELD_SIGNATURE, size_of::<u64>(), out);
            out.extend_from_slice(&signature.to_le_bytes());
        }
    }

    /// Returns the length of the encoded fields in bytes.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        let deadline = self.micros().map(varint::len);
        let entries = self.entries().map(|(key, value)| entry_len(key, value));
        let signature = self.signature.map(|_| size_of::<u64>());
        let fields = deadline.into_iter().chain(entries).chain(signature);
        fields.map(|len| 1 + varint::len(len as u64) + len).sum()
    }

    /// Returns the deadline in microseconds, saturating.
    fn micros(&self) -> Option<u64> {
        let deadline = self.deadline?;
        Some(u64::try_from(deadline.as_micros()).unwrap_or(u64::MAX))
    }

    /// Decodes the fields. If a field or a metadata key is repeated, the last one counts.
    ///
    /// # Errors
    ///
    /// [`WireError::BadExtension`] if the data are truncated, a known field is malformed, or the metadata
    /// exceeds 32 entries or 8 KiB. [`WireError::ExtensionTooLong`] for more than 16 KiB,
    /// [`WireError::TooManyFields`] for more than 64 fields.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use domainsockets::wire::Meta;
    ///
    /// let meta = Meta::decode(b"\x01\x02\xe8\x07\x02\x05\x03keyv\x7f\x03new")?;
    /// assert_eq!(meta.deadline, Some(Duration::from_millis(1)));
    /// assert!(meta.entries().eq([("key", &b"v"[..])]));
    /// # Ok::<(), domainsockets::wire::WireError>(())
    /// ```
    pub fn decode(data: &[u8]) -> Result<Self, WireError> {
        Self::decode_counted(data).map(|(meta, _)| meta)
    }

    /// Decodes and counts the fields.
    pub(crate) fn decode_counted(data: &[u8]) -> Result<(Self, usize), WireError> {
        Self::read(data).map_err(as_malformed)
    }

    fn read(data: &[u8]) -> Result<(Self, usize), WireError> {
        let mut meta = Self::default();
        let mut metadata = Metadata::default();
        let mut fields = FieldReader::new(META, data)?;
        // Count received entries, not stored ones: a key that is repeated thousands of times would otherwise
        // stay within the limit, and cost a search each time.
        let (mut count, mut size) = (0, 0);
        while let Some((key, field)) = fields.next()? {
            let mut value = BodyReader::new(field);
            match key {
                FIELD_DEADLINE => {
                    meta.deadline = Some(Duration::from_micros(value.varint()?));
                    value.finish()?;
                }
                FIELD_ENTRY => {
                    let len = value.varint()?;
                    let key = value.bytes(len)?;
                    let key = str::from_utf8(key).map_err(|_| WireError::BadExtension)?;
                    count += 1;
                    size += key.len() + value.rest().len();
                    if METADATA_ENTRIES < count || METADATA_BYTES < size {
                        return Err(WireError::BadExtension);
                    }
                    metadata.set(key, value.rest());
                }
                FIELD_SIGNATURE => {
                    let bytes = field.try_into().map_err(|_| WireError::BadExtension)?;
                    meta.signature = Some(u64::from_le_bytes(bytes));
                }
                _ => {}
            }
        }
        meta.metadata = (!metadata.is_empty()).then(|| Arc::new(metadata));
        Ok((meta, fields.count()))
    }
}

/// Appends the key and the length of a field.
fn begin(field: u64, len: usize, out: &mut Vec<u8>) {
    varint::encode(field, out);
    varint::encode(len as u64, out);
}

/// Returns the length of a metadata entry's field value.
const fn entry_len(key: &str, value: &[u8]) -> usize {
    varint::len(key.len() as u64) + key.len() + value.len()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use proptest::collection::vec;
    use proptest::option;
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

    use super::{METADATA_BYTES, METADATA_ENTRIES, Meta, Metadata, WireError};

    fn encoded(meta: &Meta) -> Vec<u8> {
        let mut out = Vec::new();
        meta.encode(&mut out);
        out
    }

    fn metadata(entries: impl IntoIterator<Item = (String, Vec<u8>)>) -> Option<Arc<Metadata>> {
        let mut metadata = Metadata::default();
        for (key, value) in entries {
            metadata.set(&key, &value);
        }
        (!metadata.is_empty()).then(|| Arc::new(metadata))
    }

    #[test]
    fn meta_is_encoded_as_documented() {
        let meta = Meta {
            deadline: Some(Duration::from_millis(500)),
            signature: Some(0x0102_0304_0506_0708),
            metadata: metadata([("trace".to_owned(), b"7f".to_vec())]),
        };
        assert_eq!(
            encoded(&meta),
            b"\x01\x03\xa0\xc2\x1e\x02\x08\x05trace7f\x03\x08\x08\x07\x06\x05\x04\x03\x02\x01"
        );
    }

    #[test]
    fn empty_meta_has_no_bytes() {
        assert!(encoded(&Meta::default()).is_empty());
        assert_eq!(Meta::decode(&[]), Ok(Meta::default()));
    }

    #[test]
    fn malformed_fields_are_refused() {
        for data in [
            &b"\x01"[..],
            b"\x01\x01",
            b"\x01\x02\x05\x05",
            b"\x02\x00",
            b"\x02\x02\x05a",
            b"\x02\x02\x01\xff",
            b"\x03\x04\x00\x00\x00\x00",
            b"\x09\x05\x00",
        ] {
            assert_eq!(Meta::decode(data), Err(WireError::BadExtension), "{data:?}");
        }
    }

    #[test]
    fn metadata_is_bounded() {
        let many = |count: usize| (0..count).map(|key| (key.to_string(), Vec::new()));
        let large = |size: usize| [("key".to_owned(), vec![0; size - 3])];
        for (most, more) in [
            (
                metadata(many(METADATA_ENTRIES)),
                metadata(many(METADATA_ENTRIES + 1)),
            ),
            (
                metadata(large(METADATA_BYTES)),
                metadata(large(METADATA_BYTES + 1)),
            ),
        ] {
            let of = |metadata| Meta {
                metadata,
                ..Meta::default()
            };
            assert!(most.as_ref().unwrap().fits() && !more.as_ref().unwrap().fits());
            assert_eq!(Meta::decode(&encoded(&of(most.clone()))), Ok(of(most)));
            assert_eq!(
                Meta::decode(&encoded(&of(more))),
                Err(WireError::BadExtension)
            );
        }
        let same = b"\x02\x02\x01k".repeat(METADATA_ENTRIES + 1);
        assert_eq!(Meta::decode(&same), Err(WireError::BadExtension));
    }

    proptest! {
        #[test]
        fn decode_inverts_encode(
            micros in option::of(any::<u64>()),
            signature in option::of(any::<u64>()),
            entries in vec((".{0,20}", any::<Vec<u8>>()), 0..10),
            unknown in any::<Vec<u8>>(),
        ) {
            let meta = Meta {
                deadline: micros.map(Duration::from_micros),
                signature,
                metadata: metadata(entries),
            };
            let mut data = encoded(&meta);
            prop_assert_eq!(data.is_empty(), meta == Meta::default());
            prop_assert_eq!(data.len(), meta.encoded_len());
            prop_assert_eq!(Meta::decode(&data), Ok(meta.clone()));
            if let Ok(len @ ..0x80) = u8::try_from(unknown.len()) {
                data.extend([0x7f, len]);
                data.extend(&unknown);
                prop_assert_eq!(Meta::decode(&data), Ok(meta));
            }
        }

        #[test]
        fn decoded_metadata_is_within_its_limits(data in any::<Vec<u8>>()) {
            if let Ok(meta) = Meta::decode(&data) {
                prop_assert!(meta.metadata.as_ref().is_none_or(|metadata| metadata.fits()));
                prop_assert_eq!(Meta::decode(&encoded(&meta)), Ok(meta));
            }
        }
    }
}
