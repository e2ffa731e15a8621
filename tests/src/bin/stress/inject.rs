//! Datagrams sent to another process's connection.

use std::time::Duration;

use tests::scratch::Scratch;

use crate::child::Child;
use crate::compare::{Compared, WINDOWS};
use crate::report::Report;

/// Injects garbage: a process of the same user connects to the server's socket of a client's connection before the client
/// has sent anything. Then it sends garbage there, a hundred thousand datagrams a second. In the control
/// it does the same to another server's connection, which costs the machine as much.
pub(crate) fn run(report: &mut Report) {
    let window = Duration::from_secs(1);
    let mut attacked = Attacked::new();
    let mut other = Attacked::new();
    let mut compared = Compared::default();
    let (mut taken, mut denied, mut tried) = (0.0, 0.0, 0.0);
    for _ in 0..WINDOWS {
        other.attacker.tell("begin");
        compared.control.push(attacked.victim.window(window));
        other.attacker.ask("end");
        attacked.attacker.tell("begin");
        compared.attack.push(attacked.victim.window(window));
        let readings = attacked.attacker.ask("end");
        taken += readings.number("taken");
        denied += readings.number("denied");
        tried += readings.number("tried");
    }
    let seconds = window.as_secs_f64() * WINDOWS as f64;
    report.least("datagrams tried a second", "", 50_000.0, tried / seconds);
    report.exactly("datagrams that the kernel takes", "", 0.0, taken);
    report.exactly(
        "datagrams that the kernel denies",
        "%",
        100.0,
        denied / tried * 100.0,
    );
    report.exactly(
        "calls of the victim that fail",
        "",
        0.0,
        compared.sum("bad"),
    );
    report.most("p99 of the victim", "% more", 5.0, compared.more("p99"));
    report.seen(
        "p99 of the victim: spread without attack",
        "%",
        compared.unrest("p99"),
    );
}

/// A server, a client of it, and a process with a socket that is connected to their connection's.
struct Attacked {
    victim: Child,
    attacker: Child,
    _server: Child,
    /// Removed last.
    _scratch: Scratch,
}

impl Attacked {
    fn new() -> Self {
        let scratch = Scratch::new();
        let server = Child::serve(&scratch, &[]);
        let mut victim = Child::start(&scratch, "victim", &[]);
        let target = victim.line(Duration::from_secs(5));
        let attacker = Child::start(&scratch, "inject", &[&format!("target={target}")]).ready();
        // From the victim's first datagram on, the server accepts no other sender.
        victim.window(Duration::from_millis(500));
        Self {
            victim,
            attacker,
            _server: server,
            _scratch: scratch,
        }
    }
}
