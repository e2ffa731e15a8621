//! A fresh directory for the sockets of one test, and a check that the test leaves nothing behind. Tests
//! pass absolute paths in it, since the temp dir of a process cannot be changed safely.

use std::env;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// A directory of one test, removed when dropped.
#[derive(Debug)]
pub struct Scratch {
    dir: TempDir,
}

impl Scratch {
    /// Creates an empty directory.
    pub fn new() -> Self {
        Self::within(&env::temp_dir())
    }

    /// Creates an empty directory in which every user may create files, as in `/tmp`.
    pub fn shared() -> Self {
        Self::with_mode(0o1777)
    }

    /// Creates an empty directory with this mode, in a place that every user can reach.
    pub fn with_mode(mode: u32) -> Self {
        let scratch = Self::within(&reachable_temp_dir());
        fs::set_permissions(scratch.dir(), Permissions::from_mode(mode)).unwrap();
        scratch
    }

    fn within(temp_dir: &Path) -> Self {
        // Short, since a socket's path has at most 107 bytes.
        let dir = tempfile::Builder::new().prefix("ds").tempdir_in(temp_dir);
        Self { dir: dir.unwrap() }
    }

    /// Returns the directory, for the `TMPDIR` of a child process.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Returns the path of `name` in the directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Returns the names of all files in the directory, apart from the lock files of servers, which stay for
    /// the next start.
    pub fn files(&self) -> Vec<String> {
        let mut files: Vec<_> = fs::read_dir(self.dir.path())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| !is_lock_file(path))
            .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
            .collect();
        files.sort();
        files
    }

    /// Removes all files but `kept`, for processes that were killed and could not do so.
    pub fn remove_all_but(&self, kept: &str) {
        for file in self.files() {
            if file != kept {
                // The server may have removed it first.
                let _ = fs::remove_file(self.path(&file));
            }
        }
    }

    /// Returns the paths below the directory that are still bound, with a file or without.
    pub fn bound_sockets(&self) -> Vec<String> {
        let dir = format!("{}/", self.dir.path().display());
        fs::read_to_string("/proc/net/unix")
            .unwrap()
            .lines()
            .filter_map(|line| line.split_once(&dir).map(|(_, name)| name.to_owned()))
            .collect()
    }

    /// Panics if the test left files behind. For clients whose calls a server that counts as a Go server has never
    /// answered: they await the replies for a while, on a socket without a file.
    pub fn leak_check_of_files(&self) {
        crate::watchdog::eventually(Duration::from_secs(2), "no files", || {
            self.files().is_empty()
        });
    }

    /// Panics if the test left anything behind: files in the directory, or sockets bound in it.
    ///
    /// Tasks close sockets a moment after their handle is dropped, so this checks repeatedly for two
    /// seconds.
    pub fn leak_check(&self) {
        let end = Instant::now() + Duration::from_secs(2);
        loop {
            let (files, sockets) = (self.files(), self.bound_sockets());
            if files.is_empty() && sockets.is_empty() {
                return;
            }
            assert!(
                Instant::now() < end,
                "left behind: files {files:?}, bound sockets {sockets:?}"
            );
            thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Returns whether a file is what a server leaves for its next start: an empty file `.NAME.lock` that only its user
/// can open.
fn is_lock_file(path: &Path) -> bool {
    let name = path.file_name().unwrap().to_string_lossy();
    let is_named_so = name.starts_with('.') && name.ends_with(".lock");
    is_named_so
        && fs::symlink_metadata(path)
            .is_ok_and(|found| found.mode() == 0o100_600 && found.len() == 0)
}

/// Returns the temp dir, or `/tmp` if other users cannot reach that.
pub fn reachable_temp_dir() -> PathBuf {
    let temp_dir = env::temp_dir();
    let is_open = |dir: &Path| fs::metadata(dir).unwrap().permissions().mode() & 0o001 != 0;
    if temp_dir.ancestors().all(is_open) {
        temp_dir
    } else {
        PathBuf::from("/tmp")
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::net::UnixDatagram;

    use super::Scratch;

    #[test]
    fn an_empty_directory_has_no_leak() {
        Scratch::new().leak_check();
    }

    #[test]
    fn only_the_lock_file_of_a_server_may_stay() {
        let scratch = Scratch::new();
        let set_mode = |name: &str, mode| {
            let mode = fs::Permissions::from_mode(mode);
            fs::set_permissions(scratch.path(name), mode).unwrap();
        };
        for name in [".kv.lock", ".open.lock", ".kv", "kv.lock", ".full.lock"] {
            fs::write(
                scratch.path(name),
                if name == ".full.lock" { "x" } else { "" },
            )
            .unwrap();
            set_mode(name, 0o600);
        }
        set_mode(".open.lock", 0o644);
        let others = [".full.lock", ".kv", ".open.lock", "kv.lock"];
        assert_eq!(scratch.files(), others);
        for name in others {
            fs::remove_file(scratch.path(name)).unwrap();
        }
        scratch.leak_check();
        assert!(scratch.path(".kv.lock").exists());
    }

    #[test]
    fn a_file_and_an_unlinked_socket_are_leaks() {
        let scratch = Scratch::new();
        let socket = UnixDatagram::bind(scratch.path("socket")).unwrap();
        assert_eq!(scratch.files(), ["socket"]);
        fs::remove_file(scratch.path("socket")).unwrap();
        assert_eq!(scratch.files(), Vec::<String>::new());
        assert_eq!(scratch.bound_sockets(), ["socket"]);
        drop(socket);
        scratch.leak_check();
    }
}
