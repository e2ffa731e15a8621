//! Rules for who may do something.

#[cfg(feature = "tokio")]
use crate::Origin;
use crate::ServeError;
use crate::peer::{Credentials, Peer};
use crate::transport::{group_members, own_uid, user_id};

/// Which users may do something: call a server or a method, or serve a client. A peer is taken by the
/// credentials that the kernel gives for it ([`Peer`]); one without is refused.
///
/// By default these are the user whom this process acts as, and root.
///
/// In a user namespace that has no process namespace of its own, all users outside of it appear as one,
/// 65534 as a rule; there that number is not to be allowed.
///
/// # Examples
///
/// ```
/// use domainsockets::{Allow, Server};
///
/// # fn run() -> Result<(), domainsockets::ServeError> {
/// # let dir = tempfile::tempdir()?;
/// # let name = dir.path().join("printer");
/// let server = Server::builder()
///     .allow(Allow::default().user("nobody")?.uid(1000))
///     .bind(&name)?;
/// # Ok(()) }
/// # run().map_err(|error| error.to_string())?;
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allow {
    anyone: bool,
    uids: Vec<u32>,
    gids: Vec<u32>,
}

impl Allow {
    /// No one, to begin a list with.
    #[must_use]
    pub const fn nobody() -> Self {
        Self {
            anyone: false,
            uids: Vec::new(),
            gids: Vec::new(),
        }
    }

    /// Everyone whom the kernel can name.
    #[must_use]
    pub const fn anyone() -> Self {
        Self {
            anyone: true,
            uids: Vec::new(),
            gids: Vec::new(),
        }
    }

    /// Root as well.
    #[must_use]
    pub fn root(self) -> Self {
        self.uid(0)
    }

    /// The user whom this process acts as now as well.
    #[must_use]
    pub fn own_user(self) -> Self {
        self.uid(own_uid())
    }

    /// The user of this id as well.
    #[must_use]
    pub fn uid(mut self, uid: u32) -> Self {
        self.uids.push(uid);
        self
    }

    /// Those as well who act with the group of this id.
    #[must_use]
    pub fn gid(mut self, gid: u32) -> Self {
        self.gids.push(gid);
        self
    }

    /// The user of this name as well. It is looked up now, and never again.
    ///
    /// # Errors
    ///
    /// [`ServeError::UnknownAccount`] if there is none, [`ServeError::Io`].
    pub fn user(self, name: &str) -> Result<Self, ServeError> {
        match user_id(name)? {
            Some(uid) => Ok(self.uid(uid)),
            None => Err(unknown(name)),
        }
    }

    /// The members of the group of this name as well: those who act with it, and the users whom the
    /// system's group database lists for it. It is looked up now, and never again.
    ///
    /// # Errors
    ///
    /// [`ServeError::UnknownAccount`] if there is none, [`ServeError::Io`].
    pub fn group(self, name: &str) -> Result<Self, ServeError> {
        let (gid, members) = group_members(name)?.ok_or_else(|| unknown(name))?;
        let mut allow = self.gid(gid);
        allow.uids.extend(members);
        Ok(allow)
    }

    /// Returns whether this peer is allowed.
    #[must_use]
    pub fn admits(&self, peer: &Peer) -> bool {
        self.admits_credentials(peer.credentials())
    }

    /// Returns whether this origin is allowed. These rules are about users of this machine, so they admit no
    /// remote caller.
    #[cfg(feature = "tokio")]
    pub(crate) fn admits_origin(&self, origin: &Origin) -> bool {
        origin.peer().is_some_and(|peer| self.admits(peer))
    }

    /// Returns whether a process with these credentials is allowed.
    pub(crate) fn admits_credentials(&self, peer: Credentials) -> bool {
        self.admits_user(peer.uid) || self.gids.contains(&peer.gid)
    }

    /// Whether this user may, or might with the group that it acts with.
    pub(crate) fn may_admit_user(&self, uid: u32) -> bool {
        self.admits_user(uid) || !self.gids.is_empty()
    }

    /// Whether others may than this process's user, and root.
    pub(crate) fn admits_others(&self) -> bool {
        let own = own_uid();
        let others = self.uids.iter().any(|uid| *uid != own && *uid != 0);
        self.anyone || others || !self.gids.is_empty()
    }

    fn admits_user(&self, uid: u32) -> bool {
        self.anyone || self.uids.contains(&uid)
    }
}

impl Default for Allow {
    fn default() -> Self {
        Self::nobody().own_user().root()
    }
}

fn unknown(name: &str) -> ServeError {
    ServeError::UnknownAccount {
        name: name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::Allow;
    use crate::ServeError;
    use crate::peer::{Credentials, Peer};

    fn peer(uid: u32, gid: u32) -> Peer {
        Peer::new(Credentials { pid: 7, uid, gid }, None)
    }

    #[test]
    fn own_user_and_root_are_the_default() {
        let allow = Allow::default();
        assert!(allow.admits(&peer(crate::transport::own_uid(), 7)));
        assert!(allow.admits(&peer(0, 7)));
        assert!(!allow.admits(&peer(65533, 0)));
        assert!(!allow.admits_others());
    }

    #[test]
    fn those_who_are_named_may() {
        let allow = Allow::nobody().uid(1000).gid(27);
        assert!(allow.admits(&peer(1000, 1)));
        assert!(allow.admits(&peer(1001, 27)));
        assert!(!allow.admits(&peer(0, 0)), "root is not named");
        assert!(allow.admits_others());
        assert!(Allow::anyone().admits(&peer(65533, 65533)));
    }

    #[test]
    fn names_are_looked_up() {
        let root = Allow::nobody().user("root").unwrap();
        assert_eq!(root, Allow::nobody().root());
        assert!(Allow::nobody().group("root").unwrap().admits(&peer(5, 0)));
        for unknown in [
            Allow::nobody().user("no-such-user"),
            Allow::nobody().group("no-such-group"),
        ] {
            assert!(matches!(unknown, Err(ServeError::UnknownAccount { .. })));
        }
    }
}
