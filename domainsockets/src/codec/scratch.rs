//! The memory that values are written to.

use std::cell::Cell;

use bytes::{Bytes, BytesMut};

/// How much is taken from the allocator at a time. A value that has been written holds the chunk
/// that it lies in, but not for long: what it is written for is to be sent.
const CHUNK: usize = 32 * 1024;

thread_local! {
    static SCRATCH: Cell<BytesMut> = Cell::new(BytesMut::new());
}

/// Returns what `write` writes. Values that are written one after the other lie in one chunk, so
/// that hardly any of them needs the allocator.
pub(super) fn written<E>(write: impl FnOnce(&mut BytesMut) -> Result<(), E>) -> Result<Bytes, E> {
    // Should writing a value write another, that one gets a chunk of its own.
    let mut scratch = SCRATCH.take();
    if scratch.capacity() < CHUNK / 16 {
        scratch.reserve(CHUNK);
    }
    write(&mut scratch)?;
    let bytes = scratch.split().freeze();
    // A value beyond the chunk has made a larger one, which goes with it.
    if bytes.len() < CHUNK {
        SCRATCH.set(scratch);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::{CHUNK, written};

    #[test]
    fn values_are_apart_and_nested_ones_too() {
        let write = |text: &'static [u8]| {
            written(|out| {
                out.extend_from_slice(text);
                Ok::<_, ()>(())
            })
        };
        let outer = written(|out| {
            out.extend_from_slice(b"out");
            assert_eq!(write(b"inner")?, "inner");
            out.extend_from_slice(b"er");
            Ok::<_, ()>(())
        });
        assert_eq!(outer.unwrap(), "outer");
        assert_eq!(write(b"next").unwrap(), "next");
        assert!(written(|_| Err::<(), _>(())).is_err());
        assert_eq!(write(b"after").unwrap(), "after");
        let large = written(|out| {
            out.resize(3 * CHUNK, 1);
            Ok::<_, ()>(())
        });
        assert_eq!(large.unwrap().len(), 3 * CHUNK);
        assert_eq!(write(b"small again").unwrap(), "small again");
    }
}
