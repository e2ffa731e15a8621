//! Datagrams with ancillary data.

use std::fs::File;
use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::os::fd::AsFd;

use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, UCred, sendmsg};

/// Sends a datagram with this many descriptors of this program's file attached, without waiting.
pub fn stuff(socket: &impl AsFd, datagram: &[u8], descriptors: usize) -> io::Result<()> {
    let file = File::open("/proc/self/exe")?;
    let descriptors = vec![file.as_fd(); descriptors];
    let message = SendAncillaryMessage::ScmRights(&descriptors);
    attach(socket, datagram, message)
}

/// Sends a datagram with forged credentials, without waiting.
pub fn forge(socket: &impl AsFd, datagram: &[u8], credentials: UCred) -> io::Result<()> {
    let message = SendAncillaryMessage::ScmCredentials(credentials);
    attach(socket, datagram, message)
}

fn attach(
    socket: &impl AsFd,
    datagram: &[u8],
    message: SendAncillaryMessage<'_, '_>,
) -> io::Result<()> {
    let mut space = vec![MaybeUninit::uninit(); message.size()];
    let mut control = SendAncillaryBuffer::new(&mut space);
    assert!(control.push(message), "too much to attach");
    let parts = [IoSlice::new(datagram)];
    sendmsg(socket, &parts, &mut control, SendFlags::DONTWAIT)?;
    Ok(())
}
