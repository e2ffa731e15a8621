//! Users and groups: those of this process, and the IDs of names, from the user and group databases.

use std::io;

use nix::unistd::{Group, User};

use crate::peer::Credentials;

/// Returns the effective user of this process.
pub(crate) fn own_uid() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// The user to whom no mode denies access.
pub(super) const ROOT: u32 = 0;

/// Returns whether a user is another one than this process's and root.
pub(super) fn is_foreign(user: u32) -> bool {
    user != ROOT && user != own_uid()
}

/// Returns the credentials of this process, as the kernel reports them.
pub(crate) fn this_process() -> Credentials {
    Credentials {
        pid: std::process::id(),
        uid: own_uid(),
        gid: rustix::process::getegid().as_raw(),
    }
}

/// Returns the ID of the user of this name, if there is one.
pub(crate) fn user_id(name: &str) -> io::Result<Option<u32>> {
    let user = User::from_name(name)?;
    Ok(user.map(|user| user.uid.as_raw()))
}

/// Returns the ID of the group of this name, if there is one.
pub(crate) fn group_id(name: &str) -> io::Result<Option<u32>> {
    let group = Group::from_name(name)?;
    Ok(group.map(|group| group.gid.as_raw()))
}
