//! The configuration of a server.

use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::Duration;

use super::Server;
use super::acceptor::AcceptConfig;
use super::quota::UserLimits;
use crate::limits::{
    IDLE_TIMEOUT, MAX_CONNECTIONS_PER_USER, MAX_DATAGRAM_SIZE, MAX_HALF_OPEN, MAX_IN_FLIGHT,
    MAX_IN_FLIGHT_LIMIT, MAX_IN_FLIGHT_PER_USER, MAX_MEMORY_PER_USER, MAX_MESSAGE_SIZE,
    MAX_QUEUED_REPLY_BYTES, MAX_SETUPS_PER_SECOND, READ_TIMEOUT, WRITE_TIMEOUT, bounded,
    bounded_message_size,
};
use crate::proto::ServerConfig;
use crate::transport::{
    BindError, Directory, KERNEL_DATAGRAM, Reach, SocketPath, adopt_setup, bind_setup,
};
use crate::wire::GO_DATAGRAM;
use crate::{Allow, ServeError};

/// Sets up a [`Server`]: see [`Server::builder`].
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// # let dir = tempfile::tempdir()?;
/// # let name = dir.path().join("kv");
/// let server = domainsockets::Server::builder()
///     .max_message_size(1 << 20)
///     .idle_timeout(Duration::from_secs(120))
///     .bind(&name)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing happens before `bind`"]
pub struct ServerBuilder {
    pub(super) config: AcceptConfig,
    directory: Directory,
}

impl Server {
    /// Binds a name, which is a file in the temp dir, or an absolute path whose directory then
    /// holds the sockets of the connections too. The file that a dead server left is replaced.
    ///
    /// # Errors
    ///
    /// [`ServeError::AddrInUse`] if a server listens there or another user's did,
    /// [`ServeError::ForeignFile`] if something else stands there,
    /// [`ServeError::UnsafeDirectory`] if everyone may replace it, [`ServeError::InvalidName`],
    /// [`ServeError::Bind`].
    pub fn bind(name: impl AsRef<Path>) -> Result<Self, ServeError> {
        Self::builder().bind(name)
    }

    /// Sets up a server before it binds its name.
    pub fn builder() -> ServerBuilder {
        ServerBuilder::default()
    }
}

impl ServerBuilder {
    /// Sets who may call the server, by the credentials that the kernel gives for a client. By default the
    /// user whom the server acts as, and root.
    ///
    /// For others the socket of the server's name is opened (mode 0666, otherwise 0600), and who is
    /// not allowed gets no answer. Of what can be restricted further there are single methods, by
    /// `#[rpc(allow(…))]` in a service, or by [`Server::restrict`].
    pub fn allow(mut self, allow: Allow) -> Self {
        self.config.allow = allow;
        self
    }

    /// Allows a name in a directory in which every user may remove and replace files, which is
    /// refused otherwise. `/tmp` with its sticky bit is none.
    pub fn allow_unsafe_directory(mut self) -> Self {
        self.directory = Directory::Any;
        self
    }

