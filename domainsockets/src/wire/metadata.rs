//! What a caller says beside a call.

use std::fmt;

/// How many entries a call carries at most.
pub(crate) const METADATA_ENTRIES: usize = 32;

/// How many bytes their keys and values have together at most.
pub(crate) const METADATA_BYTES: usize = 8 * 1024;

/// Keys and values of a caller's choice, each key once, in the order of their setting.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Metadata {
    entries: Vec<(Box<str>, Box<[u8]>)>,
    /// How many bytes keys and values have together.
    size: usize,
}

impl Metadata {
    /// Sets an entry, in place of one with the same key.
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

    /// These entries, and those of others with other keys, which stand in front.
    pub(crate) fn or(&self, others: &Self) -> Self {
        let mut merged = others.clone();
        for (key, value) in self.iter() {
            merged.set(key, value);
        }
        merged
    }

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

    /// How many entries there are.
    pub(crate) const fn len(&self) -> usize {
        self.entries.len()
    }

    /// How many bytes keys and values have together.
    pub(crate) const fn size(&self) -> usize {
        self.size
    }

    /// Whether a call may carry so much.
    pub(crate) const fn fits(&self) -> bool {
        self.entries.len() <= METADATA_ENTRIES && self.size <= METADATA_BYTES
    }
}

/// Keys alone: values are the users' own.
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
    fn last_entry_of_a_key_counts() {
        let metadata = metadata(&[("a", b"1"), ("b", b""), ("a", b"234")]);
        assert_eq!(metadata.get("a"), Some(&b"234"[..]));
        assert_eq!(metadata.get("c"), None);
        assert_eq!((metadata.len(), metadata.size()), (2, 5));
        assert_eq!(format!("{metadata:?}"), r#"{"a", "b"}"#);
    }

    #[test]
    fn own_entries_go_before_others() {
        let merged =
            metadata(&[("a", b"own"), ("b", b"own")]).or(&metadata(&[("c", b""), ("b", b"other")]));
        let expected: [(&str, &[u8]); 3] = [("c", b""), ("b", b"own"), ("a", b"own")];
        assert!(merged.iter().eq(expected), "{merged:?}");
        assert_eq!(merged.size(), 9);
    }
}
