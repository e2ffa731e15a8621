//! Who is at the other end.

use std::fmt;

/// A process as the kernel vouches for it: it wrote these credentials itself when the process sent its
/// part of the handshake (`SCM_CREDENTIALS`, unix(7)).
///
/// They are the process's real ids, not the effective ones, unless it names others of its own (real,
/// effective or saved); naming anybody else's takes root.
///
/// The ids are those that this process sees: of a peer in another user namespace they are the ones
/// outside of it.
///
/// # Examples
///
/// A handler that serves its own user only:
///
/// ```
/// use domainsockets::Request;
///
/// async fn secret(request: Request) -> Result<&'static str, &'static str> {
///     match request.peer().uid {
///         0 => Ok("xyzzy"),
///         _ => Err("for root only"),
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Peer {
    /// The process id. It is a hint for logs: decide by the user, since a process id is used again
    /// once its process has ended.
    pub pid: u32,
    /// The user id.
    pub uid: u32,
    /// The group id.
    pub gid: u32,
}

impl Peer {
    /// Credentials as the kernel has written them, unless they are none: it writes process 0 for one
    /// that this process cannot name, and along with it user 65534, which is then nobody's.
    pub(crate) fn known(pid: i32, uid: u32, gid: u32) -> Option<Self> {
        let pid = u32::try_from(pid).ok().filter(|pid| *pid != 0)?;
        Some(Self { pid, uid, gid })
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pid, uid, gid } = self;
        write!(f, "process {pid} of user {uid} and group {gid}")
    }
}

#[cfg(test)]
mod tests {
    use super::Peer;

    #[test]
    fn process_without_a_name_is_nobody() {
        assert_eq!(Peer::known(0, 65534, 65534), None);
        assert_eq!(Peer::known(-1, 0, 0), None);
        assert_eq!(Peer::known(7, 65534, 100).unwrap().uid, 65534);
    }
}
