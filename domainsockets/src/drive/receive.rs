//! Taking what has arrived, turn by turn.

use crate::transport::{Received, Receiver, with_receive_buffer};
use crate::wire::WireError;

/// How receiving goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// With the next datagram.
    Receive,
    /// When there is something to be received, and it is wanted.
    Wait,
    /// Not at all: the connection is over.
    End,
}

/// Hands the datagrams that have arrived to `take`, at most so many before others have their turn.
/// One that was longer than the buffer is handed over as an error.
pub(crate) fn receive(
    receiver: &Receiver,
    datagrams: usize,
    mut take: impl FnMut(Result<&[u8], WireError>) -> Next,
) -> Next {
    for _ in 0..datagrams {
        let next = with_receive_buffer(|buffer| match receiver.try_receive(buffer) {
            Ok(Received::Datagram(len)) => take(Ok(buffer.get(..len).unwrap_or_default())),
            Ok(Received::Truncated(size)) => take(Err(WireError::DatagramTruncated { size })),
            Ok(Received::Empty) => Next::Wait,
            Err(error) => {
                tracing::warn!(%error, "cannot receive from the peer");
                Next::End
            }
        });
        if next != Next::Receive {
            return next;
        }
    }
    Next::Receive
}
