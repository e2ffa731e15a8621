//! A server's name: binding it, and taking it over from a server that died.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

use super::{ConnectError, SocketFile, SocketPath, bind_private, connect};

/// How often a name is tried that others take and leave at the same time.
const ATTEMPTS: u32 = 8;

/// Why a server's name could not be bound.
#[derive(Debug)]
pub(crate) enum BindError {
    /// Somebody listens there.
    InUse,
    /// What stands there is no datagram socket.
    Foreign,
    Io(io::Error),
}

/// Binds a server's socket. A file that a dead server left is replaced; `aside` is a fresh name in
/// the same directory, for the time of doing so.
pub(crate) fn bind_setup(
    path: &SocketPath,
    aside: &Path,
) -> Result<(OwnedFd, SocketFile), BindError> {
    for _ in 0..ATTEMPTS {
        match bind_private(path.as_path()) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
            bound => return bound.map_err(BindError::Io),
        }
        remove_stale(path.as_path(), aside)?;
    }
    Err(BindError::InUse)
}

/// Removes the file of a datagram socket that nobody listens on.
fn remove_stale(path: &Path, aside: &Path) -> Result<(), BindError> {
    let Some(found) = inspect(path)? else {
        return Ok(());
    };
    match connect(path) {
        Err(ConnectError::NotListening) => {}
        // A socket of another user cannot be told from a live one, and is left alone.
        Ok(_) | Err(ConnectError::Denied) => return Err(BindError::InUse),
        Err(ConnectError::Foreign) => return Err(BindError::Foreign),
        Err(ConnectError::Io(error)) => return Err(BindError::Io(error)),
    }
    // Another server may have replaced the stale file since it was looked at. So it is moved away
    // first, which only one of several can do, and removed once it is seen to be the same.
    match fs::rename(path, aside) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(BindError::Io(error)),
    }
    if inspect(aside)? == Some(found) {
        fs::remove_file(aside).map_err(BindError::Io)?;
        tracing::info!(path = %path.display(), "reclaimed the name of a server that is gone");
        return Ok(());
    }
    // It is a live server's: it gets its name back, unless yet another has taken it.
    let restored = fs::hard_link(aside, path);
    fs::remove_file(aside).map_err(BindError::Io)?;
    restored.map_err(BindError::Io)?;
    Err(BindError::InUse)
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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::net::UnixListener;
    use std::path::Path;

    use super::{BindError, SocketPath, bind_setup, connect};

    fn bind(path: &Path) -> Result<(std::os::fd::OwnedFd, super::SocketFile), BindError> {
        let socket = SocketPath::parse(path).unwrap();
        bind_setup(&socket, &socket.neighbour("aside"))
    }

    #[test]
    fn a_dead_servers_name_is_reclaimed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("kv");
        let (fd, file) = bind(&path).unwrap();
        drop(fd);
        std::mem::forget(file);
        assert!(path.exists());
        let (_fd, _file) = bind(&path).unwrap();
        connect(&path).unwrap();
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
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
