//! `factor`: a command line tool without a runtime.

use rustix::process::Signal;

use crate::lab::Lab;
use crate::process::{Ended, Process};

/// A prime number, for which the daemon needs more than a year.
const LONG: &str = "170141183460469231731687303715884105727";

#[test]
fn numbers_are_factored() {
    let lab = Lab::new();
    let daemon = serve(&lab);
    assert_eq!(factor(&lab, &["360"]).ok(), "360: 2 2 2 3 3 5\n");
    let printed = factor(&lab, &["97", "600851475143", "1"]).ok();
    assert_eq!(printed, "97: 97\n600851475143: 71 839 1471 6857\n1: \n");
    factor(&lab, &["12", "0"]).failed(1, "factor: 0: 0 has no prime factors\n");
    daemon.end(Signal::TERM).ok();
    factor(&lab, &["1"]).failed(1, "no server listens at");
    assert_eq!(lab.files(), [""; 0]);
}

#[test]
fn a_deadline_ends_the_call_and_its_handler() {
    let lab = Lab::new();
    let mut daemon = serve(&lab);
    let ended = factor(&lab, &["--deadline", "1", LONG]);
    // On a slow machine the reply of the stopped handler arrives before the tool checks the time.
    if ended.stderr.ends_with(": stopped\n") {
        ended.failed(1, "factor: ");
    } else {
        ended.failed(1, "deadline of \"Factor.factor\" exceeded after 1s");
    }
    daemon.skip_to(&format!("someone does not wait for {LONG} any longer"));
    daemon.end(Signal::TERM).ok();
}

#[test]
fn ctrl_c_cancels_the_calls_and_their_handlers() {
    let lab = Lab::new();
    let mut daemon = serve(&lab);
    let mut command = lab.example("factor", ["--caller", "me", LONG, LONG]);
    let tool = Process::start(&mut command);
    daemon.skip_to(&format!("me asks for {LONG}"));
    daemon.skip_to(&format!("me asks for {LONG}"));
    tool.end(Signal::INT)
        .failed(130, "factor: cancelled by the caller\n");
    daemon.skip_to(&format!("me does not wait for {LONG} any longer"));
    daemon.skip_to(&format!("me does not wait for {LONG} any longer"));
    daemon.end(Signal::TERM).ok();
    assert_eq!(lab.files(), [""; 0]);
}

#[test]
fn wrong_arguments_are_explained() {
    let lab = Lab::new();
    factor(&lab, &[]).failed(2, "factor: missing NUMBER\n\nUsage: ");
    factor(&lab, &["x"]).failed(2, "factor: cannot parse argument \"x\"");
    factor(&lab, &["--loud"]).failed(2, "invalid option '--loud'");
}

fn serve(lab: &Lab) -> Process {
    Process::serve(&mut lab.example("factor", ["serve"]))
}

fn factor(lab: &Lab, args: &[&str]) -> Ended {
    Process::run(lab.example("factor", []).args(args))
}
