//! A carrier that answers every call with the same bytes, and keeps the calls.

use std::sync::{Mutex, PoisonError};

use domainsockets::{Bytes, Call, Carrier, Error, Reply};

#[derive(Debug)]
pub(crate) struct Recorder {
    reply: &'static [u8],
    calls: Mutex<Vec<(String, Bytes)>>,
}

impl Recorder {
    pub(crate) fn replying(reply: &'static [u8]) -> Self {
        Self {
            reply,
            calls: Mutex::default(),
        }
    }

    /// Returns the handlers called and the requests to them.
    pub(crate) fn into_calls(self) -> Vec<(String, Bytes)> {
        self.calls
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Carrier for Recorder {
    async fn execute(&self, call: Call<'_>) -> Result<Reply, Error> {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.push((call.handler.to_string(), call.data.to_bytes()));
        Ok(Bytes::from_static(self.reply).into())
    }
}
