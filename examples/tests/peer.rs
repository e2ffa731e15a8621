//! `peer`: what each handler does, and what the caller prints about it.

use std::process::Command;

use rustix::process::Signal;

use crate::lab::Lab;
use crate::process::{Ended, Process};

#[test]
fn every_handler_does_what_it_documents() {
    let lab = Lab::new();
    let server = serve(&lab);
    let ok = |handler, data, expected: &str| {
        assert_eq!(
            call(&lab, [handler, "--data", data]).ok(),
            format!("{expected}\n")
        );
    };
    ok("echo", "hello", "ok 5 68656c6c6f");
    ok("echo", "", "ok 0 ");
    ok("size", "0", "ok 0 ");
    ok("size", "4", "ok 4 00010203");
    ok("sleep", "20", "ok 2 3230");
    ok("count", "", "ok 1 31");
    ok("count", "anything", "ok 1 32");
    ok("dropped", "", "ok 6 30206f662030");
    assert_eq!(
        call(&lab, ["notify_drop", "--deadline-ms", "50"]).stdout,
        "err DeadlineExceeded deadline of \"notify_drop\" exceeded after 50ms\n"
    );
    ok("dropped", "", "ok 6 31206f662031");

    let err = |handler, data, expected: &str| {
        let ended = call(&lab, [handler, "--data", data, "--deadline-ms", "2000"]);
        assert_eq!(
            ended.stdout,
            format!("err {expected}\n"),
            "{}",
            ended.stderr
        );
        assert_eq!(ended.code, Some(1));
    };
    err("fail", "no\nway", "Handler no\\nway");
    err("panic", "", "Panicked handler \"panic\" panicked");
    err("nothing", "", "UnknownHandler unknown handler \"nothing\"");
    err(
        "size",
        "4k",
        "Handler \"4k\" is no number: invalid digit found in string",
    );
    err(
        "sleep",
        "",
        "Handler \"\" is no number: cannot parse integer from empty string",
    );

    // Panics that a caller asked for print no message.
    assert_eq!(server.end(Signal::TERM).stderr, "");
}

#[test]
fn patterns_are_sent_completely_and_printed_up_to_64_bytes() {
    let lab = Lab::new();
    let _server = serve(&lab);
    let cut = (0..64).fold(String::new(), |cut, byte| cut + &format!("{byte:02x}"));
    let printed = call(&lab, ["size", "--data", "1000000"]).ok();
    assert_eq!(printed, format!("ok 1000000 {cut}\n"));
    let printed = call(&lab, ["echo", "--size", "300"]).ok();
    assert_eq!(printed, format!("ok 300 {cut}\n"));
    let printed = call(&lab, ["echo", "--data-hex", "00fFfa"]).ok();
    assert_eq!(printed, "ok 3 00fffa\n");
}

#[test]
fn a_deadline_ends_a_call_that_hangs() {
    let lab = Lab::new();
    let _server = serve(&lab);
    let ended = call(&lab, ["hang", "--deadline-ms", "50"]);
    assert_eq!(
        ended.stdout,
        "err DeadlineExceeded deadline of \"hang\" exceeded after 50ms\n"
    );
    assert_eq!(ended.code, Some(1));
}

#[test]
fn many_calls_are_summarized() {
    let lab = Lab::new();
    let _server = serve(&lab);
    let printed = call(&lab, ["echo", "--count", "1000", "--concurrency", "32"]).ok();
    assert_eq!(printed, "ok 1000\n");
    let ended = call(&lab, ["panic", "--count", "10", "--concurrency", "3"]);
    assert_eq!(
        (ended.code, ended.stdout.as_str()),
        (Some(1), "Panicked 10\n")
    );
    // All callers share one server, which has counted their calls.
    let printed = call(&lab, ["count", "--count", "99", "--concurrency", "7"]).ok();
    assert_eq!(printed, "ok 99\n");
    assert_eq!(call(&lab, ["count"]).ok(), "ok 3 313030\n");
}

#[test]
fn signals_shut_the_server_down() {
    for signal in [Signal::TERM, Signal::INT] {
        let lab = Lab::new();
        let server = serve(&lab);
        assert_eq!(call(&lab, ["echo", "--data", "x"]).ok(), "ok 1 78\n");
        assert_eq!(lab.files(), ["lab"]);
        let ended = server.end(signal);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert_eq!(lab.files(), [""; 0], "after {signal:?}");
    }
}

#[test]
fn a_missing_server_is_an_outcome() {
    let lab = Lab::new();
    let ended = call(&lab, ["echo", "--count", "5"]);
    let path = lab.path("lab");
    let expected = format!("err NotListening no server listens at {}\n", path.display());
    assert_eq!((ended.code, ended.stdout), (Some(1), expected));
    assert_eq!(lab.files(), [""; 0]);
}

#[test]
fn a_name_in_use_is_refused() {
    let lab = Lab::new();
    let _server = serve(&lab);
    Process::run(&mut peer(&lab, ["serve", "lab"])).failed(1, "a server already listens at");
}

#[test]
fn a_wrong_command_line_is_answered_with_the_usage() {
    let lab = Lab::new();
    let usage = |arguments: &[&str], reason: &str| {
        let mut command = peer(&lab, []);
        Process::run(command.args(arguments)).failed(2, &format!("peer: {reason}\n\nUsage: "));
    };
    usage(&[], "missing a command");
    usage(&["serve"], "missing NAME");
    usage(&["serve", "a", "b"], "unexpected argument \"b\"");
    usage(&["call", "a"], "missing HANDLER");
    usage(&["call", "a", "b", "--loud"], "invalid option '--loud'");
    usage(
        &["call", "a", "b", "--data", "x", "--size", "1"],
        "the data is given twice",
    );
    usage(
        &["call", "a", "b", "--count", "0"],
        "cannot parse argument \"0\": it has to be at least 1",
    );
    for digits in ["0", "+1", "0x", "é"] {
        let reason = "it does not consist of pairs of hexadecimal digits";
        let reason = format!("cannot parse argument {digits:?}: {reason}");
        usage(&["call", "a", "b", "--data-hex", digits], &reason);
    }
}

fn serve(lab: &Lab) -> Process {
    Process::serve(&mut peer(lab, ["serve", "lab"]))
}

fn call<const N: usize>(lab: &Lab, arguments: [&str; N]) -> Ended {
    Process::run(peer(lab, ["call", "lab"]).args(arguments))
}

fn peer<const N: usize>(lab: &Lab, arguments: [&str; N]) -> Command {
    lab.example("peer", arguments)
}
