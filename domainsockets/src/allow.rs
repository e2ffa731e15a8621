//! Access rules: which users may call a server, and which may serve a client.

#[cfg(feature = "tokio")]
use crate::Origin;
use crate::ServeError;
use crate::peer::{Credentials, Peer};
#[cfg(feature = "tokio")]
use crate::transport::SetupAccess;
use crate::transport::{group_id, own_uid, user_id};

/// An access rule: the users and groups that may call a server or a method, or that may serve a client.
///
/// [`ServerBuilder::allow`](crate::ServerBuilder::allow) and [`Server::restrict`](crate::Server::restrict)
/// take the rule of who may call, [`ClientBuilder::allow`](crate::ClientBuilder::allow) that of who may
/// answer. The default rule allows the user that this process acts as, and root.
///
/// The rule applies to the credentials that the kernel reports for the peer: see [`Peer`]. A process
/// that the kernel cannot identify is refused by every rule, [`anyone`](Self::anyone) included.
///
/// In a user namespace, all users from outside of it appear as one ID, usually 65534. Do not allow that
/// ID there unless the namespace has a PID namespace as well: the rule would admit all of these users.
///
/// # Examples
///
/// A server for this user, root, one service account, and the members of a group:
///
/// ```
/// use domainsockets::{Allow, Server};
///
/// # fn run() -> Result<(), domainsockets::ServeError> {
/// # let dir = tempfile::tempdir()?;
/// # let name = dir.path().join("printer");
/// let server = Server::builder()
///     .allow(Allow::default().user("daemon")?.group("root")?)
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
    /// Returns a rule that allows no user, not even this one or root, as the start of a list.
    #[must_use]
    pub const fn nobody() -> Self {
        Self {
            anyone: false,
            uids: Vec::new(),
            gids: Vec::new(),
        }
    }

    /// Returns a rule that allows every process that the kernel can identify, of any user.
    #[must_use]
    pub const fn anyone() -> Self {
        Self {
            anyone: true,
            uids: Vec::new(),
            gids: Vec::new(),
        }
    }

    /// Allows root, user ID 0, as well.
    #[must_use]
    pub fn root(self) -> Self {
        self.uid(0)
    }

    /// Allows the user that this process acts as (its effective user ID) as well.
    ///
    /// The ID is read once, by this call. A process that drops privileges later calls it afterwards.
    #[must_use]
    pub fn own_user(self) -> Self {
        self.uid(own_uid())
    }

    /// Allows the user with this ID as well.
    #[must_use]
    pub fn uid(mut self, uid: u32) -> Self {
        self.uids.push(uid);
        self
    }

    /// Allows the processes of the group with this ID as well: those whose group ID it is, and those that have
    /// it among their supplementary groups.
    ///
    /// What counts are the groups of the process, read by [`Peer::groups`] once per connection. The group
    /// database is not asked: it also lists users for processes that gave the group up. A process whose groups
    /// cannot be read is refused, and the server's log says so.
    #[must_use]
    pub fn gid(mut self, gid: u32) -> Self {
        self.gids.push(gid);
        self
    }

    /// Allows the user with this name as well.
    ///
    /// The name is looked up once, by this call: later changes of the user database have no effect.
    ///
    /// # Errors
    ///
    /// [`ServeError::UnknownAccount`] if there is no such user, [`ServeError::Io`] if the user database
    /// cannot be read.
    pub fn user(self, name: &str) -> Result<Self, ServeError> {
        match user_id(name)? {
            Some(uid) => Ok(self.uid(uid)),
            None => Err(unknown(name)),
        }
    }

    /// Allows the processes of the group with this name as well: see [`gid`](Self::gid).
    ///
    /// The name is looked up once, by this call: later changes of the group database have no effect. A user
    /// who is added to the group later has it in processes that are started by a later login.
    ///
    /// # Errors
    ///
    /// [`ServeError::UnknownAccount`] if there is no such group, [`ServeError::Io`] if the group database
    /// cannot be read.
    pub fn group(self, name: &str) -> Result<Self, ServeError> {
        match group_id(name)? {
            Some(gid) => Ok(self.gid(gid)),
            None => Err(unknown(name)),
        }
    }

    /// Returns whether the rule allows this peer.
    ///
    /// # Examples
    ///
    /// A handler with a stricter rule for some requests:
    ///
    /// ```
    /// use domainsockets::{Allow, Request};
    ///
    /// async fn remove(request: Request) -> Result<&'static str, &'static str> {
    ///     let is_root = request.peer().is_some_and(|peer| Allow::nobody().root().admits(peer));
    ///     if request.data().starts_with(b"/etc") && !is_root {
    ///         return Err("for root only");
    ///     }
    ///     Ok("removed")
    /// }
    /// ```
    #[must_use]
    pub fn admits(&self, peer: &Peer) -> bool {
        self.admits_credentials(peer.credentials())
            || self.lists_groups()
                && peer
                    .groups()
                    .is_some_and(|groups| groups.iter().any(|group| self.gids.contains(group)))
    }

    /// Returns whether the rule allows this origin. A rule names users of this machine, so it allows no
    /// remote caller.
    #[cfg(feature = "tokio")]
    pub(crate) fn admits_origin(&self, origin: &Origin) -> bool {
        origin.peer().is_some_and(|peer| self.admits(peer))
    }

    /// Returns whether the rule allows a process with these credentials, whatever supplementary groups it has.
    pub(crate) fn admits_credentials(&self, peer: Credentials) -> bool {
        self.admits_user(peer.uid) || self.gids.contains(&peer.gid)
    }

    /// Returns whether the rule may allow a process of this user. The user's group is not known yet, so any
    /// allowed group counts.
    pub(crate) fn may_admit_user(&self, uid: u32) -> bool {
        self.admits_user(uid) || !self.gids.is_empty()
    }

    /// Returns whether the rule allows any user other than this process's own and root.
    pub(crate) fn admits_others(&self) -> bool {
        let own = own_uid();
        let others = self.uids.iter().any(|uid| *uid != own && *uid != 0);
        self.anyone || others || !self.gids.is_empty()
    }

    /// Returns whether the rule allows any group, so that the supplementary groups of a process count.
    pub(crate) const fn lists_groups(&self) -> bool {
        !self.gids.is_empty()
    }

    /// Returns the users and groups that the kernel is to let send to the server's setup socket.
    #[cfg(feature = "tokio")]
    pub(crate) fn setup_access(&self) -> SetupAccess {
        if self.anyone {
            SetupAccess::Anyone
        } else if self.admits_others() {
            let own = own_uid();
            let users = self.uids.iter().copied();
            SetupAccess::Listed {
                users: users.filter(|user| *user != own).collect(),
                groups: self.gids.clone(),
            }
        } else {
            SetupAccess::Owner
        }
    }

    /// Returns whether the rule allows a process of this user, whatever its groups.
    pub(crate) fn admits_user(&self, uid: u32) -> bool {
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
    fn listed_users_and_groups_are_admitted() {
        let allow = Allow::nobody().uid(1000).gid(27);
        assert!(allow.admits(&peer(1000, 1)));
        assert!(allow.admits(&peer(1001, 27)));
        assert!(!allow.admits(&peer(0, 0)), "root is not listed");
        assert!(allow.admits_others());
        assert!(Allow::anyone().admits(&peer(65533, 65533)));
    }

    #[cfg(feature = "test")]
    #[test]
    fn supplementary_groups_count_if_they_are_known() {
        let credentials = peer(1000, 1).credentials();
        let member = Peer::with_groups(credentials, vec![4, 27]);
        assert!(Allow::nobody().gid(27).admits(&member));
        assert!(!Allow::nobody().gid(28).admits(&member));
        assert!(!Allow::nobody().admits(&member));
        assert!(!Allow::nobody().gid(27).admits(&peer(1000, 1)), "unknown");
        assert!(Allow::nobody().gid(1).admits(&peer(1000, 1)), "its own");
    }

    #[cfg(feature = "tokio")]
    #[test]
    fn setup_socket_is_open_to_the_users_of_the_rule() {
        use crate::transport::{SetupAccess, own_uid};

        assert_eq!(Allow::default().setup_access(), SetupAccess::Owner);
        assert_eq!(Allow::nobody().setup_access(), SetupAccess::Owner);
        assert_eq!(Allow::anyone().uid(7).setup_access(), SetupAccess::Anyone);
        let listed = Allow::nobody().uid(own_uid()).uid(7).gid(own_uid());
        assert_eq!(
            listed.setup_access(),
            SetupAccess::Listed {
                users: vec![7],
                groups: vec![own_uid()],
            }
        );
    }

    #[test]
    fn user_and_group_names_are_looked_up() {
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
