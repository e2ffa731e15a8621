//! The handle of a running server: counters and shutdown.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::acceptor::Acceptor;
use crate::limits::{CLOSE_GRACE, bounded};
use crate::stats::ServerCounters;
use crate::transport::{SetupFile, SocketPath};
use crate::{ServeError, ServerStats};

/// A handle of a running server.
///
/// [`close`](Self::close), [`shutdown`](Self::shutdown) and [`run_until`](Self::run_until) shut the server down
/// gracefully. Dropping the handle ends the server at once, and drops its running handlers.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use domainsockets::{Client, Error, Request, Server};
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// # let dir = tempfile::tempdir()?;
/// # let name = dir.path().join("echo");
/// let server = Server::bind(&name)?
///     .register("echo", |request: Request| async { Ok::<_, Error>(request.into_data()) })?
///     .start()?;
///
/// let client = Client::dial(server.path()).await?;
/// assert_eq!(client.call("echo", "on").await?, "on");
/// assert_eq!(server.stats().connections, 1);
///
/// server.shutdown(Duration::from_secs(1)).await?;
/// assert!(client.call("echo", "on").await.is_err());
/// # Ok(()) }
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run())
/// # .map_err(|error| error.to_string())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "dropping it ends the server"]
pub struct ServerHandle {
    path: SocketPath,
    /// Dropping it removes the socket's file. The acceptor holds it for a moment when it checks the file.
    file: Option<Arc<SetupFile>>,
    counters: Arc<ServerCounters>,
    /// The grace period of [`close`](Self::close) and [`run_until`](Self::run_until).
    grace: Duration,
    /// The channel to the acceptor, which is closed once the acceptor has ended.
    shutdown: mpsc::Sender<Duration>,
    /// Set before `shutdown` is closed, unless the server was shut down.
    failure: Arc<OnceLock<AcceptorFailure>>,
    acceptor: JoinHandle<()>,
}

/// The reason why a server ended by itself.
#[derive(Debug)]
enum AcceptorFailure {
    /// The setup socket failed.
    Socket(io::Error),
    /// The acceptor's task ended without a shutdown.
    Task(&'static str),
}

/// Records how the acceptor's task ends, and then closes the channel to it.
struct TaskGuard {
    failure: Arc<OnceLock<AcceptorFailure>>,
    /// Whether the acceptor has returned.
    has_ended: bool,
    shutdown: mpsc::Receiver<Duration>,
}

impl ServerHandle {
    pub(super) fn start(
        acceptor: Acceptor,
        file: Option<Arc<SetupFile>>,
        path: SocketPath,
    ) -> Self {
        let (shutdown, requests) = mpsc::channel(1);
        let counters = Arc::clone(acceptor.counters());
        let failure = Arc::default();
        let mut guard = TaskGuard {
            failure: Arc::clone(&failure),
            has_ended: false,
            shutdown: requests,
        };
        let acceptor = tokio::spawn(async move {
            let ended = acceptor.run(&mut guard.shutdown).await;
            guard.end(ended);
        });
        Self {
            path,
            file,
            counters,
            grace: CLOSE_GRACE,
            shutdown,
            failure,
            acceptor,
        }
    }

    /// Returns the path of the server's socket.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.path.as_path()
    }

    /// Returns a snapshot of the server's counters.
    #[must_use]
    pub fn stats(&self) -> ServerStats {
        self.counters.read()
    }

