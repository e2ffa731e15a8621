//! The client's side of the handshake, without its waiting.

use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::Duration;

use super::DialConfig;
use crate::peer::Credentials;
use crate::transport::{
    ConnectError, PassedEnd, Reach, Sender, SetupDatagram, SocketFile, SocketPair, SocketPath,
    Target, bind_connection, own_uid,
};
use crate::wire::{LEN_TOTAL, SETUP_OVERLOADED, SetupMsg, setup_decode, setup_encode};
use crate::{Allow, Error};

/// The setup request of a client, ready to be sent.
pub(crate) struct SetupRequest {
    /// The sender, connected to the server's setup socket.
    pub(crate) setup: Sender,
    /// The setup message: with the handshake by files, the name of the socket on which the client waits for the answer.
    pub(crate) own: SetupMsg,
    pub(crate) sockets: SetupSockets,
}

/// The two ways to connect to a server.
pub(crate) enum SetupSockets {
    /// Both sides name the files of sockets to each other, as the Go package does.
    Files {
        /// The socket on which the client waits for the answer.
        socket: OwnedFd,
        /// The file of that socket.
        file: SocketFile,
    },
    /// The client passes one end of a socket pair to a server that has marked its setup socket.
    Pair {
        pair: SocketPair,
        passed: PassedEnd,
        /// Whether the directory and the owner of the server's file show that requests may be sent before the server
        /// has answered.
        is_vouched_for: bool,
    },
}

/// The answer of a server, and the server's credentials.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer {
    socket: SetupMsg,
    pub(crate) server: Credentials,
}

/// The meaning of a datagram for a client that waits for the answer.
pub(crate) enum SetupReply {
    Answer(Answer),
    /// The answer of a process that may not serve the client.
    Denied,
    /// No answer.
    Nothing,
}

/// The buffer of an answer, with one byte more than an answer may have: so a longer one is noticed.
pub(crate) type AnswerBuffer = [u8; LEN_TOTAL + 1];
pub(crate) const EMPTY_ANSWER_BUFFER: AnswerBuffer = [0; LEN_TOTAL + 1];

/// How often a client looks for a server whose file is replaced meanwhile.
const ATTEMPTS: u32 = 4;

/// For how long a client tries again that was [denied too early](is_denied_too_early), and how long it waits in between.
pub(crate) const DENIED_RETRY: Duration = Duration::from_millis(50);
pub(crate) const DENIED_PAUSE: Duration = Duration::from_millis(2);

/// The pause before a datagram is sent again for which the kernel had no memory.
pub(crate) const NO_MEMORY_PAUSE: Duration = Duration::from_millis(1);

impl SetupRequest {
    /// Finds the server, and creates the socket for its answer.
    pub(crate) fn new(path: &SocketPath, config: &DialConfig) -> Result<Self, Error> {
        let allow = &config.allow;
        let reaching = |error| connect_error(path.as_path(), error);
        // Connect first, so that no file is created if no server listens.
        let mut target = Target::find(path.as_path()).map_err(reaching)?;
        let mut attempts = 1;
        let setup = loop {
            if !allow.may_admit_user(target.owner()) {
                return Err(Error::AccessDenied {
                    path: path.as_path().to_owned(),
                    owner: Some(target.owner()),
                    reason: None,
                });
            }
            // A client that does not announce itself keeps to the protocol of the Go package.
            if !target.is_setup() || !config.connection.announce {
                break None;
            }
            let setup = Sender::unconnected()?;
            match setup.redirect(&target) {
                Ok(()) => break Some(setup),
                // The server starts, or another one does.
                Err(ConnectError::NotListening) if attempts < ATTEMPTS && target.is_replaced() => {
                    attempts += 1;
                    target = Target::find(path.as_path()).map_err(reaching)?;
                }
                Err(error) => return Err(reaching(error)),
            }
        };
        let own = setup_encode();
        if let Some(setup) = setup {
            let is_vouched_for = allow.admits_user(target.owner()) && target.is_safe();
            let (pair, passed) = SocketPair::new(is_vouched_for.then(|| target.owner()))?;
            return Ok(Self {
                setup,
                own,
                sockets: SetupSockets::Pair {
                    pair,
                    passed,
                    is_vouched_for,
                },
            });
        }
        let setup = Sender::new(target.connect().map_err(reaching)?);
        let own_path = path.neighbour(own.as_str());
        let bound = bind_connection(&own_path, Reach::User(target.owner()));
        let (socket, file) = bound.map_err(|error| bind_error(&own_path, error))?;
        Ok(Self {
            setup,
            own,
            sockets: SetupSockets::Files { socket, file },
        })
    }
}

