//! The reassembly of messages from datagrams that were cut at any point.

use std::mem;

use bytes::Bytes;

use super::partial_message::PartialMessage;
use super::{WireError, varint};

/// A decoder that turns the datagrams of one direction of a connection, in order, into messages.
///
/// It does not copy a message that is complete within one datagram. It stores the received bytes of any other
/// message, and allocates in proportion to them: a claimed length allocates nothing. The work is linear in
/// the received bytes.
///
/// # Examples
///
/// ```
/// use domainsockets::wire::{ClientMsg, Reassembler};
///
/// let mut stream = Reassembler::new(1024);
/// let mut first: &[u8] = b"\x04\x00\x00\x00\x00\x0d\x00\x01\x04Ec";
/// let keep_alive = stream.next(&mut first)?.expect("the first five bytes are a message");
/// assert_eq!(ClientMsg::decode_body(keep_alive.body())?, ClientMsg::KEEP_ALIVE);
/// assert!(stream.next(&mut first)?.is_none());
///
/// let mut second: &[u8] = b"ho\x05Hello";
/// let call = stream.next(&mut second)?.expect("this is the rest of the message");
/// assert_eq!(ClientMsg::decode_body(call.body())?.handler, "Echo");
/// # Ok::<(), domainsockets::wire::WireError>(())
/// ```
#[derive(Debug)]
pub struct Reassembler {
    max_total: usize,
    /// The received bytes of an incomplete `total` field.
    head: Vec<u8>,
    /// The length of the next body, while none of its bytes was received.
    total: Option<usize>,
    /// A body that was received in part.
    collector: Option<PartialMessage>,
}

/// A complete message, without its `total` field.
#[derive(Debug)]
pub struct Frame<'d> {
    body: FrameBody<'d>,
}

#[derive(Debug)]
enum FrameBody<'d> {
    /// A part of its datagram.
    Borrowed(&'d [u8]),
    /// Assembled from several datagrams.
    Collected(Bytes),
}

impl Reassembler {
    /// Returns a decoder for messages whose `total` is at most `max_total` bytes: see
    /// [`max_total`](super::max_total).
    #[must_use]
    pub const fn new(max_total: usize) -> Self {
        Self {
            max_total,
            head: Vec::new(),
            total: None,
            collector: None,
        }
    }

