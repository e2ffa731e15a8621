//! Figures and their targets.

use std::fmt::Write as _;

use crate::print;

/// The figures of a run, printed as they are measured.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) short: bool,
    pub(crate) minutes: f64,
    id: &'static str,
    figures: Vec<Figure>,
}

/// One figure.
#[derive(Debug)]
struct Figure {
    id: &'static str,
    name: String,
    target: String,
    measured: String,
    holds: bool,
}

impl Report {
    pub(crate) const fn new(short: bool, minutes: f64) -> Self {
        Self {
            short,
            minutes,
            id: "",
            figures: Vec::new(),
        }
    }

    /// Starts the figures of a scenario.
    pub(crate) const fn begin(&mut self, id: &'static str) {
        self.id = id;
    }

    /// Returns one of two values, for the whole or the short form of a scenario.
    pub(crate) fn pick<T>(&self, whole: T, short: T) -> T {
        if self.short { short } else { whole }
    }

    /// Adds a figure that must not exceed `bound`.
    pub(crate) fn most(&mut self, name: &str, unit: &str, bound: f64, measured: f64) {
        self.add(name, unit, "≤", bound, measured, measured <= bound);
    }

    /// Adds a figure that must be at least `bound`.
    pub(crate) fn least(&mut self, name: &str, unit: &str, bound: f64, measured: f64) {
        self.add(name, unit, "≥", bound, measured, measured >= bound);
    }

    /// Adds a figure that must be exactly `expected`.
    pub(crate) fn exactly(&mut self, name: &str, unit: &str, expected: f64, measured: f64) {
        let holds = (measured - expected).abs() < 1e-6;
        self.add(name, unit, "=", expected, measured, holds);
    }

    /// Adds a figure that has no target.
    pub(crate) fn seen(&mut self, name: &str, unit: &str, measured: f64) {
        self.push(name, "–".to_owned(), amount(measured, unit), true);
    }

    /// Adds a scenario that did not finish.
    pub(crate) fn failed(&mut self, why: &str) {
        let line = why.lines().next().unwrap_or_default();
        self.push(line, "no failure".to_owned(), "failed".to_owned(), false);
    }

    pub(crate) fn all_hold(&self) -> bool {
        self.figures.iter().all(|figure| figure.holds)
    }

    /// Returns all figures as a table.
    pub(crate) fn markdown(&self) -> String {
        let mut text = String::from("| | figure | target | measured | |\n|---|---|---|---|---|\n");
        for figure in &self.figures {
            // Writing to a string cannot fail.
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} | {} |",
                figure.id.to_uppercase(),
                figure.name,
                figure.target,
                figure.measured,
                figure.verdict(),
            );
        }
        text
    }

    fn add(&mut self, name: &str, unit: &str, sign: &str, target: f64, measured: f64, holds: bool) {
        let target = format!("{sign} {}", amount(target, unit));
        self.push(name, target, amount(measured, unit), holds);
    }

    fn push(&mut self, name: &str, target: String, measured: String, holds: bool) {
        let figure = Figure {
            id: self.id,
            name: name.to_owned(),
            target,
            measured,
            holds,
        };
        print(&format!(
            "{:<5} {:<58} {:>14} {:>14}  {}\n",
            figure.id,
            figure.name,
            figure.target,
            figure.measured,
            figure.verdict(),
        ));
        self.figures.push(figure);
    }
}

impl Figure {
    fn verdict(&self) -> &'static str {
        match (self.holds, self.target.as_str()) {
            (_, "–") => "",
            (true, _) => "holds",
            (false, _) => "missed",
        }
    }
}

/// Returns a number with its significant digits and its unit.
fn amount(value: f64, unit: &str) -> String {
    let number = match value.abs() {
        _ if !value.is_finite() => return "none".to_owned(),
        _ if value.fract() == 0.0 => grouped(value),
        magnitude if magnitude >= 1000.0 => grouped(value),
        magnitude if magnitude >= 100.0 => format!("{value:.0}"),
        magnitude if magnitude >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    };
    match unit {
        "" => number,
        unit => format!("{number} {unit}"),
    }
}

fn grouped(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if value < 0.0 {
        text.insert(0, '-');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Report, amount};

    #[test]
    fn amounts_are_short() {
        assert_eq!(amount(1_234_567.0, ""), "1,234,567");
        assert_eq!(amount(0.126, "ms"), "0.13 ms");
        assert_eq!(amount(-2048.0, "KiB"), "-2,048 KiB");
        assert_eq!(amount(f64::NAN, "ms"), "none");
    }

    #[test]
    fn a_figure_that_is_not_a_number_misses_its_target() {
        let mut report = Report::new(false, 5.0);
        report.most("a", "", 1.0, 1.0);
        assert!(report.all_hold());
        report.most("b", "", 1.0, f64::NAN);
        assert!(!report.all_hold());
        assert!(report.markdown().contains("| a | ≤ 1 | 1 | holds |"));
    }
}
