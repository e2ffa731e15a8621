//! A record of the log: changes that are made together, with checksums that show whether it was written
//! completely. This module knows bytes, not files.
//!
//! ```text
//! record  = len(payload) crc(payload) crc(the 8 bytes before) payload
//! payload = change*       change = 0 bytes(key) | 1 bytes(key) bytes(value)
//! bytes   = len, and as many bytes; every number is a little-endian u32
//! ```

/// The change of one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Change<'a> {
    pub(crate) key: &'a str,
    /// The new value; `None` if the key is removed.
    pub(crate) value: Option<&'a [u8]>,
}

/// The beginning of some bytes of a log.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found<'a> {
    /// A record, and the bytes after it.
    Whole {
        changes: Vec<Change<'a>>,
        rest: &'a [u8],
    },
    /// A record that was not written completely, and so was never confirmed.
    Torn,
    /// Bytes that no interrupted write leaves behind.
    Damaged,
    /// Nothing.
    End,
}

/// Writes the changes as one record.
pub(crate) fn encode(changes: &[Change<'_>]) -> Vec<u8> {
    let mut payload = Vec::new();
    for change in changes {
        payload.push(u8::from(change.value.is_some()));
        write_bytes(change.key.as_bytes(), &mut payload);
        if let Some(value) = change.value {
            write_bytes(value, &mut payload);
        }
    }
    let mut record = Vec::with_capacity(HEADER + payload.len());
    write_len(&payload, &mut record);
    record.extend(crc32(&payload).to_le_bytes());
    record.extend(crc32(&record).to_le_bytes());
    record.append(&mut payload);
    record
}

/// Reads the first record.
pub(crate) fn decode(bytes: &[u8]) -> Found<'_> {
    if bytes.is_empty() {
        return Found::End;
    }
    // After a power failure a file can have its new length, with zeros instead of data.
    if bytes.iter().all(|byte| *byte == 0) {
        return Found::Torn;
    }
    let Some((header, rest)) = bytes.split_first_chunk::<HEADER>() else {
        return Found::Torn;
    };
    let Some((len, crc)) = read_header(header) else {
        return Found::Damaged;
    };
    let Some((payload, rest)) = rest.split_at_checked(len) else {
        return Found::Torn;
    };
    if crc32(payload) != crc {
        // Nothing was written after an incomplete record.
        return if rest.is_empty() {
            Found::Torn
        } else {
            Found::Damaged
        };
    }
    match read_changes(payload) {
        Some(changes) => Found::Whole { changes, rest },
        None => Found::Damaged,
    }
}

fn read_header(header: &[u8; HEADER]) -> Option<(usize, u32)> {
    let mut rest = header.as_slice();
    let len = read_u32(&mut rest)?;
    let payload_crc = read_u32(&mut rest)?;
    let header_crc = read_u32(&mut rest)?;
    let sums = header.get(..HEADER - size_of::<u32>())?;
    (crc32(sums) == header_crc).then_some((usize::try_from(len).ok()?, payload_crc))
}

fn read_changes(mut payload: &[u8]) -> Option<Vec<Change<'_>>> {
    let mut changes = Vec::new();
    while let Some((kind, rest)) = payload.split_first() {
        payload = rest;
        let key = str::from_utf8(read_bytes(&mut payload)?).ok()?;
        let value = match kind {
            0 => None,
            1 => Some(read_bytes(&mut payload)?),
            _ => return None,
        };
        changes.push(Change { key, value });
    }
    Some(changes)
}

fn read_bytes<'a>(from: &mut &'a [u8]) -> Option<&'a [u8]> {
    let len = usize::try_from(read_u32(from)?).ok()?;
    let (bytes, rest) = from.split_at_checked(len)?;
    *from = rest;
    Some(bytes)
}

fn read_u32(from: &mut &[u8]) -> Option<u32> {
    let (bytes, rest) = from.split_first_chunk()?;
    *from = rest;
    Some(u32::from_le_bytes(*bytes))
}

fn write_bytes(bytes: &[u8], to: &mut Vec<u8>) {
    write_len(bytes, to);
    to.extend(bytes);
}

fn write_len(bytes: &[u8], to: &mut Vec<u8>) {
    let len = u32::try_from(bytes.len()).expect("what came in one message is shorter than 4 GiB");
    to.extend(len.to_le_bytes());
}

/// Returns the CRC-32 of zlib, PNG and Ethernet.
fn crc32(bytes: &[u8]) -> u32 {
    let crc = bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..u8::BITS).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (POLYNOMIAL & (crc & 1).wrapping_neg())
        })
    });
    !crc
}

const HEADER: usize = 3 * size_of::<u32>();

const POLYNOMIAL: u32 = 0xedb8_8320;

#[cfg(test)]
mod tests {
    use super::{Change, Found, crc32, decode, encode};

    const CHANGES: [Change<'_>; 3] = [
        Change {
            key: "ssh/tcp",
            value: Some(b"22/tcp"),
        },
        Change {
            key: "ssh/udp",
            value: None,
        },
        Change {
            key: "empty",
            value: Some(b""),
        },
    ];

    #[test]
    fn the_checksum_has_the_known_value() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn records_are_read_one_by_one() {
        let mut bytes = encode(&CHANGES);
        bytes.extend(encode(&[]));
        let Found::Whole { changes, rest } = decode(&bytes) else {
            panic!("{:?}", decode(&bytes));
        };
        assert_eq!(changes, CHANGES);
        assert_eq!(
            decode(rest),
            Found::Whole {
                changes: vec![],
                rest: b""
            }
        );
        assert_eq!(decode(b""), Found::End);
    }

    #[test]
    fn every_cut_is_torn() {
        let bytes = encode(&CHANGES);
        for len in 1..bytes.len() {
            assert_eq!(decode(&bytes[..len]), Found::Torn, "{len} bytes");
            let mut zeroed = bytes.clone();
            zeroed[len..].fill(0);
            if len < super::HEADER && zeroed != bytes {
                assert_eq!(decode(&zeroed), Found::Damaged, "zeros from {len}");
            } else if zeroed != bytes {
                assert_eq!(decode(&zeroed), Found::Torn, "zeros from {len}");
            }
        }
        assert_eq!(decode(&[0; 40]), Found::Torn);
    }

    #[test]
    fn every_flipped_bit_is_detected() {
        let bytes = encode(&CHANGES);
        let follower = encode(&CHANGES);
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            flipped.extend(&follower);
            assert_eq!(decode(&flipped), Found::Damaged, "bit {bit}");
        }
    }
}
