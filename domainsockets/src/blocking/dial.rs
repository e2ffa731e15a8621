//! The handshake.

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
    BlockingInbox, BlockingReceiver, Ended, PollSet, Process, SendError, Sender, SocketPath, Source,
};
use crate::wire::SetupMsg;

/// Makes a connection, until a time.
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
    // Its ID may be another process's by now only if the server has ended, and its sockets with it, which the
    // next request finds.
    let process = Process::watch(answer.server.pid).map_err(|Ended| not_listening(path))?;
    let config = config.connection.clone();
    let connection = Connection::new(answer.server, process, sender, receiver, config)?;
    // From the first datagram on the server knows the client's process, which may then become another
    // user.
    connection.greet();
    Ok(connection)
}

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

/// Waits for an answer of somebody who is allowed to give one.
fn receive_answer(
    config: &DialConfig,
    path: &SocketPath,
    inbox: &BlockingInbox,
    until: Instant,
) -> Result<(Answer, Option<Source>), Error> {
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
