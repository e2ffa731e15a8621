//! The directories above a socket's file: who could replace it, or one of them.

use std::path::Path;

use rustix::fs::{FileType, Stat, lstat};

use super::groups::is_ambiguous;
use super::users::ROOT;

/// The bits of a directory's mode with which other users may remove and rename its entries.
const GROUP_OR_OTHERS_WRITE: u32 = 0o022;
const STICKY: u32 = 0o1000;

/// Returns whether only root and `owner` can replace the file at `path`.
///
/// Each directory up to the root has to belong to root or `owner`. If it is not sticky, its group and others must not be
/// able to write to it. A symbolic link is not safe: it can be replaced. An owner that may stand for several users is not
/// safe either.
pub(super) fn are_safe(path: &Path, owner: u32) -> bool {
    path.is_absolute()
        && !is_ambiguous(owner)
        && path
            .ancestors()
            .skip(1)
            .all(|directory| lstat(directory).is_ok_and(|found| is_safe(&found, owner)))
}

fn is_safe(found: &Stat, owner: u32) -> bool {
    let is_directory = FileType::from_raw_mode(found.st_mode) == FileType::Directory;
    let is_protected = found.st_mode & GROUP_OR_OTHERS_WRITE == 0 || found.st_mode & STICKY != 0;
    is_directory && is_protected && [ROOT, owner].contains(&found.st_uid)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::path::Path;

    use super::are_safe;
    use crate::transport::own_uid;

    #[test]
    fn every_directory_counts() {
        let dir = tempfile::tempdir().unwrap();
        let inner = dir.path().join("a/b");
        fs::create_dir_all(&inner).unwrap();
        let path = inner.join("s");
        let mode = |path: &Path, mode| {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        };
        for path in [dir.path(), &dir.path().join("a"), &inner] {
            mode(path, 0o755);
        }
        assert!(are_safe(&path, own_uid()));
        for (open, safe) in [
            (0o777, false),
            (0o775, false),
            (0o1777, true),
            (0o700, true),
        ] {
            for directory in [dir.path(), &dir.path().join("a"), &inner] {
                mode(directory, open);
                assert_eq!(are_safe(&path, own_uid()), safe, "{directory:?} {open:o}");
                mode(directory, 0o755);
            }
        }
        symlink(&inner, dir.path().join("link")).unwrap();
        assert!(!are_safe(&dir.path().join("link/s"), own_uid()));
        assert!(!are_safe(Path::new("s"), own_uid()), "a relative path");
        if own_uid() != 0 {
            assert!(!are_safe(&path, own_uid() + 1), "another owner");
        }
    }
}
