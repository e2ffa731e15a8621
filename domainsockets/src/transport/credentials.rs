//! Credentials of senders, and the descriptors that they attach: the control messages of received datagrams
//! (`SCM_CREDENTIALS` and `SCM_RIGHTS`, unix(7)).

use std::io::{self, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd, RawFd};

use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, recvmsg};

use super::received_descriptors::ReceivedDescriptors;
use crate::peer::Credentials;

/// A datagram as it was received, with what its control messages say.
#[derive(Debug)]
pub(super) struct ReceivedDatagram {
    /// The true length of the datagram, even if the buffer was shorter.
    pub(super) size: usize,
    /// The sender's credentials, if the socket has `SO_PASSCRED`. The process ID is 0 if this process cannot see the
    /// sender.
    pub(super) sender: Option<Credentials>,
    /// The descriptors that were attached.
    pub(super) descriptors: ReceivedDescriptors,
}

/// The room for control messages: one `SCM_CREDENTIALS`, one `SCM_RIGHTS` with as many descriptors as the kernel attaches
/// to one datagram, and those that a peer switches on who has a duplicate of the socket, before these.
///
/// The kernel closes descriptors for which there is no room **inside of** recvmsg(2), for as long as that takes,
/// whatever `MSG_DONTWAIT` says: a TCP socket with unsent data and a long `SO_LINGER` takes up to 18 hours. So each
/// receive has this room, and the descriptors are closed elsewhere.
#[repr(align(8))]
struct ControlBuffer([u8; CONTROL]);

const CONTROL: usize =
    space(CREDENTIALS) + space(MAX_DESCRIPTORS * size_of::<RawFd>()) + FOREIGN_OPTIONS;

/// The room for control messages that this library does not ask for: time stamps, which take 96 bytes at most, and a
/// security label (`SO_TIMESTAMP`, `SO_TIMESTAMPING`, `SO_PASSSEC`).
const FOREIGN_OPTIONS: usize = 512;

/// The size of `struct ucred`.
const CREDENTIALS: usize = 3 * size_of::<u32>();

/// `SCM_MAX_FD` of `net/scm.h`: how many descriptors one datagram carries at most.
pub(super) const MAX_DESCRIPTORS: usize = 253;

/// The size of `struct cmsghdr`: a length, a level and a type.
const HEADER: usize = size_of::<usize>() + 2 * size_of::<i32>();

/// `CMSG_SPACE`, cmsg(3): a header and its data, aligned to a word.
const fn space(data: usize) -> usize {
    HEADER + data.next_multiple_of(size_of::<usize>())
}

/// `SOL_SOCKET`, as `linux/socket.h` has it.
const SOL_SOCKET: i32 = 1;
/// The types of control messages, as `linux/socket.h` has them.
const SCM_RIGHTS: i32 = 1;
const SCM_CREDENTIALS: i32 = 2;
const SCM_PIDFD: i32 = 4;

/// Receives a datagram without waiting, and the descriptors that are attached to it.
///
/// Parses the control messages itself: for a process of a namespace that is not visible here the kernel reports
/// process ID 0, which wrappers of credentials consider impossible.
pub(super) fn receive_datagram(
    socket: &impl AsFd,
    parts: &mut [IoSliceMut<'_>],
) -> io::Result<ReceivedDatagram> {
    let mut control = ControlBuffer([0; CONTROL]);
    let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_TRUNC | MsgFlags::MSG_CMSG_CLOEXEC;
    let fd = socket.as_fd().as_raw_fd();
    let received = recvmsg::<()>(fd, parts, Some(&mut control.0), flags);
    let received = received.map_err(|error: Errno| io::Error::from_raw_os_error(error as i32))?;
    let (size, flags) = (received.bytes, received.flags);
    let mut sender = None;
    let mut numbers = Vec::new();
    for message in Messages(&control.0) {
        match message {
            (SOL_SOCKET, SCM_CREDENTIALS, data) => sender = credentials(data),
            (SOL_SOCKET, SCM_RIGHTS, data) => {
                let (chunks, _) = data.as_chunks();
                numbers.extend(chunks.iter().map(|number| RawFd::from_ne_bytes(*number)));
            }
            // A peer that has a duplicate of the socket may ask for it (`SO_PASSPIDFD`). Closing it does not block.
            (SOL_SOCKET, SCM_PIDFD, data) => close_pidfds(data),
            _ => {}
        }
    }
    let user = sender.map(|sender| sender.uid);
    let are_missing = flags.contains(MsgFlags::MSG_CTRUNC);
    Ok(ReceivedDatagram {
        size,
        sender,
        descriptors: ReceivedDescriptors::new(user, numbers, are_missing),
    })
}

/// The control messages in a buffer, of which the kernel has filled the beginning. The rest is zero.
struct Messages<'a>(&'a [u8]);

impl<'a> Iterator for Messages<'a> {
    type Item = (i32, i32, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (len, rest) = self.0.split_first_chunk()?;
        let (level, rest) = rest.split_first_chunk()?;
        let (kind, rest) = rest.split_first_chunk()?;
        let len = usize::from_ne_bytes(*len).checked_sub(HEADER)?;
        let data = rest.get(..len)?;
        self.0 = rest
            .get(len.next_multiple_of(size_of::<usize>())..)
            .unwrap_or_default();
        Some((i32::from_ne_bytes(*level), i32::from_ne_bytes(*kind), data))
    }
}

/// Closes the pidfds in a control message. A negative number is the error of opening one.
fn close_pidfds(data: &[u8]) {
    let (chunks, _) = data.as_chunks();
    for number in chunks.iter().map(|number| RawFd::from_ne_bytes(*number)) {
        if number >= 0 {
            // On failure the number is free all the same, close(2).
            let _ = nix::unistd::close(number);
        }
    }
}

/// Reads a `struct ucred`.
fn credentials(data: &[u8]) -> Option<Credentials> {
    let ([pid, uid, gid], []) = data.as_chunks() else {
        return None;
    };
    Some(Credentials {
        // Negative if no process is known, as zero is if the process is not visible.
        pid: u32::try_from(i32::from_ne_bytes(*pid)).unwrap_or_default(),
        uid: u32::from_ne_bytes(*uid),
        gid: u32::from_ne_bytes(*gid),
    })
}
