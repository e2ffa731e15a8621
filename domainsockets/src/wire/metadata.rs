//! The metadata of a call.

use std::fmt;

/// The limit of metadata entries of a call.
pub(crate) const METADATA_ENTRIES: usize = 32;

/// The limit of all keys and values of a call's metadata together, in bytes.
pub(crate) const METADATA_BYTES: usize = 8 * 1024;

/// The metadata of a call: unique keys with values, in the order in which they were set.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Metadata {
    entries: Vec<(Box<str>, Box<[u8]>)>,
    /// The size of all keys and values together, in bytes.
    size: usize,
}

impl Metadata {
    /// Sets the value of a key, and replaces an earlier value.
    pub(crate) fn set(&mut self, key: &str, value: &[u8]) {
        let value: Box<[u8]> = value.into();
        self.size += value.len();
        if let Some((_, old)) = self.entries.iter_mut().find(|(own, _)| **own == *key) {
            self.size -= old.len();
            *old = value;
        } else {
            self.size += key.len();
            self.entries.push((key.into(), value));
        }
    }

    /// Returns the entries of both, those of `others` first. Where both have a key, the value of `self` is
    /// kept.
    pub(crate) fn or(&self, others: &Self) -> Self {
        let mut merged = others.clone();
        for (key, value) in self.iter() {
            merged.set(key, value);
        }
        merged
    }

    /// Returns the value of a key, if it is set.
    pub(crate) fn get(&self, key: &str) -> Option<&[u8]> {
        self.iter()
            .find_map(|(own, value)| (own == key).then_some(value))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.entries.iter().map(|(key, value)| (&**key, &**value))
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns the number of entries.
    pub(crate) const fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns the size of all keys and values together, in bytes.
    pub(crate) const fn size(&self) -> usize {
        self.size
    }

    /// Returns whether the metadata is within the limits of a call.
    pub(crate) const fn fits(&self) -> bool {
        self.entries.len() <= METADATA_ENTRIES && self.size <= METADATA_BYTES
    }
}

/// Prints only the keys, since values may be secret.
impl fmt::Debug for Metadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(self.iter().map(|(key, _)| key))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::Metadata;

    fn metadata(entries: &[(&str, &[u8])]) -> Metadata {
        let mut metadata = Metadata::default();
        for (key, value) in entries {
            metadata.set(key, value);
        }
        metadata
    }

    #[test]
    fn setting_a_key_replaces_its_value() {
        let metadata = metadata(&[("a", b"1"), ("b", b""), ("a", b"234")]);
        assert_eq!(metadata.get("a"), Some(&b"234"[..]));
        assert_eq!(metadata.get("c"), None);
        assert_eq!((metadata.len(), metadata.size()), (2, 5));
        assert_eq!(format!("{metadata:?}"), r#"{"a", "b"}"#);
    }

    #[test]
    fn own_values_win_over_those_of_others() {
        let merged =
            metadata(&[("a", b"own"), ("b", b"own")]).or(&metadata(&[("c", b""), ("b", b"other")]));
        let expected: [(&str, &[u8]); 3] = [("c", b""), ("b", b"own"), ("a", b"own")];
        assert!(merged.iter().eq(expected), "{merged:?}");
        assert_eq!(merged.size(), 9);
    }
}
