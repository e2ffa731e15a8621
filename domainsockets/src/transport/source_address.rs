//! The address of a datagram's sender, in the abstract namespace.

use std::os::fd::AsFd;

use rustix::net::{RecvFlags, SocketAddrUnix, recvfrom};

/// The address of the socket that a datagram was sent from, in the abstract namespace.
#[derive(Debug)]
pub(crate) struct SourceAddress(pub(super) SocketAddrUnix);

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
