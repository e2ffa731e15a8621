//! `jobs`: a daemon, and the commands that call it.

use rustix::process::Signal;

use crate::lab::Lab;
use crate::process::{Ended, Process};

#[test]
fn a_job_runs_prints_and_ends() {
    let lab = Lab::new();
    let server = serve(&lab);
    let echo = "echo hello; echo oops >&2; exit 3";
    assert_eq!(jobs(&lab, ["submit", "sh", "-c", echo]).ok(), "1\n");
    assert_eq!(jobs(&lab, ["wait", "1"]).ok(), "exited with 3\n");
    assert_eq!(jobs(&lab, ["status", "1"]).ok(), "exited with 3\n");
    let printed = jobs(&lab, ["logs", "1"]).ok();
    assert!(printed.contains("hello\n") && printed.contains("oops\n"));
    let listed = jobs(&lab, ["list"]).ok();
    assert_eq!(listed, format!("1\texited with 3\tsh -c {echo}\n"));
    jobs(&lab, ["cancel", "1"]).failed(1, "the job has ended");
    server.end(Signal::TERM).ok();
    assert_eq!(lab.files(), [""; 0]);
}

#[test]
fn a_job_is_followed_and_cancelled() {
    let lab = Lab::new();
    let server = serve(&lab);
    let steps = "echo begun; exec sleep 50";
    assert_eq!(jobs(&lab, ["submit", "sh", "-c", steps]).ok(), "1\n");
    assert_eq!(jobs(&lab, ["status", "1"]).ok(), "running\n");
    let logs = Process::start(&mut lab.example("jobs", ["logs", "1"]));
    let wait = Process::start(&mut lab.example("jobs", ["wait", "1"]));
    jobs(&lab, ["cancel", "1"]).ok();
    assert_eq!(wait.wait().ok(), "killed by signal 9\n");
    assert_eq!(logs.wait().ok(), "begun\n");
    server.end(Signal::TERM).ok();
}

#[test]
fn errors_are_reported() {
    let lab = Lab::new();
    jobs(&lab, ["list"]).failed(1, "no server listens at");
    let server = serve(&lab);
    jobs(&lab, ["submit", "/nowhere/program"]).failed(1, "cannot be started");
    jobs(&lab, ["status", "7"]).failed(1, "there is no job 7");
    jobs(&lab, ["status", "x"]).failed(2, "is not the number of a job");
    jobs(&lab, ["fly"]).failed(2, "there is no command");
    server.end(Signal::INT).ok();
}

fn serve(lab: &Lab) -> Process {
    Process::serve(&mut lab.example("jobs", ["serve"]))
}

fn jobs<const N: usize>(lab: &Lab, args: [&str; N]) -> Ended {
    Process::run(&mut lab.example("jobs", args))
}