    /// Removes the next message from the front of `datagram` and returns it.
    ///
    /// Returns `None` when the datagram is used up; the decoder then stores the bytes of an incomplete
    /// message. Call it until then.
    ///
    /// # Errors
    ///
    /// [`WireError`] if a message is too long or its `total` is not a varint. The stream cannot be decoded
    /// further, except after [`WireError::TooLong`]: then `datagram` begins with the body of that message, and the
    /// decoder continues behind it once the caller has skipped it.
    #[inline]
    pub fn next<'d>(&mut self, datagram: &mut &'d [u8]) -> Result<Option<Frame<'d>>, WireError> {
        if self.collector.is_some() {
            return Ok(self.collect(datagram));
        }
        let total = match self.total {
            Some(total) => total,
            None => match self.read_total(datagram)? {
                Some(total) => total,
                None => return Ok(None),
            },
        };
        self.total = None;
        if let Some((body, rest)) = datagram.split_at_checked(total) {
            *datagram = rest;
            return Ok(Some(Frame {
                body: FrameBody::Borrowed(body),
            }));
        }
        if datagram.is_empty() {
            self.total = Some(total);
        } else {
            self.collector = Some(PartialMessage::new(total, mem::take(datagram)));
        }
        Ok(None)
    }

    /// Returns the free memory for the next bytes of an incomplete message.
    ///
    /// The caller may receive the first bytes of a datagram there and report them to
    /// [`filled`](Self::filled), which saves a copy. It is empty if the next datagram begins a message.
    ///
    /// # Examples
    ///
    /// ```
    /// use domainsockets::wire::Reassembler;
    ///
    /// let mut stream = Reassembler::new(1024);
    /// assert!(stream.unfilled().is_empty());
    /// let mut first: &[u8] = b"\x05ab";
    /// assert!(stream.next(&mut first)?.is_none());
    ///
    /// stream.unfilled().copy_from_slice(b"cde");
    /// stream.filled(3);
    /// let frame = stream.next(&mut &[][..])?.expect("the message is complete");
    /// assert_eq!(frame.body(), b"abcde");
    /// # Ok::<(), domainsockets::wire::WireError>(())
    /// ```
    pub fn unfilled(&mut self) -> &mut [u8] {
        match &mut self.collector {
            Some(collector) if !collector.is_whole() => collector.unfilled(),
            _ => &mut [],
        }
    }

    /// Counts bytes that the caller has put into the [unfilled](Self::unfilled) memory, at most as many as fit there.
    pub fn filled(&mut self, count: usize) {
        let count = count.min(self.unfilled().len());
        if let Some(collector) = &mut self.collector {
            collector.advance(count);
        }
    }

    /// Returns the number of stored bytes of an incomplete message.
    #[must_use]
    pub fn buffered(&self) -> usize {
        self.head.len() + self.collector.as_ref().map_or(0, PartialMessage::filled)
    }

    /// Returns the size of the memory for an incomplete message in bytes.
    ///
    /// It is at most eight times the received bytes, or a few pages, unless the block cache had a larger
    /// block.
    pub(crate) fn reserved(&self) -> usize {
        self.head.len() + self.collector.as_ref().map_or(0, PartialMessage::reserved)
    }

    /// Returns whether the received bytes end within a message.
    #[must_use]
    pub const fn is_midway(&self) -> bool {
        self.collector.is_some() || self.total.is_some() || !self.head.is_empty()
    }

    /// Decodes the `total` of the next message. Returns `None`, and stores the bytes, if it is incomplete.
    fn read_total(&mut self, datagram: &mut &[u8]) -> Result<Option<usize>, WireError> {
        let decoded = if self.head.is_empty() {
            varint::decode(datagram)?
        } else {
            let known = self.head.len();
            self.head.extend(datagram.iter().take(varint::MAX_LEN));
            let decoded = varint::decode(&self.head)?;
            self.head.truncate(known);
            decoded.map(|(total, width)| (total, width - known))
        };
        let Some((total, width)) = decoded else {
            self.head.extend_from_slice(mem::take(datagram));
            return Ok(None);
        };
        self.head.clear();
        *datagram = datagram.get(width..).unwrap_or_default();
        let limit = self.max_total;
        let total = usize::try_from(total)
            .ok()
            .filter(|total| *total <= limit)
            .ok_or(WireError::TooLong { total, limit })?;
        Ok(Some(total))
    }

    /// Moves bytes into the incomplete message. Returns the message if it is complete then.
    fn collect(&mut self, datagram: &mut &[u8]) -> Option<Frame<'static>> {
        let mut collector = self.collector.take()?;
        collector.take(datagram);
        if !collector.is_whole() {
            self.collector = Some(collector);
            return None;
        }
        let body = collector.finish();
        Some(Frame {
            body: FrameBody::Collected(body),
        })
    }
}

