//! The client's side of the handshake.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::timeout;

use super::connection::Connection;
use super::driver::Driver;
use super::{Client, ClientBuilder};
use crate::transport::{
    ConnectError, Inbox, Letter, Process, Reach, Receiver, Room, SendError, Sender, Sending,
    SocketFile, SocketPath, Source, Target, WatchError, bind_connection, own_uid,
};
use crate::wire::{LEN_TOTAL, SETUP_OVERLOADED, SetupMsg, max_total, setup_decode, setup_encode};
use crate::{Allow, Error, Peer};

/// A connection that has been made.
pub(super) struct Handshake {
    pub(super) receiver: Receiver,
    pub(super) sender: Sender,
    pub(super) server: Peer,
    pub(super) process: Process,
}

/// What a server has answered, and who it is.
struct Answer {
    socket: SetupMsg,
    server: Peer,
    source: Option<Source>,
}

pub(super) async fn dial(builder: ClientBuilder, name: &Path) -> Result<Client, Error> {
    let path = SocketPath::parse(name).map_err(|reason| Error::InvalidName {
        name: name.display().to_string(),
        reason,
    })?;
    let connection = connect(&builder, &path).await?;
    Ok(Client::new(builder, path, connection))
}

/// Makes a connection and starts to drive it.
pub(super) async fn connect(
    builder: &ClientBuilder,
    path: &SocketPath,
) -> Result<Arc<Connection>, Error> {
    let after = builder.dial_timeout;
    let denied = AtomicBool::new(false);
    let handshake = timeout(after, handshake(path, &builder.allow, &denied)).await;
    let (handshake, file) = handshake.unwrap_or_else(|_| {
        let path = path.as_path().to_owned();
        Err(if denied.into_inner() {
            Error::Denied { path }
        } else {
            Error::HandshakeTimeout { path, after }
        })
    })?;
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
        let max_total = max_total(builder.connection.message_limit);
        let connection = Arc::new(Connection::new(
            server,
            sender,
            builder.connection.clone(),
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
    let reaching = |error| connect_error(path.as_path(), error);
    let not_listening = || Error::NotListening {
        path: path.as_path().to_owned(),
    };
    // Connecting comes first, so that no file is made where nobody listens.
    let target = Target::find(path.as_path()).map_err(reaching)?;
    if !allow.may_admit_user(target.owner()) {
        return Err(reaching(ConnectError::Denied));
    }
    let setup = Sender::new(target.connect(Sending::Once).map_err(reaching)?);
    let own = setup_encode();
    let own_path = path.neighbour(own.as_str());
    let (fd, file) = bind_connection(&own_path, Reach::User(target.owner()))?;
    let inbox = Inbox::new(fd)?;
    send_setup(&setup, &own)
        .await
        .map_err(|error| match error {
            SendError::Io(error) => error.into(),
            _ => not_listening(),
        })?;
    drop(setup);
    let Answer {
        socket,
        server,
        source,
    } = receive_answer(&inbox, allow, denied).await?;
    // What is watched is what has the socket that is connected to after this.
    let process = Process::watch(server.pid).map_err(|error| match error {
        WatchError::Ended => not_listening(),
        WatchError::Exhausted(error) => error.into(),
    })?;
    let peer = path.neighbour(socket.as_str());
    let reaching = |error| connect_error(&peer, error);
    let target = Target::find(&peer).map_err(reaching)?;
    if target.is_setup() || !(target.owner() == server.uid || target.owner() == own_uid()) {
        let reason = format!("{server} names the socket of another one");
        return Err(Error::Protocol(reason));
    }
    let sender = Sender::new(target.connect(Sending::Connection).map_err(reaching)?);
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
) -> Result<Answer, Error> {
    // One byte more than there may be, so that a longer answer is seen.
    let mut buffer = [0; LEN_TOTAL + 1];
    loop {
        let Some((letter, source)) = inbox.try_receive_from(&mut buffer)? else {
            inbox.readable().await?;
            continue;
        };
        let Letter { size, peer } = letter;
        let answer = buffer.get(..size);
        let Some(server) = peer.filter(|peer| allow.admits(peer)) else {
            if answer.is_some_and(|answer| setup_decode(answer).is_ok()) {
                denied.store(true, Ordering::Relaxed);
            }
            continue;
        };
        let Some(answer) = answer else {
            return Err(Error::Protocol(format!("setup answer of {size} bytes")));
        };
        match answer {
            [] => {}
            SETUP_OVERLOADED => return Err(Error::Overloaded),
            answer => {
                let decoded = setup_decode(answer);
                let socket = decoded.map_err(|error| Error::Protocol(error.to_string()))?;
                return Ok(Answer {
                    socket,
                    server,
                    source,
                });
            }
        }
    }
}

fn connect_error(path: &Path, error: ConnectError) -> Error {
    let path = path.to_owned();
    match error {
        ConnectError::NotListening => Error::NotListening { path },
        ConnectError::Denied => Error::Denied { path },
        ConnectError::Foreign => {
            Error::Protocol(format!("{} is no datagram socket", path.display()))
        }
        ConnectError::Io(error) => error.into(),
    }
}

/// How long a full kernel is left alone.
const NO_MEMORY_PAUSE: Duration = Duration::from_millis(1);
