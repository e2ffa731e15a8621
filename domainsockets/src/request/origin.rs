//! Where a request comes from.

use std::fmt;
use std::sync::Arc;

use crate::Peer;

/// The origin of a request: a process on this machine, or a caller on another one.
///
/// Rules that allow users or groups never admit a remote caller, whatever it says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// A process on this machine, as the kernel identified it.
    Local(Peer),
    /// A caller on another machine, as the carrier that received the request named it.
    Remote(RemoteName),
}

/// The name of a caller on another machine. It is the word of the carrier that received the request, which
/// the kernel has not checked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RemoteName {
    name: Arc<str>,
}

impl Origin {
    /// Returns the process on this machine that made the request, if it is a local one.
    #[must_use]
    pub const fn peer(&self) -> Option<&Peer> {
        match self {
            Self::Local(peer) => Some(peer),
            Self::Remote(_) => None,
        }
    }
}

impl RemoteName {
    /// Returns a caller of this name.
    #[must_use]
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self { name: name.into() }
    }

    /// Returns the name.
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
