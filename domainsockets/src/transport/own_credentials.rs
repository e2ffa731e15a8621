//! Sending with the effective credentials of this process attached.

use std::io::IoSlice;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd};

use rustix::io::Errno;
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, UCred, sendmsg};
use rustix::process::{getegid, geteuid, getpid};

/// Sends a datagram with the effective user and group of this process attached, and with these descriptors.
///
/// Without that the kernel attaches the real ones: those of a set-user-ID program are its caller's, while
/// `SO_PEERCRED` of a socket pair tells the effective ones.
///
/// A process whose user is not mapped into its user namespace cannot name it (`EINVAL`). There the kernel's choice has to
/// do.
pub(super) fn send_with_credentials(
    socket: &impl AsFd,
    parts: &[IoSlice<'_>],
    descriptors: &[BorrowedFd<'_>],
    flags: SendFlags,
) -> rustix::io::Result<usize> {
    let own = UCred {
        pid: getpid(),
        uid: geteuid(),
        gid: getegid(),
    };
    let attempt = |own: Option<UCred>| {
        let mut space =
            [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1), ScmCredentials(1))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        let own = own.map(SendAncillaryMessage::ScmCredentials);
        let rights = SendAncillaryMessage::ScmRights(descriptors);
        let attached = [own, Some(rights).filter(|_| !descriptors.is_empty())];
        if !attached
            .into_iter()
            .flatten()
            .all(|message| control.push(message))
        {
            return Err(Errno::NOBUFS);
        }
        sendmsg(socket, parts, &mut control, flags)
    };
    match attempt(Some(own)) {
        Err(Errno::INVAL) => attempt(None),
        result => result,
    }
}
