//! A server whose name is bound and that has not started.

use std::fmt;
use std::future::Future;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use tokio::runtime::Handle;

use super::acceptor::{AcceptConfig, Acceptor};
use super::{Methods, ServerHandle};
use crate::request::Request;
use crate::transport::{SetupFile, SocketPath};
use crate::{Allow, ServeError, Service};

/// A server whose name is bound, and that has not started yet.
///
/// Register handlers and services, and then [start](Self::start) it. Clients can dial before that; they wait
/// for the start.
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
/// server.close().await?;
/// # Ok(()) }
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run())
/// # .map_err(|error| error.to_string())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a server answers only once it has started"]
pub struct Server {
    socket: OwnedFd,
    /// The socket's file. `None` if another program owns it.
    file: Option<SetupFile>,
    path: SocketPath,
    methods: Methods,
    config: AcceptConfig,
}

impl Server {
    pub(super) fn new(
        socket: OwnedFd,
        file: Option<SetupFile>,
        path: SocketPath,
        config: AcceptConfig,
    ) -> Self {
        Self {
            socket,
            file,
            path,
            methods: Methods::default(),
            config,
        }
    }

    /// Registers a raw handler: a function, or a closure that is cloned for each request.
    ///
    /// Requests run concurrently. The caller receives an error of the handler as the text of an
    /// [`Error::Handler`](crate::Error::Handler). A panic fails only its own call, with
    /// [`Error::Panicked`](crate::Error::Panicked).
    ///
    /// The connection's task polls the handler's future first. A future that is not ready then, or that often
    /// takes long to poll, gets a task of its own. A handler must not block its thread: it would block its
    /// connection, and might delay other connections even if the runtime has idle threads. Use
    /// [`tokio::task::spawn_blocking`] instead.
    ///
    /// # Errors
    ///
    /// [`ServeError::DuplicateHandler`] if there is a handler of this name, [`ServeError::ReservedHandler`] if
    /// the name begins with `$`, [`ServeError::InvalidName`] if it is longer than 1024 bytes.
    ///
    /// # Examples
    ///
    /// A closure that captures state:
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicU64, Ordering};
    ///
    /// use domainsockets::{Request, Server};
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let name = dir.path().join("counter");
    /// let total = Arc::new(AtomicU64::new(0));
    /// let server = Server::bind(&name)?.register("count", async move |_: Request| {
    ///     let count = total.fetch_add(1, Ordering::Relaxed) + 1;
    ///     Ok::<_, String>(count.to_string())
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn register<H, F, B, E>(mut self, name: &str, handler: H) -> Result<Self, ServeError>
    where
        H: FnOnce(Request) -> F + Clone + Send + Sync + 'static,
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
    /// As [`register`](Self::register); [`ServeError::UnknownAccount`] or [`ServeError::Io`] if a user or group
    /// of an access rule cannot be found.
    pub fn add_service(mut self, service: impl Service) -> Result<Self, ServeError> {
        service.register(&mut self.methods)?;
        Ok(self)
    }

    /// Restricts a handler to some of the users who may call the server.
    ///
    /// Calls by others fail with [`Error::PermissionDenied`](crate::Error::PermissionDenied).
    ///
    /// # Errors
    ///
    /// [`ServeError::NoSuchHandler`] if it is not registered.
    ///
    /// # Examples
    ///
    /// ```
    /// use domainsockets::{Allow, Request, Server};
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let name = dir.path().join("power");
    /// let server = Server::builder()
    ///     .allow(Allow::anyone())
    ///     .bind(&name)?
    ///     .register("halt", |_: Request| async { Ok::<_, String>("bye") })?
    ///     .restrict("halt", Allow::nobody().root())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn restrict(mut self, handler: &str, allow: Allow) -> Result<Self, ServeError> {
        self.methods.restrict(handler, allow)?;
        Ok(self)
    }

    /// Returns the path of the server's socket.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.path.as_path()
    }

    /// Starts the server.
    ///
    /// # Errors
    ///
    /// [`ServeError::NoRuntime`] outside a tokio runtime, [`ServeError::Io`].
    ///
    /// # Panics
    ///
    /// Panics if the runtime was built without I/O or time.
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
        let file = file.map(Arc::new);
        let watched = file.as_ref().map(Arc::downgrade).unwrap_or_default();
        let acceptor = Acceptor::new(socket, path.clone(), watched, methods, config)?;
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
