//! Credentials of senders: receiving datagrams with `SCM_CREDENTIALS`, unix(7).

use std::io::{self, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd};

use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, recvmsg};
use rustix::net::{RecvFlags, SocketAddrUnix, recvfrom};

use crate::peer::Credentials;

/// The size of a received datagram, and the credentials of its sender.
#[derive(Debug)]
pub(super) struct ReceivedCredentials {
    /// The true length of the datagram, even if the buffer was shorter.
    pub(super) size: usize,
    /// The sender's credentials, if this process can see them.
    pub(super) peer: Option<Credentials>,
    /// Whether descriptors were attached, which the kernel has discarded.
    pub(super) has_descriptors: bool,
}

/// The address of the socket that a datagram was sent from, in the abstract namespace.
#[derive(Debug)]
pub(crate) struct SourceAddress(pub(super) SocketAddrUnix);

/// Room for one `SCM_CREDENTIALS` and nothing else, so that no descriptor is ever installed.
#[derive(Debug)]
#[repr(align(8))]
struct Control([u8; CONTROL]);

const HEADER: usize = size_of::<usize>() + 2 * size_of::<i32>();
const CREDENTIALS: usize = 3 * size_of::<u32>();
/// `CMSG_SPACE`, cmsg(3): both parts, each aligned to a word.
const CONTROL: usize = HEADER + CREDENTIALS.next_multiple_of(size_of::<usize>());

/// `SOL_SOCKET` and `SCM_CREDENTIALS`, as `linux/socket.h` has them.
const KIND: [i32; 2] = [1, 2];

/// Receives a datagram from a socket that has `SO_PASSCRED` set, without waiting.
///
/// Parses the control message itself: for a process of a namespace that is not visible here the kernel reports
/// process ID 0, which wrappers of credentials consider impossible.
pub(super) fn receive_with_credentials(
    socket: &impl AsFd,
    parts: &mut [IoSliceMut<'_>],
) -> io::Result<ReceivedCredentials> {
    let mut control = Control([0; CONTROL]);
    let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_TRUNC | MsgFlags::MSG_CMSG_CLOEXEC;
    let fd = socket.as_fd().as_raw_fd();
    let received = recvmsg::<()>(fd, parts, Some(&mut control.0), flags);
    let received = received.map_err(|error: Errno| io::Error::from_raw_os_error(error as i32))?;
    let (size, flags) = (received.bytes, received.flags);
    Ok(ReceivedCredentials {
        size,
        peer: credentials(&control.0),
        has_descriptors: flags.contains(MsgFlags::MSG_CTRUNC),
    })
}

/// Returns the address of the sender of the next datagram, without receiving the datagram.
///
/// `recvmsg` returns the address too, but nix 0.32 panics if the sender has none.
pub(super) fn peek_source(socket: &impl AsFd) -> rustix::io::Result<Option<SourceAddress>> {
    let flags = RecvFlags::DONTWAIT | RecvFlags::PEEK;
    let (_, _, source) = recvfrom(socket, &mut [0; 1][..], flags)?;
    let source = source.and_then(|source| SocketAddrUnix::try_from(source).ok());
    Ok(source
        .filter(|source| source.abstract_name().is_some())
        .map(SourceAddress))
}

/// Reads a `struct cmsghdr` and the `struct ucred` behind it.
fn credentials(control: &[u8]) -> Option<Credentials> {
    let (len, rest) = control.split_first_chunk()?;
    let (level, rest) = rest.split_first_chunk()?;
    let (kind, rest) = rest.split_first_chunk()?;
    let (pid, rest) = rest.split_first_chunk()?;
    let (uid, rest) = rest.split_first_chunk()?;
    let (gid, _) = rest.split_first_chunk()?;
    let is_credentials = usize::from_ne_bytes(*len) == HEADER + CREDENTIALS
        && [i32::from_ne_bytes(*level), i32::from_ne_bytes(*kind)] == KIND;
    let peer = || {
        Credentials::known(
            i32::from_ne_bytes(*pid),
            u32::from_ne_bytes(*uid),
            u32::from_ne_bytes(*gid),
        )
    };
    is_credentials.then(peer).flatten()
}
