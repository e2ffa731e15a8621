//! System calls that fail, with each error that they can have.

use std::time::Duration;

use tests::scratch::Scratch;

use crate::child::Child;
use crate::note;
use crate::report::Report;

/// Fails every seventh send, and every seventh receive, at the client and at the server.
pub(crate) fn run(report: &mut Report) {
    let errors: &[&str] = report.pick(&ERRORS, &["EAGAIN", "ENOBUFS", "ECONNREFUSED"]);
    let window = report.pick(Duration::from_millis(700), Duration::from_millis(250));
    let (mut runs, mut calls, mut good, mut wrong) = (0.0, 0.0, 0.0, 0.0);
    let (mut longest, mut fruitless) = (0.0_f64, 0.0);
    for side in ["client", "server"] {
        for (direction, system_calls) in DIRECTIONS {
            for error in errors {
                let injection = format!("inject={system_calls}:error={error}:when=7+7");
                let readings = once(side, system_calls, &injection, window);
                note(&format!("{error} when the {side} {direction}: {readings}"));
                runs += 1.0;
                calls += readings.number("calls");
                good += readings.number("calls") - readings.number("bad");
                wrong += readings.times("wrong");
                longest = longest.max(readings.number("max") / 1e3);
                fruitless += f64::from(readings.number("calls") <= readings.number("bad"));
            }
        }
    }
    report.exactly("ways to fail", "", 4.0 * errors.len() as f64, runs);
    report.exactly("wrong answers", "", 0.0, wrong);
    report.most(
        "longest call, deadline 1 s",
        "ms",
        report.pick(1500.0, 2500.0),
        longest,
    );
    report.exactly("ways in which no call succeeds", "", 0.0, fruitless);
    report.seen("calls", "", calls);
    report.seen("calls that succeed", "%", good / calls * 100.0);
}

fn once(
    side: &str,
    system_calls: &str,
    injection: &str,
    window: Duration,
) -> crate::readings::Readings {
    let trace = format!("trace={system_calls}");
    let wrapper = [
        "strace",
        "-D",
        "-f",
        "-qq",
        "-o/dev/null",
        "-e",
        &trace,
        "-e",
        injection,
    ];
    let (at_client, at_server): (&[&str], &[&str]) = match side {
        "client" => (&wrapper, &[]),
        _ => (&[], &wrapper),
    };
    let scratch = Scratch::new();
    let mut server = Child::start_under(at_server, &scratch, "server", &[]).ready();
    let settings = ["connections=2", "callers=8", "deadline=1000"];
    let mut load = Child::start_under(at_client, &scratch, "load", &settings).ready();
    let readings = load.window(window);
    // The server still answers.
    server.ask("gauges");
    readings
}

const DIRECTIONS: [(&str, &str); 2] = [
    ("sends", "sendto,sendmsg,sendmmsg"),
    ("receives", "recvfrom,recvmsg,recvmmsg"),
];

const ERRORS: [&str; 9] = [
    "EAGAIN",
    "EINTR",
    "ENOBUFS",
    "ENOMEM",
    "ECONNREFUSED",
    "ENOTCONN",
    "EPERM",
    "EMSGSIZE",
    "EPIPE",
];
