//! The supplementary groups of a peer's process: `Groups:` of `/proc/PID/status`, see `proc_pid_status(5)`.

use std::fs::{self, File};
use std::io::Read;
use std::sync::{Arc, LazyLock, Weak};

use rustix::process::{getgroups, getuid};

use super::own_uid;
use super::pidfd::Pidfd;
use crate::peer::{Credentials, GroupReader};

/// Reads the groups of this process.
#[derive(Debug)]
struct OwnGroups;

/// Returns what reads the groups of this process.
pub(crate) fn own_groups() -> Weak<dyn GroupReader> {
    static OWN: LazyLock<Arc<OwnGroups>> = LazyLock::new(|| Arc::new(OwnGroups));
    Arc::<OwnGroups>::downgrade(&OWN)
}

impl GroupReader for Pidfd {
    fn read(&self, credentials: Credentials) -> Option<Vec<u32>> {
        if is_ambiguous(credentials.uid) {
            return None;
        }
        let status = read_status(credentials.pid)?;
        // Only a process that is alive now is known to have been the one that was read: its ID cannot have
        // been used again before.
        self.is_alive().then_some(())?;
        groups_of(&status, credentials.uid)
    }
}

impl GroupReader for OwnGroups {
    fn read(&self, credentials: Credentials) -> Option<Vec<u32>> {
        let is_own_user = [getuid().as_raw(), own_uid()].contains(&credentials.uid);
        if credentials.pid != std::process::id() || !is_own_user {
            return None;
        }
        let groups = getgroups().ok()?;
        Some(groups.into_iter().map(rustix::fs::Gid::as_raw).collect())
    }
}

/// Returns the text of a process's status.
///
/// The kernel makes the whole text when it is first read, from one set of credentials: what is said of users
/// and of groups belongs together, however many reads it takes.
fn read_status(pid: u32) -> Option<String> {
    let mut status = String::new();
    let file = File::open(format!("/proc/{pid}/status")).ok()?;
    file.take(STATUS_LIMIT).read_to_string(&mut status).ok()?;
    Some(status)
}

/// Returns the groups that a status lists, if all four users that it lists are this one: real, effective, saved
/// and of the file system.
///
/// While a process executes a set-user-ID program, some of them differ, and its groups may be another user's.
fn groups_of(status: &str, uid: u32) -> Option<Vec<u32>> {
    let field = |name| status.lines().find_map(|line| line.strip_prefix(name));
    let numbers = |field: &str| -> Option<Vec<u32>> {
        let numbers = field.split_ascii_whitespace();
        numbers.map(|number| number.parse().ok()).collect()
    };
    let users = numbers(field("Uid:")?)?;
    if users.len() != 4 || users.iter().any(|user| *user != uid) {
        return None;
    }
    numbers(field("Groups:")?)
}

/// Returns whether a user ID may stand for several users: the kernel writes this one for all users whom the
/// namespace of this process does not map.
pub(super) fn is_ambiguous(uid: u32) -> bool {
    uid == OVERFLOW && !fs::read_to_string("/proc/self/uid_map").is_ok_and(|map| maps_all(&map))
}

fn maps_all(map: &str) -> bool {
    map.split_ascii_whitespace().eq(["0", "0", "4294967295"])
}

/// `/proc/sys/kernel/overflowuid`, unless an administrator has changed it.
const OVERFLOW: u32 = 65534;

/// A process has at most 65536 groups (`NGROUPS_MAX`), of at most eleven bytes each, and little else.
const STATUS_LIMIT: u64 = 1 << 20;

#[cfg(test)]
#[cfg(feature = "tokio")]
mod tests {
    use std::process::{Command, Stdio};

    use super::{groups_of, maps_all, own_groups};
    use crate::peer::Credentials;
    use crate::transport::{process::Process, this_process};

    const STATUS: &str =
        "Name:\tGroups: 0\nUid:\t1000\t1000\t1000\t1000\nGid:\t5\t5\t5\t5\nGroups:\t4 20 1000 \n";

    #[test]
    fn groups_are_those_of_a_status() {
        assert_eq!(groups_of(STATUS, 1000), Some(vec![4, 20, 1000]));
        let none = STATUS.replace("4 20 1000 ", " ");
        assert_eq!(groups_of(&none, 1000), Some(vec![]));
    }

    #[test]
    fn a_process_that_is_partly_another_user_lends_no_groups() {
        assert_eq!(groups_of(STATUS, 1001), None);
        for place in 0..4 {
            let mut users = ["1000"; 4];
            users[place] = "0";
            let status = STATUS.replace("1000\t1000\t1000\t1000", &users.join("\t"));
            assert_eq!(groups_of(&status, 1000), None, "{status}");
            assert_eq!(groups_of(&status, 0), None, "{status}");
        }
    }

    #[test]
    fn a_status_that_is_cut_off_or_malformed_has_no_groups() {
        for (part, other) in [
            ("Groups:\t4", "Groups:\tx"),
            ("Uid:", "Udi:"),
            ("\nGroups:", "\nGr:"),
            ("1000\n", "\n"),
        ] {
            assert_eq!(
                groups_of(&STATUS.replace(part, other), 1000),
                None,
                "{other:?}"
            );
        }
    }

    #[test]
    fn groups_of_a_process_that_has_ended_are_unknown() {
        let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        let credentials = Credentials {
            pid: child.id(),
            ..this_process()
        };
        let process = Process::watch(child.id()).unwrap();
        let reader = process.group_reader().unwrap().upgrade().unwrap();
        let own = own_groups().upgrade().unwrap().read(this_process());
        assert!(own.is_some());
        assert_eq!(reader.read(credentials), own);
        let other = Credentials {
            uid: credentials.uid + 1,
            ..credentials
        };
        assert_eq!(reader.read(other), None, "another user");
        drop(child.stdin.take());
        child.wait().unwrap();
        // Stands for another process with its ID.
        let successor = Credentials {
            pid: std::process::id(),
            ..credentials
        };
        assert_eq!(reader.read(successor), None);
    }

    #[test]
    fn a_peer_that_outlives_its_connection_holds_no_descriptor() {
        let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        let process = Process::watch(child.id()).unwrap();
        let reader = process.group_reader().unwrap();
        assert!(reader.upgrade().is_some());
        drop(process);
        assert!(reader.upgrade().is_none());
        drop(child.stdin.take());
        child.wait().unwrap();
    }

    #[test]
    fn a_namespace_of_users_is_seen_by_its_map() {
        assert!(maps_all("         0          0 4294967295\n"));
        assert!(!maps_all("         0       1000          1\n"));
        assert!(!maps_all(""));
    }
}
