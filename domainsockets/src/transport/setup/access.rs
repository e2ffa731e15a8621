//! Who may send to a setup socket, as far as the kernel decides it: the mode and the access control list of its file.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::Path;

use rustix::fs::{FileType, Mode, OFlags, Stat, XattrFlags, chmod, fstat, open, setxattr};
use rustix::io::Errno;

use super::acl::Acl;
use super::bind_error::BindError;
use crate::transport::socket::setup_mark;
use crate::transport::users::ROOT;
use crate::transport::{Reach, own_uid};

/// The users who may send to a setup socket, apart from root. The server checks each sender besides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SetupAccess {
    /// This process's user.
    Owner,
    /// This process's user, and these users and groups.
    Listed { users: Vec<u32>, groups: Vec<u32> },
    /// All users.
    Anyone,
}

impl SetupAccess {
    /// Returns who may send to the socket before its access is [set](Self::set). A list is set only then.
    pub(super) const fn reach(&self) -> Reach {
        match self {
            Self::Owner | Self::Listed { .. } => Reach::Owner,
            Self::Anyone => Reach::Anyone,
        }
    }

    /// Sets the access to the socket that this process has bound at `path`.
    ///
    /// The whole list is set, behind the mode, so that none remains of what the default list of the directory gave the
    /// file. A mode that is set later would change the list.
    pub(super) fn set(&self, path: &Path) -> Result<(), BindError> {
        let file = SetupSocket::open(path)?;
        let private = matches!(self, Self::Owner);
        match file.set_mode(if *self == Self::Anyone { OPEN } else { PRIVATE }) {
            Ok(()) => {}
            // Without `/proc` the file keeps the mode that it was bound with, which admits its owner alone.
            Err(Errno::NOENT) if private => return Ok(()),
            Err(error) => return Err(error.into()),
        }
        let set = match self {
            Self::Owner => file.set_acl(&Acl::owner()),
            Self::Listed { users, groups } => file.admit(users, groups),
            Self::Anyone => file.set_acl(&Acl::anyone()),
        };
        match set {
            Ok(()) => Ok(()),
            // The mode says it all. It also bounds a list that the directory gave the file.
            Err(error) if private || *self == Self::Anyone => {
                tracing::debug!(path = %path.display(), %error, "no access control list is set");
                Ok(())
            }
            Err(Errno::OPNOTSUPP) => {
                file.set_mode(OPEN)?;
                tracing::warn!(
                    path = %path.display(),
                    "the file system has no access control lists: all users can send setup messages to the server, \
                     which checks each one"
                );
                Ok(())
            }
            Err(error) => Err(BindError::AccessList(error.into())),
        }
    }
}

/// The file of a setup socket of this user.
pub(super) struct SetupSocket {
    file: OwnedFd,
    found: Stat,
}

impl SetupSocket {
    /// Opens the file at `path`. Fails unless it is a socket of this user with one name: the owner of the directory may
    /// have replaced it.
    pub(super) fn open(path: &Path) -> Result<Self, BindError> {
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = open(path, flags, Mode::empty())?;
        let found = fstat(&file)?;
        let is_socket = FileType::from_raw_mode(found.st_mode) == FileType::Socket;
        if is_socket && found.st_uid == own_uid() && found.st_nlink == 1 {
            Ok(Self { file, found })
        } else {
            let said =
                "another file has taken the place of the socket, or the socket has a second name";
            Err(BindError::Io(io::Error::other(said)))
        }
    }

    /// Adds the mark of setup sockets to the file's mode.
    pub(super) fn mark(&self) -> rustix::io::Result<()> {
        self.set_mode(Mode::from_raw_mode(self.found.st_mode & 0o777))
    }

    /// Sets the mode, with the mark of setup sockets.
    fn set_mode(&self, mode: Mode) -> rustix::io::Result<()> {
        chmod(self.path(), mode | setup_mark())
    }

    fn set_acl(&self, acl: &Acl) -> rustix::io::Result<()> {
        setxattr(self.path(), ACCESS_LIST, &acl.encode(), XattrFlags::empty())
    }

    /// Admits these users and groups. Root has an entry for processes without `CAP_DAC_OVERRIDE`, unless it has no ID in
    /// this process's user namespace: then no process is root as this one sees it.
    fn admit(&self, users: &[u32], groups: &[u32]) -> rustix::io::Result<()> {
        let set = |users: &[u32]| self.set_acl(&Acl::listed(users, groups, self.found.st_gid));
        match set(users) {
            Err(Errno::INVAL) if users.contains(&ROOT) => {
                let others = users.iter().copied().filter(|user| *user != ROOT);
                set(&others.collect::<Vec<_>>())
            }
            result => result,
        }
    }

    /// Returns a path that leads to this file, whatever is at its name by now.
    fn path(&self) -> String {
        format!("/proc/self/fd/{}", self.file.as_raw_fd())
    }
}

/// The extended attribute that is a file's access control list.
const ACCESS_LIST: &str = "system.posix_acl_access";

