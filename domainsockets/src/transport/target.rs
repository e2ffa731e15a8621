//! The target of a connection: a socket file that another process has created.

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{FileType, Stat, lstat};

use super::ConnectError;
use super::socket::{SETUP_MARK, connect, socket};

/// The file of a socket, as it was found.
#[derive(Debug)]
pub(crate) struct Target {
    path: PathBuf,
    found: Stat,
}

impl Target {
    /// Finds the socket's file. A symbolic link is found instead of what it leads to.
    pub(crate) fn find(path: &Path) -> Result<Self, ConnectError> {
        Ok(Self {
            path: path.to_owned(),
            found: lstat(path)?,
        })
    }

    /// The user who owns the file.
    pub(crate) const fn owner(&self) -> u32 {
        self.found.st_uid
    }

    /// Whether it is marked as the socket of a server, on which it is asked for connections.
    pub(crate) const fn is_setup(&self) -> bool {
        self.found.st_mode & SETUP_MARK.bits() != 0
    }

    /// Connects a socket to it, or to another one that has taken its place. So this is for setup messages, which
    /// are kept from nobody, and the process that has read one is known by its answer.
    pub(crate) fn connect(&self) -> Result<OwnedFd, ConnectError> {
        let fd = socket()?;
        self.reach(&fd)?;
        Ok(fd)
    }

    /// Connects to it what is to send the messages of a connection, whatever that was connected to before.
    ///
    /// It is connected only if the file has been in its place all the while, and has no other name. Nobody
    /// but its owner and the directory's can put another file there and this one back. A user who links it
    /// meanwhile, where `fs.protected_hardlinks` allows that, is detected by its number of names or its time
    /// of change, which is exact from Linux 6.13 on, and to a tick before.
    pub(super) fn direct(&self, fd: &OwnedFd) -> Result<(), ConnectError> {
        self.reach(fd)?;
        if self.is_in_place()? {
            Ok(())
        } else {
            Err(ConnectError::NotListening)
        }
    }

    fn reach(&self, fd: &OwnedFd) -> Result<(), ConnectError> {
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

/// What makes a file, and all that changes with its names.
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
