//! The supplementary groups of a peer, as the other side sees them.

use std::convert::Infallible;
use std::fs;
use std::future;
use std::process::{Command, Stdio};

use domainsockets::{__private::Methods, ServeError, Service};
use domainsockets::{Allow, Client, Local, Peer, Request, Server, ServerHandle, blocking};
use tests::foreign_process::{NOBODY, SOMEBODY};
use tests::handshake::{StartServer, open_setup};
use tests::process::Process;
use tests::requirements;
use tests::scratch::Scratch;
use tests::watchdog;
use tokio::sync::mpsc;

use crate::other_users::{OtherUsers, reply};
use crate::support::{SOON, peer, refusal};

/// Starts a server whose handler `groups` replies with its caller's groups, and passes the caller to the
/// test.
fn server(scratch: &Scratch, allow: Allow) -> (ServerHandle, mpsc::UnboundedReceiver<Peer>) {
    let (seen, peers) = mpsc::unbounded_channel();
    let groups = move |request: Request| {
        let caller = request.peer().unwrap();
        seen.send(caller.clone()).unwrap();
        future::ready(Ok::<_, Infallible>(listed(caller.groups())))
    };
    let bound = Server::builder().allow(allow).bind(scratch.path("server"));
    let server = bound.unwrap().register("groups", groups).unwrap();
    (server.started().unwrap(), peers)
}

fn listed(groups: Option<&[u32]>) -> String {
    format!("{groups:?}")
}

/// Returns the groups of this process, as the kernel shows them.
fn own() -> Vec<u32> {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let mut lines = status.lines();
    let groups = lines.find_map(|line| line.strip_prefix("Groups:")).unwrap();
    let groups = groups.split_whitespace();
    groups.map(|group| group.parse().unwrap()).collect()
}

fn call(command: Command, scratch: &Scratch, handler: &str) -> String {
    reply(&outcome(command, scratch, handler))
}

/// Returns what `peer call` prints for a call of a handler, with these further arguments.
fn outcome(mut command: Command, scratch: &Scratch, arguments: &str) -> String {
    command
        .args(["call", "server"])
        .args(arguments.split(' '))
        .env("TMPDIR", scratch.dir());
    let output = command.stdin(Stdio::null()).output().unwrap();
    String::from_utf8(output.stdout)
        .unwrap()
        .trim_end()
        .to_owned()
}

/// A group without members, which processes here have.
const GROUP: u32 = 4321;

#[test]
fn a_server_sees_the_supplementary_groups_of_a_caller() {
    watchdog::run(|| async {
        let Some(outsiders) = OtherUsers::new() else {
            return;
        };
        let scratch = Scratch::shared();
        let (server, mut peers) = server(&scratch, Allow::default().uid(SOMEBODY));
        let with = |groups| outsiders.peer_with_groups(SOMEBODY, groups);
        let printed = call(with("4,20,4000000000"), &scratch, "groups");
        assert_eq!(printed, "Some([4, 20, 4000000000])");
        let printed = call(outsiders.peer(SOMEBODY), &scratch, "groups");
        assert_eq!(
            printed, "Some([])",
            "a process without supplementary groups"
        );

        // The server read the groups once, so they are known after the process has ended.
        let read = peers.recv().await.unwrap();
        assert_eq!(read.groups(), Some(&[4, 20, 4_000_000_000][..]));
        server.close().await.unwrap();
        scratch.leak_check();
    });
}

/// What admits a process is its own groups, supplementary ones too: at the setup socket, and by the rule of a
/// method.
#[test]
fn a_process_that_has_an_allowed_group_is_admitted() {
    watchdog::run(|| async {
        let Some(outsiders) = OtherUsers::new() else {
            return;
        };
        let scratch = Scratch::shared();
        if !requirements::access_lists(scratch.dir()) {
            return;
        }
        let with = |groups| outsiders.peer_with_groups(SOMEBODY, groups);
        let (member, other) = (format!("4,{GROUP}"), format!("4,{}", GROUP + 1));
        let (by_server, _peers) = server(&scratch, Allow::default().gid(GROUP));
        let printed = call(with(&member), &scratch, "groups");
        assert_eq!(printed, format!("Some([4, {GROUP}])"));
        let refused = outcome(with(&other), &scratch, "groups");
        assert!(refused.starts_with("err AccessDenied "), "{refused}");
        // The server reads the groups too, if the kernel lets all users reach its socket.
        open_setup(by_server.path());
        let printed = call(with(&member), &scratch, "groups");
        assert_eq!(printed, format!("Some([4, {GROUP}])"));
        assert_eq!(by_server.stats().denied_setups, 0);
        let refused = outcome(with(&other), &scratch, "groups --dial-ms 300");
        assert!(refused.starts_with(refusal()), "{refused}");
        assert_eq!(by_server.stats().denied_setups, 1);
        by_server.close().await.unwrap();

        let groups = |_| future::ready(Ok::<_, Infallible>("a member"));
        let by_method = Server::builder().allow(Allow::anyone());
        let by_method = by_method.bind(scratch.path("server")).unwrap();
        let by_method = by_method.register("groups", groups).unwrap();
        let by_method = by_method.restrict("groups", Allow::nobody().gid(GROUP));
        let by_method = by_method.unwrap().started().unwrap();
        assert_eq!(call(with(&member), &scratch, "groups"), "a member");
        let refused = outcome(with(&other), &scratch, "groups");
        assert!(refused.starts_with("err PermissionDenied "), "{refused}");
        by_method.close().await.unwrap();
        scratch.leak_check();
    });
}

