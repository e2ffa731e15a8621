//! The configuration of a server.

use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::Duration;

use super::Server;
use super::acceptor::AcceptConfig;
use super::quota::UserLimits;
use crate::limits::{
    BUSY_POLL, IDLE_TIMEOUT, MAX_BUSY_POLL, MAX_CONNECTIONS, MAX_CONNECTIONS_PER_USER,
    MAX_DATAGRAM_SIZE, MAX_HALF_OPEN, MAX_IN_FLIGHT, MAX_IN_FLIGHT_LIMIT, MAX_IN_FLIGHT_PER_USER,
    MAX_MEMORY_PER_USER, MAX_MESSAGE_SIZE, MAX_QUEUED_REPLY_BYTES, MAX_SETUPS_PER_SECOND,
    READ_TIMEOUT, WRITE_TIMEOUT, bounded, bounded_message_size,
};
use crate::proto::ServerConfig;
use crate::transport::{
    BindError, Directory, KERNEL_DATAGRAM, SocketPath, adopt_setup, bind_setup,
};
use crate::wire::GO_DATAGRAM;
use crate::{Allow, ServeError};

/// A builder of a [`Server`], which [`Server::builder`] returns.
///
/// Every setting has a default, so that [`Server::bind`] does for most programs.
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
    /// Binds the server's socket to a name.
    ///
    /// The name is that of a file in the temp dir (`$TMPDIR`, or `/tmp`), or an absolute path. The sockets of
    /// the connections are in the same directory. The file of a dead server is replaced. A lock file,
    /// `.NAME.lock`, is created beside the socket and stays for the next start.
    ///
    /// # Errors
    ///
    /// [`ServeError::AddrInUse`] if a server listens at this path, or another user owns a socket there,
    /// [`ServeError::ForeignFile`] if another file is there, [`ServeError::ForeignLockFile`] if another user's
    /// file is at the place of the lock file, [`ServeError::UnsafeDirectory`] if every user may replace files in
    /// the directory or in one above it, [`ServeError::AccessList`] if the socket cannot be opened to the users
    /// of the access rule, [`ServeError::InvalidName`], [`ServeError::Bind`].
    pub fn bind(name: impl AsRef<Path>) -> Result<Self, ServeError> {
        Self::builder().bind(name)
    }

    /// Returns a builder, which configures a server before it binds its name.
    pub fn builder() -> ServerBuilder {
        ServerBuilder::default()
    }
}

impl ServerBuilder {
    /// Sets the users who may call the server. By default the user that this process acts as, and root.
    ///
    /// The kernel denies access to others at once ([`Error::AccessDenied`](crate::Error::AccessDenied)): the
    /// socket file has mode 0600, and an access control list (`acl(5)`) for further users and groups of the
    /// rule. Where the file system has no such lists, the file has mode 0666, and the log says so.
    ///
    /// The server also checks the credentials that the kernel reports for the client, and tells a Rust client why it
    /// refuses it. It does not answer others that the rule does not allow. To restrict single methods further, use
    /// `#[rpc(allow(…))]` in a service, or [`Server::restrict`].
    pub fn allow(mut self, allow: Allow) -> Self {
        self.config.allow = allow;
        self
    }

    /// Allows a name in a directory where every user may remove and replace files.
    ///
    /// By default, binding such a name fails with [`ServeError::UnsafeDirectory`], since another user could
    /// replace the server's socket by one of its own. The same holds where such a directory is above. A directory
    /// with a sticky bit, such as `/tmp`, is safe.
    pub fn allow_unsafe_directory(mut self) -> Self {
        self.directory = Directory::Any;
        self
    }

    /// Sets for how long a connection polls its socket for the next request before it sleeps. 50 µs by default, at most
    /// 1 ms; zero switches it off.
    ///
    /// To wake a sleeping thread takes longer than a whole call, so a client that makes one call after the other is
    /// answered several times as fast. Meanwhile a processor is busy, and the other tasks of the thread wait: all
    /// connections of a thread together for no longer than this time. A connection polls only while that pays off, and
    /// never on a machine with one processor.
    pub fn busy_poll(mut self, budget: Duration) -> Self {
        self.config.connection.busy_poll = budget.min(MAX_BUSY_POLL);
        self
    }

