//! The metrics, their units, and which direction is better.

use std::str::FromStr;

/// A quantity that a workload measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Metric {
    /// Median duration of a call or a dial.
    P50,
    /// The duration that one call in a hundred exceeds.
    P99,
    /// Calls per second.
    Rate,
    /// CPU time of both processes per call.
    Cpu,
    /// Bytes per second in both directions.
    Throughput,
    /// Resident memory of the server per connection.
    Memory,
    /// The computing calls per second, as a multiple of what one core can do.
    Cores,
}

impl Metric {
    const ALL: [Self; 7] = [
        Self::P50,
        Self::P99,
        Self::Rate,
        Self::Cpu,
        Self::Throughput,
        Self::Memory,
        Self::Cores,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::P50 => "p50",
            Self::P99 => "p99",
            Self::Rate => "calls",
            Self::Cpu => "CPU per call",
            Self::Throughput => "throughput",
            Self::Memory => "memory",
            Self::Cores => "cores used",
        }
    }

    pub(crate) const fn unit(self) -> &'static str {
        match self {
            Self::P50 | Self::P99 | Self::Cpu => "µs",
            Self::Rate => "k/s",
            Self::Throughput => "MiB/s",
            Self::Memory => "KiB",
            Self::Cores => "",
        }
    }

    pub(crate) const fn more_is_better(self) -> bool {
        matches!(self, Self::Rate | Self::Throughput | Self::Cores)
    }

    /// Returns a value with its significant digits.
    pub(crate) fn show(value: f64) -> String {
        match value.abs() {
            magnitude if magnitude >= 1000.0 => {
                let digits = format!("{value:.0}");
                let (thousands, rest) = digits.split_at(digits.len() - 3);
                format!("{thousands},{rest}")
            }
            magnitude if magnitude >= 100.0 => format!("{value:.0}"),
            magnitude if magnitude >= 10.0 => format!("{value:.1}"),
            _ => format!("{value:.2}"),
        }
    }
}

impl FromStr for Metric {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        Self::ALL
            .into_iter()
            .find(|metric| metric.name() == text)
            .ok_or_else(|| anyhow::anyhow!("there is no metric {text}"))
    }
}
