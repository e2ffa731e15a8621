//! The reassembler, compared with a simple reader that buffers every message until it is complete.
//!
//! The input: a limit (two bytes, a quarter of it), whether the stream is repeated until it is long, a
//! count, that many datagram sizes, and the stream. The bytes that the sizes leave over are one more
//! datagram.

#![no_main]

use domainsockets::wire::{ClientMsg, Reassembler, ServerMsg, WireError, varint};
use libfuzzer_sys::fuzz_target;

/// The length of a long stream. Messages of 64 KiB and more are assembled in reused memory.
const LONG: usize = 96 * 1024;

fuzz_target!(|input: &[u8]| {
    let Some((limit, [is_long, count, rest @ ..])) = input.split_first_chunk() else {
        return;
    };
    let limit = 4 * usize::from(u16::from_le_bytes(*limit));
    let (sizes, stream) = rest.split_at(rest.len().min(usize::from(*count)));
    let mut stream = stream.to_vec();
    if *is_long == u8::MAX {
        stream.resize(LONG, b'z');
    }

    let mut reassembler = Reassembler::new(limit);
    let mut reference = Reference::new(limit);
    let mut rest = stream.as_slice();
    for (size, is_scattered) in sizes
        .iter()
        .map(|size| cut(*size))
        .chain([(usize::MAX, true)])
    {
        let datagram;
        (datagram, rest) = rest.split_at(size.min(rest.len()));
        let (expected, expected_error) = reference.read(datagram);
        let (bodies, error) = if is_scattered {
            read_scattered(&mut reassembler, datagram)
        } else {
            read(&mut reassembler, datagram)
        };
        assert_eq!(bodies, expected);
        assert_eq!(error, expected_error);
        if error.is_some() {
            return;
        }
        assert_eq!(reassembler.buffered(), reference.buffered());
        assert_eq!(reassembler.is_midway(), reference.is_midway());
        assert!(reassembler.buffered() <= limit.max(varint::MAX_LEN - 1));
    }
});

/// Returns the size of a datagram, up to 64 KiB, and whether it is received in two parts.
fn cut(size: u8) -> (usize, bool) {
    let bytes = match usize::from(size) {
        few @ ..128 => few,
        many => (many - 127) * 512,
    };
    (bytes, size % 2 == 1)
}

/// Reads a datagram whose first bytes were received directly into their place.
fn read_scattered(stream: &mut Reassembler, datagram: &[u8]) -> (Vec<u8>, Option<WireError>) {
    let unfilled = stream.unfilled();
    let (first, rest) = datagram.split_at(unfilled.len().min(datagram.len()));
    unfilled[..first.len()].copy_from_slice(first);
    stream.filled(first.len());
    read(stream, rest)
}

/// Returns the messages that end in `datagram`, as they are in the stream, and the error in what
/// follows.
fn read(stream: &mut Reassembler, mut datagram: &[u8]) -> (Vec<u8>, Option<WireError>) {
    let mut messages = Vec::new();
    loop {
        match stream.next(&mut datagram) {
            Ok(Some(frame)) => {
                let body = frame.body();
                let half = body.len() / 2;
                assert_eq!(frame.tail(half), body[body.len() - half..]);
                assert_eq!(frame.tail(body.len() + 1), body);
                let start = messages.len();
                varint::encode(body.len() as u64, &mut messages);
                messages.extend(body);
                check_again(body, &messages[start..]);
            }
            Ok(None) => {
                assert!(
                    datagram.is_empty(),
                    "{} bytes are left over",
                    datagram.len()
                );
                return (messages, None);
            }
            Err(error) => return (messages, Some(error)),
        }
    }
}

/// Asserts that a body, if it is a valid message, encodes to the same bytes.
fn check_again(body: &[u8], whole: &[u8]) {
    let mut again = Vec::new();
    if let Ok(message) = ClientMsg::decode_body(body) {
        message.encode(&mut again);
        assert_eq!(again, whole);
    }
    again.clear();
    if let Ok(message) = ServerMsg::decode_body(body) {
        message.encode(&mut again);
        assert_eq!(again, whole);
    }
}

/// The same, as simple as possible.
struct Reference {
    limit: usize,
    /// All bytes of the incomplete message.
    bytes: Vec<u8>,
    /// The range of its body, once its `total` is complete.
    body: Option<(usize, usize)>,
}

impl Reference {
    fn new(limit: usize) -> Self {
        Self {
            limit,
            bytes: Vec::new(),
            body: None,
        }
    }

    fn read(&mut self, mut datagram: &[u8]) -> (Vec<u8>, Option<WireError>) {
        let mut messages = Vec::new();
        while !datagram.is_empty() {
            // Reads `total` byte by byte, and the body as far as it was received.
            let missing = self.body.map_or(1, |(_, end)| end - self.bytes.len());
            let (part, rest) = datagram.split_at(missing.min(datagram.len()));
            datagram = rest;
            self.bytes.extend(part);
            if let Err(error) = self.read_total() {
                return (messages, Some(error));
            }
            if self.body.is_some_and(|(_, end)| end == self.bytes.len()) {
                messages.append(&mut self.bytes);
                self.body = None;
            }
        }
        (messages, None)
    }

    fn read_total(&mut self) -> Result<(), WireError> {
        if self.body.is_none()
            && let Some((total, start)) = varint::decode(&self.bytes)?
        {
            let limit = self.limit;
            let total = usize::try_from(total)
                .ok()
                .filter(|total| *total <= limit)
                .ok_or(WireError::TooLong { total, limit })?;
            self.body = Some((start, start + total));
        }
        Ok(())
    }

    fn buffered(&self) -> usize {
        self.bytes.len() - self.body.map_or(0, |(start, _)| start)
    }

    fn is_midway(&self) -> bool {
        !self.bytes.is_empty()
    }
}