    /// Sets the grace period of [`run_until`](Self::run_until) and [`close`](Self::close). 5 s by default.
    ///
    /// Running handlers have this time to finish. A method that only waits, such as a long poll, need not use
    /// it up: see `#[rpc(wait)]`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
    /// # let dir = tempfile::tempdir()?;
    /// # let name = dir.path().join("daemon");
    /// # let terminated = async {};
    /// let server = domainsockets::Server::bind(&name)?.start()?;
    /// server.grace(Duration::from_secs(30)).run_until(terminated).await?;
    /// # Ok(()) }
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run())
    /// # .map_err(|error| error.to_string())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Shuts the server down gracefully, with the [grace period](Self::grace) of this handle.
    ///
    /// # Errors
    ///
    /// As [`shutdown`](Self::shutdown).
    ///
    /// # Cancel safety
    ///
    /// As [`shutdown`](Self::shutdown).
    pub async fn close(self) -> Result<(), ServeError> {
        let grace = self.grace;
        self.shutdown(grace).await
    }

    /// Shuts the server down gracefully, with this grace period.
    ///
    /// The server removes its socket file and accepts no more clients and requests, except those that were
    /// received already. It waits up to `grace` for running handlers, and then drops those that still run. Their
    /// callers get [`Error::ShuttingDown`](crate::Error::ShuttingDown). The name can be bound again at once.
    ///
    /// # Errors
    ///
    /// [`ServeError::SocketFailed`] and [`ServeError::Stopped`] if the server had ended by itself.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the server at once.
    pub async fn shutdown(mut self, grace: Duration) -> Result<(), ServeError> {
        self.file = None;
        // It fails if the server has ended by itself.
        let _ = self.shutdown.send(bounded(grace)).await;
        // A panic is recorded as a failure.
        let _ = (&mut self.acceptor).await;
        self.failure().map_or(Ok(()), Err)
    }

    /// Runs until `signal` is ready, and then shuts down gracefully, with the [grace period](Self::grace) of this
    /// handle.
    ///
    /// # Errors
    ///
    /// [`ServeError::SocketFailed`] and [`ServeError::Stopped`] as soon as the server has ended by itself.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the server at once.
    ///
    /// # Examples
    ///
    /// A daemon's whole life:
    ///
    /// ```
    /// use domainsockets::{Request, Server};
    ///
    /// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
    /// # let dir = tempfile::tempdir()?;
    /// # let name = dir.path().join("daemon");
    /// // In a daemon: waits for SIGTERM, by tokio::signal::unix.
    /// let terminated = async {};
    ///
    /// Server::bind(&name)?
    ///     .register("Echo", |request: Request| async { Ok::<_, String>(request.into_data()) })?
    ///     .start()?
    ///     .run_until(terminated)
    ///     .await?;
    /// # Ok(()) }
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run())
    /// # .map_err(|error| error.to_string())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn run_until(self, signal: impl Future<Output = ()>) -> Result<(), ServeError> {
        tokio::select! {
            () = signal => self.close().await,
            ended = self.wait() => ended,
        }
    }

    /// Waits until the server ends by itself, which it does only if it fails.
    ///
    /// # Errors
    ///
    /// [`ServeError::SocketFailed`] if the setup socket failed, [`ServeError::Stopped`] if the server's task
    /// panicked or its runtime ended.
    ///
    /// # Cancel safety
    ///
    /// This method is cancel safe: dropping the future loses nothing.
    pub async fn wait(&self) -> Result<(), ServeError> {
        self.shutdown.closed().await;
        self.failure().map_or(Ok(()), Err)
    }

    /// Returns why the server ended by itself, if it did.
    fn failure(&self) -> Option<ServeError> {
        let path = self.path().to_owned();
        Some(match self.failure.get()? {
            AcceptorFailure::Socket(error) => ServeError::SocketFailed {
                path,
                error: copy_of(error),
            },
            AcceptorFailure::Task(reason) => ServeError::Stopped { path, reason },
        })
    }
}

impl TaskGuard {
    fn end(mut self, ended: io::Result<()>) {
        if let Err(error) = ended {
            // It is not set anywhere else.
            let _ = self.failure.set(AcceptorFailure::Socket(error));
        }
        self.has_ended = true;
    }
}

impl Drop for TaskGuard {
    fn drop(&mut self) {
        if !self.has_ended {
            let reason = if thread::panicking() {
                "its task panicked"
            } else {
                "its runtime ended"
            };
            let _ = self.failure.set(AcceptorFailure::Task(reason));
        }
    }
}

