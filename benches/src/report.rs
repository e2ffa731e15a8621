//! The report as Markdown: an overview, the goals, and every number.

use std::fmt::Write as _;
use std::time::Duration;

use crate::args::Plan;
use crate::metric::Metric;
use crate::peers::{AnyPeer, Role};
use crate::results::Results;
use crate::workloads::{Entrants, Workload};
use crate::{goals, machine};

/// Writes the report.
pub(crate) fn markdown(
    plan: &Plan,
    workloads: &[Workload],
    peers: &[Box<dyn AnyPeer>],
    results: &Results,
    took: Duration,
) -> String {
    let mut text = format!(
        "# Runtime: {}\n\n{}. Medians; {} s in all.\n",
        plan.flavor,
        machine::caption(),
        took.as_secs()
    );
    overview(&mut text, workloads, peers, results);
    aims(&mut text, plan, peers, results);
    details(&mut text, workloads, peers, results);
    lost(&mut text, results);
    text
}

/// Appends the measurements that failed.
pub(crate) fn lost(text: &mut String, results: &Results) {
    if results.failures.is_empty() {
        return;
    }
    text.push_str("\n## Lost\n\n");
    for failure in &results.failures {
        line(
            text,
            format_args!(
                "* {} at {}: {}",
                failure.peer, failure.workload, failure.why
            ),
        );
    }
}

fn overview(
    text: &mut String,
    workloads: &[Workload],
    peers: &[Box<dyn AnyPeer>],
    results: &Results,
) {
    let columns: Vec<&'static str> = peers
        .iter()
        .filter(|peer| matches!(peer.role(), Role::Rpc | Role::Bare))
        .map(|peer| peer.name())
        .collect();
    line(text, format_args!("\n| | | {} |", columns.join(" | ")));
    line(
        text,
        format_args!("|---|---|{}", "---|".repeat(columns.len())),
    );
    for workload in workloads {
        if workload.entrants == Entrants::Curve {
            continue;
        }
        for metric in results.metrics(&workload.name) {
            let cells: Vec<String> = columns
                .iter()
                .map(|peer| match results.median(&workload.name, metric, peer) {
                    Some(median) => Metric::show(median),
                    None if results.failed(&workload.name, peer) => "lost".to_owned(),
                    None => "–".to_owned(),
                })
                .collect();
            line(
                text,
                format_args!(
                    "| {} | {} | {} |",
                    workload.title,
                    label(metric),
                    cells.join(" | ")
                ),
            );
        }
    }
}

fn aims(text: &mut String, plan: &Plan, peers: &[Box<dyn AnyPeer>], results: &Results) {
    text.push_str("\n## Goals\n\nRatios of medians of this run.\n\n");
    text.push_str("| workload | | beside | goal | reached | |\n|---|---|---|---|---|---|\n");
    for goal in goals::ALL {
        let Some(outcome) = goal.outcome(plan.flavor, peers, results) else {
            continue;
        };
        let sign = if goal.metric.more_is_better() {
            '≥'
        } else {
            '≤'
        };
        line(
            text,
            format_args!(
                "| {}{} | {} | {} | {sign} {} | {} | {} |",
                goal.workload,
                if goal.ours == "domainsockets" {
                    String::new()
                } else {
                    format!(" ({})", goal.ours)
                },
                label(goal.metric),
                outcome.beside,
                outcome.bound,
                Metric::show(outcome.reached),
                if outcome.holds { "holds" } else { "**missed**" },
            ),
        );
    }
}

fn details(
    text: &mut String,
    workloads: &[Workload],
    peers: &[Box<dyn AnyPeer>],
    results: &Results,
) {
    text.push_str("\n## Every number\n\nThe ratio is to domainsockets.\n\n");
    text.push_str("| workload | | peer | median | min–max | ratio |\n|---|---|---|---|---|---|\n");
    for workload in workloads {
        for metric in results.metrics(&workload.name) {
            let reference = results.median(&workload.name, metric, "domainsockets");
            for peer in peers {
                let Some(summary) = results.summary(&workload.name, metric, peer.name()) else {
                    continue;
                };
                line(
                    text,
                    format_args!(
                        "| {} | {} | {} | {} | {}–{} | {} |",
                        workload.name,
                        label(metric),
                        peer.name(),
                        Metric::show(summary.median),
                        Metric::show(summary.min),
                        Metric::show(summary.max),
                        reference.map_or_else(
                            || "–".to_owned(),
                            |reference| Metric::show(summary.median / reference)
                        ),
                    ),
                );
            }
        }
    }
}

/// Returns the name of a metric, with its unit.
pub(crate) fn label(metric: Metric) -> String {
    match metric.unit() {
        "" => metric.name().to_owned(),
        unit => format!("{}, {unit}", metric.name()),
    }
}

/// Appends a line to the report.
pub(crate) fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{line}");
}
