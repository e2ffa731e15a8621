//! The memory that values are written to.

use std::cell::Cell;
use std::io;

use bytes::{Bytes, BytesMut};

use super::shared_bytes;
use crate::wire::{KEPT_FROM, Payload, kept_copy};

/// How much memory is allocated at a time. An encoded value keeps its chunk alive, but only until it is sent.
const CHUNK: usize = 32 * 1024;

thread_local! {
    static SCRATCH: Cell<BytesMut> = Cell::new(BytesMut::new());
}

/// The bytes of a value that were written so far.
#[derive(Debug)]
pub(super) struct Scratch {
    written: BytesMut,
    /// Shared bytes behind the written ones.
    shared: Bytes,
}

impl Scratch {
    /// Writes bytes. Copies them unless they are large, or [lent](shared_bytes).
    #[inline]
    pub(super) fn write(&mut self, bytes: &[u8]) {
        if self.shared.is_empty() && bytes.len() < shared_bytes::SHARED_FROM {
            self.written.extend_from_slice(bytes);
        } else {
            self.write_large(bytes);
        }
    }

    #[cold]
    fn write_large(&mut self, bytes: &[u8]) {
        if !self.shared.is_empty() {
            // The value goes on behind the shared bytes, so they have to be copied.
            self.written
                .extend_from_slice(&std::mem::take(&mut self.shared));
        }
        if let Some(shared) = shared_bytes::find(bytes) {
            self.shared = shared;
        } else if KEPT_FROM <= bytes.len() {
            self.shared = kept_copy(bytes);
        } else {
            self.written.extend_from_slice(bytes);
        }
    }
}

impl io::Write for Scratch {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Self::write(self, bytes);
        Ok(bytes.len())
    }

    #[inline]
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        Self::write(self, bytes);
        Ok(())
    }

    #[inline]
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Returns the bytes that `write` writes. Consecutive values share a chunk, so few of them need the allocator.
pub(super) fn written<E>(
    write: impl FnOnce(&mut Scratch) -> Result<(), E>,
) -> Result<Payload<'static>, E> {
    // A value that is written while another one is written gets a chunk of its own.
    let mut scratch = Scratch {
        written: SCRATCH.take(),
        shared: Bytes::new(),
    };
    if scratch.written.capacity() < CHUNK / 16 {
        scratch.written.reserve(CHUNK);
    }
    write(&mut scratch)?;
    let Scratch {
        mut written,
        shared,
    } = scratch;
    let head = written.split().freeze();
    // A value larger than a chunk has a chunk of its own, which is not kept.
    if head.len() < CHUNK {
        SCRATCH.set(written);
    }
    Ok(Payload::encoded(head, shared))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::{CHUNK, Scratch, shared_bytes, written};

    fn bytes_of(write: impl FnOnce(&mut Scratch)) -> Bytes {
        let payload = written(|out| {
            write(out);
            Ok::<_, ()>(())
        });
        payload.unwrap().into_bytes()
    }

    #[test]
    fn values_are_apart_and_nested_ones_too() {
        let outer = bytes_of(|out| {
            out.write(b"out");
            assert_eq!(bytes_of(|out| out.write(b"inner")), "inner");
            out.write(b"er");
        });
        assert_eq!(outer, "outer");
        assert_eq!(bytes_of(|out| out.write(b"next")), "next");
        assert!(written(|_| Err::<(), _>(())).is_err());
        assert_eq!(bytes_of(|out| out.write(b"after")), "after");
        assert_eq!(
            bytes_of(|out| out.write(&vec![1; 3 * CHUNK])).len(),
            3 * CHUNK
        );
        assert_eq!(bytes_of(|out| out.write(b"small again")), "small again");
    }

    #[test]
    fn lent_bytes_at_the_end_are_not_copied() {
        let large = Bytes::from(vec![7; 100_000]);
        let payload = written(|out| {
            out.write(b"head");
            shared_bytes::with(&large, || out.write(&large));
            Ok::<_, ()>(())
        });
        let payload = payload.unwrap();
        assert_eq!(payload.head, "head");
        assert_eq!(payload.body.bytes().as_ptr(), large.as_ptr());

        let followed = bytes_of(|out| {
            shared_bytes::with(&large, || out.write(&large));
            out.write(b"tail");
        });
        assert_eq!(followed, [&large[..], b"tail"].concat());
    }
}
