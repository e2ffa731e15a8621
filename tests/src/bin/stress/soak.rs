//! A long run with everything at once, to see whether anything grows, hangs, or gets a wrong answer.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use tests::scratch::Scratch;

use crate::child::{Child, until};
use crate::process::{descriptors, files, resident, sockets, threads};
use crate::report::Report;
use crate::statistics::{median, slope};

/// The resources in use while there are no calls.
#[derive(Debug)]
struct Census {
    descriptors: f64,
    tasks: f64,
    threads: f64,
    files: f64,
    sockets: f64,
}

/// Makes calls of all sizes: 5 % are cancelled, 1 % panic, 1 % have an unknown handler. Makes twenty
/// connections a second, and kills a client every two seconds.
pub(crate) fn run(report: &mut Report) {
    let seconds = report.pick(report.minutes * 60.0, 10.0);
    // A minute of five.
    let warm = seconds * report.pick(0.2, 0.4);
    let scratch = Scratch::new();
    let mut server = Child::serve(&scratch, &["per-user=1000"]);
    let mix = ["work=mixed", "connections=8", "callers=16", "deadline=5000"];
    let mut load = Child::load(&scratch, &mix);
    let dials = ["work=dial", "callers=2", "every=100"];
    let mut churn = Child::load(&scratch, &dials);
    load.window(Duration::from_millis(500));
    churn.window(Duration::from_millis(500));
    thread::sleep(Duration::from_millis(200));
    let before = Census::of(&mut server, scratch.dir());

    load.tell("begin");
    churn.tell("begin");
    let begun = Instant::now();
    let (mut servers, mut clients) = (Vec::new(), Vec::new());
    let mut victim = None;
    for second in 1_u32.. {
        let next = Duration::from_secs(second.into());
        thread::sleep(next.saturating_sub(begun.elapsed()));
        if f64::from(second) > seconds {
            break;
        }
        match victim.take() {
            Some(child) => drop(Child::kill(child)),
            None => victim = Some(busy(&scratch)),
        }
        if f64::from(second) >= warm {
            servers.push(resident(server.id()));
            clients.push(resident(load.id()));
        }
    }
    drop(victim);
    let (load_said, churned) = (load.ask("end"), churn.ask("end"));
    let elapsed = begun.elapsed().as_secs_f64();
    let mut after = Census::of(&mut server, scratch.dir());
    until(Duration::from_secs(5), || {
        after = Census::of(&mut server, scratch.dir());
        after.is(&before)
    });

    let calls = load_said.number("calls");
    report.least("calls", "", report.pick(20_000.0, 1000.0) * seconds, calls);
    report.exactly("wrong answers", "", 0.0, load_said.times("wrong"));
    report.exactly(
        "other errors",
        "",
        0.0,
        load_said.number("bad") - load_said.times("wrong"),
    );
    report.most("longest call", "ms", 5500.0, load_said.number("max") / 1e3);
    report.exactly("failed dials", "", 0.0, churned.number("bad"));
    report.least(
        "connections a second",
        "",
        10.0,
        churned.number("calls") / elapsed,
    );
    let bound = report.pick(1024.0, 8192.0);
    report.most(
        "memory of the server, end - start",
        "KiB",
        bound,
        growth(&servers),
    );
    report.most(
        "memory of the client, end - start",
        "KiB",
        bound,
        growth(&clients),
    );
    if !report.short {
        for (whose, samples) in [("server", &servers), ("client", &clients)] {
            let (per_second, half) = slope(samples);
            let name = format!("memory of the {whose}: slope, low end of 95 %");
            report.most(&name, "KiB/min", 0.0, (per_second - half) * 60.0);
        }
    }
    report.exactly(
        "descriptors of the server",
        "",
        before.descriptors,
        after.descriptors,
    );
    report.exactly("tasks of the server", "", before.tasks, after.tasks);
    report.most("threads of the server", "", before.threads, after.threads);
    report.exactly("files in the temp dir", "", before.files, after.files);
    report.exactly(
        "sockets bound in the temp dir",
        "",
        before.sockets,
        after.sockets,
    );
}

/// Starts a client in the middle of calls.
fn busy(scratch: &Scratch) -> Child {
    let mut child = Child::calls(scratch, &["workers=1"]);
    child.ask("dial 2");
    child.ask("start sleep 10000 8 30000");
    child.ask("echo 8 5000");
    child
}

/// Returns the growth from the first few samples to the last few.
fn growth(samples: &[f64]) -> f64 {
    let few = samples.len().div_ceil(10).max(1);
    let first = samples.iter().take(few).copied().collect::<Vec<_>>();
    let last = samples.iter().rev().take(few).copied().collect::<Vec<_>>();
    median(&last) - median(&first)
}

impl Census {
    fn of(server: &mut Child, dir: &Path) -> Self {
        Self {
            descriptors: descriptors(server.id()),
            tasks: server.ask("gauges").number("tasks"),
            threads: threads(server.id()),
            files: files(dir),
            sockets: sockets(dir),
        }
    }

    fn is(&self, other: &Self) -> bool {
        let same = |one: f64, two: f64| (one - two).abs() < 0.5;
        same(self.descriptors, other.descriptors)
            && same(self.tasks, other.tasks)
            && same(self.files, other.files)
            && same(self.sockets, other.sockets)
    }
}
