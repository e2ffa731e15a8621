//! The client's side of the handshake.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::task::yield_now;
use tokio::time::timeout;

use super::connection::Connection;
use super::driver::ClientDriver;
use crate::dial::{
    Answer, DialConfig, NO_ANSWER, NO_MEMORY_PAUSE, SetupReply, SetupRequest, not_listening,
    timed_out,
};
use crate::transport::{
    Ended, Inbox, Process, Receiver, SendError, Sender, SocketFile, SocketPath, SourceAddress,
    WriteReadiness,
};
use crate::wire::SetupMsg;
use crate::{Allow, Error, Peer};

/// Makes a connection and starts to drive it.
pub(super) async fn connect(
    config: &DialConfig,
    path: &SocketPath,
) -> Result<Arc<Connection>, Error> {
    let after = config.dial_timeout;
    let denied = AtomicBool::new(false);
    let (mut driver, server, file) = timeout(after, handshake(config, path, &denied))
        .await
        .unwrap_or_else(|_| Err(timed_out(after, path, denied.load(Ordering::Relaxed))))?;
    let connection = Arc::clone(driver.connection());
    tokio::spawn(async move { driver.run(server).await });
    // The server has connected before it answered: nobody needs the file any more.
    drop(file);
    Ok(connection)
}

/// Tells the server the name of a fresh reply socket, whose file is returned, and is told that of the
/// connection's. `denied` becomes true if somebody answers who is not allowed to.
///
/// What a datagram does not depend on is done once it has left, while the server is at work.
async fn handshake(
    config: &DialConfig,
    path: &SocketPath,
    denied: &AtomicBool,
) -> Result<(ClientDriver, Process, SocketFile), Error> {
    let allow = &config.allow;
    let SetupRequest {
        setup,
        own,
        socket,
        file,
    } = SetupRequest::new(path, allow)?;
    let sent = send_setup(&setup, &own).await;
    sent.map_err(|error| match error {
        SendError::Io(error) => error.into(),
        _ => not_listening(path),
    })?;
    let inbox = Inbox::new(socket)?;
    setup.take_name()?;
    let (answer, source) = receive_answer(&inbox, allow, denied).await?;
    let sender = answer.follow(path, setup)?;
    // Its ID may be another process's by now only if the server has ended, and its sockets with it, which the
    // next request finds.
    let process = Process::watch(answer.server.pid).map_err(|Ended| not_listening(path))?;
    let server = Peer::new(answer.server, process.group_reader());
    let connection = Arc::new(Connection::new(server, sender, config));
    // From the first datagram on the server knows the client's process, which may then become another
    // user.
    connection.greet();
    let receiver = Receiver::from_inbox(inbox, answer.server, source);
    let driver = ClientDriver::new(connection, receiver, config.connection.max_message_size);
    Ok((driver, process, file))
}

async fn send_setup(setup: &Sender, own: &SetupMsg) -> Result<(), SendError> {
    let mut room = WriteReadiness::default();
    let mut sent = setup.try_send(own.as_bytes());
    loop {
        match sent {
            Err(SendError::Full) => {
                room.watch(setup).map_err(SendError::Io)?;
                let vacancy = room.vacancy().await.map_err(SendError::Io)?;
                vacancy.fill(|| {
                    sent = setup.try_send(own.as_bytes());
                    matches!(sent, Err(SendError::Full))
                });
            }
            Err(SendError::NoMemory) => {
                tokio::time::sleep(NO_MEMORY_PAUSE).await;
                sent = setup.try_send(own.as_bytes());
            }
            sent => return sent,
        }
    }
}

/// Waits for an answer of somebody who is allowed to give one.
async fn receive_answer(
    inbox: &Inbox,
    allow: &Allow,
    denied: &AtomicBool,
) -> Result<(Answer, Option<SourceAddress>), Error> {
    let mut buffer = NO_ANSWER;
    loop {
        let Some((letter, source)) = inbox.try_receive_from(&mut buffer)? else {
            inbox.readable().await?;
            continue;
        };
        match SetupReply::of(&letter, &buffer, allow)? {
            SetupReply::Answer(answer) => return Ok((answer, source)),
            SetupReply::Denied => denied.store(true, Ordering::Relaxed),
            SetupReply::Nothing => {}
        }
        // Let the timer run, also while a peer sends without a pause.
        yield_now().await;
    }
}
