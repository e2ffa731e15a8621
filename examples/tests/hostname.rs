//! `hostname`: properties that are read, set, and watched.

use std::fs;

use rustix::process::Signal;

use crate::lab::Lab;
use crate::process::{Ended, Process};

#[test]
fn properties_are_read_set_and_watched() {
    let lab = Lab::new();
    let server = Process::serve(&mut lab.example("hostname", ["serve"]));
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap();
    let status = hostname(&lab, ["status"]).ok();
    assert!(
        status.contains(&format!("Kernel: Linux {}", release.trim())),
        "{status}"
    );
    assert!(status.contains("Chassis: unknown"), "{status}");

    hostname(&lab, ["set-chassis", "vm"]).ok();
    let mut watch = Process::start(&mut lab.example("hostname", ["watch", "1"]));
    assert_eq!(watch.skip_to("Chassis"), "          Chassis: vm\n");
    hostname(&lab, ["set-pretty-hostname", "Under the stairs"]).ok();
    let changed = watch.wait().ok();
    assert!(
        changed.contains("Pretty hostname: Under the stairs"),
        "{changed}"
    );

    hostname(&lab, ["set-static-hostname", "under-stairs.example"]).ok();
    let wrong = hostname(&lab, ["set-static-hostname", "under stairs"]);
    wrong.failed(1, "\"under stairs\" is no name for a host");
    hostname(&lab, ["set-chassis", "toaster"]).failed(1, "there is no chassis \"toaster\"");
    hostname(&lab, ["reboot"]).failed(2, "that is no command");
    let status = hostname(&lab, ["status"]).ok();
    assert!(
        status.contains("Static hostname: under-stairs.example"),
        "{status}"
    );
    server.end(Signal::TERM).ok();
    assert_eq!(lab.files(), [""; 0]);
}

fn hostname<const N: usize>(lab: &Lab, args: [&str; N]) -> Ended {
    Process::run(&mut lab.example("hostname", args))
}
