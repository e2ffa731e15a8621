//! Who are not of this process: strangers, and peers of other users.

use std::path::Path;
use std::process::Command;

use tests::fixtures::unhex;
use tests::needs;
use tests::stranger::{Programs, Stranger};

use crate::support::peer;

/// The programs that other users run.
pub(crate) struct Outsiders {
    programs: Programs,
}

impl Outsiders {
    /// None if this is not root, who can be anybody.
    pub(crate) fn new() -> Option<Self> {
        needs::root().then(|| Self {
            programs: Programs::new(&[peer(), stranger()]),
        })
    }

    /// The same where users can also have namespaces of their own, and none otherwise.
    pub(crate) fn with_namespaces() -> Option<Self> {
        Self::new().filter(|_| needs::namespaces())
    }

    /// A stranger of this user.
    pub(crate) fn stranger(&self, uid: u32) -> Stranger {
        Stranger::start(&mut self.programs.command(uid, stranger()))
    }

    /// A stranger of this user in namespaces of its own.
    pub(crate) fn contained_stranger(&self, uid: u32) -> Stranger {
        Stranger::start(&mut self.programs.contained(uid, stranger()))
    }

    /// A command that runs the peer as this user.
    pub(crate) fn peer(&self, uid: u32) -> Command {
        self.programs.command(uid, peer())
    }

    /// Returns a command that runs the peer as this user, with these supplementary groups.
    pub(crate) fn peer_with_groups(&self, uid: u32, groups: &str) -> Command {
        self.programs.with_groups(uid, groups, peer())
    }

    /// A command that runs the peer as this user in namespaces of its own.
    pub(crate) fn contained_peer(&self, uid: u32) -> Command {
        self.programs.contained(uid, peer())
    }

    /// What `peer call` prints when this user calls the server with these further arguments.
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

/// The text of the reply that `peer call` has printed.
#[track_caller]
pub(crate) fn reply(printed: &str) -> String {
    let words: Vec<_> = printed.split(' ').collect();
    match *words {
        ["ok", _, digits] => String::from_utf8(unhex(digits)).unwrap(),
        _ => panic!("no reply: {printed}"),
    }
}

/// The program that does to sockets what it is told.
pub(crate) fn stranger() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_conformance-stranger"))
}
