//! Starts the peer program, and processes that a test controls, as other users.

use std::path::Path;
use std::process::Command;

use tests::fixtures::unhex;
use tests::foreign_process::{ForeignProcess, Programs};
use tests::requirements;

use crate::support::peer;

/// The programs that other users run.
pub(crate) struct OtherUsers {
    programs: Programs,
}

impl OtherUsers {
    /// Returns `None` unless this process is root, which may act as any user.
    pub(crate) fn new() -> Option<Self> {
        requirements::root().then(|| Self {
            programs: Programs::new(&[peer(), foreign_process()]),
        })
    }

    /// Returns `None` also where users cannot create namespaces.
    pub(crate) fn with_namespaces() -> Option<Self> {
        Self::new().filter(|_| requirements::namespaces())
    }

    /// Starts a process as this user.
    pub(crate) fn process(&self, uid: u32) -> ForeignProcess {
        ForeignProcess::start(&mut self.programs.command(uid, foreign_process()))
    }

    /// Starts a process as this user with these supplementary groups.
    pub(crate) fn process_with_groups(&self, uid: u32, groups: &str) -> ForeignProcess {
        ForeignProcess::start(&mut self.programs.with_groups(uid, groups, foreign_process()))
    }

    /// Starts a process as this user in its own namespaces.
    pub(crate) fn contained_process(&self, uid: u32) -> ForeignProcess {
        ForeignProcess::start(&mut self.programs.contained(uid, foreign_process()))
    }

    /// Returns a command that runs the peer as this user.
    pub(crate) fn peer(&self, uid: u32) -> Command {
        self.programs.command(uid, peer())
    }

    /// Returns a command that runs the peer as this user with these supplementary groups.
    pub(crate) fn peer_with_groups(&self, uid: u32, groups: &str) -> Command {
        self.programs.with_groups(uid, groups, peer())
    }

    /// Returns a command that runs the peer as this user in its own namespaces.
    pub(crate) fn contained_peer(&self, uid: u32) -> Command {
        self.programs.contained(uid, peer())
    }

    /// Returns what `peer call` prints when this user calls the server with these further arguments.
    pub(crate) fn call(&self, uid: u32, dir: &Path, arguments: &str) -> String {
        let arguments: Vec<_> = ["call", "server"]
            .into_iter()
            .chain(arguments.split(' '))
            .collect();
        let output = self.programs.output(uid, peer(), dir, &arguments);
        String::from_utf8(output.stdout)
            .unwrap()
            .trim_end()
            .to_owned()
    }
}

/// Returns the text of the reply that `peer call` printed.
#[track_caller]
pub(crate) fn reply(printed: &str) -> String {
    let words: Vec<_> = printed.split(' ').collect();
    match *words {
        ["ok", _, digits] => String::from_utf8(unhex(digits)).unwrap(),
        _ => panic!("no reply: {printed}"),
    }
}

/// Returns the path of the program that sends and binds as a test tells it.
pub(crate) fn foreign_process() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_conformance-foreign-process"))
}
