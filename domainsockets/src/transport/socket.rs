//! Single sockets: bound with mode 0600 from their first instant, or connected.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, fchmod};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};

/// The file of a bound socket; removed when dropped.
#[derive(Debug)]
pub(crate) struct SocketFile {
    path: PathBuf,
}

impl SocketFile {
    pub(super) const fn at(path: PathBuf) -> Self {
        Self { path }
    }

    /// The path, of which somebody else takes care from now on.
    pub(super) fn into_path(mut self) -> PathBuf {
        std::mem::take(&mut self.path)
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if !self.path.as_os_str().is_empty()
            && let Err(error) = fs::remove_file(&self.path)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(path = %self.path.display(), %error, "socket file stays behind");
        }
    }
}

/// Why a socket could not be connected.
#[derive(Debug)]
pub(crate) enum ConnectError {
    /// There is no such file, or nobody listens behind it.
    NotListening,
    /// The kernel does not let this user send there.
    Denied,
    /// A socket of another kind.
    Foreign,
    Io(io::Error),
}

/// Binds a socket that nobody but its owner, and root, can send to.
///
/// The mode is set on the socket before it has a file, so there is no instant in which it is
/// another, and the process's umask is left alone.
pub(crate) fn bind_private(path: &Path) -> io::Result<(OwnedFd, SocketFile)> {
    let fd = socket()?;
    fchmod(&fd, Mode::RUSR | Mode::WUSR)?;
    rustix::net::bind(&fd, &SocketAddrUnix::new(path)?)?;
    Ok((
        fd,
        SocketFile {
            path: path.to_owned(),
        },
    ))
}

/// Connects a socket to the one bound at `path`. This alone is nothing that its owner could see.
pub(crate) fn connect(path: &Path) -> Result<OwnedFd, ConnectError> {
    let fd = socket().map_err(|error| ConnectError::Io(error.into()))?;
    let address = SocketAddrUnix::new(path).map_err(|error| ConnectError::Io(error.into()))?;
    match rustix::net::connect(&fd, &address) {
        Ok(()) => Ok(fd),
        Err(Errno::NOENT | Errno::CONNREFUSED) => Err(ConnectError::NotListening),
        Err(Errno::ACCESS | Errno::PERM) => Err(ConnectError::Denied),
        Err(Errno::PROTOTYPE) => Err(ConnectError::Foreign),
        Err(error) => Err(ConnectError::Io(error.into())),
    }
}

fn socket() -> rustix::io::Result<OwnedFd> {
    rustix::net::socket_with(
        AddressFamily::UNIX,
        SocketType::DGRAM,
        SocketFlags::CLOEXEC | SocketFlags::NONBLOCK,
        None,
    )
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::{ConnectError, bind_private, connect};

    #[test]
    fn bound_socket_is_private_and_its_file_goes_with_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s");
        let (fd, file) = bind_private(&path).unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        connect(&path).unwrap();
        drop(fd);
        assert!(matches!(connect(&path), Err(ConnectError::NotListening)));
        drop(file);
        assert!(!path.exists());
        assert!(matches!(connect(&path), Err(ConnectError::NotListening)));
    }

    #[test]
    fn stream_socket_is_foreign() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s");
        let _listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
        assert!(matches!(connect(&path), Err(ConnectError::Foreign)));
    }
}