impl fmt::Debug for ServerHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerHandle")
            .field("path", &self.path())
            .finish_non_exhaustive()
    }
}

impl Drop for ServerHandle {
    fn drop(&mut self) {
        self.acceptor.abort();
    }
}

/// Returns a copy of an error, since several calls may ask why the server has ended.
fn copy_of(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code),
        None => io::Error::new(error.kind(), error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::{UnixListener, UnixStream};
    use std::path::Path;
    use std::sync::Weak;

    use tempfile::TempDir;
    use tracing::span::{Attributes, Id, Record};
    use tracing::{Event, Metadata, Subscriber};

    use super::{Acceptor, ServerHandle, SocketPath};
    use crate::server::{Methods, ServerBuilder};
    use crate::{ServeError, Server};

    /// Starts a server with a setup socket that cannot be received on.
    fn broken(dir: &TempDir) -> ServerHandle {
        let path = dir.path().join("broken");
        let socket = UnixListener::bind(&path).unwrap();
        // Makes the socket readable.
        let _ = UnixStream::connect(&path).unwrap();
        socket.set_nonblocking(true).unwrap();
        let path = SocketPath::parse(&path).unwrap();
        let config = ServerBuilder::default().config;
        let acceptor = Acceptor::new(
            socket.into(),
            path.clone(),
            Weak::new(),
            Methods::default(),
            config,
        );
        ServerHandle::start(acceptor.unwrap(), None, path)
    }

    #[tokio::test]
    async fn a_server_whose_socket_fails_says_so_each_time_it_is_asked() {
        let dir = tempfile::tempdir().unwrap();
        let is_told = |ended: Result<(), ServeError>, path: &Path| {
            matches!(
                ended,
                Err(ServeError::SocketFailed { path: failed, error })
                    if failed == path && error.raw_os_error().is_some()
            )
        };
        let server = broken(&dir);
        let path = server.path().to_owned();
        assert!(is_told(server.wait().await, &path));
        assert!(is_told(server.wait().await, &path));
        assert!(is_told(server.close().await, &path));
        std::fs::remove_file(&path).unwrap();
        let ended = broken(&dir).run_until(std::future::pending()).await;
        assert!(is_told(ended, &path));
    }

    /// Panics at the first event.
    struct Panicking;

    impl Subscriber for Panicking {
        fn enabled(&self, metadata: &Metadata<'_>) -> bool {
            metadata.is_event()
        }

        fn new_span(&self, _: &Attributes<'_>) -> Id {
            Id::from_u64(1)
        }

        fn record(&self, _: &Id, _: &Record<'_>) {}

        fn record_follows_from(&self, _: &Id, _: &Id) {}

        fn event(&self, _: &Event<'_>) {
            panic!("as the test asked for");
        }

        fn enter(&self, _: &Id) {}

        fn exit(&self, _: &Id) {}
    }

    #[tokio::test]
    async fn a_server_whose_task_panics_says_so() {
        let dir = tempfile::tempdir().unwrap();
        let server = Server::bind(dir.path().join("server"))
            .unwrap()
            .start()
            .unwrap();
        let _panicking = tracing::subscriber::set_default(Panicking);
        let client = std::os::unix::net::UnixDatagram::unbound().unwrap();
        // It is malformed, which is logged.
        client.send_to(b"?", server.path()).unwrap();
        let ended = server.wait().await;
        assert!(
            matches!(ended, Err(ServeError::Stopped { reason, .. }) if reason.contains("panicked")),
        );
    }

    #[tokio::test]
    async fn a_server_that_is_shut_down_ends_without_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let name = dir.path().join("server");
        let start = || Server::bind(&name).unwrap().start().unwrap();
        start().close().await.unwrap();
        start().run_until(async {}).await.unwrap();
        start().shutdown(std::time::Duration::ZERO).await.unwrap();
    }
}
