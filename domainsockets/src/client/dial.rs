//! The client's side of the handshake.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::task::yield_now;
use tokio::time::timeout;

use super::connection::Connection;
use super::driver::Driver;
use super::{Client, ClientBuilder};
use crate::handshake::{
    Answer, NO_ANSWER, NO_MEMORY_PAUSE, Opening, Verdict, not_listening, parse_name, timed_out,
};
use crate::transport::{
    Inbox, Process, Receiver, Room, SendError, Sender, SocketFile, SocketPath, Source,
};
use crate::wire::{SetupMsg, max_total};
use crate::{Allow, Error, Peer};

/// A connection that has been made.
pub(super) struct Handshake {
    pub(super) receiver: Receiver,
    pub(super) sender: Sender,
    pub(super) server: Peer,
    pub(super) process: Process,
}

pub(super) async fn dial(builder: ClientBuilder, name: &Path) -> Result<Client, Error> {
    let path = parse_name(name)?;
    let connection = connect(&builder, &path).await?;
    Ok(Client::new(builder, path, connection))
}

/// Makes a connection and starts to drive it.
pub(super) async fn connect(
    builder: &ClientBuilder,
    path: &SocketPath,
) -> Result<Arc<Connection>, Error> {
    let after = builder.settings.dial_timeout;
    let denied = AtomicBool::new(false);
    let handshake = timeout(after, handshake(path, &builder.settings.allow, &denied)).await;
    let (handshake, file) = handshake
        .unwrap_or_else(|_| Err(timed_out(after, path, denied.load(Ordering::Relaxed))))?;
    let (connection, driver) = handshake.open(builder);
    // From the first datagram on the server knows the client's process, which may then become another
    // user. It reads it while the driver starts.
    connection.greet();
    tokio::spawn(driver);
    // The server has connected before it answered: nobody needs the file any more.
    drop(file);
    Ok(connection)
}

impl Handshake {
    /// Makes the connection, and what drives it, which is to be spawned.
    pub(super) fn open(
        self,
        builder: &ClientBuilder,
    ) -> (Arc<Connection>, impl Future<Output = ()> + Send + use<>) {
        let Self {
            receiver,
            sender,
            server,
            process,
        } = self;
        let max_total = max_total(builder.settings.connection.message_limit);
        let connection = Arc::new(Connection::new(
            server,
            sender,
            builder.settings.connection.clone(),
            builder.max_in_flight,
        ));
        let driver = Driver::new(Arc::clone(&connection), receiver, max_total);
        (connection, driver.run(process))
    }
}

/// Tells the server the name of a fresh reply socket, whose file is returned, and is told that of the
/// connection's. `denied` becomes true if somebody answers who is not allowed to.
async fn handshake(
    path: &SocketPath,
    allow: &Allow,
    denied: &AtomicBool,
) -> Result<(Handshake, SocketFile), Error> {
    let Opening {
        setup,
        own,
        socket,
        file,
    } = Opening::new(path, allow)?;
    let inbox = Inbox::new(socket)?;
    send_setup(&setup, &own)
        .await
        .map_err(|error| match error {
            SendError::Io(error) => error.into(),
            _ => not_listening(path),
        })?;
    let (answer, source) = receive_answer(&inbox, allow, denied).await?;
    let (sender, process) = answer.follow(path, setup)?;
    let server = answer.server;
    let handshake = Handshake {
        receiver: Receiver::from_inbox(inbox, server, source),
        sender,
        server,
        process,
    };
    Ok((handshake, file))
}

async fn send_setup(setup: &Sender, own: &SetupMsg) -> Result<(), SendError> {
    let mut room = Room::default();
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
) -> Result<(Answer, Option<Source>), Error> {
    let mut buffer = NO_ANSWER;
    loop {
        let Some((letter, source)) = inbox.try_receive_from(&mut buffer)? else {
            inbox.readable().await?;
            continue;
        };
        match Verdict::of(&letter, &buffer, allow)? {
            Verdict::Answer(answer) => return Ok((answer, source)),
            Verdict::Denied => denied.store(true, Ordering::Relaxed),
            Verdict::Nothing => {}
        }
        // Whoever goes on sending does not keep the time from being looked at.
        yield_now().await;
    }
}
