//! The peer of a connection: its process and user, as the kernel verified them.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock, Weak};

/// The process at the other end of a connection, identified by its kernel-verified credentials.
///
/// The kernel attached the credentials to the message that the process sent during the handshake
/// (`SCM_CREDENTIALS`, unix(7)). They are the process's real IDs by default; a process may choose its
/// effective or saved IDs instead. Only root can name other IDs.
///
/// The IDs are those of this process's namespaces: a peer in another user namespace has the IDs that its
/// user has outside of that namespace.
///
/// # Examples
///
/// A handler that serves only root:
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

/// The credentials of a process, as the kernel reports them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Credentials {
    /// 0 if the process is in a PID namespace that is not visible here.
    pub(crate) pid: u32,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

/// A source of the supplementary groups of one process.
pub(crate) trait GroupReader: fmt::Debug + Send + Sync {
    /// Reads the groups. Returns `None` if the process has ended, has other credentials by now, or cannot be
    /// inspected.
    fn read(&self, credentials: Credentials) -> Option<Vec<u32>>;
}

/// The supplementary groups of a peer, read on first use.
#[derive(Debug)]
struct Groups {
    /// It does not outlive the connection.
    reader: Option<Weak<dyn GroupReader>>,
    /// Empty until they were read. A failure is not kept: it may be temporary.
    read: OnceLock<Box<[u32]>>,
}

impl Peer {
    /// Returns a peer whose groups `reader` reads when they are first wanted.
    pub(crate) fn new(credentials: Credentials, reader: Option<Weak<dyn GroupReader>>) -> Self {
        Self {
            credentials,
            groups: Arc::new(Groups {
                reader,
                read: OnceLock::new(),
            }),
        }
    }

    /// Returns a peer with these groups.
    #[cfg(feature = "test")]
    pub(crate) fn with_groups(credentials: Credentials, groups: Vec<u32>) -> Self {
        Self {
            credentials,
            groups: Arc::new(Groups {
                reader: None,
                read: OnceLock::from(groups.into_boxed_slice()),
            }),
        }
    }

    /// Returns the process ID, if it is known.
    ///
    /// Use it in logs only. The kernel reuses the ID once the process has ended, so access decisions need the
    /// [user ID](Self::uid).
    #[must_use]
    pub const fn pid(&self) -> Option<u32> {
        match self.credentials.pid {
            0 => None,
            pid => Some(pid),
        }
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

    /// Returns the supplementary groups of the process, or `None` if they cannot be read.
    ///
    /// They cannot be read if the process or the connection has ended, if the process has changed its user, if
    /// `/proc` hides it, or while this process has no free file descriptor. Groups that were read once stay known.
    ///
    /// The first call that succeeds reads them, from `Groups:` in `/proc/PID/status`, while a pidfd
    /// pins the process. They count only if all four user IDs in that file are the peer's. Without this
    /// check a process could execute a set-user-ID program and have that program's groups taken for its
    /// own. The user and group databases are not asked.
    #[must_use]
    pub fn groups(&self) -> Option<&[u32]> {
        let Groups { reader, read } = &*self.groups;
        if let Some(groups) = read.get() {
            return Some(groups);
        }
        let reader = reader.as_ref()?.upgrade()?;
        let groups = reader.read(self.credentials)?;
        Some(read.get_or_init(|| groups.into_boxed_slice()))
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
    /// Returns whether this process can see the process. For one outside of this PID namespace the kernel reports process
    /// 0, often with the overflow user 65534, which many processes share.
    pub(crate) const fn is_visible(self) -> bool {
        self.pid != 0
    }

    /// Returns whether nothing is known of the process: it is not visible, and neither is its user.
    pub(crate) const fn is_anonymous(self) -> bool {
        !self.is_visible() && self.uid == OVERFLOW_UID
    }

    /// Returns whether these are of the same process and user as others.
    pub(crate) const fn agrees_with(self, other: Self) -> bool {
        self.pid == other.pid && self.uid == other.uid
    }
}

/// The user as which those appear that are not mapped into a user namespace, `user_namespaces(7)`. It can be configured,
/// which no distribution does.
const OVERFLOW_UID: u32 = 65534;

impl fmt::Display for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pid, uid, gid } = self;
        if self.is_visible() {
            write!(f, "process {pid} of user {uid} and group {gid}")
        } else {
            write!(
                f,
                "a process of another PID namespace, of user {uid} and group {gid}"
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::{Credentials, GroupReader, Peer};

    /// Fails at first, as in a process without a free descriptor.
    #[derive(Debug, Default)]
    struct FailsOnce(AtomicUsize);

    impl GroupReader for FailsOnce {
        fn read(&self, _: Credentials) -> Option<Vec<u32>> {
            let reads = self.0.fetch_add(1, Ordering::Relaxed);
            (reads > 0).then(|| vec![4, 20])
        }
    }

    #[test]
    fn a_process_of_another_namespace_has_no_id() {
        let credentials = |pid, uid| Credentials { pid, uid, gid: 1 };
        assert!(credentials(7, 65534).is_visible() && !credentials(0, 1).is_visible());
        assert!(credentials(0, 65534).is_anonymous());
        assert!(!credentials(0, 1000).is_anonymous() && !credentials(7, 65534).is_anonymous());
        assert_eq!(Peer::new(credentials(0, 1000), None).pid(), None);
    }

    #[test]
    fn groups_that_could_not_be_read_are_read_again() {
        let reader = Arc::new(FailsOnce::default());
        let credentials = Credentials {
            pid: 1,
            uid: 2,
            gid: 3,
        };
        let peer = Peer::new(credentials, Some(Arc::<FailsOnce>::downgrade(&reader)));
        assert_eq!(peer.groups(), None);
        assert_eq!(peer.groups(), Some(&[4, 20][..]));
        assert_eq!(peer.clone().groups(), Some(&[4, 20][..]));
        assert_eq!(reader.0.load(Ordering::Relaxed), 2);
        // They stay known after the connection.
        drop(reader);
        assert_eq!(peer.groups(), Some(&[4, 20][..]));
    }
}
