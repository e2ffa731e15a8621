//! The line that a child process prints: any number of `key=number`.

use std::collections::BTreeMap;
use std::fmt;

/// Numbers by their names.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Readings(BTreeMap<String, f64>);

impl Readings {
    pub(crate) fn parse(line: &str) -> Self {
        let pairs = line.split_whitespace().filter_map(|pair| {
            let (key, value) = pair.split_once('=')?;
            Some((key.to_owned(), value.parse().ok()?))
        });
        Self(pairs.collect())
    }

    pub(crate) fn with(mut self, key: &str, value: f64) -> Self {
        self.0.insert(key.to_owned(), value);
        self
    }

    pub(crate) fn count(&mut self, key: &str) {
        *self.0.entry(key.to_owned()).or_default() += 1.0;
    }

    /// Returns the number with this name, which must exist.
    pub(crate) fn number(&self, key: &str) -> f64 {
        *self
            .0
            .get(key)
            .unwrap_or_else(|| panic!("no {key} in {self}"))
    }

    /// Returns the number with this name, or 0 if there is none.
    pub(crate) fn times(&self, key: &str) -> f64 {
        self.0.get(key).copied().unwrap_or_default()
    }
}

impl fmt::Display for Readings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pairs: Vec<String> = self
            .0
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        f.write_str(&pairs.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::Readings;

    #[test]
    fn printed_readings_are_parsed() {
        let readings = Readings::default().with("calls", 3.0).with("rate", 0.5);
        assert_eq!(Readings::parse(&readings.to_string()), readings);
        assert!((readings.times("errors")).abs() < f64::EPSILON);
    }
}
