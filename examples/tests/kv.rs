//! `kv`: the daemon and its command line tool as processes, called by this process as well.

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use domainsockets::{CallError, Client, Error};
use rustix::process::Signal;
use tokio::sync::mpsc;

use crate::lab::{Lab, block_on};
use crate::process::{Ended, Process};
use crate::service::{KEY_LIMIT, KvClient, KvError, VALUE_LIMIT};

#[test]
fn entries_survive_every_end_of_the_daemon() {
    let lab = Lab::new();
    let file = services(&lab);
    let text = fs::read_to_string(&file).unwrap();
    let keys = keys(&text);
    let loaded = keys.len();

    let daemon = serve(&lab);
    let printed = kv(&lab, &["load", file.to_str().unwrap()]).ok();
    let expected = format!("loaded {loaded} keys, {loaded} of them new; the store has {loaded}\n");
    assert_eq!(printed, expected);
    let read = || {
        assert_eq!(kv(&lab, &["get", "ssh/tcp"]).ok(), "22/tcp\n");
        let listed = kv(&lab, &["list"]).ok();
        let listed = listed
            .lines()
            .map(|line| line.split_once('\t').unwrap().0.to_owned());
        assert_eq!(listed.collect::<BTreeSet<_>>(), keys);
        let raw = kv(&lab, &["raw", "ssh/tcp"]).ok();
        let expected = "call   Kv.get 07 73 73 68 2f 74 63 70\n\
                        reply  01 06 32 32 2f 74 63 70\n\
                        value  22/tcp\n";
        assert_eq!(raw, expected);
    };
    read();
    daemon.end(Signal::TERM).ok();
    assert_eq!(lab.files(), ["services", "state"], "no socket is left");

    let daemon = serve(&lab);
    read();
    // Keys that already exist do not count as new.
    let printed = kv(&lab, &["load", file.to_str().unwrap()]).ok();
    assert_eq!(
        printed,
        format!("loaded {loaded} keys, 0 of them new; the store has {loaded}\n")
    );
    daemon.end(Signal::KILL);

    let daemon = serve(&lab);
    read();
    daemon.end(Signal::INT).ok();
    assert_eq!(lab.files(), ["services", "state"], "no socket is left");
}

#[test]
fn confirmed_writes_survive_a_kill() {
    let lab = Lab::new();
    let daemon = serve(&lab);
    let confirmed = block_on(async {
        // The daemon's death is detected with the next keep-alive at the latest.
        let client = Client::builder().keep_alive_interval(Duration::from_millis(50));
        let client = client.dial(lab.path("domainsockets-kv")).await.unwrap();
        let kv = Arc::new(KvClient::new(client));
        let (confirm, mut confirmations) = mpsc::unbounded_channel();
        let writers: Vec<_> = (0..8)
            .map(|writer| {
                let (kv, confirm) = (Arc::clone(&kv), confirm.clone());
                tokio::spawn(async move {
                    for number in 0.. {
                        let key = format!("{writer}/{number}");
                        if let Err(error) = kv.put(&key, key.as_bytes()).await {
                            return error;
                        }
                        confirm.send(key).unwrap();
                    }
                    unreachable!("there is no last number")
                })
            })
            .collect();
        let mut confirmed = Vec::new();
        for _ in 0..200 {
            confirmed.push(confirmations.recv().await.unwrap());
        }
        daemon.end(Signal::KILL);
        for writer in writers {
            let error = writer.await.unwrap();
            let disconnected = matches!(error, CallError::Call(Error::Disconnected { .. }));
            assert!(disconnected, "{error:?}");
        }
        drop(confirm);
        while let Some(key) = confirmations.recv().await {
            confirmed.push(key);
        }
        confirmed
    });

    let daemon = serve(&lab);
    block_on(async {
        let kv = dial(&lab).await;
        for key in &confirmed {
            let value = kv.get(key).await.unwrap();
            assert_eq!(value.as_deref(), Some(key.as_bytes()), "{key}");
        }
        // Each writer may have had one write in flight that was not confirmed.
        let unconfirmed = usize::try_from(kv.count().await.unwrap()).unwrap() - confirmed.len();
        assert!(unconfirmed <= 8, "{unconfirmed}");
    });
    daemon.end(Signal::TERM).ok();
}

