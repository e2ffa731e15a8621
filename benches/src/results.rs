//! All that was measured, and the medians of it.

use std::collections::BTreeMap;

use crate::metric::Metric;

/// What was measured, of all rounds.
#[derive(Debug, Default)]
pub(crate) struct Results {
    series: BTreeMap<(String, Metric, &'static str), Vec<f64>>,
    /// Which peer failed at which workload, and how.
    pub(crate) failures: Vec<Failure>,
}

/// A measurement that did not succeed.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) workload: String,
    pub(crate) peer: &'static str,
    pub(crate) why: String,
}

/// A median, and how far the rounds were apart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Summary {
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
}

impl Results {
    pub(crate) fn add(&mut self, workload: &str, peer: &'static str, measured: &[(Metric, f64)]) {
        for &(metric, value) in measured {
            let key = (workload.to_owned(), metric, peer);
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

    /// The metrics of a workload.
    pub(crate) fn metrics(&self, workload: &str) -> Vec<Metric> {
        let mut metrics: Vec<Metric> = self
            .series
            .keys()
            .filter(|(name, ..)| name == workload)
            .map(|&(_, metric, _)| metric)
            .collect();
        metrics.sort();
        metrics.dedup();
        metrics
    }

    pub(crate) fn summary(
        &self,
        workload: &str,
        metric: Metric,
        peer: &'static str,
    ) -> Option<Summary> {
        let mut sorted = self
            .series
            .get(&(workload.to_owned(), metric, peer))?
            .clone();
        sorted.sort_by(f64::total_cmp);
        let (&min, &max) = (sorted.first()?, sorted.last()?);
        let middle = sorted.len() / 2;
        let upper = *sorted.get(middle)?;
        let lower = *sorted.get(sorted.len().div_ceil(2) - 1)?;
        Some(Summary {
            median: f64::midpoint(lower, upper),
            min,
            max,
        })
    }

    pub(crate) fn median(&self, workload: &str, metric: Metric, peer: &'static str) -> Option<f64> {
        self.summary(workload, metric, peer)
            .map(|summary| summary.median)
    }
}
