//! The client's side of the handshake.

use std::path::Path;
use std::sync::Arc;

use tokio::time::timeout;

use super::connection::Connection;
use super::{Client, ClientBuilder, driver};
use crate::Error;
use crate::transport::{
    ConnectError, Received, Receiver, Room, SendError, Sender, SocketPath, bind_private, connect,
};
use crate::wire::{LEN_TOTAL, SetupMsg, max_total, setup_decode, setup_encode};

pub(super) async fn dial(builder: ClientBuilder, name: &Path) -> Result<Client, Error> {
    let path = SocketPath::parse(name).map_err(|reason| Error::InvalidName {
        name: name.display().to_string(),
        reason,
    })?;
    let after = builder.dial_timeout;
    let (receiver, sender) = timeout(after, handshake(&path)).await.unwrap_or_else(|_| {
        Err(Error::HandshakeTimeout {
            path: path.as_path().to_owned(),
            after,
        })
    })?;
    let deadline = builder.deadline;
    let max_total = max_total(builder.connection.message_limit);
    let connection = Arc::new(Connection::new(
        sender,
        builder.connection,
        builder.max_in_flight,
    ));
    driver::spawn(Arc::clone(&connection), receiver, max_total);
    Ok(Client::new(connection, deadline))
}

/// Tells the server the name of a fresh reply socket, and is told that of the connection's.
async fn handshake(path: &SocketPath) -> Result<(Receiver, Sender), Error> {
    let reaching = |error| connect_error(path.as_path(), error);
    // Connecting comes first, so that no file is made where nobody listens.
    let setup = Sender::new(connect(path.as_path()).map_err(reaching)?);
    let own = setup_encode();
    let (fd, file) = bind_private(&path.neighbour(own.as_str()))?;
    let receiver = Receiver::new(fd)?;
    send_setup(&setup, &own)
        .await
        .map_err(|error| match error {
            SendError::Io(error) => error.into(),
            _ => Error::NotListening {
                path: path.as_path().to_owned(),
            },
        })?;
    drop(setup);
    let answer = receive_setup(&receiver).await?;
    let peer = path.neighbour(answer.as_str());
    let sender = Sender::new(connect(&peer).map_err(|error| connect_error(&peer, error))?);
    // The server has connected before it answered: nobody needs the file any more.
    drop(file);
    Ok((receiver, sender))
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

async fn receive_setup(receiver: &Receiver) -> Result<SetupMsg, Error> {
    // One byte more than there may be, so that a longer answer is seen.
    let mut buffer = [0; LEN_TOTAL + 1];
    loop {
        match receiver.try_receive(&mut [], &mut buffer)? {
            Received::Empty => receiver.readable().await?,
            Received::Datagram(0) => {}
            Received::Datagram(len) => {
                return setup_decode(buffer.get(..len).unwrap_or_default())
                    .map_err(|error| Error::Protocol(error.to_string()));
            }
            Received::Truncated(size) => {
                return Err(Error::Protocol(format!("setup answer of {size} bytes")));
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
const NO_MEMORY_PAUSE: std::time::Duration = std::time::Duration::from_millis(1);
