//! What a child is told when it is started: `key=value`, in any order.

use std::collections::BTreeMap;
use std::str::FromStr;

/// Values by their names.
#[derive(Debug)]
pub(crate) struct Settings(BTreeMap<String, String>);

impl Settings {
    pub(crate) fn parse(words: &[String]) -> Self {
        let pair = |word: &String| {
            let (key, value) = word
                .split_once('=')
                .unwrap_or_else(|| panic!("{word} is no setting"));
            (key.to_owned(), value.to_owned())
        };
        Self(words.iter().map(pair).collect())
    }

    /// A value, if it was given.
    pub(crate) fn value<T: FromStr>(&self, key: &str) -> Option<T> {
        let value = self.0.get(key)?;
        let parsed = value.parse().ok();
        Some(parsed.unwrap_or_else(|| panic!("{key} cannot be {value}")))
    }

    /// A value, or what it is unless given.
    pub(crate) fn or<T: FromStr>(&self, key: &str, default: T) -> T {
        self.value(key).unwrap_or(default)
    }
}
