//! All measurements and their medians.

use std::collections::BTreeMap;

use crate::metric::Metric;

/// A build of this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Build {
    This,
    /// The build that this one is compared with.
    Other,
    /// This build a second time: its two series differ by noise alone.
    Again,
}

/// The measurements of all rounds.
#[derive(Debug, Default)]
pub(crate) struct Results {
    series: BTreeMap<Key, Vec<f64>>,
    /// The peers that failed, at which workload, and how.
    pub(crate) failures: Vec<Failure>,
}

/// A measurement that did not succeed.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) workload: String,
    pub(crate) peer: &'static str,
    pub(crate) why: String,
}

/// A median, and the spread of the rounds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Summary {
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
}

/// Workload, metric, peer, and build.
type Key = (String, Metric, &'static str, Build);

impl Results {
    pub(crate) fn add(
        &mut self,
        workload: &str,
        peer: &'static str,
        build: Build,
        measured: &[(Metric, f64)],
    ) {
        for &(metric, value) in measured {
            let key = (workload.to_owned(), metric, peer, build);
            self.series.entry(key).or_default().push(value);
        }
    }

    pub(crate) fn fail(&mut self, workload: &str, peer: &'static str, why: String) {
        self.failures.push(Failure {
            workload: workload.to_owned(),
            peer,
            why,
        });
    }

    pub(crate) fn failed(&self, workload: &str, peer: &str) -> bool {
        self.failures
            .iter()
            .any(|failure| failure.workload == workload && failure.peer == peer)
    }

    /// Returns the metrics of a workload.
    pub(crate) fn metrics(&self, workload: &str) -> Vec<Metric> {
        let mut metrics: Vec<Metric> = self
            .series
            .keys()
            .filter(|(name, ..)| name == workload)
            .map(|&(_, metric, ..)| metric)
            .collect();
        metrics.sort();
        metrics.dedup();
        metrics
    }

    /// Returns the measurements of one build, in the order of the rounds.
    pub(crate) fn series(
        &self,
        workload: &str,
        metric: Metric,
        peer: &'static str,
        build: Build,
    ) -> Option<&[f64]> {
        let key = (workload.to_owned(), metric, peer, build);
        self.series.get(&key).map(Vec::as_slice)
    }

    /// Returns the median of this build's measurements, with its bounds.
    pub(crate) fn summary(
        &self,
        workload: &str,
        metric: Metric,
        peer: &'static str,
    ) -> Option<Summary> {
        Summary::of(self.series(workload, metric, peer, Build::This)?)
    }

    pub(crate) fn median(&self, workload: &str, metric: Metric, peer: &'static str) -> Option<f64> {
        self.summary(workload, metric, peer)
            .map(|summary| summary.median)
    }
}

impl Summary {
    /// Returns the summary of a series; `None` if it is empty.
    pub(crate) fn of(series: &[f64]) -> Option<Self> {
        let mut sorted = series.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (&min, &max) = (sorted.first()?, sorted.last()?);
        let middle = sorted.len() / 2;
        let upper = *sorted.get(middle)?;
        let lower = *sorted.get(sorted.len().div_ceil(2) - 1)?;
        Some(Self {
            median: f64::midpoint(lower, upper),
            min,
            max,
        })
    }
}