/// The group database lists users, and processes may have given their groups up. So only the group's ID counts.
#[test]
fn members_that_the_group_database_lists_are_not_admitted_for_that() {
    let database = fs::read_to_string("/etc/group").unwrap();
    for line in database.lines() {
        let fields: Vec<_> = line.split(':').collect();
        let gid = fields[2].parse().unwrap();
        let by_name = Allow::nobody().group(fields[0]).unwrap();
        assert_eq!(by_name, Allow::nobody().gid(gid), "{line}");
    }
}

#[test]
fn a_process_that_becomes_another_user_lends_no_groups() {
    watchdog::run(|| async {
        let Some(outsiders) = OtherUsers::new() else {
            return;
        };
        let scratch = Scratch::shared();
        let (seen, mut peers) = mpsc::unbounded_channel();
        let observe = move |request: Request| {
            seen.send(request.peer().unwrap().clone()).unwrap();
            future::ready(Ok::<_, Infallible>("seen"))
        };
        let server = Server::bind(scratch.path("server")).unwrap();
        let server = server.register("observe", observe).unwrap();
        let server = server.started().unwrap();
        for becomes in [false, true] {
            let mut stranger = outsiders.process(0);
            stranger.dial(server.path(), 1).unwrap();
            assert_eq!(stranger.call("observe", "-"), "seen");
            let caller = peers.recv().await.unwrap();
            if becomes {
                stranger.become_user(NOBODY);
                assert_eq!(caller.groups(), None);
            } else {
                assert!(caller.groups().is_some());
            }
        }
        watchdog::eventually(SOON, "both disconnected", || {
            server.stats().connections == 0
        });
        scratch.remove_all_but("server");
        server.close().await.unwrap();
        scratch.leak_check();
    });
}

#[test]
fn groups_of_a_caller_that_has_ended_are_unknown() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let (seen, mut peers) = mpsc::unbounded_channel();
        let hang = move |request: Request| {
            seen.send(request.peer().unwrap().clone()).unwrap();
            future::pending::<Result<Vec<u8>, Infallible>>()
        };
        let server = Server::bind(scratch.path("server")).unwrap();
        let server = server.register("hang", hang).unwrap().started().unwrap();
        let arguments = ["call", "server", "hang"];
        let caller = Process::start(peer(), scratch.dir(), &arguments);
        let ended = peers.recv().await.unwrap();
        caller.kill();
        assert_eq!(ended.groups(), None);
        server.close().await.unwrap();
    });
}

#[test]
fn a_client_sees_the_supplementary_groups_of_its_server() {
    watchdog::run(|| async {
        let Some(outsiders) = OtherUsers::new() else {
            return;
        };
        let scratch = Scratch::shared();
        let mut command = outsiders.peer_with_groups(SOMEBODY, "4,20");
        command
            .args(["serve", "server"])
            .env("TMPDIR", scratch.dir());
        let server = Process::serve_by(&mut command);
        let path = scratch.path("server");
        let allow = Allow::nobody().uid(SOMEBODY);
        let client = Client::builder().allow(allow.clone()).dial(&path);
        let client = client.await.unwrap();
        assert_eq!(client.ready().await.unwrap().groups(), Some(&[4, 20][..]));
        let waiting = blocking::Client::builder().allow(allow).dial(&path);
        let waiting = waiting.unwrap();
        assert_eq!(waiting.ready().unwrap().groups(), Some(&[4, 20][..]));
        drop((client, waiting));
        assert!(server.terminate().success());
        scratch.leak_check();
    });
}

/// A service whose method replies with its caller's groups.
struct Groups;

impl Service for Groups {
    fn register(self, methods: &mut Methods) -> Result<(), ServeError> {
        methods.add("groups", |request: Request| {
            let groups = listed(request.peer().unwrap().groups());
            future::ready(Ok(groups.into()))
        })
    }
}

#[test]
fn a_process_that_calls_itself_has_its_own_groups() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let (server, _peers) = server(&scratch, Allow::default());
        let client = Client::dial(server.path()).await.unwrap();
        let own = listed(Some(&own()));
        assert_eq!(client.call("groups", "").await.unwrap(), own);
        assert_eq!(listed(client.ready().await.unwrap().groups()), own);
        let local = Local::new(Groups).unwrap();
        assert_eq!(local.call("groups", "").await.unwrap(), own);
        drop(client);
        server.close().await.unwrap();
        scratch.leak_check();
    });
}
