//! The bytes of a script.

use std::time::Duration;

use domainsockets::test::Side;

/// The unread rest of a script. Bytes after its end are zero.
#[derive(Debug)]
pub(super) struct Input<'a> {
    rest: &'a [u8],
}

impl<'a> Input<'a> {
    pub(super) const fn new(script: &'a [u8]) -> Self {
        Self { rest: script }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn byte(&mut self) -> u8 {
        self.rest.split_off_first().copied().unwrap_or_default()
    }

    /// Returns true for one byte in `many`, but not for a zero byte, as after the end of the script.
    pub(super) fn one_in(&mut self, many: u8) -> bool {
        self.byte() % many == many - 1
    }

    pub(super) fn flag(&mut self) -> bool {
        self.byte() % 2 == 1
    }

    pub(super) fn pick<T: Copy, const N: usize>(&mut self, from: [T; N]) -> T {
        from[usize::from(self.byte()) % N]
    }

    pub(super) fn side(&mut self) -> Side {
        self.pick([Side::Client, Side::Server])
    }

    /// Returns a size in bytes: usually one that fits a datagram, sometimes one that does not.
    pub(super) fn size(&mut self) -> usize {
        let scale = self.pick([1, 1, 1, 17, 257, 257, 2053]);
        usize::from(self.byte()) * scale
    }

    /// Returns a time from zero to some seconds.
    pub(super) fn duration(&mut self) -> Duration {
        let scale = self.pick([1, 1, 10, 30]);
        Duration::from_millis(u64::from(self.byte()) * scale)
    }
}
