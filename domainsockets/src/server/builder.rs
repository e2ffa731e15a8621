//! A server before it starts.

use std::fmt;
use std::future::Future;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use tokio::runtime::Handle;

use super::accept::Acceptor;
use super::{Methods, Request, ServerHandle};
use crate::limits::{
    DATAGRAM_LIMIT, IDLE_TIMEOUT, MAX_IN_FLIGHT, MAX_IN_FLIGHT_LIMIT, MESSAGE_LIMIT, OUTBOX_LIMIT,
    STALL_TIMEOUT, bounded, bounded_message_limit,
};
use crate::proto::ServerConfig;
use crate::transport::{BindError, KERNEL_DATAGRAM, SetupFile, SocketPath, bind_setup};
use crate::wire::GO_DATAGRAM;
use crate::{ServeError, Service};

/// A server whose name is bound and whose handlers are being registered. Clients that dial already
/// wait until it [starts](Self::start).
///
/// # Examples
///
/// ```
/// use domainsockets::{Request, Server};
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// # let dir = tempfile::tempdir()?;
/// # let name = dir.path().join("greeter");
/// let server = Server::bind(&name)?
///     .register("Hello", |request: Request| async move {
///         let name = str::from_utf8(request.data()).map_err(|error| error.to_string())?;
///         Ok::<_, String>(format!("Hello, {name}!"))
///     })?
///     .start()?;
/// server.close().await;
/// # Ok(()) }
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run())
/// # .map_err(|error| error.to_string())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a server answers only once it has started"]
pub struct Server {
    socket: OwnedFd,
    file: SetupFile,
    path: SocketPath,
    methods: Methods,
    config: ServerConfig,
}

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
///     .message_limit(1 << 20)
///     .idle_timeout(Duration::from_secs(120))
///     .bind(&name)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing happens before `bind`"]
pub struct ServerBuilder {
    config: ServerConfig,
}

impl Server {
    /// Binds a name, which is a file in the temp dir, or an absolute path whose directory then
    /// holds the sockets of the connections too. The file that a dead server left is replaced.
    ///
    /// # Errors
    ///
    /// [`ServeError::AddrInUse`] if a server listens there, [`ServeError::ForeignFile`] if
    /// something else stands there, [`ServeError::InvalidName`], [`ServeError::Bind`].
    pub fn bind(name: impl AsRef<Path>) -> Result<Self, ServeError> {
        Self::builder().bind(name)
    }

    /// Sets up a server before it binds its name.
    pub fn builder() -> ServerBuilder {
        ServerBuilder::default()
    }

    /// Registers a raw handler. It runs concurrently with itself and with all others; what it
    /// returns as an error reaches the caller as text, and so does its panic.
    ///
    /// Its future is polled first where its request was read. One that computes for long is moved
    /// to a task of its own, but one that blocks its thread blocks its connection, and may hold up
    /// other connections even while the runtime has idle threads: use
    /// [`tokio::task::spawn_blocking`] there.
    ///
    /// # Errors
    ///
    /// [`ServeError::DuplicateHandler`] if the name is taken, [`ServeError::ReservedHandler`] if it
    /// begins with `$`, [`ServeError::InvalidName`] if it is longer than 1024 bytes.
    pub fn register<H, F, B, E>(mut self, name: &str, handler: H) -> Result<Self, ServeError>
    where
        H: Fn(Request) -> F + Send + Sync + 'static,
        F: Future<Output = Result<B, E>> + Send + 'static,
        B: Into<Bytes>,
        E: fmt::Display,
    {
        self.methods.add_raw(name, handler)?;
        Ok(self)
    }

    /// Registers the methods of a service.
    ///
    /// # Errors
    ///
    /// As [`register`](Self::register).
    pub fn add_service(mut self, service: impl Service) -> Result<Self, ServeError> {
        service.register(&mut self.methods)?;
        Ok(self)
    }

    /// The path of the server's socket.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.path.as_path()
    }

    /// Begins to answer.
    ///
    /// # Errors
    ///
    /// [`ServeError::NoRuntime`] outside a tokio runtime, [`ServeError::Io`].
    ///
    /// # Panics
    ///
    /// If the runtime was built without I/O or time.
    pub fn start(self) -> Result<ServerHandle, ServeError> {
        if Handle::try_current().is_err() {
            return Err(ServeError::NoRuntime);
        }
        let Self {
            socket,
            file,
            path,
            methods,
            config,
        } = self;
        let acceptor = Acceptor::new(socket, path.clone(), methods, config)?;
        Ok(ServerHandle::start(acceptor, file, path))
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("path", &self.path())
            .finish_non_exhaustive()
    }
}

impl ServerBuilder {
    /// How long a connection may go without a message before it is dropped, unless a request of it
    /// runs. 30 s by default, as in Go; at least 1 ms.
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.config.idle_timeout = bounded(timeout).max(Duration::from_millis(1));
        self
    }

    /// Largest Data of a request or reply in bytes. 4 MiB by default, 64 MiB at most.
    pub fn message_limit(mut self, limit: usize) -> Self {
        self.config.message_limit = bounded_message_limit(limit);
        self
    }

    /// How many requests of one connection run at a time; further ones are refused as overload.
    /// 1000 by default, at least 1.
    pub fn max_in_flight(mut self, limit: usize) -> Self {
        self.config.max_in_flight = limit.clamp(1, MAX_IN_FLIGHT_LIMIT);
        self
    }

    /// Largest datagram in bytes that is sent to a client that announced itself. 64 KiB by default,
    /// at least 4096, which is what any other client gets.
    pub fn datagram_limit(mut self, limit: usize) -> Self {
        self.config.datagram_limit = limit.max(GO_DATAGRAM);
        self
    }

    /// Whether to answer a client that announces itself. On by default. Without it the server keeps
    /// to the Go package's protocol towards everyone.
    pub fn announce(mut self, announce: bool) -> Self {
        self.config.announce = announce;
        self
    }

    /// Binds a name: see [`Server::bind`].
    ///
    /// # Errors
    ///
    /// As [`Server::bind`].
    pub fn bind(self, name: impl AsRef<Path>) -> Result<Server, ServeError> {
        let name = name.as_ref();
        let path = SocketPath::parse(name).map_err(|reason| ServeError::InvalidName {
            name: name.display().to_string(),
            reason,
        })?;
        let (socket, file) = bind_setup(&path).map_err(|error| {
            let path = path.as_path().to_owned();
            match error {
                BindError::InUse => ServeError::AddrInUse { path },
                BindError::Foreign => ServeError::ForeignFile { path },
                BindError::Io(error) => ServeError::Bind { path, error },
            }
        })?;
        Ok(Server {
            socket,
            file,
            path,
            methods: Methods::default(),
            config: self.config,
        })
    }
}

impl Default for ServerBuilder {
    fn default() -> Self {
        Self {
            config: ServerConfig {
                idle_timeout: IDLE_TIMEOUT,
                stall_timeout: STALL_TIMEOUT,
                message_limit: MESSAGE_LIMIT,
                datagram_limit: DATAGRAM_LIMIT,
                receive_limit: KERNEL_DATAGRAM,
                max_in_flight: MAX_IN_FLIGHT,
                outbox_limit: OUTBOX_LIMIT,
                announce: true,
            },
        }
    }
}
