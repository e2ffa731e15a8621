//! The receive buffer that the connections of a thread share.

use std::cell::Cell;

/// Largest datagram that a Linux kernel carries: one block of `KMALLOC_MAX_SIZE` (4 MiB) and up to
/// `MAX_SKB_FRAGS` (at most 45) pages, whatever `SO_SNDBUF` says.
pub(crate) const KERNEL_DATAGRAM: usize = 4 * 1024 * 1024 + 45 * 4096;

thread_local! {
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Runs `receive` with a buffer that holds any datagram the kernel carries.
///
/// There is one per thread, not per connection, so an idle connection has none. It comes as zeroed
/// pages that are not backed by memory before a datagram reaches them. Should `receive` come back
/// here, it gets a buffer of its own.
pub(crate) fn with_receive_buffer<R>(receive: impl FnOnce(&mut [u8]) -> R) -> R {
    BUFFER.with(|cell| {
        let mut buffer = cell.take();
        if buffer.is_empty() {
            buffer = vec![0; KERNEL_DATAGRAM];
        }
        let result = receive(&mut buffer);
        cell.set(buffer);
        result
    })
}
