//! A run: rounds over all peers, workload by workload, so that the peers of a workload are measured
//! at the same time as far as one machine can.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::ensure;
use tempfile::TempDir;

use crate::args::Plan;
use crate::peers::AnyPeer;
use crate::results::Results;
use crate::workloads::{Place, Workload};
use crate::{charts, note, peers, print, process, report, workloads};

/// Measures what was asked for, and reports it.
pub(crate) fn run(plan: &Plan) -> anyhow::Result<ExitCode> {
    let peers = chosen_peers(plan)?;
    let workloads = chosen_workloads(plan)?;
    let begun = Instant::now();
    let mut results = Results::default();
    for (index, workload) in workloads.iter().enumerate() {
        note(&format!(
            "{:>4} s  {}/{} {}",
            begun.elapsed().as_secs(),
            index + 1,
            workloads.len(),
            workload.name
        ));
        measure(plan, workload, &peers, &mut results)?;
    }
    let table = report::markdown(plan, &workloads, &peers, &results, begun.elapsed());
    print(&table)?;
    let whole = plan.workloads.is_empty() && plan.peers.is_empty() && !plan.quick;
    if whole {
        let results_dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("results");
        fs::create_dir_all(&results_dir)?;
        fs::write(results_dir.join(format!("{}.md", plan.flavor)), &table)?;
    }
    if whole || plan.quick {
        let drawn = charts::svg(plan.flavor, &peers, &results)?;
        if whole {
            let results_dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("results");
            fs::write(results_dir.join(format!("{}.svg", plan.flavor)), drawn)?;
        }
    }
    Ok(if results.failures.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn measure(
    plan: &Plan,
    workload: &Workload,
    peers: &[Box<dyn AnyPeer>],
    results: &mut Results,
) -> anyhow::Result<()> {
    let entrants: Vec<&dyn AnyPeer> = peers
        .iter()
        .map(Box::as_ref)
        .filter(|peer| workload.size() <= peer.largest())
        .filter(|peer| {
            if plan.peers.is_empty() {
                workload.takes(peer.name(), peer.role())
            } else {
                workload.can_take(peer.role())
            }
        })
        .collect();
    let rounds = plan.rounds.unwrap_or(if plan.quick { 1 } else { ROUNDS });
    let mut spent = vec![Duration::ZERO; entrants.len()];
    for round in 0..workload.rounds(rounds) {
        // Nobody always comes after the same other.
        for turn in 0..entrants.len() {
            let index = (round + turn) % entrants.len();
            let (Some(peer), Some(spent)) = (entrants.get(index), spent.get_mut(index)) else {
                continue;
            };
            if BUDGET < *spent {
                continue;
            }
            let begun = Instant::now();
            let dir = temp_dir(workload.place())?;
            match process::measure(peer.name(), workload, plan.flavor, plan.quick, dir.path()) {
                Ok(measured) => results.add(&workload.name, peer.name(), &measured),
                Err(error) => {
                    note(&format!(
                        "{} failed at {}: {error:#}",
                        peer.name(),
                        workload.name
                    ));
                    results.fail(&workload.name, peer.name(), format!("{error:#}"));
                }
            }
            *spent += begun.elapsed();
        }
    }
    Ok(())
}

fn chosen_peers(plan: &Plan) -> anyhow::Result<Vec<Box<dyn AnyPeer>>> {
    if plan.peers.is_empty() {
        return Ok(peers::all());
    }
    plan.peers.iter().map(|name| peers::find(name)).collect()
}

fn chosen_workloads(plan: &Plan) -> anyhow::Result<Vec<Workload>> {
    let mut workloads = workloads::all();
    if !plan.workloads.is_empty() {
        workloads.retain(|workload| {
            plan.workloads
                .iter()
                .any(|name| workload.name.starts_with(name.as_str()))
        });
    }
    ensure!(!workloads.is_empty(), "there is no such workload");
    Ok(workloads)
}

/// An empty directory, removed when dropped.
fn temp_dir(place: Place) -> std::io::Result<TempDir> {
    let memory = Path::new("/dev/shm");
    let parent = match place {
        Place::Memory if memory.is_dir() => memory.to_owned(),
        Place::Memory => std::env::temp_dir(),
        // The usual temp dir may itself be in memory.
        Place::Disk => PathBuf::from("/var/tmp"),
    };
    TempDir::with_prefix_in("ds-bench", parent)
}

/// How often each peer is measured at each workload.
const ROUNDS: usize = 5;

/// After how long a peer takes no further round of a workload, so that one that cannot cope with it
/// does not take the time of the others.
const BUDGET: Duration = Duration::from_secs(10);
