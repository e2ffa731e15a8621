//! Datagrams with what the kernel says of their senders.

use std::io::{self, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd};

use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, recvmsg};
use rustix::net::{RecvFlags, SocketAddrUnix, recvfrom};

use crate::peer::Credentials;

/// A datagram that has been received, as the kernel describes it.
#[derive(Debug)]
pub(super) struct ReceivedCredentials {
    /// Its true length, however much of it there was room for.
    pub(super) size: usize,
    /// Who has sent it, if this process can know.
    pub(super) peer: Option<Credentials>,
    /// Whether more was attached than credentials: descriptors, which were not accepted.
    pub(super) stuffed: bool,
}

/// The name of the socket that a datagram came from, in the abstract namespace.
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
/// The control message is read here: of a process in a namespace that cannot be seen from here the
/// kernel delivers process id 0, which wrappers of credentials take to be impossible.
pub(super) fn receive_stamped(
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
        stuffed: flags.contains(MsgFlags::MSG_CTRUNC),
    })
}

/// Where the datagram comes from that is received next, without receiving it.
///
/// The name comes along with the datagram too, but nix 0.32 panics at that of a sender who has none.
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
