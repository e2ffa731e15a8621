//! Sending with the effective credentials of this process attached.

use std::io::IoSlice;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd};

use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, UCred, sendmsg};
use rustix::process::{getegid, geteuid, getpid};

/// Sends a datagram with the effective user and group of this process attached, and with these descriptors.
///
/// Without that the kernel attaches the real ones: those of a set-user-ID program are its caller's, while
/// `SO_PEERCRED` of a socket pair tells the effective ones.
pub(super) fn send_with_credentials(
    socket: &impl AsFd,
    parts: &[IoSlice<'_>],
    descriptors: &[BorrowedFd<'_>],
    flags: SendFlags,
) -> rustix::io::Result<usize> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1), ScmCredentials(1))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    let own = UCred {
        pid: getpid(),
        uid: geteuid(),
        gid: getegid(),
    };
    let has_room = control.push(SendAncillaryMessage::ScmCredentials(own))
        && (descriptors.is_empty() || control.push(SendAncillaryMessage::ScmRights(descriptors)));
    if !has_room {
        return Err(rustix::io::Errno::NOBUFS);
    }
    sendmsg(socket, parts, &mut control, flags)
}
