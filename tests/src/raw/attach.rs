//! Datagrams with ancillary data.

use std::fs::File;
use std::io::{self, ErrorKind, IoSlice, IoSliceMut, Write};
use std::mem::MaybeUninit;
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixDatagram;
use std::thread;
use std::time::Duration;

use rustix::net::sockopt::set_socket_linger;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, SocketAddrUnix, UCred, recvmsg, sendmsg, sendmsg_addr,
};

/// Sends a datagram with this many descriptors of this program's file attached, without waiting.
pub fn stuff(socket: &impl AsFd, datagram: &[u8], descriptors: usize) -> io::Result<()> {
    let file = File::open("/proc/self/exe")?;
    let descriptors = vec![file.as_fd(); descriptors];
    let message = SendAncillaryMessage::ScmRights(&descriptors);
    attach(None, socket, datagram, message)
}

/// Sends a datagram with these descriptors attached, and waits for room as long as the socket does.
pub fn pass(socket: &impl AsFd, datagram: &[u8], descriptors: &[BorrowedFd<'_>]) -> io::Result<()> {
    let message = SendAncillaryMessage::ScmRights(descriptors);
    attach_with(SendFlags::empty(), None, socket, datagram, message)
}

/// A descriptor whose last close(2) blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lingering {
    /// A TCP socket with unsent data and `SO_LINGER`.
    Tcp,
    /// A Unix socket in whose queue such a TCP socket is.
    Nested,
}

impl Lingering {
    /// Both kinds.
    pub const ALL: [Self; 2] = [Self::Tcp, Self::Nested];

    /// Sends a datagram with such a descriptor attached, without waiting, and closes its own copy. Returns the other
    /// end of the TCP connection: closing blocks for a minute, unless the returned end is closed before.
    pub fn stuff(self, socket: &impl AsFd, datagram: &[u8]) -> io::Result<TcpStream> {
        self.stuff_to(None, socket, datagram)
    }

    /// Does the same with a socket that is not connected.
    pub(super) fn stuff_to(
        self,
        address: Option<&SocketAddrUnix>,
        socket: &impl AsFd,
        datagram: &[u8],
    ) -> io::Result<TcpStream> {
        let (tcp, other_end) = unsent()?;
        let tcp = OwnedFd::from(tcp);
        let nested = match self {
            Self::Tcp => None,
            Self::Nested => {
                let (sender, receiver) = UnixDatagram::pair()?;
                let descriptors = [tcp.as_fd()];
                attach(
                    None,
                    &sender,
                    b"",
                    SendAncillaryMessage::ScmRights(&descriptors),
                )?;
                Some(OwnedFd::from(receiver))
            }
        };
        let descriptors = [nested.as_ref().unwrap_or(&tcp).as_fd()];
        attach(
            address,
            socket,
            datagram,
            SendAncillaryMessage::ScmRights(&descriptors),
        )?;
        // Closing them blocks if the receiver has closed its copies before.
        thread::spawn(move || drop((nested, tcp)));
        Ok(other_end)
    }
}

/// Sends a datagram with this many descriptors attached, the last eight of which are TCP sockets as those of
/// [`Lingering::Tcp`]. Returns their other ends.
pub(super) fn linger_last(
    socket: &impl AsFd,
    datagram: &[u8],
    descriptors: usize,
) -> io::Result<Vec<TcpStream>> {
    const LINGERING: usize = 8;

    let file = File::open("/proc/self/exe")?;
    let lingering: Vec<_> = (0..LINGERING)
        .map(|_| unsent())
        .collect::<io::Result<_>>()?;
    let (sockets, other_ends): (Vec<_>, Vec<_>) = lingering.into_iter().unzip();
    let mut attached = vec![file.as_fd(); descriptors - LINGERING];
    attached.extend(sockets.iter().map(AsFd::as_fd));
    let message = SendAncillaryMessage::ScmRights(&attached);
    attach(None, socket, datagram, message)?;
    // Closing them blocks if the receiver has closed its copies before.
    thread::spawn(move || drop(sockets));
    Ok(other_ends)
}

/// Returns a TCP socket with unsent data, which lingers for a minute when it is closed, and its other end.
fn unsent() -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let mut tcp = TcpStream::connect(listener.local_addr()?)?;
    let (other_end, _) = listener.accept()?;
    tcp.set_nonblocking(true)?;
    let unsent = loop {
        if let Err(error) = tcp.write(&[0; 4096]) {
            break error;
        }
    };
    assert_eq!(unsent.kind(), ErrorKind::WouldBlock);
    tcp.set_nonblocking(false)?;
    set_socket_linger(&tcp, Some(Duration::from_secs(60)))?;
    Ok((tcp, other_end))
}

/// Receives a datagram with the descriptors that are attached, as far as it fits into `buffer`.
pub(super) fn receive_passed(
    socket: &impl AsFd,
    buffer: &mut [u8],
) -> io::Result<(usize, Vec<OwnedFd>)> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_PASSED))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let mut parts = [IoSliceMut::new(buffer)];
    let received = recvmsg(socket, &mut parts, &mut control, RecvFlags::CMSG_CLOEXEC)?;
    let mut descriptors = Vec::new();
    for message in control.drain() {
        if let RecvAncillaryMessage::ScmRights(passed) = message {
            descriptors.extend(passed);
        }
    }
    Ok((received.bytes, descriptors))
}

/// How many descriptors [`receive_passed`] receives.
const MAX_PASSED: usize = 4;

/// Sends a datagram with forged credentials, without waiting.
pub fn forge(socket: &impl AsFd, datagram: &[u8], credentials: UCred) -> io::Result<()> {
    let message = SendAncillaryMessage::ScmCredentials(credentials);
    attach(None, socket, datagram, message)
}

fn attach(
    address: Option<&SocketAddrUnix>,
    socket: &impl AsFd,
    datagram: &[u8],
    message: SendAncillaryMessage<'_, '_>,
) -> io::Result<()> {
    attach_with(SendFlags::DONTWAIT, address, socket, datagram, message)
}

fn attach_with(
    flags: SendFlags,
    address: Option<&SocketAddrUnix>,
    socket: &impl AsFd,
    datagram: &[u8],
    message: SendAncillaryMessage<'_, '_>,
) -> io::Result<()> {
    let mut space = vec![MaybeUninit::uninit(); message.size()];
    let mut control = SendAncillaryBuffer::new(&mut space);
    assert!(control.push(message), "too much to attach");
    let parts = [IoSlice::new(datagram)];
    match address {
        Some(address) => sendmsg_addr(socket, address, &parts, &mut control, flags)?,
        None => sendmsg(socket, &parts, &mut control, flags)?,
    };
    Ok(())
}
