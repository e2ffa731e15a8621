//! What the user of a running server holds.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::acceptor::Acceptor;
use crate::ServerStats;
use crate::limits::{CLOSE_GRACE, bounded};
use crate::stats::ServerCounters;
use crate::transport::{SetupFile, SocketPath};

/// A running server. Dropping it ends the server at once, without waiting for what it runs;
/// [`close`](Self::close) and [`shutdown`](Self::shutdown) end it in order.
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
/// server.shutdown(Duration::from_secs(1)).await;
/// assert!(client.call("echo", "on").await.is_err());
/// # Ok(()) }
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run())
/// # .map_err(|error| error.to_string())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "dropping it parts the server"]
pub struct ServerHandle {
    path: SocketPath,
    /// Removes the name when it is dropped; what looks after it holds it for a moment.
    file: Option<Arc<SetupFile>>,
    counters: Arc<ServerCounters>,
    shutdown: mpsc::Sender<Duration>,
    acceptor: JoinHandle<()>,
}

impl ServerHandle {
    pub(super) fn start(
        acceptor: Acceptor,
        file: Option<Arc<SetupFile>>,
        path: SocketPath,
    ) -> Self {
        let (shutdown, told) = mpsc::channel(1);
        let counters = Arc::clone(acceptor.counters());
        let acceptor = tokio::spawn(acceptor.run(told));
        Self {
            path,
            file,
            counters,
            shutdown,
            acceptor,
        }
    }

    /// The path of the server's socket.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.path.as_path()
    }

    /// What the server has counted.
    #[must_use]
    pub fn stats(&self) -> ServerStats {
        self.counters.read()
    }

    /// Shuts the server down, with five seconds for what it runs: see
    /// [`shutdown`](Self::shutdown).
    ///
    /// # Cancel safety
    ///
    /// As [`shutdown`](Self::shutdown).
    pub async fn close(self) {
        self.shutdown(CLOSE_GRACE).await;
    }

    /// Takes no more clients or requests but those that have come already, lets running requests finish
    /// within `grace`, answers the rest as [`ShuttingDown`](crate::Error::ShuttingDown), and removes the
    /// server's files. The name can be bound again at once.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the server at once.
    pub async fn shutdown(mut self, grace: Duration) {
        self.file = None;
        // It fails if the server has ended already.
        let _ = self.shutdown.send(bounded(grace)).await;
        let _ = (&mut self.acceptor).await;
    }

    /// Runs until `signal` is ready, or until the server has ended by itself, and then shuts down,
    /// with five seconds for what it runs.
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
    /// // In a daemon, the receiving of SIGTERM, of tokio::signal::unix.
    /// let terminated = async {};
    ///
    /// Server::bind(&name)?
    ///     .register("Echo", |request: Request| async { Ok::<_, String>(request.into_data()) })?
    ///     .start()?
    ///     .run_until(terminated)
    ///     .await;
    /// # Ok(()) }
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run())
    /// # .map_err(|error| error.to_string())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn run_until(self, signal: impl Future<Output = ()>) {
        tokio::select! {
            () = signal => {}
            () = self.wait() => {}
        }
        self.close().await;
    }

    /// Waits until the server has ended by itself, which it does only if its socket fails.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost if the future is dropped.
    pub async fn wait(&self) {
        self.shutdown.closed().await;
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