impl Frame<'_> {
    /// Returns the body: all the bytes that the `total` field counts.
    #[inline]
    #[must_use]
    pub fn body(&self) -> &[u8] {
        match &self.body {
            FrameBody::Borrowed(body) => body,
            FrameBody::Collected(body) => body,
        }
    }

    /// Returns the last `len` bytes of the body, where messages of both directions have their data.
    ///
    /// It shares an assembled body, and copies from a datagram.
    #[inline]
    #[must_use]
    pub fn tail(&self, len: usize) -> Bytes {
        let start = self.body().len().saturating_sub(len);
        match &self.body {
            FrameBody::Borrowed(body) => {
                Bytes::copy_from_slice(body.get(start..).unwrap_or_default())
            }
            FrameBody::Collected(body) => body.slice(start..),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

    use super::{Reassembler, WireError, varint};
    use crate::wire::{ServerMsg, ServerMsgType};

    fn read_all(stream: &mut Reassembler, datagram: &[u8]) -> Result<Vec<Vec<u8>>, WireError> {
        let mut rest = datagram;
        let mut bodies = Vec::new();
        while let Some(frame) = stream.next(&mut rest)? {
            bodies.push(frame.body().to_vec());
        }
        assert!(rest.is_empty());
        Ok(bodies)
    }

    #[test]
    fn claimed_length_allocates_nothing() {
        let mut stream = Reassembler::new(1 << 30);
        let mut claim = Vec::new();
        varint::encode(1 << 30, &mut claim);
        assert!(read_all(&mut stream, &claim).unwrap().is_empty());
        assert!(read_all(&mut stream, b"ten bytes.").unwrap().is_empty());
        assert_eq!(stream.buffered(), 10);
    }

    #[test]
    fn too_long_messages_are_refused_before_their_bodies_are_received() {
        let mut stream = Reassembler::new(100);
        let refused = WireError::TooLong {
            total: 101,
            limit: 100,
        };
        assert_eq!(read_all(&mut stream, &[101]), Err(refused));
        let mut stream = Reassembler::new(100);
        let mut claim = Vec::new();
        varint::encode(u64::MAX, &mut claim);
        assert!(read_all(&mut stream, &claim).is_err());
    }

    #[test]
    fn next_message_is_read_behind_the_body_of_one_that_is_too_long() {
        let mut stream = Reassembler::new(3);
        let mut datagram = &b"\x04abcd\x03efg"[..];
        assert!(stream.next(&mut datagram).is_err());
        assert_eq!(datagram, b"abcd\x03efg");
        assert!(!stream.is_midway());
        assert_eq!(read_all(&mut stream, &datagram[4..]).unwrap(), [b"efg"]);
    }

    #[test]
    fn total_may_be_cut_in_two() {
        let mut stream = Reassembler::new(1000);
        assert!(read_all(&mut stream, &[0xac]).unwrap().is_empty());
        assert!(stream.is_midway());
        assert!(read_all(&mut stream, &[0x02]).unwrap().is_empty());
        assert_eq!(read_all(&mut stream, &[7; 300]).unwrap(), [vec![7; 300]]);
        assert!(!stream.is_midway());
    }

    #[test]
    fn total_of_eleven_bytes_is_refused_wherever_it_is_cut() {
        let mut stream = Reassembler::new(1000);
        for _ in 0..9 {
            assert!(read_all(&mut stream, &[0x80]).unwrap().is_empty());
        }
        assert_eq!(
            read_all(&mut stream, &[0x80]),
            Err(WireError::VarintOverflow)
        );
    }

    #[test]
    fn datagrams_may_be_received_into_the_unfilled_memory() {
        let mut stream = Reassembler::new(10_000);
        let mut bytes = Vec::new();
        varint::encode(9000, &mut bytes);
        bytes.extend((0..9000_u32).map(|n| u8::try_from(n % 251).unwrap()));
        let body = bytes[2..].to_vec();
        bytes.extend(b"\x02hi");
        assert!(read_all(&mut stream, &bytes[..100]).unwrap().is_empty());
        let mut bodies = Vec::new();
        for datagram in bytes[100..].chunks(4096) {
            let unfilled = stream.unfilled();
            let count = unfilled.len().min(datagram.len());
            unfilled[..count].copy_from_slice(&datagram[..count]);
            stream.filled(count);
            bodies.extend(read_all(&mut stream, &datagram[count..]).unwrap());
        }
        assert_eq!(bodies, [body, b"hi".to_vec()]);
        assert!(stream.unfilled().is_empty());
    }

    proptest! {
        #[test]
        fn messages_survive_any_cuts(
            messages in vec((any::<u64>(), any::<bool>(), vec(any::<u8>(), 0..400)), 0..12),
            cuts in vec(1_usize..150, 1..20),
        ) {
            let mut bytes = Vec::new();
            let messages: Vec<_> = messages
                .iter()
                .map(|(id, ok, data)| {
                    let kind = if *ok { ServerMsgType::Data } else { ServerMsgType::Error };
                    ServerMsg { id: *id, kind, data }
                })
                .collect();
            for message in &messages {
                message.encode(&mut bytes);
            }
            let mut stream = Reassembler::new(1000);
            let mut bodies = Vec::new();
            let mut rest = &bytes[..];
            for cut in cuts.iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let (datagram, after) = rest.split_at((*cut).min(rest.len()));
                rest = after;
                bodies.extend(read_all(&mut stream, datagram).unwrap());
            }
            prop_assert!(!stream.is_midway());
            prop_assert_eq!(bodies.len(), messages.len());
            for (body, message) in bodies.iter().zip(&messages) {
                prop_assert_eq!(&ServerMsg::decode_body(body).unwrap(), message);
            }
        }

        #[test]
        fn no_datagrams_make_the_buffer_exceed_the_limit(datagrams in vec(vec(any::<u8>(), 0..50), 0..50)) {
            let mut stream = Reassembler::new(300);
            for datagram in &datagrams {
                if read_all(&mut stream, datagram).is_err() {
                    break;
                }
                prop_assert!(stream.buffered() <= 300);
            }
        }
    }
}
