//! The setup socket of a server: binding its name, and taking the name over from a server that has ended.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

use rustix::fs::{FlockOperation, flock};
use rustix::net::sockopt::{set_socket_passcred, socket_type};
use rustix::net::{SocketAddrUnix, SocketType, getsockname};

use super::socket::bind_name;
use super::{ConnectError, Reach, SocketFile, SocketPath, Target, own_uid};

/// The number of attempts to lock the directory, and the pause between them.
const ATTEMPTS: u32 = 200;
const PAUSE: Duration = Duration::from_millis(5);

/// The reason why a server's name could not be bound.
#[derive(Debug)]
pub(crate) enum BindError {
    /// Another server listens there, or the socket is another user's.
    InUse {
        owner: Option<u32>,
    },
    /// The file is no datagram socket.
    Foreign,
    /// All users may remove and replace files in the directory.
    UnsafeDirectory,
    Io(io::Error),
}

impl BindError {
    /// Returns the reason why a name is in use.
    fn in_use(path: &Path) -> Self {
        match inspect(path) {
            Err(error) => error,
            Ok(found) => Self::InUse {
                owner: found.map(|found| found.owner),
            },
        }
    }
}

/// The file of a server's socket. It is removed when this is dropped, unless another file has replaced it.
#[derive(Debug)]
pub(crate) struct SetupFile {
    path: PathBuf,
    identity: Option<Identity>,
}

/// The identity of a socket's file, apart from its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity {
    device: u64,
    /// The file system may reuse the number of a removed file.
    inode: u64,
    /// The time of creation, if the file system stores it.
    created: Option<SystemTime>,
    owner: u32,
}

/// The directories in which a server may bind: those in which other users cannot replace its socket, or any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Directory {
    Safe,
    Any,
}

/// Binds a server's socket. A file that a dead server left is replaced.
///
/// The directory is locked during that. Several servers may find the same file stale, and a new server's socket
/// has its file before it can be connected to.
pub(crate) fn bind_setup(
    path: &SocketPath,
    reach: Reach,
    directory: Directory,
) -> Result<(OwnedFd, SetupFile), BindError> {
    let path = path.as_path();
    if directory == Directory::Safe && anyone_can_replace(path) {
        return Err(BindError::UnsafeDirectory);
    }
    let lock = lock_directory(path);
    let bind = || bind_name(path, reach);
    let bound = match bind() {
        // Without the lock, a new file would be taken for a stale one.
        Err(error) if error.kind() == io::ErrorKind::AddrInUse && lock.is_some() => {
            remove_stale(path)?;
            bind()
        }
        bound => bound,
    };
    match bound {
        Ok((fd, file)) => Ok((fd, SetupFile::new(file)?)),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Err(BindError::in_use(path)),
        Err(error) => Err(BindError::Io(error)),
    }
}

/// Takes over a server's socket that another program has bound, and returns its path.
pub(crate) fn adopt_setup(fd: OwnedFd) -> Result<(OwnedFd, PathBuf), BindError> {
    let adopt = || {
        if socket_type(&fd)? != SocketType::DGRAM {
            return Ok(None);
        }
        let address = SocketAddrUnix::try_from(getsockname(&fd)?)?;
        // Datagrams that were sent before have no credentials, and are discarded.
        set_socket_passcred(&fd, true)?;
        rustix::io::ioctl_fionbio(&fd, true)?;
        rustix::io::fcntl_setfd(&fd, rustix::io::FdFlags::CLOEXEC)?;
        Ok(address
            .path_bytes()
            .map(|path| PathBuf::from(OsStr::from_bytes(path))))
    };
    match adopt() {
        Ok(Some(path)) => Ok((fd, path)),
        Ok(None) => Err(BindError::Foreign),
        Err(error @ rustix::io::Errno::AFNOSUPPORT) => {
            tracing::debug!(%error, "an inherited socket is of another family");
            Err(BindError::Foreign)
        }
        Err(error) => Err(BindError::Io(error.into())),
    }
}

/// Returns whether users other than the owner of a file at `path` may remove or rename it.
fn anyone_can_replace(path: &Path) -> bool {
    const OTHERS_WRITE: u32 = 0o002;
    const STICKY: u32 = 0o1000;
    let directory = path
        .parent()
        .and_then(|directory| fs::metadata(directory).ok());
    directory.is_some_and(|directory| directory.mode() & (OTHERS_WRITE | STICKY) == OTHERS_WRITE)
}

/// Locks the directory of a path as long as the returned file is open. Returns `None` if the directory cannot be
/// read, or if another process keeps it locked for a second.
fn lock_directory(path: &Path) -> Option<File> {
    let directory = File::open(path.parent()?).ok()?;
    for attempt in 0..ATTEMPTS {
        if attempt > 0 {
            thread::sleep(PAUSE);
        }
        if flock(&directory, FlockOperation::NonBlockingLockExclusive).is_ok() {
            return Some(directory);
        }
    }
    None
}