    /// Sets the idle timeout of connections. 30 s by default; smaller values than 1 ms count as 1 ms.
    ///
    /// The server drops a connection on which it receives no message for this time, unless a request is in
    /// flight. Async clients send a keep-alive message every 9 s, so theirs are dropped only if the client hangs.
    /// Blocking clients send nothing between calls, and dial again when they make a call after a longer time.
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.config.connection.idle_timeout = at_least_a_millisecond(timeout);
        self
    }

    /// Sets the write timeout of connections. 30 s by default; smaller values than 1 ms count as 1 ms.
    ///
    /// The server drops a connection whose client reads none of the queued replies for this time. The client's
    /// calls fail with [`Error::Disconnected`](crate::Error::Disconnected).
    pub fn write_timeout(mut self, timeout: Duration) -> Self {
        self.config.connection.write_timeout = at_least_a_millisecond(timeout);
        self
    }

    /// Sets the read timeout of connections. 30 s by default; smaller values than 1 ms count as 1 ms.
    ///
    /// The server drops a connection if more than this time passes between the first and the last byte of a
    /// message. The client's calls fail with [`Error::Disconnected`](crate::Error::Disconnected).
    pub fn read_timeout(mut self, timeout: Duration) -> Self {
        self.config.connection.read_timeout = at_least_a_millisecond(timeout);
        self
    }

    /// Sets the largest data of a request or reply, in bytes. 4 MiB by default; larger values than 64 MiB
    /// count as 64 MiB.
    ///
    /// A call with a larger request or reply fails with [`Error::TooLarge`](crate::Error::TooLarge). The
    /// client's limit applies as well. A Rust client learns this limit, and does not send a larger request.
    pub fn max_message_size(mut self, limit: usize) -> Self {
        self.config.connection.max_message_size = bounded_message_size(limit);
        self
    }

    /// Sets the largest number of requests in flight on one connection. 1000 by default; 0 counts as 1.
    ///
    /// Further requests fail with [`Error::Overloaded`](crate::Error::Overloaded). A Rust client learns this
    /// limit, and queues further calls instead.
    pub fn max_in_flight(mut self, limit: usize) -> Self {
        self.config.connection.max_in_flight = limit.clamp(1, MAX_IN_FLIGHT_LIMIT);
        self
    }

    /// Sets the size of a connection's reply queue, in bytes. 1 MiB by default; 0 counts as 1.
    ///
    /// While more is queued, the server reads no requests from the client (backpressure). A client that never
    /// reads is dropped after the [write timeout](Self::write_timeout).
    pub fn max_queued_reply_bytes(mut self, limit: usize) -> Self {
        self.config.connection.max_queued_reply_bytes = limit.max(1);
        self
    }

    /// Sets the largest number of connections of all users together. 4096 by default; 0 counts as 1.
    ///
    /// It bounds what a user has who can act as many: rootless containers have thousands of user IDs. Dialling another
    /// one fails with [`Error::Overloaded`](crate::Error::Overloaded).
    pub fn max_connections(mut self, limit: usize) -> Self {
        self.config.max_connections = limit.max(1);
        self
    }

    /// Sets the largest number of connections of one user. 256 by default.
    ///
    /// Dialling another one fails with [`Error::Overloaded`](crate::Error::Overloaded).
    pub fn max_connections_per_user(mut self, limit: usize) -> Self {
        self.config.user.connections = limit;
        self
    }

    /// Sets the largest number of requests in flight for one user, on all of its connections. 16384 by default.
    ///
    /// Further requests fail with [`Error::Overloaded`](crate::Error::Overloaded).
    pub fn max_in_flight_per_user(mut self, limit: usize) -> Self {
        self.config.user.in_flight = limit;
        self
    }

    /// Sets the memory quota of one user, in bytes. 256 MiB by default.
    ///
    /// These count: messages that are not received completely, requests whose handlers run, and queued replies.
    /// 64 KiB of each connection do not count. Beyond the quota, requests fail with
    /// [`Error::Overloaded`](crate::Error::Overloaded), and replies become
    /// [`Error::ReplyDropped`](crate::Error::ReplyDropped). A connection that exceeds it with a message that is
    /// not received completely is dropped.
    pub fn max_memory_per_user(mut self, limit: usize) -> Self {
        self.config.user.memory = limit;
        self
    }

    /// Sets the rate limit of handshakes of one user, per second. 5000 by default.
    ///
    /// The server does not answer further ones, so that dialling fails with
    /// [`Error::HandshakeTimeout`](crate::Error::HandshakeTimeout).
    pub fn max_setups_per_second(mut self, limit: u32) -> Self {
        self.config.user.max_setups_per_second = limit;
        self
    }

    /// Sets the largest number of half-open connections. 64 by default; 0 counts as 1.
    ///
    /// A connection is half-open until the server receives its first message. Before another connection would
    /// exceed the limit, the server evicts the oldest half-open connection of the user that has the most. Calls
    /// on it fail with [`Error::Disconnected`](crate::Error::Disconnected), unless the server receives the
    /// first message before it evicts the connection.
    pub fn max_half_open(mut self, limit: usize) -> Self {
        self.config.half_open = limit.max(1);
        self
    }

    /// Sets the largest datagram to a Rust client, in bytes. 64 KiB by default; smaller values than 4096 count
    /// as 4096.
    ///
    /// Larger datagrams mean fewer system calls for large replies, but the kernel runs out of memory for them
    /// sooner. Other clients always receive datagrams of at most 4096 bytes.
    pub fn max_datagram_size(mut self, limit: usize) -> Self {
        self.config.connection.max_datagram_size = limit.max(GO_DATAGRAM);
        self
    }

    /// Sets whether the server announces itself to Rust clients as a Rust peer. `true` by default.
    ///
    /// With `false`, both sides keep to the protocol of the Go package: replies have at most 4096 bytes,
    /// cancelled calls run on, and every error is the text of an [`Error::Handler`](crate::Error::Handler).
    pub fn announce(mut self, announce: bool) -> Self {
        self.config.connection.announce = announce;
        self
    }

    /// Binds the server's socket to a name: see [`Server::bind`].
    ///
    /// # Errors
    ///
    /// As [`Server::bind`].
    pub fn bind(self, name: impl AsRef<Path>) -> Result<Server, ServeError> {
        let path = parse(name.as_ref())?;
        let bound = bind_setup(&path, &self.config.allow.setup_access(), self.directory);
        let (socket, file) = bound.map_err(|error| bind_error(path.as_path(), error))?;
        Ok(Server::new(socket, Some(file), path, self.config))
    }

    /// Serves on a datagram socket that another program has bound, as with systemd's socket activation.
    ///
    /// A service manager binds the socket, and starts the server when the first client dials. Clients can dial
    /// before the server runs, and while it restarts. The server does not remove the socket file.
    ///
    /// The file's mode decides who can dial, and [`allow`](Self::allow) who may call. Two things are needed:
    ///
    /// * The user that the server runs as owns the file (systemd: `SocketUser=`). Clients check the owner.
    /// * The socket has the option `SO_PASSCRED` (systemd: `PassCredentials=yes`). Without it the kernel does
    ///   not record the senders of messages that arrive before the server runs. The server refuses those, and
    ///   logs a warning.
    ///
    /// Rust clients connect faster to a socket whose file has the sticky bit. The server sets it if its user
    /// owns the file.
    ///
    /// # Errors
    ///
    /// [`ServeError::ForeignFile`] if it is not a datagram socket with a path,
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
                    busy_poll: BUSY_POLL,
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
                max_connections: MAX_CONNECTIONS,
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
        BindError::Foreign { found } => ServeError::ForeignFile { path, found },
        BindError::UnsafeDirectory { directory } => ServeError::UnsafeDirectory { path, directory },
        BindError::ForeignLock { path, owner } => ServeError::ForeignLockFile { path, owner },
        BindError::AccessList(error) => ServeError::AccessList { path, error },
        BindError::Io(error) => ServeError::Bind { path, error },
    }
}

fn at_least_a_millisecond(time: Duration) -> Duration {
    bounded(time).max(Duration::from_millis(1))
}
