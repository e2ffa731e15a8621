//! Lending the reader of replies: the driver has it, or a call that polls for its own reply.

use super::connection::{ClientState, Connection};
use super::reply_reader::ReplyReader;

/// Who has the reader of a connection's replies.
#[derive(Debug, Default)]
pub(super) struct Lending {
    holder: Holder,
    /// Whether the driver wants it back.
    is_recalled: bool,
    /// How often it was borrowed since the driver has asked last.
    uses: u32,
    /// Whether the calls that have begun last were alone on the connection, one after the other.
    is_sequential: bool,
}

#[derive(Debug, Default)]
enum Holder {
    #[default]
    Driver,
    /// The next call that is alone on the connection.
    Nobody(Box<ReplyReader>),
    Call,
}

/// The reader of replies, which a call has borrowed. It is given back when this is dropped.
pub(super) struct BorrowedReader<'a> {
    connection: &'a Connection,
    /// `None` once it is given back.
    reader: Option<Box<ReplyReader>>,
    /// Whether the driver has to take it.
    is_for_driver: bool,
}

impl Lending {
    /// Records whether a call was alone on the connection when it began. Calls that are made at the same time leave
    /// together, and their replies are received by the driver.
    pub(super) const fn begin_call(&mut self, is_alone: bool) {
        self.is_sequential = is_alone;
    }

    /// Returns whether the calls that have begun last were alone on the connection.
    pub(super) const fn is_sequential(&self) -> bool {
        self.is_sequential
    }

    /// Returns whether the driver does not have the reader.
    pub(super) const fn is_lent(&self) -> bool {
        !matches!(self.holder, Holder::Driver)
    }

    /// Offers the reader to calls.
    pub(super) fn lend(&mut self, reader: Box<ReplyReader>) {
        self.holder = Holder::Nobody(reader);
        self.is_recalled = false;
        self.uses = 1;
    }

    /// Borrows the reader, if it is offered.
    pub(super) fn borrow(&mut self) -> Option<Box<ReplyReader>> {
        match std::mem::replace(&mut self.holder, Holder::Call) {
            Holder::Nobody(reader) => {
                self.uses += 1;
                Some(reader)
            }
            other => {
                self.holder = other;
                None
            }
        }
    }

    /// Asks for the reader. Returns whether the driver has to be woken for that: no call has it.
    pub(super) fn recall(&mut self) -> bool {
        self.is_recalled |= self.is_lent();
        matches!(self.holder, Holder::Nobody(_))
    }

    /// Takes the reader back, if no call has it, and it `is_wanted` or recalled. At the end of a period (`is_period_over`)
    /// takes it back unless it was borrowed during the period.
    pub(super) fn take_back(
        &mut self,
        is_wanted: bool,
        is_period_over: bool,
    ) -> Option<Box<ReplyReader>> {
        self.is_recalled |= is_wanted && self.is_lent();
        let is_unused = is_period_over && std::mem::take(&mut self.uses) == 0;
        if !is_unused && !self.is_recalled {
            return None;
        }
        match std::mem::take(&mut self.holder) {
            Holder::Nobody(reader) => {
                self.is_recalled = false;
                Some(reader)
            }
            other => {
                self.holder = other;
                None
            }
        }
    }
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
        let connection = self.connection;
        let is_prepared = self
            .reader()
            .is_some_and(|reader| reader.prepare(connection));
        self.is_for_driver = !is_prepared;
    }

    /// Gives the reader back to the driver under the lock of the connection's state, and has the driver woken.
    pub(super) fn give_back(mut self, state: &mut ClientState) {
        if let Some(reader) = self.reader.take() {
            state.lending.holder = Holder::Nobody(reader);
            state.lending.is_recalled = true;
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
        let lending = &mut state.lending;
        lending.holder = Holder::Nobody(reader);
        lending.is_recalled |= self.is_for_driver || has_others;
        let is_recalled = lending.is_recalled;
        drop(state);
        if is_recalled {
            self.connection.wake.notify_one();
        }
    }
}
