//! What both clients do before there is a connection.

mod config;
mod handshake;

pub(crate) use config::DialConfig;
pub(crate) use handshake::{
    Answer, NO_ANSWER, NO_MEMORY_PAUSE, SetupReply, SetupRequest, not_listening, parse_name,
    timed_out,
};
