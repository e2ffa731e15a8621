//! Dialling: the client's side of the handshake.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use tokio::task::yield_now;
use tokio::time::{sleep, timeout};

use super::connection::Connection;
use super::driver::{ClientDriver, DriverConfig};
use crate::dial::{
    Answer, DENIED_PAUSE, DENIED_RETRY, DialConfig, EMPTY_ANSWER_BUFFER, ExpectedServer,
    NO_MEMORY_PAUSE, SetupReply, SetupRequest, SetupSockets, is_denied_too_early, not_listening,
    timed_out,
};
use crate::driver::now;
use crate::transport::{
    Ended, Inbox, Process, SendError, Sender, SocketPath, SourceAddress, WriteReadiness,
    socket_receiver, socket_sender,
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
    timeout(after, shake_hands(config, path, &denied))
        .await
        .unwrap_or_else(|_| Err(timed_out(after, path, denied.load(Ordering::Relaxed))))
}

/// Connects to the server at `path`. Sets `denied` if a process answers that may not serve this client.
async fn shake_hands(
    config: &DialConfig,
    path: &SocketPath,
    denied: &AtomicBool,
) -> Result<Arc<Connection>, Error> {
    let begun = now();
    let SetupRequest {
        setup,
        own,
        sockets,
    } = request(path, config, begun).await?;
    match sockets {
        SetupSockets::Files { socket, file } => {
            let files = FilesHandshake {
                config,
                path,
                denied,
            };
            let mut driver = files.shake_hands(setup, &own, socket).await?;
            let connection = Arc::clone(driver.connection());
            tokio::spawn(async move { driver.run().await });
            // The server connected before it answered, so the file is no longer needed.
            drop(file);
            Ok(connection)
        }
        SetupSockets::Pair {
            pair,
            passed,
            is_vouched_for,
        } => {
            let sender = socket_sender(pair.sender());
            let connection = Arc::new(Connection::new(None, sender, config));
            // The hello waits in the pair when the server takes it up.
            if !connection.say_hello(begun + config.dial_timeout, is_vouched_for) {
                return Err(io::Error::from(io::ErrorKind::OutOfMemory).into());
            }
            let receiver = socket_receiver(pair.receiver());
            let sent = send_setup(&setup, |setup| {
                setup.try_pass(own.as_bytes(), passed.descriptor())
            })
            .await;
            sent.map_err(|error| unsent(error, path))?;
            // The server has the only one from now on, so that its end is seen.
            drop(passed);
            let expected = ExpectedServer::new(config, path);
            let limit = driver_config(config);
            let mut driver =
                ClientDriver::expecting(Arc::clone(&connection), receiver, expected, limit);
            tokio::spawn(async move { driver.run().await });
            Ok(connection)
        }
    }
}

fn driver_config(config: &DialConfig) -> DriverConfig {
    DriverConfig {
        max_message_size: config.connection.max_message_size,
        busy_poll: config.busy_poll,
    }
}

/// Finds the server. Tries for a moment if it may be about to let users in.
async fn request(
    path: &SocketPath,
    config: &DialConfig,
    begun: Instant,
) -> Result<SetupRequest, Error> {
    loop {
        match SetupRequest::new(path, config) {
            Err(error) if now() < begun + DENIED_RETRY && is_denied_too_early(path, &error) => {
                sleep(DENIED_PAUSE).await;
            }
            request => return request,
        }
    }
}

/// A handshake by files.
struct FilesHandshake<'a> {
    config: &'a DialConfig,
    path: &'a SocketPath,
    /// Whether a process has answered that may not serve this client.
    denied: &'a AtomicBool,
}

impl FilesHandshake<'_> {
    /// Shakes hands with the server: sends it the name of a new reply socket, and receives the name of the
    /// connection's socket.
    ///
    /// Work that a datagram does not depend on is done after it was
    /// sent, while the server handles it.
    async fn shake_hands(
        &self,
        setup: Sender,
        own: &SetupMsg,
        socket: OwnedFd,
    ) -> Result<ClientDriver, Error> {
        let Self {
            config,
            path,
            denied,
        } = *self;
        let allow = &config.allow;
        let inbox = Inbox::new(socket)?;
        let sent = send_setup(&setup, |setup| setup.try_send(own.as_bytes())).await;
        sent.map_err(|error| unsent(error, path))?;
        setup.take_name()?;
        let (answer, source) = receive_answer(&inbox, allow, denied).await?;
        let sender = answer.follow(path, setup)?;
        // The kernel may have reused the process ID in the meantime, but only if the server has ended. Then its
        // sockets are closed, and the next request fails.
        let process = Process::watch(answer.server.pid).map_err(|Ended| not_listening(path))?;
        let server = Peer::new(answer.server, process.group_reader());
        let connection = Arc::new(Connection::new(Some(server), sender, config));
        // The server identifies the client by the first datagram. From then on the process may change its user.
        connection.greet();
        let receiver = socket_receiver(inbox.into_receiver(answer.server, source));
        let limit = driver_config(config);
        Ok(ClientDriver::new(connection, receiver, process, limit))
    }
}

/// Converts the reason why a setup message was not sent.
fn unsent(error: SendError, path: &SocketPath) -> Error {
    match error {
        SendError::Io(error) => error.into(),
        _ => not_listening(path),
    }
}

/// Sends the setup message with `pass`, once the server's queue has room.
async fn send_setup(
    setup: &Sender,
    pass: impl Fn(&Sender) -> Result<(), SendError>,
) -> Result<(), SendError> {
    let mut write_readiness = WriteReadiness::default();
    let mut sent = pass(setup);
    loop {
        match sent {
            Err(SendError::Full) => {
                write_readiness.watch(setup).map_err(SendError::Io)?;
                let permit = write_readiness.permit().await.map_err(SendError::Io)?;
                permit.fill(|| {
                    sent = pass(setup);
                    matches!(sent, Err(SendError::Full))
                });
            }
            Err(SendError::NoMemory) => {
                sleep(NO_MEMORY_PAUSE).await;
                sent = pass(setup);
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
