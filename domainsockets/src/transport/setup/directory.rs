//! The directories that lead to a socket, and whether other users can replace it there.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{self, Component, Path, PathBuf};

/// The directories in which a server may bind: those in which other users cannot replace its socket, or any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Directory {
    Safe,
    Any,
}

/// Returns a directory on the way to `path` in which every user may remove and replace files.
///
/// These are the directories that the kernel looks names up in, from the root on, and through symbolic links. One that
/// cannot be read counts as safe: binding reports the cause.
pub(super) fn replaceable_directory(path: &Path) -> Option<PathBuf> {
    let path = path::absolute(path).ok()?;
    let mut directory = PathBuf::from("/");
    let mut names = names(path.parent()?);
    let mut links = 0;
    loop {
        if anyone_can_replace_in(&directory) {
            return Some(directory);
        }
        let name = names.pop()?;
        if name == ".." {
            directory.pop();
            continue;
        }
        let next = directory.join(name);
        match fs::read_link(&next) {
            Ok(_) if links == MAX_LINKS => return None,
            Ok(target) => {
                links += 1;
                if target.is_absolute() {
                    directory = PathBuf::from("/");
                }
                names.extend(self::names(&target));
            }
            Err(_) => directory = next,
        }
    }
}

/// Returns the names that a path consists of, the last one first.
fn names(path: &Path) -> Vec<OsString> {
    let names = path.components().rev();
    names
        .filter(|name| matches!(name, Component::Normal(_) | Component::ParentDir))
        .map(|name| name.as_os_str().to_owned())
        .collect()
}

fn anyone_can_replace_in(directory: &Path) -> bool {
    const OTHERS_WRITE: u32 = 0o002;
    const STICKY: u32 = 0o1000;
    fs::symlink_metadata(directory)
        .is_ok_and(|found| found.is_dir() && found.mode() & (OTHERS_WRITE | STICKY) == OTHERS_WRITE)
}

/// The kernel follows no more symbolic links than these (`path_resolution(7)`).
const MAX_LINKS: usize = 40;

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::path::Path;

    use super::replaceable_directory;

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn directory_that_all_users_may_write_is_found_among_all_ancestors() {
        let dir = tempfile::tempdir().unwrap();
        let outer = dir.path().join("outer");
        let inner = outer.join("inner");
        fs::create_dir_all(&inner).unwrap();
        let path = inner.join("kv");
        assert_eq!(replaceable_directory(&path), None);
        for unsafe_one in [&inner, &outer, &dir.path().to_owned()] {
            set_mode(unsafe_one, 0o777);
            assert_eq!(replaceable_directory(&path).as_ref(), Some(unsafe_one));
            set_mode(unsafe_one, 0o1777);
            assert_eq!(replaceable_directory(&path), None, "it is sticky");
            set_mode(unsafe_one, 0o755);
        }
    }

    #[test]
    fn directories_behind_links_and_dots_are_checked() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        for name in ["from", "through", "to", "to/end"] {
            fs::create_dir(path(name)).unwrap();
        }
        symlink("../through/link", path("from/link")).unwrap();
        symlink(path("to/end"), path("through/link")).unwrap();
        let socket = path("from/link/../end/kv");
        assert_eq!(replaceable_directory(&socket), None);
        for name in ["from", "through", "to", "to/end"] {
            set_mode(&path(name), 0o777);
            assert_eq!(replaceable_directory(&socket), Some(path(name)));
            set_mode(&path(name), 0o755);
        }
    }

    #[test]
    fn links_in_a_circle_and_missing_directories_are_left_to_the_kernel() {
        let dir = tempfile::tempdir().unwrap();
        let circle = dir.path().join("circle");
        symlink(&circle, &circle).unwrap();
        assert_eq!(replaceable_directory(&circle.join("kv")), None);
        assert_eq!(replaceable_directory(&dir.path().join("no/such/kv")), None);
    }
}
