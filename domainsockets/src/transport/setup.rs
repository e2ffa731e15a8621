//! A server's name: binding it, and taking it over from a server that died.

use std::fs::{self, File};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};

use super::{ConnectError, SocketFile, SocketPath, bind_private, connect};

/// How often, and how long apart, the lock of the directory is tried for.
const ATTEMPTS: u32 = 200;
const PAUSE: Duration = Duration::from_millis(5);

/// Why a server's name could not be bound.
#[derive(Debug)]
pub(crate) enum BindError {
    /// Somebody listens there.
    InUse,
    /// What stands there is no datagram socket.
    Foreign,
    Io(io::Error),
}

/// The file of a server's socket; removed when dropped, if it is still this one.
#[derive(Debug)]
pub(crate) struct SetupFile {
    path: PathBuf,
    identity: Option<(u64, u64)>,
}

/// Binds a server's socket. A file that a dead server left is replaced.
///
/// The directory is locked meanwhile: between several servers that find the same file stale, and
/// against one whose socket has its file already but cannot be connected to yet.
pub(crate) fn bind_setup(path: &SocketPath) -> Result<(OwnedFd, SetupFile), BindError> {
    let path = path.as_path();
    let lock = lock_directory(path);
    let bound = match bind_private(path) {
        // Without the lock a stale file cannot be told from one that is new.
        Err(error) if error.kind() == io::ErrorKind::AddrInUse && lock.is_some() => {
            remove_stale(path)?;
            bind_private(path)
        }
        bound => bound,
    };
    match bound {
        Ok((fd, file)) => Ok((fd, SetupFile::new(file)?)),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Err(in_use(path)),
        Err(error) => Err(BindError::Io(error)),
    }
}

/// Locks the directory of a path for as long as the file is open. `None` if it cannot be read, or
/// if somebody has had it locked for a second.
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

/// Removes the file of a datagram socket that nobody listens on.
fn remove_stale(path: &Path) -> Result<(), BindError> {
    if inspect(path)?.is_none() {
        return Ok(());
    }
    match connect(path) {
        Err(ConnectError::NotListening) => {}
        // A socket of another user cannot be told from a live one, and is left alone.
        Ok(_) | Err(ConnectError::Denied) => return Err(BindError::InUse),
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

/// Why a name is taken that cannot be taken over.
fn in_use(path: &Path) -> BindError {
    match inspect(path) {
        Err(error) => error,
        Ok(_) => BindError::InUse,
    }
}

/// Which socket file stands at `path`: its device and inode.
fn inspect(path: &Path) -> Result<Option<(u64, u64)>, BindError> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.file_type().is_socket() => Ok(Some((found.dev(), found.ino()))),
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
}

impl Drop for SetupFile {
    fn drop(&mut self) {
        // Somebody may have removed it, and another server may have taken the name since.
        match inspect(&self.path) {
            Ok(found) if found.is_some() && found == self.identity => {
                drop(SocketFile::at(self.path.clone()));
            }
            _ => tracing::warn!(path = %self.path.display(), "the server's file was not its own"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::fd::OwnedFd;
    use std::os::unix::net::UnixListener;
    use std::path::Path;
    use std::sync::Barrier;
    use std::thread;

    use super::{BindError, SetupFile, SocketPath, bind_setup, connect};

    fn bind(path: &Path) -> Result<(OwnedFd, SetupFile), BindError> {
        bind_setup(&SocketPath::parse(path).unwrap())
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
        connect(&path).unwrap();
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
            connect(&path).unwrap();
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
        assert!(matches!(bind(&path), Err(BindError::InUse)));
        connect(&path).unwrap();
    }

    #[test]
    fn file_of_another_server_is_not_removed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("kv");
        let first = bind(&path).unwrap();
        // The first stays bound, so that its inode is not used again.
        fs::remove_file(&path).unwrap();
        let _second = bind(&path).unwrap();
        drop(first);
        connect(&path).unwrap();
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
