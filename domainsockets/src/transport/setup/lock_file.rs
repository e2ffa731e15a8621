//! The lock file of a server's name, `.NAME.lock`, which a server holds while it binds the name.

use std::ffi::OsString;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use rustix::fs::{FileType, FlockOperation, Mode, OFlags, Stat, fchmod, flock, fstat, lstat, open};
use rustix::io::Errno;

use super::bind_error::BindError;
use crate::transport::own_uid;

/// A locked lock file. It is unlocked when this is dropped, and stays in its place for the next start.
///
/// Only this user and root can open it, so no other user can hold the lock.
#[derive(Debug)]
pub(super) struct LockFile {
    file: OwnedFd,
}

impl LockFile {
    /// Locks the name of a server, and creates the lock file if there is none. Waits at most a second for another
    /// server of this user that is about to bind the name.
    ///
    /// Returns `None` where the file system has no locks.
    pub(super) fn lock(socket: &Path) -> Result<Option<Self>, BindError> {
        let path = path_for(socket);
        for attempt in 0..ATTEMPTS {
            if attempt > 0 {
                thread::sleep(PAUSE);
            }
            let Some(file) = open_or_create(&path)? else {
                continue;
            };
            match flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) if is_in_place(&file, &path)? => return Ok(Some(Self { file })),
                Ok(()) | Err(Errno::WOULDBLOCK | Errno::INTR) => {}
                Err(Errno::NOSYS | Errno::OPNOTSUPP | Errno::NOLCK) => return Ok(None),
                Err(error) => return Err(error.into()),
            }
        }
        let said = format!(
            "another process of this user has held the lock {} for a second: a server that starts, or hangs",
            path.display()
        );
        Err(BindError::Io(io::Error::new(
            io::ErrorKind::WouldBlock,
            said,
        )))
    }
}

impl Drop for LockFile {
    fn drop(&mut self) {
        // Closing is not enough: a child of another thread's `fork` has a copy until it executes its program.
        let _ = flock(&self.file, FlockOperation::Unlock);
    }
}

/// Opens the lock file, or creates it. Returns `None` if it was removed or created meanwhile.
fn open_or_create(path: &Path) -> Result<Option<OwnedFd>, BindError> {
    let flags = OFlags::RDWR | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    // A file of another kind is found out only by opening it, which must not wait.
    let existing = flags | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = match open(path, existing, Mode::empty()) {
        Err(Errno::NOENT) => match open(path, flags | OFlags::CREATE | OFlags::EXCL, PRIVATE) {
            Err(Errno::EXIST) => return Ok(None),
            created => created?,
        },
        Err(error) => {
            return Err(match lstat(path) {
                Ok(found) if !is_lock_file(&found) => foreign(path, &found),
                _ => error.into(),
            });
        }
        Ok(file) => file,
    };
    let found = fstat(&file)?;
    if found.st_nlink == 0 {
        return Ok(None);
    }
    if !is_lock_file(&found) {
        return Err(foreign(path, &found));
    }
    if Mode::from_raw_mode(found.st_mode) != PRIVATE {
        fchmod(&file, PRIVATE)?;
    }
    Ok(Some(file))
}

/// Returns whether a file can be a lock file: a regular file of this user with one name.
fn is_lock_file(found: &Stat) -> bool {
    FileType::from_raw_mode(found.st_mode) == FileType::RegularFile
        && found.st_uid == own_uid()
        && found.st_nlink == 1
}

fn foreign(path: &Path, found: &Stat) -> BindError {
    BindError::ForeignLock {
        path: path.to_owned(),
        owner: found.st_uid,
    }
}

