//! The target of a connection: a socket file that another process has created.

use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{FileType, Stat, lstat};
use rustix::time::{ClockId, clock_gettime};

use super::ConnectError;
use super::ancestors::are_safe;
use super::socket::{SETUP_MARK, connect, socket};

/// The file of a socket, and its status when it was found.
#[derive(Debug)]
pub(crate) struct Target {
    path: PathBuf,
    found: Stat,
}

impl Target {
    /// Finds the socket's file. Does not follow a symbolic link.
    pub(crate) fn find(path: &Path) -> Result<Self, ConnectError> {
        Ok(Self {
            path: path.to_owned(),
            found: lstat(path)?,
        })
    }

    /// Returns the user who owns the file.
    pub(crate) const fn owner(&self) -> u32 {
        self.found.st_uid
    }

    /// Returns whether the file is marked as that of a setup socket.
    pub(crate) const fn is_setup(&self) -> bool {
        self.found.st_mode & SETUP_MARK.bits() != 0
    }

    /// Returns whether nobody but root and the owner of the file can replace it, or a directory above it.
    pub(crate) fn is_safe(&self) -> bool {
        are_safe(&self.path, self.owner())
    }

    /// Returns a socket that is connected to the target, or to a socket that has replaced it.
    ///
    /// It is for setup messages only: they are not secret, and the answer shows which process has read one.
    pub(crate) fn connect(&self) -> Result<OwnedFd, ConnectError> {
        let fd = socket()?;
        self.reach(&fd)?;
        Ok(fd)
    }

    /// Connects the sender of a connection's messages to the target.
    ///
    /// Fails unless the file was in its place all the time, and has one name. Only its owner and the directory's
    /// owner can replace the file and put it back. A user who links it meanwhile, where `fs.protected_hardlinks`
    /// allows that, is detected by the number of names or the time of change. That time is exact from Linux 6.13
    /// on, and exact to a tick before.
    pub(super) fn direct(&self, fd: impl AsFd) -> Result<(), ConnectError> {
        self.reach(fd)?;
        if self.is_in_place()? {
            Ok(())
        } else {
            Err(ConnectError::NotListening)
        }
    }

    /// Returns whether another file is at the path by now, or this one has changed since it was found.
    pub(crate) fn is_replaced(&self) -> bool {
        lstat(&self.path).is_ok_and(|now| identity(&now) != identity(&self.found))
    }

    /// Returns whether the file was changed a short time ago, so that its server may be about to let users in.
    pub(crate) fn is_young(&self) -> bool {
        let now = clock_gettime(ClockId::Realtime).tv_sec;
        self.found.st_ctime.abs_diff(now) <= YOUNG_SECONDS
    }

    fn reach(&self, fd: impl AsFd) -> Result<(), ConnectError> {
        if FileType::from_raw_mode(self.found.st_mode) == FileType::Symlink {
            return Err(ConnectError::Foreign);
        }
        Ok(connect(fd, &self.path)?)
    }

    fn is_in_place(&self) -> rustix::io::Result<bool> {
        let has_one_name = self.found.st_nlink == 1;
        Ok(has_one_name && identity(&lstat(&self.path)?) == identity(&self.found))
    }
}

/// How long a file is young: a server sets its access list after it has bound it.
const YOUNG_SECONDS: u64 = 1;

/// Returns what identifies a file, and what changes with its names.
fn identity(file: &Stat) -> impl PartialEq + use<> {
    let Stat {
        st_dev,
        st_ino,
        st_mode,
        st_uid,
        st_nlink,
        st_ctime,
        st_ctime_nsec,
        ..
    } = *file;
    (
        (st_dev, st_ino, st_mode, st_uid),
        (st_nlink, st_ctime, st_ctime_nsec),
    )
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::net::UnixDatagram;

    use super::Target;
    use crate::transport::socket::socket;
    use crate::transport::{ConnectError, Reach, bind_connection};

    #[test]
    fn what_was_found_is_what_is_connected_to() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s");
        let (first, _file) = bind_connection(&path, Reach::Owner).unwrap();
        let first = UnixDatagram::from(first);
        let target = Target::find(&path).unwrap();
        let sender = socket().unwrap();
        target.direct(&sender).unwrap();
        let sender = UnixDatagram::from(sender);
        sender.send(b"x").unwrap();
        assert_eq!(first.recv(&mut [0; 2]).unwrap(), 1);

        let aside = dir.path().join("aside");
        fs::rename(&path, &aside).unwrap();
        let (_second, _file) = bind_connection(&path, Reach::Owner).unwrap();
        let replaced = target.direct(&socket().unwrap());
        assert!(matches!(replaced, Err(ConnectError::NotListening)));
        fs::rename(&aside, &path).unwrap();
        fs::hard_link(&path, &aside).unwrap();
        let linked = Target::find(&path).unwrap().direct(&socket().unwrap());
        assert!(matches!(linked, Err(ConnectError::NotListening)));
    }

    #[test]
    fn links_and_sockets_of_other_kinds_are_foreign() {
        let dir = tempfile::tempdir().unwrap();
        let stream = dir.path().join("stream");
        let _listener = std::os::unix::net::UnixListener::bind(&stream).unwrap();
        let link = dir.path().join("link");
        std::os::unix::fs::symlink(&stream, &link).unwrap();
        let connect = |path| Target::find(path)?.connect();
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
