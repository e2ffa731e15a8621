//! `raw_call.py`: the wire protocol from another language, in both directions.

use std::env;
use std::io::{self, Write};
use std::process::{Command, Stdio};

use domainsockets::{Client, Error, Request, Server};
use rustix::process::Signal;

use crate::lab::{Lab, block_on};
use crate::process::Process;

#[test]
fn python_calls_a_rust_server() {
    let Some(lab) = lab_with_python() else { return };
    block_on(async {
        let server = Server::bind(lab.path("rust"))
            .unwrap()
            .register("Reverse", |request: Request| async move {
                let text = str::from_utf8(request.data()).map_err(|error| error.to_string())?;
                match text {
                    "" => Err("nothing to reverse".to_owned()),
                    text => Ok(text.chars().rev().collect::<String>()),
                }
            })
            .unwrap()
            .start()
            .unwrap();
        let call = |handler: &'static str, text: &str| {
            let mut command = python(&lab, &["call", "rust", handler, text]);
            tokio::task::spawn_blocking(move || Process::run(&mut command))
        };
        assert_eq!(call("Reverse", "größe").await.unwrap().ok(), "eßörg\n");
        let long = "ab".repeat(1900);
        assert_eq!(
            call("Reverse", &long).await.unwrap().ok(),
            "ba".repeat(1900) + "\n"
        );
        let refused = call("Reverse", "").await.unwrap();
        refused.failed(1, "handler(Reverse) error: nothing to reverse\n");
        let unknown = call("Nothing", "x").await.unwrap();
        unknown.failed(1, "handler(Nothing) error: unknown handler\n");
        server.close().await.unwrap();
    });
    assert_eq!(lab.files(), [""; 0]);
}

#[test]
fn python_reads_a_rust_service() {
    let Some(lab) = lab_with_python() else { return };
    let kv = Process::serve(&mut lab.example("kv", ["serve"]));
    Process::run(&mut lab.example("kv", ["put", "ssh/tcp", "22/tcp"])).ok();
    // The request is a length and the key. The reply is an option, a length and the value.
    let mut command = python(&lab, &["call", "domainsockets-kv", "Kv.get", "\x07ssh/tcp"]);
    assert_eq!(Process::run(&mut command).ok(), "\x01\x0622/tcp\n");
    let mut command = python(&lab, &["call", "domainsockets-kv", "Kv.get", "\x07ssh"]);
    Process::run(&mut command).failed(1, "handler(Kv.get) error: arguments: ");
    kv.end(Signal::TERM).ok();
    assert_eq!(lab.files(), ["state"]);
}

#[test]
fn a_rust_client_calls_python() {
    let Some(lab) = lab_with_python() else { return };
    let server = Process::serve(&mut python(&lab, &["serve", "python"]));
    block_on(async {
        let client = Client::dial(lab.path("python")).await.unwrap();
        assert_eq!(client.call("Echo", "Hello").await.unwrap(), "Hello");
        assert_eq!(client.call("Upper", "größe").await.unwrap(), "GRÖSSE");
        assert_eq!(client.call("Echo", "").await.unwrap(), "");

        // Many at a time, so that messages begin and end anywhere in the datagrams.
        let sizes = (0..200).map(|i| i * 20);
        let calls: Vec<_> = sizes
            .map(|size| {
                let client = client.clone();
                tokio::spawn(async move {
                    let data = vec![b'x'; size];
                    assert_eq!(client.call("Echo", data.clone()).await.unwrap(), data);
                })
            })
            .collect();
        for call in calls {
            call.await.unwrap();
        }

        let wrong = client.call("Upper", &b"\xff"[..]).await;
        let text = "UnicodeDecodeError('utf-8', b'\\xff', 0, 1, 'invalid start byte')";
        assert!(
            matches!(&wrong, Err(Error::Handler(reason)) if reason == text),
            "{wrong:?}"
        );
        let unknown = client.call("Nothing", "").await;
        let text = "KeyError('Nothing')";
        assert!(
            matches!(&unknown, Err(Error::Handler(reason)) if reason == text),
            "{unknown:?}"
        );
    });
    let ended = server.end(Signal::TERM);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    assert_eq!(lab.files(), [""; 0]);
}

#[test]
fn raw_call_fits_on_a_page() {
    let lines = include_str!("../raw_call.py").lines();
    assert!(lines.count() <= 60);
}

fn python(lab: &Lab, arguments: &[&str]) -> Command {
    let mut command = lab.command("python3");
    command
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/raw_call.py"))
        .args(arguments);
    command
}

/// Returns a lab, or `None` if there is no Python, which is reported, and an error where `CI` is set.
pub(crate) fn lab_with_python() -> Option<Lab> {
    let mut command = Command::new("python3");
    let found = command.arg("--version").stdout(Stdio::null()).status();
    let reason = match found {
        Ok(status) if status.success() => return Some(Lab::new()),
        Ok(status) => format!("`python3 --version` ended with {status}"),
        Err(error) => format!("python3 cannot be run: {error}"),
    };
    // Unlike the output of `eprintln!`, this is shown although the test passes.
    let _ = writeln!(io::stderr(), "SKIPPED, since {reason}");
    assert!(env::var_os("CI").is_none(), "in CI there must be a python3");
    None
}
