//! Dialling: the client's side of the handshake.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::task::yield_now;
use tokio::time::timeout;

use super::connection::Connection;
use super::driver::ClientDriver;
use crate::dial::{
    Answer, DialConfig, EMPTY_ANSWER_BUFFER, NO_MEMORY_PAUSE, SetupReply, SetupRequest,
    not_listening, timed_out,
};
use crate::transport::{
    Ended, Inbox, Process, Receiver, SendError, Sender, SocketFile, SocketPath, SourceAddress,
    WriteReadiness,
};
use crate::wire::SetupMsg;
use crate::{Allow, Error, Peer};

/// Connects to the server at `path`, and spawns the driver of the connection.
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
    // The server connected before it answered, so the file is no longer needed.
    drop(file);
    Ok(connection)
}

/// Shakes hands with the server: sends it the name of a new reply socket, and receives the name of the
/// connection's socket. Sets `denied` if a process answers that may not serve this client.
///
/// Returns the file of the reply socket as well. Work that a datagram does not depend on is done after it was
/// sent, while the server handles it.
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
    let inbox = Inbox::new(socket)?;
    let sent = send_setup(&setup, &own).await;
    sent.map_err(|error| match error {
        SendError::Io(error) => error.into(),
        _ => not_listening(path),
    })?;
    setup.take_name()?;
    let (answer, source) = receive_answer(&inbox, allow, denied).await?;
    let sender = answer.follow(path, setup)?;
    // The kernel may have reused the process ID in the meantime, but only if the server has ended. Then its
    // sockets are closed, and the next request fails.
    let process = Process::watch(answer.server.pid).map_err(|Ended| not_listening(path))?;
    let server = Peer::new(answer.server, process.group_reader());
    let connection = Arc::new(Connection::new(server, sender, config));
    // The server identifies the client by the first datagram. From then on the process may change its user.
    connection.greet();
    let receiver = Receiver::from_inbox(inbox, answer.server, source);
    let driver = ClientDriver::new(connection, receiver, config.connection.max_message_size);
    Ok((driver, process, file))
}

async fn send_setup(setup: &Sender, own: &SetupMsg) -> Result<(), SendError> {
    let mut write_readiness = WriteReadiness::default();
    let mut sent = setup.try_send(own.as_bytes());
    loop {
        match sent {
            Err(SendError::Full) => {
                write_readiness.watch(setup).map_err(SendError::Io)?;
                let permit = write_readiness.permit().await.map_err(SendError::Io)?;
                permit.fill(|| {
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

/// Waits for the answer of a process that may serve the client. Answers of other processes are discarded.
async fn receive_answer(
    inbox: &Inbox,
    allow: &Allow,
    denied: &AtomicBool,
) -> Result<(Answer, Option<SourceAddress>), Error> {
    let mut buffer = EMPTY_ANSWER_BUFFER;
    loop {
        let Some((datagram, source)) = inbox.try_receive_from(&mut buffer)? else {
            inbox.readable().await?;
            continue;
        };
        match SetupReply::of(&datagram, &buffer, allow)? {
            SetupReply::Answer(answer) => return Ok((answer, source)),
            SetupReply::Denied => denied.store(true, Ordering::Relaxed),
            SetupReply::Nothing => {}
        }
        // Let the timer fire, also while a process sends without a pause.
        yield_now().await;
    }
}
