//! A run: rounds over all peers, one workload after the other, so that the peers of a workload are
//! measured under the same conditions as far as possible.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use tempfile::TempDir;

use crate::args::Plan;
use crate::peers::AnyPeer;
use crate::results::{Build, Results};
use crate::workloads::{Place, Workload};
use crate::{charts, comparison, note, peers, print, process, report, workloads};

/// Runs the chosen measurements, and reports them.
pub(crate) fn run(plan: &Plan) -> anyhow::Result<ExitCode> {
    let peers = chosen_peers(plan)?;
    let workloads = chosen_workloads(plan)?;
    let builds = builds(plan)?;
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
        measure(plan, workload, &peers, &builds, &mut results)?;
    }
    let table = if plan.beside.is_some() {
        comparison::markdown(plan, &workloads, &peers, &results, begun.elapsed())
    } else {
        report::markdown(plan, &workloads, &peers, &results, begun.elapsed())
    };
    print(&table)?;
    let whole =
        plan.workloads.is_empty() && plan.peers.is_empty() && plan.beside.is_none() && !plan.quick;
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

/// Measures a workload: every peer with every build in each round.
fn measure(
    plan: &Plan,
    workload: &Workload,
    peers: &[Box<dyn AnyPeer>],
    builds: &[(Build, PathBuf)],
    results: &mut Results,
) -> anyhow::Result<()> {
    let entrants: Vec<_> = peers
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
        .flat_map(|peer| {
            builds
                .iter()
                .map(move |(build, program)| (peer, *build, program))
        })
        .collect();
    let rounds = plan.rounds.unwrap_or(match plan.beside {
        _ if plan.quick => 1,
        None => ROUNDS,
        Some(_) => ROUNDS_BESIDE,
    });
    let mut spent = vec![Duration::ZERO; entrants.len()];
    // A comparison needs as many rounds for every value: too few easily underestimate the noise.
    let rounds = match plan.beside {
        None => workload.rounds(rounds),
        Some(_) => rounds,
    };
    for round in 0..rounds {
        // Each round has another order, so that no entrant always follows the same other one.
        let mut order: Vec<usize> = (0..entrants.len()).collect();
        order.rotate_left(round % entrants.len().max(1));
        if round % 2 == 1 {
            order.reverse();
        }
        for index in order {
            let (Some((peer, build, program)), Some(spent)) =
                (entrants.get(index), spent.get_mut(index))
            else {
                continue;
            };
            if BUDGET < *spent {
                continue;
            }
            let begun = Instant::now();
            let dir = temp_dir(workload.place())?;
            let name = peer.name();
            match process::measure(program, name, workload, plan.flavor, plan.quick, dir.path()) {
                Ok(measured) => results.add(&workload.name, name, *build, &measured),
                Err(error) => {
                    let why = match build {
                        Build::Other => format!("{}: {error:#}", program.display()),
                        Build::This | Build::Again => format!("{error:#}"),
                    };
                    note(&format!("{name} failed at {}: {why}", workload.name));
                    results.fail(&workload.name, name, why);
                }
            }
            *spent += begun.elapsed();
        }
    }
    Ok(())
}

/// Returns the builds to measure, each with its program.
fn builds(plan: &Plan) -> anyhow::Result<Vec<(Build, PathBuf)>> {
    let this = std::env::current_exe()?;
    let Some(beside) = &plan.beside else {
        return Ok(vec![(Build::This, this)]);
    };
    // A bare file name would otherwise be searched for in PATH.
    let other = fs::canonicalize(beside).with_context(|| beside.display().to_string())?;
    Ok(vec![
        (Build::This, this.clone()),
        (Build::Other, other),
        (Build::Again, this),
    ])
}

fn chosen_peers(plan: &Plan) -> anyhow::Result<Vec<Box<dyn AnyPeer>>> {
    if plan.peers.is_empty() {
        let mut peers = peers::all();
        // The code of other peers is the same in both builds.
        peers.retain(|peer| plan.beside.is_none() || peer.name().starts_with("domainsockets"));
        return Ok(peers);
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

/// Creates an empty directory, which is removed when dropped.
fn temp_dir(place: Place) -> std::io::Result<TempDir> {
    let memory = Path::new("/dev/shm");
    let parent = match place {
        Place::Memory if memory.is_dir() => memory.to_owned(),
        Place::Memory => std::env::temp_dir(),
        // The default temp dir may itself be in memory.
        Place::Disk => PathBuf::from("/var/tmp"),
    };
    TempDir::with_prefix_in("ds-bench", parent)
}

/// How often each peer is measured at each workload.
const ROUNDS: usize = 5;

/// How often each build is measured at each workload, where builds are compared.
const ROUNDS_BESIDE: usize = 9;

/// The time after which an entrant takes part in no further round of a workload, so that one that is too
/// slow for it does not delay the others.
const BUDGET: Duration = Duration::from_secs(10);
