//! The reader of replies while a call has it.

use super::connection::{ClientState, Connection};
use super::reply_reader::ReplyReader;

/// The reader of replies, which a call has borrowed. It is given back when this is dropped.
pub(super) struct BorrowedReader<'a> {
    connection: &'a Connection,
    /// `None` once it is given back.
    reader: Option<Box<ReplyReader>>,
    /// Whether the driver has to take it.
    is_for_driver: bool,
}

impl ClientState {
    /// Borrows the reader for a call that is alone on the connection.
    pub(super) fn borrow_reader<'a>(
        &mut self,
        connection: &'a Connection,
    ) -> Option<BorrowedReader<'a>> {
        let reader = self.lending.borrow()?;
        Some(BorrowedReader {
            connection,
            reader: Some(reader),
            is_for_driver: true,
        })
    }
}

impl BorrowedReader<'_> {
    /// Returns the reader.
    pub(super) fn reader(&mut self) -> Option<&mut ReplyReader> {
        self.reader.as_deref_mut()
    }

    /// Offers the reader to the next call.
    pub(super) fn keep_lent(mut self) {
        let id = self.connection.id();
        let is_prepared = self.reader().is_some_and(|reader| reader.prepare(id));
        self.is_for_driver = !is_prepared;
    }

    /// Gives the reader back to the driver under the lock of the connection's state, and has the driver woken.
    pub(super) fn give_back(mut self, state: &mut ClientState) {
        if let Some(reader) = self.reader.take() {
            state.lending.give_back(reader, true);
        }
        self.connection.wake.notify_one();
    }
}

impl Drop for BorrowedReader<'_> {
    fn drop(&mut self) {
        let Some(reader) = self.reader.take() else {
            return;
        };
        let mut state = self.connection.lock();
        let has_others = state.machine.in_flight() > 0;
        let is_for_driver = self.is_for_driver || has_others;
        let is_recalled = state.lending.give_back(reader, is_for_driver);
        drop(state);
        if is_recalled {
            self.connection.wake.notify_one();
        }
    }
}