#[test]
fn a_torn_write_is_truncated_and_a_damaged_file_left_unchanged() {
    let lab = Lab::new();
    let daemon = serve(&lab);
    kv(&lab, &["put", "first", "1"]).ok();
    kv(&lab, &["put", "second", "2"]).ok();
    let store = lab.path("state/domainsockets-kv/store.log");
    let whole = len(&store);
    kv(&lab, &["put", "torn", "3"]).ok();
    daemon.end(Signal::KILL);

    let torn = len(&store) - 1;
    let file = OpenOptions::new().write(true).open(&store).unwrap();
    file.set_len(torn).unwrap();
    let daemon = serve(&lab);
    assert_eq!(kv(&lab, &["list"]).ok(), "first\t1\nsecond\t2\n");
    assert_eq!(len(&store), whole);
    kv(&lab, &["put", "third", "3"]).ok();
    let stderr = daemon.end(Signal::TERM).stderr;
    let cut = torn - whole;
    let said = format!("cut off {cut} bytes of a write that was interrupted");
    assert!(stderr.contains(&said), "{stderr}");

    let mut bytes = fs::read(&store).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&store, &bytes).unwrap();
    kv(&lab, &["serve"]).failed(1, "it is damaged at byte ");
    assert_eq!(fs::read(&store).unwrap(), bytes);
    fs::write(&store, "something else").unwrap();
    kv(&lab, &["serve"]).failed(1, "it is no kv store");
    assert_eq!(fs::read(&store).unwrap(), b"something else");
    assert_eq!(lab.files(), ["state"], "no socket is left");
}

#[test]
fn the_service_is_called_through_its_stub() {
    let lab = Lab::new();
    let daemon = serve(&lab);
    block_on(async {
        let kv = dial(&lab).await;
        assert_eq!(kv.get("a").await.unwrap(), None);
        assert!(kv.put("a", b"1").await.unwrap());
        assert!(!kv.put("a", b"2").await.unwrap());
        assert_eq!(
            kv.put_all(vec![("a", b"3"), ("b", b""), ("c", b"5")])
                .await
                .unwrap(),
            2
        );
        assert_eq!(kv.get("a").await.unwrap().as_deref(), Some(&b"3"[..]));
        assert_eq!(kv.get("b").await.unwrap().as_deref(), Some(&b""[..]));
        assert!(kv.remove("a").await.unwrap());
        assert!(!kv.remove("a").await.unwrap());
        assert_eq!(kv.count().await.unwrap(), 2);

        let refused = |result: Result<bool, CallError<KvError>>, expected: KvError| {
            assert!(
                matches!(&result, Err(CallError::Method(error)) if *error == expected),
                "{result:?}"
            );
        };
        refused(kv.put("", b"").await, KvError::EmptyKey);
        let key = "k".repeat(KEY_LIMIT);
        assert!(kv.put(&key, b"").await.unwrap());
        refused(
            kv.put(&(key + "k"), b"").await,
            KvError::KeyTooLong { len: 1025 },
        );
        let value = vec![7; VALUE_LIMIT];
        assert!(kv.put("large", &value).await.unwrap());
        assert_eq!(kv.get("large").await.unwrap(), Some(value.clone()));
        let len = value.len() as u64 + 1;
        let too_long = [&value[..], &[7]].concat();
        refused(
            kv.put("large", &too_long).await,
            KvError::ValueTooLong {
                key: "large".to_owned(),
                len,
            },
        );
        let all = kv.put_all(vec![("new", b"1"), ("", b"2")]).await;
        assert!(
            matches!(all, Err(CallError::Method(KvError::EmptyKey))),
            "{all:?}"
        );
        assert_eq!(kv.get("new").await.unwrap(), None, "all or none");
    });
    daemon.end(Signal::TERM).ok();
}