const PRIVATE: Mode = Mode::from_raw_mode(0o600);
const OPEN: Mode = Mode::from_raw_mode(0o666);

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::{self, Write};
    use std::os::fd::OwnedFd;
    use std::os::unix::fs::MetadataExt;
    use std::path::Path;

    use rustix::fs::{XattrFlags, getxattr, setxattr};
    use rustix::io::Errno;

    use super::{ACCESS_LIST, Acl, BindError, SetupAccess};
    use crate::transport::SocketFile;
    use crate::transport::socket::bind_name;

    fn bind(path: &Path, access: &SetupAccess) -> Result<(OwnedFd, SocketFile), BindError> {
        let bound = bind_name(path, access.reach()).unwrap();
        access.set(path)?;
        Ok(bound)
    }

    fn listed(users: &[u32], groups: &[u32]) -> SetupAccess {
        SetupAccess::Listed {
            users: users.to_vec(),
            groups: groups.to_vec(),
        }
    }

    /// Returns the mode and the access control list of a file.
    fn access_of(path: &Path) -> (u32, Option<Vec<u8>>) {
        let mut list = vec![0; 65536];
        let list = match getxattr(path, ACCESS_LIST, &mut list) {
            Ok(size) => {
                list.truncate(size);
                Some(list)
            }
            Err(Errno::NODATA) => None,
            Err(error) => panic!("{error}"),
        };
        (fs::metadata(path).unwrap().mode() & 0o7777, list)
    }

    /// Returns whether files in this directory can have access control lists.
    fn has_lists(dir: &Path) -> bool {
        let file = dir.join("trial");
        fs::write(&file, "").unwrap();
        let list = Acl::listed(&[7], &[], u32::MAX).encode();
        let set = setxattr(&file, ACCESS_LIST, &list, XattrFlags::empty());
        fs::remove_file(file).unwrap();
        if set == Err(Errno::OPNOTSUPP) {
            // Unlike the output of `eprintln!`, this is shown although the test passes.
            let _ = writeln!(io::stderr(), "SKIPPED, since {dir:?} has no access lists");
            assert!(std::env::var_os("CI").is_none(), "in CI nothing is skipped");
            return false;
        }
        set.unwrap();
        true
    }

    #[test]
    fn listed_users_and_groups_have_entries_and_the_mark_survives() {
        let dir = tempfile::tempdir().unwrap();
        if !has_lists(dir.path()) {
            return;
        }
        let path = dir.path().join("s");
        let own_group = fs::metadata(dir.path()).unwrap().gid();
        let access = listed(&[0, 1000], &[27, own_group]);
        let (_fd, _file) = bind(&path, &access).unwrap();
        let file_group = fs::metadata(&path).unwrap().gid();
        let list = Acl::listed(&[0, 1000], &[27, own_group], file_group).encode();
        // The bits of the group are those of the list's mask.
        assert_eq!(access_of(&path), (0o1660, Some(list)));
    }

    #[test]
    fn access_that_a_mode_can_express_leaves_no_list() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s");
        let bound = |access: &SetupAccess| {
            let (_fd, _file) = bind(&path, access).unwrap();
            let group = fs::metadata(&path).unwrap().gid();
            (access_of(&path), group)
        };
        let (private, group) = bound(&SetupAccess::Owner);
        assert_eq!(private, (0o1600, None));
        assert_eq!(bound(&SetupAccess::Anyone).0, (0o1666, None));
        assert_eq!(bound(&listed(&[], &[group])).0, (0o1660, None));
    }

    #[test]
    fn default_list_of_the_directory_admits_nobody() {
        let dir = tempfile::tempdir().unwrap();
        if !has_lists(dir.path()) {
            return;
        }
        let stranger = Acl::listed(&[65534], &[65534], 0).encode();
        setxattr(
            dir.path(),
            "system.posix_acl_default",
            &stranger,
            XattrFlags::empty(),
        )
        .unwrap();
        let path = dir.path().join("s");
        fs::write(&path, "").unwrap();
        assert!(access_of(&path).1.is_some(), "it works for other files");
        fs::remove_file(&path).unwrap();

        for (access, mode, acl) in [
            (SetupAccess::Owner, 0o1600, None),
            (SetupAccess::Anyone, 0o1666, None),
            (
                listed(&[1000], &[]),
                0o1660,
                Some(Acl::listed(&[1000], &[], 0)),
            ),
        ] {
            let (_fd, _file) = bind(&path, &access).unwrap();
            let list = acl.map(|acl| acl.encode());
            assert_eq!(access_of(&path), (mode, list), "{access:?}");
        }
    }

    #[test]
    fn more_users_than_the_kernel_takes_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        if !has_lists(dir.path()) {
            return;
        }
        let users: Vec<_> = (1..10_000).collect();
        let refused = bind(&dir.path().join("s"), &listed(&users, &[]));
        assert!(
            matches!(refused, Err(BindError::AccessList(_))),
            "{refused:?}"
        );
        // The ID that the kernel reserves for "none" is as an unmapped one.
        let refused = bind(&dir.path().join("t"), &listed(&[u32::MAX], &[]));
        let Err(BindError::AccessList(error)) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        assert!(!dir.path().join("t").exists());
    }

    #[test]
    fn file_that_has_replaced_the_socket_keeps_its_access() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s");
        let other = dir.path().join("other");
        let (_fd, file) = bind(&path, &SetupAccess::Owner).unwrap();
        fs::hard_link(&path, &other).unwrap();
        SetupAccess::Anyone.set(&path).unwrap_err();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o1600);
        fs::remove_file(&other).unwrap();
        drop(file);
        fs::write(&path, "").unwrap();
        let mode = fs::metadata(&path).unwrap().mode();
        SetupAccess::Anyone.set(&path).unwrap_err();
        assert_eq!(fs::metadata(&path).unwrap().mode(), mode);
    }
}
