//! Receiving datagrams, a bounded number at a time.

use std::fmt::Display;
use std::time::Duration;

use crate::peer::Credentials;
use crate::transport::{Received, TryReceive, with_receive_buffer};
use crate::wire::{Reassembler, WireError};

/// How receiving continues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Receive the next datagram.
    Receive,
    /// Receive after other tasks have run.
    Yield,
    /// Wait until the socket is readable, and input is wanted.
    Wait,
    /// Receive after [`DESCRIPTOR_PAUSE`]: the process has too few free descriptors.
    Pause,
    /// Stop: the connection has ended.
    End,
}

/// The receiver of a connection's datagrams.
pub(crate) trait Sink {
    /// Returns the reassembler of the messages that the datagrams belong to.
    fn inbound(&mut self) -> &mut Reassembler;

    /// Takes the sender of the first datagram, where it is not known before. The sink is the first to check it.
    fn introduce(&mut self, sender: Option<Credentials>) -> Next;

    /// Takes the part of a datagram that was not received into [`inbound`](Self::inbound) directly. A truncated
    /// datagram is an error.
    fn take(&mut self, datagram: Result<&[u8], WireError>) -> Next;

    /// Takes the end of a socket pair: the peer has closed it, and everything that it sent before was taken.
    fn end(&mut self) -> Next;

    /// Counts a datagram that another process than the peer sent.
    fn pass_over(&mut self);

    /// Reports that receiving has failed.
    fn report_problem(&mut self, what: &dyn Display);
}

/// Passes received datagrams to `sink`, at most `datagrams` before other tasks run.
pub(crate) fn receive(
    receiver: &mut impl TryReceive,
    datagrams: usize,
    sink: &mut impl Sink,
) -> Next {
    let mut is_checked = false;
    for _ in 0..datagrams {
        if !is_checked && !receiver.has_descriptor_room() {
            return Next::Pause;
        }
        // A datagram of another process may have brought descriptors.
        let mut is_foreign = false;
        let next =
            with_receive_buffer(|buffer| receive_one(receiver, buffer, sink, &mut is_foreign));
        is_checked = !is_foreign;
        if next != Next::Receive {
            return next;
        }
    }
    Next::Yield
}

/// Passes one received datagram to `sink`, for a caller that polls. The caller has checked that descriptors are free.
pub(crate) fn receive_polled(receiver: &mut impl TryReceive, sink: &mut impl Sink) -> Next {
    with_receive_buffer(|buffer| receive_one(receiver, buffer, sink, &mut false))
}

/// How long to wait for free descriptors before receiving.
pub(crate) const DESCRIPTOR_PAUSE: Duration = Duration::from_millis(20);

fn receive_one(
    receiver: &mut impl TryReceive,
    buffer: &mut [u8],
    sink: &mut impl Sink,
    is_foreign: &mut bool,
) -> Next {
    let unfilled = sink.inbound().unfilled();
    let direct = unfilled.len();
    let capacity = direct + buffer.len();
    let received = match receiver.try_receive(unfilled, buffer) {
        Ok(Received::First(sender, size)) => {
            if sink.introduce(sender) == Next::End {
                return Next::End;
            }
            if capacity < size {
                Ok(Received::Truncated(size))
            } else {
                Ok(Received::Datagram(size))
            }
        }
        received => received,
    };
    match received {
        Ok(Received::Datagram(size)) => {
            sink.inbound().filled(direct.min(size));
            let rest = buffer.get(..size.saturating_sub(direct));
            sink.take(Ok(rest.unwrap_or_default()))
        }
        Ok(Received::Truncated(size)) => sink.take(Err(WireError::DatagramTruncated { size })),
        Ok(Received::Foreign) => {
            *is_foreign = true;
            sink.pass_over();
            Next::Receive
        }
        Ok(Received::Empty | Received::First(..)) => Next::Wait,
        Ok(Received::End) => sink.end(),
        Err(error) => {
            sink.report_problem(&format_args!("cannot receive: {error}"));
            Next::End
        }
    }
}
