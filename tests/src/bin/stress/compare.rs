//! Measures a load with and without an attack, in alternating windows, so that both see the same
//! machine.

use crate::readings::Readings;
use crate::statistics::median;

/// What was measured in the windows of each kind.
#[derive(Debug, Default)]
pub(crate) struct Compared {
    pub(crate) control: Vec<Readings>,
    pub(crate) attack: Vec<Readings>,
}

/// How often each kind of window is measured.
pub(crate) const WINDOWS: usize = 7;

impl Compared {
    /// Returns the ratio of a number, attack to control: the median over neighbouring windows, between
    /// which the machine has had the least time to change.
    pub(crate) fn ratio(&self, key: &str) -> f64 {
        let pairs = self.attack.iter().zip(&self.control);
        let ratios: Vec<f64> = pairs
            .map(|(attack, control)| attack.number(key) / control.number(key))
            // A control window without events has no ratio.
            .filter(|ratio| ratio.is_finite())
            .collect();
        median(&ratios)
    }

    /// Returns by how many percent a number is larger under the attack.
    pub(crate) fn more(&self, key: &str) -> f64 {
        (self.ratio(key) - 1.0) * 100.0
    }

    /// Returns how many percent of a number remain under the attack.
    pub(crate) fn left(&self, key: &str) -> f64 {
        self.ratio(key) * 100.0
    }

    /// Returns the sum of a number under the attack.
    pub(crate) fn sum(&self, key: &str) -> f64 {
        self.attack.iter().map(|readings| readings.times(key)).sum()
    }

    /// Returns by how many percent a number differs between windows without attack, without the two most
    /// different windows: the machine's own noise.
    pub(crate) fn unrest(&self, key: &str) -> f64 {
        let mut values: Vec<f64> = self
            .control
            .iter()
            .map(|readings| readings.number(key))
            .collect();
        values.sort_by(f64::total_cmp);
        let inner = match values.len() {
            0..4 => values.as_slice(),
            len => &values[1..len - 1],
        };
        let [Some(least), Some(most)] = [inner.first(), inner.last()] else {
            return f64::NAN;
        };
        (most - least) / median(&values) * 100.0
    }
}

/// Returns the median of a number.
pub(crate) fn of(windows: &[Readings], key: &str) -> f64 {
    let values: Vec<f64> = windows
        .iter()
        .map(|readings| readings.number(key))
        .collect();
    median(&values)
}
