//! The settings of a child on its command line: `key=value`, in any order.

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
                .unwrap_or_else(|| panic!("{word} is not a setting"));
            (key.to_owned(), value.to_owned())
        };
        Self(words.iter().map(pair).collect())
    }

    /// Returns a value, if it was given.
    pub(crate) fn value<T: FromStr>(&self, key: &str) -> Option<T> {
        let value = self.0.get(key)?;
        let parsed = value.parse().ok();
        Some(parsed.unwrap_or_else(|| panic!("{key} cannot be {value}")))
    }

    /// Returns a value, or `default` if it was not given.
    pub(crate) fn or<T: FromStr>(&self, key: &str, default: T) -> T {
        self.value(key).unwrap_or(default)
    }
}
