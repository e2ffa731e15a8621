//! Why a server's name could not be bound.

use std::io;
use std::path::PathBuf;

use rustix::io::Errno;

/// The reason why a server's name could not be bound.
#[derive(Debug)]
pub(crate) enum BindError {
    /// Another server listens there, or the socket is another user's.
    InUse {
        owner: Option<u32>,
    },
    /// The file is no datagram socket, but this.
    Foreign {
        found: &'static str,
    },
    /// All users may remove and replace files in this directory, which the path leads through.
    UnsafeDirectory {
        directory: PathBuf,
    },
    /// The file at the place of the lock file is another user's, or no lock file.
    ForeignLock {
        path: PathBuf,
        owner: u32,
    },
    /// The access control list of the socket's file could not be set.
    AccessList(io::Error),
    Io(io::Error),
}

impl From<Errno> for BindError {
    fn from(error: Errno) -> Self {
        Self::Io(error.into())
    }
}
