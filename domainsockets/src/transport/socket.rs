//! Sockets: bound with mode 0600 from their first instant, or connected.

use std::fs;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, Uid, chmod, chownat, fchmod, fstat, open};
use rustix::io::Errno;
use rustix::net::sockopt::set_socket_passcred;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};
use rustix::process::geteuid;

use super::own_uid;
#[cfg(feature = "tokio")]
use super::received_descriptors::can_take;
use super::users::ROOT;

/// The file of a bound socket, which is removed when this is dropped. A failure of that is not logged: a blocking
/// client drops this while its other threads wait for it, and the subscriber may call the same client.
#[derive(Debug)]
pub(crate) struct SocketFile {
    path: PathBuf,
}

impl SocketFile {
    pub(super) const fn at(path: PathBuf) -> Self {
        Self { path }
    }

    /// Returns the path. The caller has to remove the file.
    pub(super) fn into_path(mut self) -> PathBuf {
        std::mem::take(&mut self.path)
    }

    /// Removes the file, for a caller that can log a failure.
    #[cfg(feature = "tokio")]
    pub(crate) fn remove(self) -> io::Result<()> {
        remove(&self.into_path())
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        let _ = remove(&self.path);
    }
}

/// Removes the file of a socket, unless it is gone or there is none.
fn remove(path: &Path) -> io::Result<()> {
    if path.as_os_str().is_empty() {
        return Ok(());
    }
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The reason why a socket could not be connected.
#[derive(Debug)]
pub(crate) enum ConnectError {
    /// There is no such file, or no process has the socket open.
    NotListening,
    /// The kernel does not let this user send there.
    Denied,
    /// The file is a socket of another kind, or no socket.
    Foreign,
    Io(io::Error),
}

impl From<ConnectError> for io::Error {
    fn from(error: ConnectError) -> Self {
        match error {
            ConnectError::NotListening => io::ErrorKind::NotFound.into(),
            ConnectError::Denied => io::ErrorKind::PermissionDenied.into(),
            ConnectError::Foreign => io::ErrorKind::InvalidInput.into(),
            ConnectError::Io(error) => error,
        }
    }
}

impl From<Errno> for ConnectError {
    fn from(error: Errno) -> Self {
        match error {
            Errno::NOENT | Errno::CONNREFUSED => Self::NotListening,
            Errno::ACCESS | Errno::PERM => Self::Denied,
            Errno::PROTOTYPE => Self::Foreign,
            error => Self::Io(error.into()),
        }
    }
}

/// Returns whether an error says that descriptors or memory are exhausted, which may be temporary.
pub(crate) fn is_exhausted(error: &io::Error) -> bool {
    matches!(
        Errno::from_io_error(error),
        Some(Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM)
    )
}

/// The users who can send to a bound socket, apart from root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// This process's user.
    Owner,
    /// The user of the peer.
    User(u32),
    /// All users, as far as the kernel is concerned.
    Anyone,
}

/// The mode and the owner of a bound socket's file.
#[derive(Clone, Copy, Debug)]
struct Access {
    mode: Mode,
    /// The owner, if not this process's user.
    given_to: Option<Uid>,
}

impl Access {
    fn of(reach: Reach) -> Self {
        let user = geteuid();
        let (own, is_root) = (user.as_raw(), user.is_root());
        let given_to = match reach {
            Reach::User(user) if user != own && is_root => Some(Uid::from_raw(user)),
            _ => None,
        };
        let private = match reach {
            Reach::Owner => true,
            Reach::User(user) => user == own || user == ROOT || given_to.is_some(),
            Reach::Anyone => false,
        };
        let mode = if private { PRIVATE } else { OPEN };
        Self { mode, given_to }
    }
}

/// A receiving socket that is not bound yet.
///
/// It has its mode before it has a file. So the file never has another mode, and the process's umask stays as it
/// is. The kernel reports the sender's credentials from the first datagram on.
#[derive(Debug)]
pub(crate) struct Unbound(OwnedFd);

impl Unbound {
    #[cfg(feature = "tokio")]
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self::with_mode(PRIVATE)?)
    }

    fn with_mode(mode: Mode) -> rustix::io::Result<Self> {
        let fd = socket()?;
        fchmod(&fd, mode)?;
        set_socket_passcred(&fd, true)?;
        Ok(Self(fd))
    }

    /// Binds the socket for one direction of a connection. For another mode it binds a new socket, since the
    /// mode of this one cannot be changed if the process has changed its user.
    #[cfg(feature = "tokio")]
    pub(crate) fn bind(self, path: &Path, reach: Reach) -> io::Result<(OwnedFd, SocketFile)> {
        let access = Access::of(reach);
        if access.mode == PRIVATE {
            return self.bind_as(path, access);
        }
        drop(self);
        bind(path, access)
    }

    fn bind_as(self, path: &Path, access: Access) -> io::Result<(OwnedFd, SocketFile)> {
        let Self(fd) = self;
        let Access { mode, given_to } = access;
        rustix::net::bind(&fd, &SocketAddrUnix::new(path)?)?;
        let file = SocketFile::at(path.to_owned());
        if given_to.is_some() || mode.contains(OPEN) {
            // The owner can be set only after binding, and the umask has narrowed the mode.
            open_to(path, given_to, mode)?;
        }
        Ok((fd, file))
    }
}

