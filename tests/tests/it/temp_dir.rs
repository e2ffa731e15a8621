//! The temp dir, where clients look for servers by name.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use domainsockets::Client;
use tests::process::Process;
use tests::raw::RawClient;
use tests::scratch::Scratch;
use tests::watchdog;
use uuid::Uuid;

use crate::support::peer;

/// A process's environment, as far as it decides where sockets are.
struct Place {
    temp_dir: Option<PathBuf>,
    working_dir: PathBuf,
}

impl Place {
    fn new(temp_dir: impl Into<PathBuf>, working_dir: &Path) -> Self {
        Self {
            temp_dir: Some(temp_dir.into()),
            working_dir: working_dir.to_owned(),
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(peer());
        command.args(arguments).current_dir(&self.working_dir);
        match &self.temp_dir {
            Some(dir) => command.env("TMPDIR", dir),
            None => command.env_remove("TMPDIR"),
        };
        command
    }

    fn call(&self, name: &str) -> Output {
        let mut command = self.command(&["call", name, "echo", "--data", "on"]);
        command.stdin(Stdio::null()).output().unwrap()
    }

    /// Asserts that clients with this environment find a server with it, at `path`.
    fn meets_at(&self, path: &Path) {
        let name = path.file_name().unwrap().to_str().unwrap();
        let server = Process::serve_by(&mut self.command(&["serve", name]));
        assert!(path.exists(), "{}", path.display());
        let called = self.call(name);
        assert!(called.status.success(), "{called:?}");
        // The sockets of connections are in the same directory as the server's, also for raw clients.
        let mut raw = RawClient::connect(path);
        assert_eq!(raw.call(1, "echo", b"on").data, b"on");
        drop(raw);
        assert!(server.terminate().success());
        assert!(!path.exists(), "{}", path.display());
    }
}

#[test]
fn l11_unset_or_empty_tmpdir_means_tmp() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        // All users share the directory, but only this test uses this name.
        let name = format!("l11-{}", Uuid::new_v4());
        let path = Path::new("/tmp").join(&name);
        let unset = Place {
            temp_dir: None,
            working_dir: scratch.dir().to_owned(),
        };
        unset.meets_at(&path);
        Place::new("", scratch.dir()).meets_at(&path);
        // An empty variable means the same directory as none.
        let server = Process::serve_by(&mut unset.command(&["serve", &name]));
        let called = Place::new("", scratch.dir()).call(&name);
        assert!(called.status.success(), "{called:?}");
        assert!(server.terminate().success());
        scratch.leak_check();
    });
}

#[test]
fn l11_trailing_slash_of_tmpdir_is_ignored() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let slash = format!("{}/", scratch.dir().display());
        let slash = Place::new(slash, Path::new("/"));
        slash.meets_at(&scratch.path("server"));
        // The path is the same as without the slash.
        let server = Process::serve_by(&mut slash.command(&["serve", "server"]));
        let called = Place::new(scratch.dir(), Path::new("/")).call("server");
        assert!(called.status.success(), "{called:?}");
        assert!(server.terminate().success());
        scratch.leak_check();
    });
}

/// A relative directory is resolved in each process's working directory.
#[test]
fn l11_relative_tmpdir_is_in_the_working_directory() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        for dir in ["here", "there", "here/sockets", "there/sockets"] {
            fs::create_dir(scratch.path(dir)).unwrap();
        }
        let here = Place::new("sockets", &scratch.path("here"));
        here.meets_at(&scratch.path("here/sockets/server"));
        let server = Process::serve_by(&mut here.command(&["serve", "server"]));
        let elsewhere = Place::new("sockets", &scratch.path("there"));
        assert_not_listening(&elsewhere.call("server"));
        assert!(server.terminate().success());
        fs::remove_file(scratch.path("here/sockets/.server.lock")).unwrap();
        for dir in ["here", "there"] {
            fs::remove_dir(scratch.path(dir).join("sockets")).unwrap();
            fs::remove_dir(scratch.path(dir)).unwrap();
        }
        scratch.leak_check();
    });
}

/// A server stays where it was bound. A client decides at each dial where to look.
#[test]
fn l11_server_stays_where_it_was_bound() {
    watchdog::run(|| async {
        let (scratch, other) = (Scratch::new(), Scratch::new());
        let first = Place::new(scratch.dir(), Path::new("/"));
        let then = Place::new(other.dir(), Path::new("/"));
        let server = Process::serve_by(&mut first.command(&["serve", "server"]));
        assert_not_listening(&then.call("server"));
        assert!(first.call("server").status.success());
        // The name is free in the other directory.
        let second = Process::serve_by(&mut then.command(&["serve", "server"]));
        assert!(then.call("server").status.success());
        // A client that dials an absolute path reaches either server, whatever its temp dir is.
        for scratch in [&scratch, &other] {
            let client = Client::dial(scratch.path("server")).await.unwrap();
            assert_eq!(client.call("count", "").await.unwrap(), "1");
        }
        assert!(server.terminate().success());
        assert!(second.terminate().success());
        scratch.leak_check();
        other.leak_check();
    });
}

fn assert_not_listening(output: &Output) {
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(printed.starts_with("err NotListening "), "{output:?}");
}
