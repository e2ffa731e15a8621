//! The origin of a request: local or remote.

use std::fmt;
use std::sync::Arc;

use crate::Peer;

/// The origin of a request: a process on this machine, or a caller on another one.
///
/// An [`Allow`](crate::Allow) rule names users of this machine, so it never admits a remote caller.
///
/// # Examples
///
/// ```
/// use domainsockets::{Origin, RemoteName, Request};
///
/// async fn whoami(request: Request) -> Result<String, String> {
///     Ok(match request.context().origin() {
///         Origin::Local(peer) => format!("user {}", peer.uid()),
///         Origin::Remote(name) => format!("{name}, unverified"),
///         _ => "unknown".to_owned(),
///     })
/// }
/// # assert_eq!(RemoteName::new("laptop").as_str(), "laptop");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// A process on this machine, as the kernel identified it.
    Local(Peer),
    /// A caller on another machine, as the carrier that received the request named it.
    Remote(RemoteName),
}

/// The name of a caller on another machine, as the carrier that received the request reported it.
///
/// The kernel has not verified it: trust it as far as that carrier authenticates its callers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RemoteName {
    name: Arc<str>,
}

impl Origin {
    /// Returns the process that made the request, or `None` for a remote caller.
    #[must_use]
    pub const fn peer(&self) -> Option<&Peer> {
        match self {
            Self::Local(peer) => Some(peer),
            Self::Remote(_) => None,
        }
    }
}

impl RemoteName {
    /// Returns a caller's name.
    #[must_use]
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self { name: name.into() }
    }

    /// Returns the name as a string.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.name
    }
}

impl From<Peer> for Origin {
    fn from(peer: Peer) -> Self {
        Self::Local(peer)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(peer) => peer.fmt(f),
            Self::Remote(name) => write!(f, "remote caller {name}"),
        }
    }
}

impl fmt::Display for RemoteName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}
