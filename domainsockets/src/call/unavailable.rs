//! The errors of calls whose requests cannot be sent now.

use crate::Error;

/// Returns the error of a call that finds no connection.
pub(crate) const fn disconnected() -> Error {
    Error::Disconnected {
        may_have_run: false,
    }
}

/// Returns the error of a call that must not wait, while `limit` calls are in flight.
pub(crate) fn too_many_in_flight(limit: usize) -> Error {
    Error::Overloaded {
        what: format!("the limit of {limit} calls in flight"),
    }
}

/// Returns the error of a call that must not wait, while the server reads too slowly (backpressure).
pub(crate) fn receive_queue_full() -> Error {
    Error::Overloaded {
        what: "the server's receive queue is full".to_owned(),
    }
}