    /// Sets how long a connection may go without a message before it is dropped, unless a request of it
    /// runs. 30 s by default, as in Go; at least 1 ms.
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.config.connection.idle_timeout = at_least_a_millisecond(timeout);
        self
    }

    /// Sets how long a client may read nothing of what waits for it before its connection is dropped. 30 s
    /// by default; at least 1 ms.
    pub fn write_timeout(mut self, timeout: Duration) -> Self {
        self.config.connection.write_timeout = at_least_a_millisecond(timeout);
        self
    }

    /// Sets how long a message may take from its first byte to its last before its connection is dropped.
    /// 30 s by default; at least 1 ms.
    pub fn read_timeout(mut self, timeout: Duration) -> Self {
        self.config.connection.read_timeout = at_least_a_millisecond(timeout);
        self
    }

    /// Sets the largest Data of a request or reply in bytes. 4 MiB by default, 64 MiB at most.
    pub fn max_message_size(mut self, limit: usize) -> Self {
        self.config.connection.max_message_size = bounded_message_size(limit);
        self
    }

    /// Sets how many requests of one connection run at a time; further ones are refused as overload.
    /// 1000 by default, at least 1.
    pub fn max_in_flight(mut self, limit: usize) -> Self {
        self.config.connection.max_in_flight = limit.clamp(1, MAX_IN_FLIGHT_LIMIT);
        self
    }

    /// Sets how many bytes of replies wait for a client before its requests are read on. 1 MiB by default;
    /// at least 1.
    pub fn max_queued_reply_bytes(mut self, limit: usize) -> Self {
        self.config.connection.max_queued_reply_bytes = limit.max(1);
        self
    }

    /// Sets how many connections one user may have; a further one is refused as overload. 256 by default.
    pub fn max_connections_per_user(mut self, limit: usize) -> Self {
        self.config.user.connections = limit;
        self
    }

    /// Sets how many requests of one user run at a time, on all its connections together; further ones are
    /// refused as overload. 16384 by default.
    pub fn max_in_flight_per_user(mut self, limit: usize) -> Self {
        self.config.user.in_flight = limit;
        self
    }

    /// Sets how many bytes are kept for one user: of messages that are not whole, of requests whose
    /// handlers run, and of replies that have not been read. Beyond them requests and replies become
    /// errors, and a connection whose message does not get whole is dropped. 256 MiB by default. Of
    /// each connection 64 KiB are not counted.
    pub fn max_memory_per_user(mut self, limit: usize) -> Self {
        self.config.user.memory = limit;
        self
    }

    /// Sets how often one user may ask for a connection in a second; beyond that there is no answer. 5000
    /// by default.
    pub fn max_setups_per_second(mut self, limit: u32) -> Self {
        self.config.user.max_setups_per_second = limit;
        self
    }

    /// Sets how many connections may exist from which nothing was received yet. Beyond that, the oldest one of
    /// the user with the most is dropped. 64 by default, at least 1.
    pub fn max_half_open(mut self, limit: usize) -> Self {
        self.config.half_open = limit.max(1);
        self
    }

    /// Sets the largest datagram in bytes that is sent to a client that announced itself. 64 KiB by default,
    /// at least 4096, which is what any other client gets.
    pub fn max_datagram_size(mut self, limit: usize) -> Self {
        self.config.connection.max_datagram_size = limit.max(GO_DATAGRAM);
        self
    }

    /// Sets whether to answer a client that announces itself. On by default. Without it the server keeps
    /// to the Go package's protocol towards everyone.
    pub fn announce(mut self, announce: bool) -> Self {
        self.config.connection.announce = announce;
        self
    }

    /// Binds a name: see [`Server::bind`].
    ///
    /// # Errors
    ///
    /// As [`Server::bind`].
    pub fn bind(self, name: impl AsRef<Path>) -> Result<Server, ServeError> {
        let path = parse(name.as_ref())?;
        let reach = if self.config.allow.admits_others() {
            Reach::Anyone
        } else {
            Reach::Owner
        };
        let bound = bind_setup(&path, reach, self.directory);
        let (socket, file) = bound.map_err(|error| bind_error(path.as_path(), error))?;
        Ok(Server::new(socket, Some(file), path, self.config))
    }

    /// Takes over a datagram socket that is bound already, as a service manager hands it to a daemon
    /// that it starts when somebody calls. Its file stays when the server ends, and so do calls that
    /// come meanwhile.
    ///
    /// The mode that the socket was bound with decides who can send to it, and [`allow`](Self::allow) who may
    /// call.
    /// Its file has to belong to the user whom the server runs as (systemd: `SocketUser=`), since
    /// clients take that for the server's; and it has to have `SO_PASSCRED` set (systemd: `PassCredentials=yes`), since what had come
    /// before the server was there is refused otherwise.
    ///
    /// # Errors
    ///
    /// [`ServeError::ForeignFile`] if it is no datagram socket with a path,
    /// [`ServeError::InvalidName`], [`ServeError::Bind`].
    ///
    /// # Examples
    ///
    /// ```
    /// use std::os::unix::net::UnixDatagram;
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("activated");
    /// let inherited = UnixDatagram::bind(&path)?;
    /// let server = domainsockets::Server::builder().adopt(inherited)?;
    /// assert_eq!(server.path(), path);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn adopt(self, socket: impl Into<OwnedFd>) -> Result<Server, ServeError> {
        let adopted = adopt_setup(socket.into());
        let (socket, path) =
            adopted.map_err(|error| bind_error(Path::new("an inherited socket"), error))?;
        let path = parse(&path)?;
        Ok(Server::new(socket, None, path, self.config))
    }
}

impl Default for ServerBuilder {
    fn default() -> Self {
        Self {
            config: AcceptConfig {
                connection: ServerConfig {
                    idle_timeout: IDLE_TIMEOUT,
                    write_timeout: WRITE_TIMEOUT,
                    read_timeout: READ_TIMEOUT,
                    max_message_size: MAX_MESSAGE_SIZE,
                    max_datagram_size: MAX_DATAGRAM_SIZE,
                    receive_limit: KERNEL_DATAGRAM,
                    max_in_flight: MAX_IN_FLIGHT,
                    max_queued_reply_bytes: MAX_QUEUED_REPLY_BYTES,
                    announce: true,
                },
                allow: Allow::default(),
                user: UserLimits {
                    connections: MAX_CONNECTIONS_PER_USER,
                    in_flight: MAX_IN_FLIGHT_PER_USER,
                    memory: MAX_MEMORY_PER_USER,
                    max_setups_per_second: MAX_SETUPS_PER_SECOND,
                },
                half_open: MAX_HALF_OPEN,
            },
            directory: Directory::Safe,
        }
    }
}

fn parse(name: &Path) -> Result<SocketPath, ServeError> {
    SocketPath::parse(name).map_err(|reason| ServeError::InvalidName {
        name: name.display().to_string(),
        reason,
    })
}

fn bind_error(path: &Path, error: BindError) -> ServeError {
    let path = path.to_owned();
    match error {
        BindError::InUse { owner } => ServeError::AddrInUse { path, owner },
        BindError::Foreign => ServeError::ForeignFile { path },
        BindError::UnsafeDirectory => ServeError::UnsafeDirectory { path },
        BindError::Io(error) => ServeError::Bind { path, error },
    }
}

fn at_least_a_millisecond(time: Duration) -> Duration {
    bounded(time).max(Duration::from_millis(1))
}
