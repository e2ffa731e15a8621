//! Taking what has arrived, turn by turn.

use std::fmt::Display;

use crate::transport::{Received, TryReceive, with_receive_buffer};
use crate::wire::{Reassembler, WireError};

/// How receiving goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// With the next datagram.
    Receive,
    /// When other tasks have had their turn.
    Yield,
    /// When there is something to be received, and it is wanted.
    Wait,
    /// Not at all: the connection is over.
    End,
}

/// Where datagrams go.
pub(crate) trait Sink {
    /// The messages that they belong to.
    fn inbound(&mut self) -> &mut Reassembler;

    /// Takes what of a datagram was not put into [`inbound`](Self::inbound) already. One that was
    /// longer than there is memory for is an error.
    fn take(&mut self, datagram: Result<&[u8], WireError>) -> Next;

    /// Counts a datagram of somebody else than the peer.
    fn pass_over(&mut self);

    /// Reports that receiving has failed.
    fn report_problem(&mut self, what: &dyn Display);
}

/// Hands the datagrams that have arrived to `sink`, at most so many before others have their turn.
pub(crate) fn receive(
    receiver: &mut impl TryReceive,
    datagrams: usize,
    sink: &mut impl Sink,
) -> Next {
    for _ in 0..datagrams {
        let next = with_receive_buffer(|buffer| receive_one(receiver, buffer, sink));
        if next != Next::Receive {
            return next;
        }
    }
    Next::Yield
}

fn receive_one(receiver: &mut impl TryReceive, buffer: &mut [u8], sink: &mut impl Sink) -> Next {
    let room = sink.inbound().room();
    let direct = room.len();
    match receiver.try_receive(room, buffer) {
        Ok(Received::Datagram(size)) => {
            sink.inbound().filled(direct.min(size));
            let rest = buffer.get(..size.saturating_sub(direct));
            sink.take(Ok(rest.unwrap_or_default()))
        }
        Ok(Received::Truncated(size)) => sink.take(Err(WireError::DatagramTruncated { size })),
        Ok(Received::Foreign) => {
            sink.pass_over();
            Next::Receive
        }
        Ok(Received::Empty) => Next::Wait,
        Err(error) => {
            sink.report_problem(&format_args!("cannot receive: {error}"));
            Next::End
        }
    }
}
