//! A socket's file that somebody else has made.

use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, Uid, chmod, chownat, fstat, open};
use rustix::io::Errno;

use super::socket::{SETUP_MARK, connect};
use super::{ConnectError, Sending, own_uid};

/// The file of a socket, held so that what has been checked is what is connected to, whatever is
/// done to its name meanwhile.
#[derive(Debug)]
pub(crate) struct Target {
    fd: OwnedFd,
    path: PathBuf,
    owner: u32,
    is_setup: bool,
    is_link: bool,
}

impl Target {
    /// Finds the socket's file. A symbolic link is found instead of what it leads to.
    pub(crate) fn open(path: &Path) -> Result<Self, ConnectError> {
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fd = open(path, flags, Mode::empty())?;
        let found = fstat(&fd)?;
        Ok(Self {
            fd,
            path: path.to_owned(),
            owner: found.st_uid,
            is_setup: found.st_mode & SETUP_MARK.bits() != 0,
            is_link: FileType::from_raw_mode(found.st_mode) == FileType::Symlink,
        })
    }

    /// The user who owns the file.
    pub(crate) const fn owner(&self) -> u32 {
        self.owner
    }

    /// Whether it is marked as the socket of a server, on which it is asked for connections.
    pub(crate) const fn is_setup(&self) -> bool {
        self.is_setup
    }

    /// Connects a socket to it.
    pub(crate) fn connect(&self, sending: Sending) -> Result<OwnedFd, ConnectError> {
        if self.is_link {
            return Err(ConnectError::Foreign);
        }
        match connect(&self.held(), sending) {
            // Nothing is mounted at /proc: then the name has to do that it was found by.
            Err(Errno::NOENT) => Ok(connect(&self.path, sending)?),
            connected => Ok(connected?),
        }
    }

    /// Makes it another user's, and gives it a mode that the umask may not have let it have. It has to
    /// be a socket of this user under no other name: whoever owns the directory may have put another
    /// file in its place.
    pub(super) fn open_to(&self, user: Option<Uid>, mode: Mode) -> rustix::io::Result<()> {
        let found = fstat(&self.fd)?;
        let is_socket = FileType::from_raw_mode(found.st_mode) == FileType::Socket;
        if !is_socket || found.st_uid != own_uid() || found.st_nlink != 1 {
            return Err(Errno::PERM);
        }
        chmod(self.held(), mode)?;
        chownat(&self.fd, "", user, None, AtFlags::EMPTY_PATH)
    }

    /// A name that leads here.
    fn held(&self) -> PathBuf {
        PathBuf::from(format!("/proc/self/fd/{}", self.fd.as_raw_fd()))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::net::UnixDatagram;

    use super::Target;
    use crate::transport::{ConnectError, Reach, Sending, bind_connection};

    #[test]
    fn what_was_found_is_what_is_connected_to() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s");
        let (first, _file) = bind_connection(&path, Reach::Owner).unwrap();
        let first = UnixDatagram::from(first);
        let target = Target::open(&path).unwrap();
        fs::remove_file(&path).unwrap();
        let (_second, _file) = bind_connection(&path, Reach::Owner).unwrap();
        let sender = UnixDatagram::from(target.connect(Sending::Once).unwrap());
        sender.send(b"x").unwrap();
        assert_eq!(first.recv(&mut [0; 2]).unwrap(), 1);
    }

    #[test]
    fn links_and_sockets_of_other_kinds_are_foreign() {
        let dir = tempfile::tempdir().unwrap();
        let stream = dir.path().join("stream");
        let _listener = std::os::unix::net::UnixListener::bind(&stream).unwrap();
        let link = dir.path().join("link");
        std::os::unix::fs::symlink(&stream, &link).unwrap();
        let connect = |path| Target::open(path)?.connect(Sending::Once);
        for foreign in [&stream, &link] {
            assert!(matches!(connect(foreign), Err(ConnectError::Foreign)));
        }
        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        for not_listening in [&file, &dir.path().join("none")] {
            assert!(matches!(
                connect(not_listening),
                Err(ConnectError::NotListening)
            ));
        }
    }
}