/// Removes the file of a datagram socket of this user that no process has open.
fn remove_stale(path: &Path) -> Result<(), BindError> {
    let Some(Identity { owner, .. }) = inspect(path)? else {
        return Ok(());
    };
    let owner = Some(owner);
    if owner != Some(own_uid()) {
        return Err(BindError::InUse { owner });
    }
    match Target::find(path).and_then(|target| target.connect()) {
        Err(ConnectError::NotListening) => {}
        Ok(_) | Err(ConnectError::Denied) => return Err(BindError::InUse { owner }),
        Err(ConnectError::Foreign) => return Err(BindError::Foreign),
        Err(ConnectError::Io(error)) => return Err(BindError::Io(error)),
    }
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(BindError::Io(error)),
        _ => {}
    }
    tracing::info!(path = %path.display(), "reclaimed the name of a server that is gone");
    Ok(())
}

/// Returns the identity of the socket file at `path`.
fn inspect(path: &Path) -> Result<Option<Identity>, BindError> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.file_type().is_socket() => Ok(Some(Identity {
            device: found.dev(),
            inode: found.ino(),
            created: found.created().ok(),
            owner: found.uid(),
        })),
        Ok(_) => Err(BindError::Foreign),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(BindError::Io(error)),
    }
}

impl SetupFile {
    fn new(file: SocketFile) -> Result<Self, BindError> {
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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::fd::OwnedFd;
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::net::UnixListener;
    use std::path::Path;
    use std::sync::Barrier;
    use std::thread;

    use super::{BindError, Directory, SetupFile, SocketPath, bind_setup};
    use crate::transport::{Reach, Target};

    fn bind(path: &Path) -> Result<(OwnedFd, SetupFile), BindError> {
        bind_setup(
            &SocketPath::parse(path).unwrap(),
            Reach::Owner,
            Directory::Safe,
        )
    }

    fn connect(path: &Path) -> OwnedFd {
        let target = Target::find(path).unwrap();
        target.connect().unwrap()
    }

    /// Leaves what a server leaves that was killed.
    fn leave_stale(path: &Path) {
        let (fd, file) = bind(path).unwrap();
        drop(fd);
        std::mem::forget(file);
        assert!(path.exists());
    }

    #[test]
    fn a_dead_servers_name_is_reclaimed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("kv");
        leave_stale(&path);
        let (_fd, _file) = bind(&path).unwrap();
        connect(&path);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn one_of_several_reclaims_a_name() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("kv");
        for _ in 0..200 {
            leave_stale(&path);
            let barrier = Barrier::new(3);
            let bound = thread::scope(|scope| {
                let threads = [(); 3].map(|()| {
                    scope.spawn(|| {
                        barrier.wait();
                        bind(&path)
                    })
                });
                threads.map(|thread| thread.join().unwrap())
            });
            connect(&path);
            assert_eq!(bound.iter().filter(|bound| bound.is_ok()).count(), 1);
            drop(bound);
            assert!(!path.exists());
        }
    }

    #[test]
    fn a_live_servers_name_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("kv");
        let _first = bind(&path).unwrap();
        assert!(matches!(bind(&path), Err(BindError::InUse { .. })));
        connect(&path);
    }

    #[test]
    fn file_of_another_server_is_not_removed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("kv");
        for stays_bound in [true, false] {
            let (fd, first) = bind(&path).unwrap();
            // A file system may use the inode again that is not held by a socket any more.
            let _held = stays_bound.then_some(fd);
            fs::remove_file(&path).unwrap();
            let _second = bind(&path).unwrap();
            drop(first);
            connect(&path);
        }
    }

    #[test]
    fn directory_in_which_anyone_replaces_files_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = SocketPath::parse(&dir.path().join("kv")).unwrap();
        let mode =
            |mode| fs::set_permissions(dir.path(), fs::Permissions::from_mode(mode)).unwrap();
        mode(0o777);
        let refused = bind_setup(&path, Reach::Owner, Directory::Safe);
        assert!(matches!(refused, Err(BindError::UnsafeDirectory)));
        bind_setup(&path, Reach::Owner, Directory::Any).unwrap();
        mode(0o1777);
        bind_setup(&path, Reach::Owner, Directory::Safe).unwrap();
    }

    #[test]
    fn foreign_files_are_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "mine").unwrap();
        let link = dir.path().join("link");
        std::os::unix::fs::symlink(&file, &link).unwrap();
        let folder = dir.path().join("folder");
        fs::create_dir(&folder).unwrap();
        let stream = dir.path().join("stream");
        let _listener = UnixListener::bind(&stream).unwrap();
        for path in [&file, &link, &folder, &stream] {
            assert!(matches!(bind(path), Err(BindError::Foreign)), "{path:?}");
        }
        assert_eq!(fs::read(&file).unwrap(), b"mine");
        assert!(folder.is_dir() && link.is_symlink() && stream.exists());
    }
}
