//! `inventory` and `json_call.py`: a service in Rust, called by name from another language.

use std::process::Command;

use rustix::process::Signal;

use crate::lab::Lab;
use crate::process::{Ended, Process};
use crate::raw_call::lab_with_python;

#[test]
fn python_calls_a_service_with_named_arguments() {
    let Some(lab) = lab_with_python() else { return };
    let server = Process::serve(&mut lab.example("inventory", ["stock"]));
    let call = |method: &str, pairs: &[&str]| json_call(&lab, method, pairs);

    // Text that JSON must escape, and an omitted argument.
    let added = call("add", &["item=M4 \"kurz\"", "count=40"]);
    assert_eq!(added.ok(), "{\"count\": 40}\n");
    let added = call("add", &["note=größe\t\\", "count=2", "item=M4 \"kurz\""]);
    assert_eq!(added.ok(), "{\"count\": 42, \"note\": \"größe\\t\\\\\"}\n");
    let taken = call("take", &["item=M4 \"kurz\"", "count=2"]);
    assert_eq!(taken.ok(), "{\"Ok\": 40}\n");
    let listed = call("list", &[]).ok();
    let expected = r#"{"M4 \"kurz\"": {"count": 40, "note": "größe\t\\"}}"#;
    assert_eq!(listed.trim_end(), expected);

    // The method's own errors are replies.
    let refused = call("take", &["item=M4 \"kurz\"", "count=50"]);
    assert_eq!(
        (refused.code, &*refused.stdout),
        (Some(1), "{\"Err\": {\"only\": 40}}\n")
    );
    let refused = call("take", &["item=M5", "count=1"]);
    assert_eq!(
        (refused.code, &*refused.stdout),
        (Some(1), "{\"Err\": \"unknown\"}\n")
    );

    // Wrong arguments are named in the error.
    let wrong = "handler(Inventory.add) error: arguments: `count`: invalid type: string \"many\"";
    call("add", &["item=M4", "count=many"]).failed(1, wrong);
    let wrong = "handler(Inventory.add) error: arguments: `count` is missing";
    call("add", &["item=M4"]).failed(1, wrong);
    let wrong = "handler(Inventory.add) error: arguments: there is no \"amount\", there are `item`";
    call("add", &["item=M4", "amount=1"]).failed(1, wrong);

    // A caller that does not announce itself gets small replies only.
    call(
        "add",
        &[
            "item=nail",
            "count=1",
            &format!("note={}", "x".repeat(3000)),
        ],
    )
    .ok();
    call(
        "add",
        &[
            "item=rivet",
            "count=1",
            &format!("note={}", "y".repeat(3000)),
        ],
    )
    .ok();
    call("list", &[]).failed(1, "handler(Inventory.list) error: a reply of ");
    let mut list = json_call_command(&lab, &["--hello", "stock", "Inventory.list"]);
    let listed = Process::run(&mut list).ok();
    assert!(listed.contains(&"y".repeat(3000)), "{listed}");
    let mut add = json_call_command(&lab, &["--hello", "stock", "Inventory.add", "item=M4"]);
    let wrong = "handler(Inventory.add) error: $codec: arguments: `count` is missing";
    Process::run(&mut add).failed(1, wrong);

    server.end(Signal::TERM).ok();
    assert_eq!(lab.files(), [""; 0]);
}

fn json_call(lab: &Lab, method: &str, pairs: &[&str]) -> Ended {
    let method = format!("Inventory.{method}");
    let mut command = json_call_command(lab, &["stock", &method]);
    Process::run(command.args(pairs))
}

fn json_call_command(lab: &Lab, arguments: &[&str]) -> Command {
    let mut command = lab.command("python3");
    command
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/json_call.py"))
        .args(arguments);
    command
}
