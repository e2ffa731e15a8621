//! The process at the other end of a connection.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

/// A process on this machine, identified by credentials that the kernel wrote when the process sent its
/// part of the handshake (`SCM_CREDENTIALS`, unix(7)).
///
/// They are the process's real IDs, not the effective ones, unless it names others of its own (real,
/// effective or saved); to name other IDs takes root.
///
/// The IDs are those that this process sees: for a peer in another user namespace they are the IDs outside
/// of that namespace.
///
/// # Examples
///
/// A handler that serves root only:
///
/// ```
/// use domainsockets::{Peer, Request};
///
/// async fn secret(request: Request) -> Result<&'static str, &'static str> {
///     match request.peer().map(Peer::uid) {
///         Some(0) => Ok("xyzzy"),
///         _ => Err("for root only"),
///     }
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Peer {
    credentials: Credentials,
    groups: Arc<Groups>,
}

/// The credentials of a process, as the kernel writes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Credentials {
    pub(crate) pid: u32,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

/// Reads the supplementary groups of one process.
pub(crate) trait GroupReader: fmt::Debug + Send + Sync {
    /// Returns the groups, unless the process has ended, is not one of these credentials any more, or cannot
    /// be looked at.
    fn read(&self, credentials: Credentials) -> Option<Vec<u32>>;
}

/// The supplementary groups of a peer, read when they are first asked for.
#[derive(Debug)]
struct Groups {
    reader: Option<Arc<dyn GroupReader>>,
    read: OnceLock<Option<Vec<u32>>>,
}

impl Peer {
    pub(crate) fn new(credentials: Credentials, reader: Option<Arc<dyn GroupReader>>) -> Self {
        Self {
            credentials,
            groups: Arc::new(Groups {
                reader,
                read: OnceLock::new(),
            }),
        }
    }

    /// Returns the process ID, if it is known. It is a hint for logs: decide by the user, since a process
    /// ID is used again once its process has ended.
    #[must_use]
    pub const fn pid(&self) -> Option<u32> {
        Some(self.credentials.pid)
    }

    /// Returns the user ID.
    #[must_use]
    pub const fn uid(&self) -> u32 {
        self.credentials.uid
    }

    /// Returns the group ID.
    #[must_use]
    pub const fn gid(&self) -> u32 {
        self.credentials.gid
    }

    /// Returns the supplementary groups of the process, or `None` if they cannot be read: the process has
    /// ended or become another user, or `/proc` hides it.
    ///
    /// They are read once per connection, when they are first asked for while the connection is open, from
    /// `Groups:` in `/proc/PID/status`. They count only if the process is alive then, and if all four user IDs
    /// of the same read are the peer's: otherwise a process could lend itself the groups of a set-user-ID
    /// program that it executes. The user and group databases are not asked.
    #[must_use]
    pub fn groups(&self) -> Option<&[u32]> {
        let Groups { reader, read } = &*self.groups;
        let groups = read.get_or_init(|| reader.as_ref()?.read(self.credentials));
        groups.as_deref()
    }

    pub(crate) const fn credentials(&self) -> Credentials {
        self.credentials
    }
}

impl PartialEq for Peer {
    fn eq(&self, other: &Self) -> bool {
        self.credentials == other.credentials
    }
}

impl Eq for Peer {}

impl Hash for Peer {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.credentials.hash(state);
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.credentials.fmt(f)
    }
}

impl Credentials {
    /// Returns credentials as the kernel has written them, unless they name no process: the kernel writes
    /// process 0 for a process that this one cannot see, and along with it user 65534.
    pub(crate) fn known(pid: i32, uid: u32, gid: u32) -> Option<Self> {
        let pid = u32::try_from(pid).ok().filter(|pid| *pid != 0)?;
        Some(Self { pid, uid, gid })
    }
}

impl fmt::Display for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pid, uid, gid } = self;
        write!(f, "process {pid} of user {uid} and group {gid}")
    }
}

#[cfg(test)]
mod tests {
    use super::Credentials;

    #[test]
    fn credentials_without_a_process_are_none() {
        assert_eq!(Credentials::known(0, 65534, 65534), None);
        assert_eq!(Credentials::known(-1, 0, 0), None);
        assert_eq!(Credentials::known(7, 65534, 100).unwrap().uid, 65534);
    }
}
