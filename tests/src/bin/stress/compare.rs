//! The same load with and without an attack, window by window, so that both see the same machine.

use crate::readings::Readings;
use crate::statistics::median;

/// What was measured in the windows of either kind.
#[derive(Debug, Default)]
pub(crate) struct Compared {
    pub(crate) control: Vec<Readings>,
    pub(crate) attack: Vec<Readings>,
}

/// How often each kind of window is measured.
pub(crate) const WINDOWS: usize = 7;

impl Compared {
    /// Ratio of a number, attack to control: the median of those of neighbouring windows, between
    /// which the machine has had the least time to change.
    pub(crate) fn ratio(&self, key: &str) -> f64 {
        let pairs = self.attack.iter().zip(&self.control);
        let ratios: Vec<f64> = pairs
            .map(|(attack, control)| attack.number(key) / control.number(key))
            // A control in which nothing happened says nothing.
            .filter(|ratio| ratio.is_finite())
            .collect();
        median(&ratios)
    }

    /// How many percent more of a number there are under the attack.
    pub(crate) fn more(&self, key: &str) -> f64 {
        (self.ratio(key) - 1.0) * 100.0
    }

    /// How many percent of a number are left under the attack.
    pub(crate) fn left(&self, key: &str) -> f64 {
        self.ratio(key) * 100.0
    }

    /// The sum of a number under the attack.
    pub(crate) fn sum(&self, key: &str) -> f64 {
        self.attack.iter().map(|readings| readings.times(key)).sum()
    }

    /// By how many percent a number differs between windows without attack, all but the two that
    /// differ most: what the machine's own unrest makes of equal conditions.
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

/// The median of a number.
pub(crate) fn of(windows: &[Readings], key: &str) -> f64 {
    let values: Vec<f64> = windows
        .iter()
        .map(|readings| readings.number(key))
        .collect();
    median(&values)
}
