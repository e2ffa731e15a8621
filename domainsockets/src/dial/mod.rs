//! Dialling, as far as it is the same for asynchronous and blocking clients.

mod config;
mod expected_server;
mod handshake;

pub(crate) use config::DialConfig;
pub(crate) use expected_server::ExpectedServer;
pub(crate) use handshake::{
    Answer, DENIED_PAUSE, DENIED_RETRY, EMPTY_ANSWER_BUFFER, NO_MEMORY_PAUSE, SetupReply,
    SetupRequest, SetupSockets, is_denied_too_early, not_listening, parse_name, timed_out,
};