/// Returns whether the locked file is still the one that the next server opens.
fn is_in_place(file: &OwnedFd, path: &Path) -> Result<bool, BindError> {
    let locked = fstat(file)?;
    match lstat(path) {
        Ok(found) => Ok((found.st_dev, found.st_ino) == (locked.st_dev, locked.st_ino)),
        Err(Errno::NOENT) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn path_for(socket: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(socket.file_name().unwrap_or_default());
    name.push(".lock");
    socket.with_file_name(name)
}

const PRIVATE: Mode = Mode::from_raw_mode(0o600);

/// The number of attempts to lock the file, and the pause between them.
const ATTEMPTS: u32 = 200;
const PAUSE: Duration = Duration::from_millis(5);

#[cfg(test)]
mod tests {
    use std::fs::{self, File, Permissions};
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
    use std::path::Path;
    use std::sync::mpsc;
    use std::thread;
    use std::time::{Duration, Instant};

    use rustix::fs::{FileType, FlockOperation, Mode, flock, mknodat};

    use super::{BindError, LockFile, path_for};
    use crate::transport::own_uid;

    fn lock(socket: &Path) -> Result<Option<LockFile>, BindError> {
        LockFile::lock(socket)
    }

    #[test]
    fn lock_file_is_private_and_stays() {
        let dir = tempfile::tempdir().unwrap();
        let socket = dir.path().join("kv");
        drop(lock(&socket).unwrap().unwrap());
        let path = dir.path().join(".kv.lock");
        let inode = fs::metadata(&path).unwrap().ino();
        assert_eq!(fs::metadata(&path).unwrap().mode(), 0o100_600);
        // Another user could open a file of this mode, and lock it.
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        drop(lock(&socket).unwrap().unwrap());
        let found = fs::metadata(&path).unwrap();
        assert_eq!((found.mode(), found.ino()), (0o100_600, inode));
    }

    #[test]
    fn server_waits_for_another_one_of_its_user() {
        let dir = tempfile::tempdir().unwrap();
        let socket = dir.path().join("kv");
        let (locked, is_locked) = mpsc::channel();
        thread::scope(|scope| {
            scope.spawn(|| {
                let held = lock(&socket).unwrap().unwrap();
                locked.send(()).unwrap();
                thread::sleep(Duration::from_millis(50));
                drop(held);
            });
            is_locked.recv().unwrap();
            drop(lock(&socket).unwrap().unwrap());
        });
    }

    #[test]
    fn waiting_for_a_server_that_hangs_is_bounded() {
        let dir = tempfile::tempdir().unwrap();
        let socket = dir.path().join("kv");
        let _held = lock(&socket).unwrap().unwrap();
        let begun = Instant::now();
        let Err(BindError::Io(error)) = lock(&socket) else {
            panic!("it is locked");
        };
        let text = error.to_string();
        assert!(text.contains(".kv.lock"), "{text}");
        assert!(begun.elapsed() >= Duration::from_millis(900));
    }

    #[test]
    fn lock_of_the_directory_is_no_lock_of_a_name() {
        let dir = tempfile::tempdir().unwrap();
        let directory = File::open(dir.path()).unwrap();
        flock(&directory, FlockOperation::LockExclusive).unwrap();
        let begun = Instant::now();
        lock(&dir.path().join("kv")).unwrap().unwrap();
        assert!(begun.elapsed() < Duration::from_millis(500));
    }

    #[test]
    fn file_that_was_removed_while_it_was_locked_locks_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let socket = dir.path().join("kv");
        let _removed = lock(&socket).unwrap().unwrap();
        fs::remove_file(path_for(&socket)).unwrap();
        let _second = lock(&socket).unwrap().unwrap();
        lock(&socket).unwrap_err();
    }

    #[test]
    fn files_that_are_no_lock_files_are_named_and_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let refused = |name: &str| {
            let Err(BindError::ForeignLock { path, owner }) = lock(&dir.path().join(name)) else {
                panic!("{name}");
            };
            assert_eq!(path, dir.path().join(format!(".{name}.lock")));
            owner
        };
        let place = |name: &str| path_for(&dir.path().join(name));
        let victim = dir.path().join("victim");
        fs::write(&victim, "a victim's").unwrap();
        symlink(&victim, place("link")).unwrap();
        symlink(dir.path().join("none"), place("dangling")).unwrap();
        fs::hard_link(&victim, place("hard")).unwrap();
        fs::create_dir(place("directory")).unwrap();
        let fifo = (FileType::Fifo, Mode::from_raw_mode(0o600));
        mknodat(rustix::fs::CWD, place("fifo"), fifo.0, fifo.1, 0).unwrap();
        let _socket = std::os::unix::net::UnixDatagram::bind(place("socket")).unwrap();
        for name in ["link", "dangling", "hard", "directory", "fifo", "socket"] {
            assert_eq!(refused(name), own_uid());
        }
        assert!(!dir.path().join("none").exists());
        let mode = fs::metadata(&victim).unwrap().mode();
        assert_ne!(mode & 0o777, 0o600, "its mode is left alone as well");

        if own_uid() == 0 {
            fs::write(place("other"), "").unwrap();
            std::os::unix::fs::chown(place("other"), Some(65534), None).unwrap();
            assert_eq!(refused("other"), 65534);
        }
    }
}
