//! Datagrams to another process's connection.

use std::time::Duration;

use tests::scratch::Scratch;

use crate::child::Child;
use crate::compare::{Compared, WINDOWS};
use crate::report::Report;

/// A process of the same user has connected to the server's socket of a client's connection before
/// the client has sent anything, and then sends garbage there, a hundred thousand datagrams a second.
/// The control burns CPU instead.
pub(crate) fn run(report: &mut Report) {
    let window = Duration::from_secs(1);
    let scratch = Scratch::new();
    let _server = Child::serve(&scratch, &[]);
    let mut victim = Child::start(&scratch, "victim", &[]);
    let target = victim.line(Duration::from_secs(5));
    let mut attacker = Child::start(&scratch, "inject", &[&format!("target={target}")]).ready();
    let burner = Child::start(&scratch, "burn", &[]).ready();
    burner.stop();
    victim.window(window);
    let mut compared = Compared::default();
    let (mut taken, mut denied, mut tried) = (0.0, 0.0, 0.0);
    for _ in 0..WINDOWS {
        burner.go_on();
        compared.control.push(victim.window(window));
        burner.stop();
        attacker.tell("begin");
        compared.attack.push(victim.window(window));
        let said = attacker.ask("end");
        taken += said.number("taken");
        denied += said.number("denied");
        tried += said.number("tried");
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