impl SetupReply {
    /// Parses a datagram, and checks its sender.
    pub(crate) fn of(
        datagram: &SetupDatagram,
        buffer: &AnswerBuffer,
        allow: &Allow,
    ) -> Result<Self, Error> {
        let SetupDatagram { size, peer } = *datagram;
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
    /// Connects the sender of the setup message to the socket that the server has named.
    pub(crate) fn follow(self, path: &SocketPath, setup: Sender) -> Result<Sender, Error> {
        let Self { socket, server } = self;
        let peer = path.neighbour(socket.as_str());
        let reaching = |error| connect_error(&peer, error);
        let target = Target::find(&peer).map_err(reaching)?;
        if target.is_setup() || !(target.owner() == server.uid || target.owner() == own_uid()) {
            let reason = format!("{server} names the socket of another process");
            return Err(Error::Protocol(reason));
        }
        setup.redirect(&target).map_err(reaching)?;
        Ok(setup)
    }
}

/// Returns whether dialling may succeed a moment later, although the kernel has denied access: the server may be about to
/// set the access list of its socket.
pub(crate) fn is_denied_too_early(path: &SocketPath, error: &Error) -> bool {
    matches!(error, Error::AccessDenied { owner: None, .. })
        && Target::find(path.as_path()).is_ok_and(|target| target.is_young())
}

/// Parses the name of a server.
pub(crate) fn parse_name(name: &Path) -> Result<SocketPath, Error> {
    SocketPath::parse(name).map_err(|reason| Error::InvalidName {
        name: name.display().to_string(),
        reason,
    })
}

/// Returns the error for a name at which no server listens.
pub(crate) fn not_listening(path: &SocketPath) -> Error {
    Error::NotListening {
        path: path.as_path().to_owned(),
    }
}

/// Returns the error of a handshake that no server has answered in this time. `was_denied` tells whether a
/// process has answered that may not serve the client.
pub(crate) fn timed_out(after: Duration, path: &SocketPath, was_denied: bool) -> Error {
    let path = path.as_path().to_owned();
    if was_denied {
        let reason = Some("a process has answered that may not serve this client".to_owned());
        Error::AccessDenied {
            path,
            owner: None,
            reason,
        }
    } else {
        Error::HandshakeTimeout { path, after }
    }
}

/// Converts the error of binding the client's socket. Adds its directory, since the caller has named only the
/// server's socket.
fn bind_error(path: &Path, error: io::Error) -> Error {
    let directory = path.parent().unwrap_or(path).display();
    match error.kind() {
        kind @ (io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem) => {
            let said = format!(
                "cannot create a socket in {directory}, which the handshake by files needs: {error}; give this user \
                 write permission, or have the server mark its socket (sticky bit)"
            );
            io::Error::new(kind, said).into()
        }
        _ => error.into(),
    }
}

fn connect_error(path: &Path, error: ConnectError) -> Error {
    let path = path.to_owned();
    match error {
        ConnectError::NotListening => Error::NotListening { path },
        ConnectError::Denied => Error::AccessDenied {
            path,
            owner: None,
            reason: None,
        },
        ConnectError::Foreign => Error::Protocol(format!(
            "{} is a symbolic link, which is not followed, or a socket of another kind than datagrams: dial the \
                 server's own socket",
            path.display()
        )),
        ConnectError::Io(error) => error.into(),
    }
}