#[test]
fn large_lists_are_complete() {
    let lab = Lab::new();
    let _daemon = serve(&lab);
    let keys: Vec<_> = (0..40).map(|number| format!("p/{number:02}")).collect();
    block_on(async {
        let kv = dial(&lab).await;
        for key in keys
            .iter()
            .map(String::as_str)
            .chain(["o", "p", "p.", "p0", "q"])
        {
            kv.put(key, &vec![b'x'; 50_000]).await.unwrap();
        }
        let page = kv.list("p/", None).await.unwrap();
        assert!(page.len() < keys.len(), "the keys fit into one reply");
        assert_eq!(kv.list("p/", Some("p/38")).await.unwrap().len(), 1);
        assert_eq!(kv.list("p/", Some("p/39")).await.unwrap(), []);
        assert_eq!(kv.list("p/", Some("a")).await.unwrap(), page);
    });
    let listed = kv(&lab, &["list", "p/"]).ok();
    let listed: Vec<_> = listed
        .lines()
        .map(|line| line.split_once('\t').unwrap().0)
        .collect();
    assert_eq!(listed, keys);
}

#[test]
fn the_command_line_reports_each_error() {
    let lab = Lab::new();
    kv(&lab, &["get", "a"]).failed(1, "no server listens at ");
    let daemon = serve(&lab);
    assert_eq!(kv(&lab, &["put", "a", "1"]).ok(), "new\n");
    assert_eq!(kv(&lab, &["put", "a", "2"]).ok(), "replaced\n");
    assert_eq!(kv(&lab, &["remove", "a"]).ok(), "removed\n");
    for command in ["get", "raw", "remove"] {
        kv(&lab, &[command, "a"]).failed(1, "kv: no such key\n");
    }
    kv(&lab, &["put", "", "1"]).failed(1, "kv: the key is empty\n");
    kv(&lab, &["load", "/does/not/exist"]).failed(1, "/does/not/exist: No such file");
    kv(&lab, &["serve", "--name", "other"]).failed(1, "another process has it open");
    let store = lab.path("other.log");
    kv(&lab, &["serve", "--store", store.to_str().unwrap()])
        .failed(1, "a server already listens at");
    for (arguments, reason) in [
        (&[][..], "missing a command"),
        (&["get"], "missing KEY"),
        (&["get", "a", "b"], "unexpected argument \"b\""),
        (&["take", "a"], "there is no command \"take\""),
        (&["get", "a", "--store", "b"], "--store belongs to `serve`"),
    ] {
        kv(&lab, arguments).failed(2, &format!("kv: {reason}\n\nUsage: "));
    }
    assert!(kv(&lab, &["--help"]).ok().starts_with("Usage: "));
    daemon.end(Signal::TERM).ok();
}

fn serve(lab: &Lab) -> Process {
    Process::serve(&mut lab.example("kv", ["serve"]))
}

fn kv(lab: &Lab, arguments: &[&str]) -> Ended {
    Process::run(lab.example("kv", []).args(arguments))
}

async fn dial(lab: &Lab) -> KvClient {
    KvClient::dial(lab.path("domainsockets-kv"))
        .await
        .expect("the daemon listens")
}

fn len(file: &Path) -> u64 {
    fs::metadata(file).expect("it is there").len()
}

/// Copies this machine's list of services, or writes a sample list.
fn services(lab: &Lab) -> PathBuf {
    let file = lab.path("services");
    if let Err(error) = fs::copy("/etc/services", &file) {
        // Unlike the output of `eprintln!`, this is shown although the test passes.
        let _ = writeln!(
            io::stderr(),
            "GENERATED, since there is no /etc/services: {error}"
        );
        let numbers = 1024..2048;
        let lines = numbers.map(|port| format!("service{port}\t{port}/tcp\tsrv # of {port}\n"));
        let text = "# ports\nssh 22/tcp\n\nssh 22/udp\n".to_owned() + &lines.collect::<String>();
        fs::write(&file, text).expect("there is room for a file");
    }
    file
}

/// Returns the keys of such a list, which has a name, a port and a protocol on every line.
fn keys(text: &str) -> BTreeSet<String> {
    let lines = text
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default());
    let fields = lines.map(|line| line.split_whitespace().collect::<Vec<_>>());
    let keys = fields.filter_map(|fields| match fields.as_slice() {
        [name, port, ..] => Some(format!("{name}/{}", port.split_once('/')?.1)),
        _ => None,
    });
    keys.collect()
}
