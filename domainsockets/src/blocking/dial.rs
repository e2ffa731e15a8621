//! The client's side of the handshake, blocking.

use std::thread;
use std::time::Instant;

use super::connection::Connection;
use super::now;
use crate::Error;
use crate::dial::DialConfig;
use crate::dial::{
    Answer, NO_ANSWER, NO_MEMORY_PAUSE, SetupReply, SetupRequest, not_listening, timed_out,
};
use crate::transport::{
    BlockingInbox, BlockingReceiver, Ended, PollSet, Process, SendError, Sender, SocketPath,
    SourceAddress,
};
use crate::wire::SetupMsg;

/// Connects to the server at `path`, and fails at the time `until`.
///
/// # Errors
///
/// As [`Client::dial`](super::Client::dial).
pub(super) fn connect(
    config: &DialConfig,
    path: &SocketPath,
    until: Instant,
) -> Result<Connection, Error> {
    let opening = SetupRequest::new(path, &config.allow)?;
    send_setup(config, path, &opening.setup, &opening.own, until)?;
    let inbox = BlockingInbox::unregistered(opening.socket);
    opening.setup.take_name()?;
    let (answer, source) = receive_answer(config, path, &inbox, until)?;
    let sender = answer.follow(path, opening.setup)?;
    let receiver = BlockingReceiver::from_inbox(inbox, answer.server, source);
    // The kernel may have reused the process ID in the meantime, but only if the server has ended. Then its
    // sockets are closed, and the next request fails.
    let process = Process::watch(answer.server.pid).map_err(|Ended| not_listening(path))?;
    let connection = Connection::new(answer.server, process, sender, receiver, config)?;
    // The server identifies the client by the first datagram. From then on it accepts what that process
    // sends, even after the process has changed its user. So send it before the caller can drop privileges.
    connection.greet();
    Ok(connection)
}

/// Sends the setup message, and waits while the server's queue is full.
fn send_setup(
    config: &DialConfig,
    path: &SocketPath,
    setup: &Sender,
    own: &SetupMsg,
    until: Instant,
) -> Result<(), Error> {
    loop {
        match setup.try_send(own.as_bytes()) {
            Ok(()) => return Ok(()),
            Err(SendError::Full) => {
                let room = PollSet {
                    room: setup.socket(),
                    ..PollSet::default()
                };
                room.wait(now(), until)?;
            }
            Err(SendError::NoMemory) => thread::sleep(NO_MEMORY_PAUSE),
            Err(SendError::Io(error)) => return Err(error.into()),
            Err(SendError::Gone | SendError::TooLong) => return Err(not_listening(path)),
        }
        if until <= now() {
            return Err(timed_out(config.dial_timeout, path, false));
        }
    }
}

/// Waits for the answer of a process that may serve the client. Answers of other processes are discarded: any
/// user may send to the socket while its file exists, and must not be able to make dialling fail early.
fn receive_answer(
    config: &DialConfig,
    path: &SocketPath,
    inbox: &BlockingInbox,
    until: Instant,
) -> Result<(Answer, Option<SourceAddress>), Error> {
    let mut buffer = NO_ANSWER;
    let mut denied = false;
    while now() < until {
        let Some((letter, source)) = inbox.try_receive_from(&mut buffer)? else {
            let arrivals = PollSet {
                arrivals: Some(inbox.socket()),
                ..PollSet::default()
            };
            arrivals.wait(now(), until)?;
            continue;
        };
        match SetupReply::of(&letter, &buffer, &config.allow)? {
            SetupReply::Answer(answer) => return Ok((answer, source)),
            SetupReply::Denied => denied = true,
            SetupReply::Nothing => {}
        }
    }
    Err(timed_out(config.dial_timeout, path, denied))
}
