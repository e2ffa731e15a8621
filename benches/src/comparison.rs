//! The report of a run that compares two builds: ratios of medians, and whether noise explains them.

use std::cmp::Ordering;
use std::time::Duration;

use crate::args::Plan;
use crate::machine;
use crate::metric::Metric;
use crate::peers::AnyPeer;
use crate::report::{label, line, lost};
use crate::results::{Build, Results, Summary};
use crate::workloads::Workload;

/// Writes the report.
pub(crate) fn markdown(
    plan: &Plan,
    workloads: &[Workload],
    peers: &[Box<dyn AnyPeer>],
    results: &Results,
    took: Duration,
) -> String {
    let rows = rows(workloads, peers, results);
    let mut text = format!(
        "# Runtime: {}, beside another build\n\n{}; {} s in all.\n\n",
        plan.flavor,
        machine::caption(),
        took.as_secs()
    );
    if let Some(beside) = &plan.beside {
        line(
            &mut text,
            format_args!("The other build: `{}`.", beside.display()),
        );
    }
    summary(&mut text, &rows);
    text.push_str(
        "\nMedians, with the lowest and the highest round. Ratios are this build's values to the other's: of the \
         medians, and of the best rounds. `itself` is the ratio of the medians of this build's two series.\n\n\
         | workload | | peer | other build | min–max | this build | min–max | ratio | best | itself | |\n\
         |---|---|---|---|---|---|---|---|---|---|---|\n",
    );
    for row in &rows {
        line(
            &mut text,
            format_args!(
                "| {} | {} | {} | {} | {}–{} | {} | {}–{} | {:.2} | {:.2} | {:.2} | {} |",
                row.workload,
                label(row.metric),
                row.peer,
                Metric::show(row.other.median),
                Metric::show(row.other.min),
                Metric::show(row.other.max),
                Metric::show(row.this.median),
                Metric::show(row.this.min),
                Metric::show(row.this.max),
                row.ratio(),
                row.best_ratio(),
                row.itself,
                match row.verdict() {
                    None => "–",
                    Some(Verdict::Same) => "within noise",
                    Some(Verdict::Better) => "better",
                    Some(Verdict::Worse) => "**worse**",
                },
            ),
        );
    }
    lost(&mut text, results);
    text
}

/// Appends how many values there are of each verdict, and which ones are worse.
fn summary(text: &mut String, rows: &[Row]) {
    let count = |verdict| {
        rows.iter()
            .filter(|row| row.verdict() == Some(verdict))
            .count()
    };
    let judged = rows.iter().filter(|row| row.verdict().is_some()).count();
    line(
        text,
        format_args!(
            "Of {judged} values {} are within the noise, {} are better and {} worse.",
            count(Verdict::Same),
            count(Verdict::Better),
            count(Verdict::Worse),
        ),
    );
    if judged < rows.len() {
        line(
            text,
            format_args!(
                "{} values have too few rounds for a verdict: fewer than {JUDGED_ROUNDS}.",
                rows.len() - judged
            ),
        );
    }
    for row in rows {
        if row.verdict() == Some(Verdict::Worse) {
            line(
                text,
                format_args!(
                    "* worse: {} of {} at {}, ratio {:.2}, of the best rounds {:.2}",
                    row.metric.name(),
                    row.peer,
                    row.workload,
                    row.ratio(),
                    row.best_ratio(),
                ),
            );
        }
    }
}

fn rows(workloads: &[Workload], peers: &[Box<dyn AnyPeer>], results: &Results) -> Vec<Row> {
    let mut rows = Vec::new();
    for workload in workloads {
        for metric in results.metrics(&workload.name) {
            for peer in peers {
                let series = |build| results.series(&workload.name, metric, peer.name(), build);
                let (Some(this), Some(other), Some(again)) = (
                    series(Build::This),
                    series(Build::Other),
                    series(Build::Again),
                ) else {
                    continue;
                };
                let both = [this, again].concat();
                let rounds = this.len().min(other.len()).min(again.len());
                let separation = separation(&both, other);
                let itself = Summary::of(again)
                    .zip(Summary::of(this))
                    .map(|(again, this)| again.median / this.median);
                if let (Some(this), Some(other), Some(itself)) =
                    (Summary::of(&both), Summary::of(other), itself)
                {
                    rows.push(Row {
                        workload: workload.name.clone(),
                        metric,
                        peer: peer.name(),
                        rounds,
                        other,
                        this,
                        itself,
                        separation,
                    });
                }
            }
        }
    }
    rows
}

/// A value of both builds.
struct Row {
    workload: String,
    metric: Metric,
    peer: &'static str,
    /// The smallest number of rounds of all its series.
    rounds: usize,
    other: Summary,
    /// The summary of both series of this build.
    this: Summary,
    /// The ratio of the medians of this build's two series.
    itself: f64,
    separation: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Same,
    Better,
    Worse,
}

impl Row {
    fn ratio(&self) -> f64 {
        self.this.median / self.other.median
    }

    /// Returns the ratio of the best rounds. It is more reliable than that of the medians where noise
    /// only slows rounds down.
    fn best_ratio(&self) -> f64 {
        if self.metric.more_is_better() {
            self.this.max / self.other.max
        } else {
            self.this.min / self.other.min
        }
    }

    /// Returns the verdict on the ratio, or `None` if there were too few rounds to know the noise.
    fn verdict(&self) -> Option<Verdict> {
        if self.rounds < JUDGED_ROUNDS {
            None
        } else if self.separation.abs() < SIGNIFICANT {
            Some(Verdict::Same)
        } else if (self.separation > 0.0) == self.metric.more_is_better() {
            Some(Verdict::Better)
        } else {
            Some(Verdict::Worse)
        }
    }
}

/// Returns how far two series are apart by the ranks of their values, in standard deviations for two
/// series of one build: the statistic of Mann, Whitney and Wilcoxon. It is positive if `one` has the
/// larger values. Ranks suit any distribution. These have two modes, since a call that wakes a sleeping
/// core takes several times as long as one that does not.
fn separation(one: &[f64], other: &[f64]) -> f64 {
    let (count, others) = (one.len() as f64, other.len() as f64);
    let pairs = one
        .iter()
        .flat_map(|one| other.iter().map(move |other| one.total_cmp(other)));
    // The number of pairs with the larger value in `one`, minus the others.
    let surplus: f64 = pairs
        .map(|order| match order {
            Ordering::Less => -0.5,
            Ordering::Equal => 0.0,
            Ordering::Greater => 0.5,
        })
        .sum();
    surplus / (count * others * (count + others + 1.0) / 12.0).sqrt()
}

/// The number of standard deviations from which a difference counts. Noise alone exceeds it once in a
/// thousand values.
const SIGNIFICANT: f64 = 3.3;

/// The number of rounds needed for a verdict. With fewer, no two series can be [`SIGNIFICANT`]ly apart.
const JUDGED_ROUNDS: usize = 6;