/// Binds a socket for one direction of a connection.
pub(crate) fn bind_connection(path: &Path, reach: Reach) -> io::Result<(OwnedFd, SocketFile)> {
    bind(path, Access::of(reach))
}

/// Binds the setup socket of a server. Its file has the [`SETUP_MARK`], unless a filter of system calls keeps this process
/// from taking sockets that clients pass.
#[cfg(feature = "tokio")]
pub(super) fn bind_name(path: &Path, reach: Reach) -> io::Result<(OwnedFd, SocketFile)> {
    let Access { mode, given_to } = Access::of(reach);
    let mode = mode | setup_mark();
    bind(path, Access { mode, given_to })
}

fn bind(path: &Path, access: Access) -> io::Result<(OwnedFd, SocketFile)> {
    Unbound::with_mode(access.mode)?.bind_as(path, access)
}

/// Connects a socket to the one bound at `path`, even if it was connected before. The other process does not
/// notice that.
pub(super) fn connect(fd: impl AsFd, path: &Path) -> rustix::io::Result<()> {
    rustix::net::connect(fd, &SocketAddrUnix::new(path)?)
}

pub(super) fn socket() -> rustix::io::Result<OwnedFd> {
    rustix::net::socket_with(
        AddressFamily::UNIX,
        SocketType::DGRAM,
        SocketFlags::CLOEXEC | SocketFlags::NONBLOCK,
        None,
    )
}

/// Sets the owner and the mode of a socket's file that this process has bound, since the umask may have narrowed
/// the mode.
///
/// Fails unless the file is a socket of this user with one name: the owner of the directory may have replaced it.
fn open_to(path: &Path, user: Option<Uid>, mode: Mode) -> rustix::io::Result<()> {
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = open(path, flags, Mode::empty())?;
    let found = fstat(&file)?;
    let is_socket = FileType::from_raw_mode(found.st_mode) == FileType::Socket;
    if !is_socket || found.st_uid != own_uid() || found.st_nlink != 1 {
        return Err(Errno::PERM);
    }
    // Through the descriptor, so that the checked file is changed.
    chmod(format!("/proc/self/fd/{}", file.as_raw_fd()), mode)?;
    chownat(&file, "", user, None, AtFlags::EMPTY_PATH)
}

/// The mark of a setup socket's file: the sticky bit, which has no meaning for sockets. It announces that the server takes
/// sockets that clients pass, and that it receives large datagrams. With it no server takes another server for a client.
pub(super) const SETUP_MARK: Mode = Mode::SVTX;

/// Returns the [`SETUP_MARK`], or nothing if a filter of system calls keeps this process from taking sockets.
#[cfg(feature = "tokio")]
pub(super) fn setup_mark() -> Mode {
    if can_take() {
        SETUP_MARK
    } else {
        Mode::empty()
    }
}

/// 0600 and 0666.
const PRIVATE: Mode = Mode::from_raw_mode(0o600);
const OPEN: Mode = Mode::from_raw_mode(0o666);

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::{Reach, bind_connection, connect, socket};

    #[test]
    fn bound_socket_is_private_and_its_file_goes_with_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s");
        let (fd, file) = bind_connection(&path, Reach::Owner).unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o7777,
            0o600
        );
        let sender = socket().unwrap();
        connect(&sender, &path).unwrap();
        drop(fd);
        assert!(connect(&sender, &path).is_err());
        drop(file);
        assert!(!path.exists());
        assert!(connect(&sender, &path).is_err());
    }

    #[cfg(feature = "tokio")]
    #[test]
    fn failure_to_remove_a_file_is_reported_unless_it_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        let file = |name| super::SocketFile::at(dir.path().join(name));
        file("gone").remove().unwrap();
        fs::create_dir(dir.path().join("directory")).unwrap();
        file("directory").remove().unwrap_err();
    }

    #[cfg(feature = "tokio")]
    #[test]
    fn name_of_a_server_is_marked() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s");
        let (_fd, _file) = super::bind_name(&path, Reach::Anyone).unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o7777,
            0o1666
        );
    }
}
