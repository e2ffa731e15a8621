//! The decoder of the Go server, which reads field by field and checks little.

use crate::wire::{ClientMsg, TYPE_DATA, take_varint};

/// Why the decoder returns no message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// It waits for more bytes.
    Incomplete,
    /// It reports an error, and takes the bytes after these for the next message.
    Garbled(usize),
    /// It ends the process.
    Crash(String),
}

/// The first length that Go allocates no slice of.
const LARGEST_SLICE: u64 = 1 << 47;

/// The bytes after which a varint is too long.
const LONGEST_VARINT: usize = 10;

/// Takes a message off the front of `stream`, and returns its length too. `total` is read and not checked.
pub(super) fn take_request(stream: &[u8]) -> Result<(ClientMsg, usize), Stop> {
    let mut fields = Fields { stream, at: 0 };
    let _total = fields.varint()?;
    let id = fields.varint()?;
    let kind = fields.varint()?;
    if TYPE_DATA < kind {
        return Err(Stop::Garbled(fields.at));
    }
    let handler = fields.counted()?;
    let data = fields.counted()?;
    let request = ClientMsg {
        id,
        kind,
        handler,
        data,
    };
    Ok((request, fields.at))
}

struct Fields<'s> {
    stream: &'s [u8],
    at: usize,
}

impl Fields<'_> {
    fn varint(&mut self) -> Result<u64, Stop> {
        match take_varint(&self.stream[self.at..]) {
            Ok(Some((value, len))) => {
                self.at += len;
                Ok(value)
            }
            Ok(None) => Err(Stop::Incomplete),
            Err(_) => Err(Stop::Garbled(self.at + LONGEST_VARINT)),
        }
    }

    fn counted(&mut self) -> Result<Vec<u8>, Stop> {
        let len = self.varint()?;
        if LARGEST_SLICE <= len {
            return Err(Stop::Crash(format!("makeslice: {len}")));
        }
        let rest = &self.stream[self.at..];
        let len = usize::try_from(len).unwrap();
        let bytes = rest.get(..len).ok_or(Stop::Incomplete)?;
        self.at += len;
        Ok(bytes.to_vec())
    }
}
