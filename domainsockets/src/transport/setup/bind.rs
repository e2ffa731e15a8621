//! Binding the name of a server, and taking it over from a server that has ended.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use super::access::SetupAccess;
use super::bind_error::BindError;
use super::directory::{Directory, replaceable_directory};
use super::lock_file::LockFile;
use super::setup_file::{Identity, SetupFile, inspect};
use crate::transport::socket::bind_name;
use crate::transport::{ConnectError, SocketPath, Target, own_uid};

/// Binds a server's socket, and admits users to it. A file that a dead server left is replaced.
///
/// The name is locked during that. Several servers may find the same file stale, and a new server's socket has its
/// file before it can be connected to.
pub(crate) fn bind_setup(
    path: &SocketPath,
    access: &SetupAccess,
    directory: Directory,
) -> Result<(OwnedFd, SetupFile), BindError> {
    let path = path.as_path();
    if directory == Directory::Safe
        && let Some(directory) = replaceable_directory(path)
    {
        return Err(BindError::UnsafeDirectory { directory });
    }
    // Another user's socket is never replaced. So no lock file is created, which would be in that user's way.
    if let Some(Identity { owner, .. }) = inspect(path)?
        && owner != own_uid()
    {
        return Err(BindError::InUse { owner: Some(owner) });
    }
    let lock = LockFile::lock(path).map_err(|error| prefer_in_use(path, error))?;
    let bind = || bind_name(path, access.reach());
    let bound = match bind() {
        // Without the lock, a new file would be taken for a stale one.
        Err(error) if error.kind() == io::ErrorKind::AddrInUse && lock.is_some() => {
            remove_stale(path)?;
            bind()
        }
        bound => bound,
    };
    match bound {
        Ok((fd, file)) => {
            access.set(path)?;
            Ok((fd, SetupFile::new(file)?))
        }
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Err(in_use(path)),
        Err(error) => Err(BindError::Io(error)),
    }
}

/// Returns the reason why a name cannot be locked. In a directory that this user may not write to, a server may listen
/// all the same.
fn prefer_in_use(path: &Path, error: BindError) -> BindError {
    let is_alive = || Target::find(path).and_then(|target| target.connect());
    match error {
        BindError::Io(error) if error.kind() != io::ErrorKind::WouldBlock && is_alive().is_ok() => {
            in_use(path)
        }
        error => error,
    }
}

/// Returns the reason why a name is in use.
fn in_use(path: &Path) -> BindError {
    match inspect(path) {
        Err(error) => error,
        Ok(found) => BindError::InUse {
            owner: found.map(|found| found.owner),
        },
    }
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
        Err(ConnectError::Foreign) => {
            let found = "a socket of another type";
            return Err(BindError::Foreign { found });
        }
        Err(ConnectError::Io(error)) => return Err(BindError::Io(error)),
    }
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(BindError::Io(error)),
        _ => {}
    }
    tracing::info!(path = %path.display(), "reclaimed the name of a server that is gone");
    Ok(())
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

    use super::{BindError, Directory, SetupAccess, SetupFile, SocketPath, bind_setup};
    use crate::transport::Target;

    fn bind(path: &Path) -> Result<(OwnedFd, SetupFile), BindError> {
        let path = SocketPath::parse(path).unwrap();
        bind_setup(&path, &SetupAccess::Owner, Directory::Safe)
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
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2, "and its lock");
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
        let bind = |directory| bind_setup(&path, &SetupAccess::Owner, directory);
        let Err(BindError::UnsafeDirectory { directory }) = bind(Directory::Safe) else {
            panic!("everyone may replace it");
        };
        assert_eq!(directory, dir.path());
        bind(Directory::Any).unwrap();
        mode(0o1777);
        bind(Directory::Safe).unwrap();
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
        for (path, expected) in [
            (&file, "a regular file"),
            (&link, "a symbolic link"),
            (&folder, "a directory"),
            (&stream, "a socket of another type"),
        ] {
            let Err(BindError::Foreign { found }) = bind(path) else {
                panic!("{path:?}");
            };
            assert_eq!(found, expected);
        }
        assert_eq!(fs::read(&file).unwrap(), b"mine");
        assert!(folder.is_dir() && link.is_symlink() && stream.exists());
    }
}
