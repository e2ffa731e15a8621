//! The client's side of the handshake, but for the waiting.

use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::Duration;

use crate::peer::Credentials;
use crate::transport::{
    ConnectError, Reach, Sender, SetupDatagram, SocketFile, SocketPath, Target, bind_connection,
    own_uid,
};
use crate::wire::{LEN_TOTAL, SETUP_OVERLOADED, SetupMsg, setup_decode, setup_encode};
use crate::{Allow, Error};

/// What a setup message takes.
pub(crate) struct SetupRequest {
    /// Where to send it.
    pub(crate) setup: Sender,
    /// The message: the name of the socket that is to be answered on.
    pub(crate) own: SetupMsg,
    /// That socket, and its file.
    pub(crate) socket: OwnedFd,
    pub(crate) file: SocketFile,
}

/// What a server has answered, and who it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer {
    socket: SetupMsg,
    pub(crate) server: Credentials,
}

/// What a datagram is to a client that waits for an answer.
pub(crate) enum SetupReply {
    Answer(Answer),
    /// That of somebody who is not allowed to give one.
    Denied,
    /// None.
    Nothing,
}

/// One byte more than an answer may have, so that a longer one is seen.
pub(crate) type AnswerBuffer = [u8; LEN_TOTAL + 1];
pub(crate) const NO_ANSWER: AnswerBuffer = [0; LEN_TOTAL + 1];

/// How long a kernel without memory is left alone.
pub(crate) const NO_MEMORY_PAUSE: Duration = Duration::from_millis(1);

impl SetupRequest {
    /// Finds a server and makes the socket that it is to answer on.
    pub(crate) fn new(path: &SocketPath, allow: &Allow) -> Result<Self, Error> {
        let reaching = |error| connect_error(path.as_path(), error);
        // Connecting comes first, so that no file is made where nobody listens.
        let target = Target::find(path.as_path()).map_err(reaching)?;
        if !allow.may_admit_user(target.owner()) {
            return Err(reaching(ConnectError::Denied));
        }
        let setup = Sender::new(target.connect().map_err(reaching)?);
        let own = setup_encode();
        let own_path = path.neighbour(own.as_str());
        let bound = bind_connection(&own_path, Reach::User(target.owner()));
        let (socket, file) = bound.map_err(|error| bind_error(&own_path, error))?;
        Ok(Self {
            setup,
            own,
            socket,
            file,
        })
    }
}

impl SetupReply {
    /// Looks at a datagram, and at who has sent it.
    pub(crate) fn of(
        letter: &SetupDatagram,
        buffer: &AnswerBuffer,
        allow: &Allow,
    ) -> Result<Self, Error> {
        let SetupDatagram { size, peer } = *letter;
        let answer = buffer.get(..size);
        let Some(server) = peer.filter(|peer| allow.admits_credentials(*peer)) else {
            let is_answer = answer.is_some_and(|answer| setup_decode(answer).is_ok());
            return Ok(if is_answer {
                Self::Denied
            } else {
                Self::Nothing
            });
        };
        match answer {
            None => Err(Error::Protocol(format!("setup answer of {size} bytes"))),
            Some([]) => Ok(Self::Nothing),
            Some(SETUP_OVERLOADED) => Err(Error::Overloaded {
                what: "the limit of connections for one user".to_owned(),
            }),
            Some(answer) => match setup_decode(answer) {
                Ok(socket) => Ok(Self::Answer(Answer { socket, server })),
                Err(error) => Err(Error::Protocol(error.to_string())),
            },
        }
    }
}

impl Answer {
    /// Connects what has sent the setup message to the socket that the server has named.
    pub(crate) fn follow(self, path: &SocketPath, setup: Sender) -> Result<Sender, Error> {
        let Self { socket, server } = self;
        let peer = path.neighbour(socket.as_str());
        let reaching = |error| connect_error(&peer, error);
        let target = Target::find(&peer).map_err(reaching)?;
        if target.is_setup() || !(target.owner() == server.uid || target.owner() == own_uid()) {
            let reason = format!("{server} names the socket of another one");
            return Err(Error::Protocol(reason));
        }
        setup.redirect(&target).map_err(reaching)?;
        Ok(setup)
    }
}

/// Takes a name for a server's.
pub(crate) fn parse_name(name: &Path) -> Result<SocketPath, Error> {
    SocketPath::parse(name).map_err(|reason| Error::InvalidName {
        name: name.display().to_string(),
        reason,
    })
}

/// Nobody is behind a name.
pub(crate) fn not_listening(path: &SocketPath) -> Error {
    Error::NotListening {
        path: path.as_path().to_owned(),
    }
}

/// No server has answered in this time, unless somebody has who was not allowed to.
pub(crate) fn timed_out(after: Duration, path: &SocketPath, was_denied: bool) -> Error {
    let path = path.as_path().to_owned();
    if was_denied {
        Error::AccessDenied { path }
    } else {
        Error::HandshakeTimeout { path, after }
    }
}

/// Adds the directory in which no socket can be made: the caller has named the server's socket only.
fn bind_error(path: &Path, error: io::Error) -> Error {
    let directory = path.parent().unwrap_or(path).display();
    match error.kind() {
        kind @ (io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem) => {
            let said = format!("cannot make a socket in {directory}: {error}");
            io::Error::new(kind, said).into()
        }
        _ => error.into(),
    }
}

fn connect_error(path: &Path, error: ConnectError) -> Error {
    let path = path.to_owned();
    match error {
        ConnectError::NotListening => Error::NotListening { path },
        ConnectError::Denied => Error::AccessDenied { path },
        ConnectError::Foreign => {
            Error::Protocol(format!("{} is no datagram socket", path.display()))
        }
        ConnectError::Io(error) => error.into(),
    }
}
