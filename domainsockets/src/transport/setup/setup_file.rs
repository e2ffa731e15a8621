//! The file of a server's socket, and how it is told from a file that has replaced it.

use std::fs::{self, FileType};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::bind_error::BindError;
use crate::transport::SocketFile;

/// The file of a server's socket. It is removed when this is dropped, unless another file has replaced it.
#[derive(Debug)]
pub(crate) struct SetupFile {
    path: PathBuf,
    identity: Option<Identity>,
}

/// The identity of a socket's file, apart from its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    device: u64,
    /// The file system may reuse the number of a removed file.
    inode: u64,
    /// The time of creation, if the file system stores it.
    created: Option<SystemTime>,
    pub(super) owner: u32,
}

impl SetupFile {
    pub(super) fn new(file: SocketFile) -> Result<Self, BindError> {
        let path = file.into_path();
        let identity = inspect(&path)?;
        Ok(Self { path, identity })
    }

    /// Returns whether the name still leads to the server's socket. Another process may have removed the file,
    /// and bound the name.
    pub(crate) fn is_in_place(&self) -> bool {
        matches!(inspect(&self.path), Ok(found) if found.is_some() && found == self.identity)
    }
}

impl Drop for SetupFile {
    fn drop(&mut self) {
        let path = self.path.display();
        if !self.is_in_place() {
            tracing::warn!(%path, "the server's file was not its own");
        } else if let Err(error) = SocketFile::at(self.path.clone()).remove() {
            tracing::warn!(%path, %error, "the server's file cannot be removed");
        }
    }
}

/// Returns the identity of the socket file at `path`.
pub(super) fn inspect(path: &Path) -> Result<Option<Identity>, BindError> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.file_type().is_socket() => Ok(Some(Identity {
            device: found.dev(),
            inode: found.ino(),
            created: found.created().ok(),
            owner: found.uid(),
        })),
        Ok(found) => Err(BindError::Foreign {
            found: describe(found.file_type()),
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(BindError::Io(error)),
    }
}

fn describe(file_type: FileType) -> &'static str {
    if file_type.is_symlink() {
        "a symbolic link"
    } else if file_type.is_dir() {
        "a directory"
    } else if file_type.is_file() {
        "a regular file"
    } else {
        "a special file"
    }
}
