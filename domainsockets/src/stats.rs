//! Counters of a client and of a server, for logs and dashboards.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

/// The counters of a client's connection, since that connection was dialled.
///
/// [`Client::stats`](crate::Client::stats) returns a snapshot. After a
/// [reconnect](crate::ClientBuilder::reconnect) the counters begin at zero again.
///
/// # Examples
///
/// ```
/// use domainsockets::{Client, Request, Server};
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// # let dir = tempfile::tempdir()?;
/// # let name = dir.path().join("echo");
/// let server = Server::bind(&name)?
///     .register("Echo", |request: Request| async { Ok::<_, String>(request.into_data()) })?
///     .start()?;
///
/// let client = Client::dial(&name).await?;
/// client.call("Echo", "Hello").await?;
/// let stats = client.stats();
/// assert_eq!((stats.in_flight, stats.stray_replies), (0, 0));
/// # server.close().await?;
/// # Ok(()) }
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run())
/// # .map_err(|error| error.to_string())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClientStats {
    /// The number of calls that are in flight now: begun, and not answered yet. One-way calls count until the
    /// server answers them or their deadline passes.
    pub in_flight: usize,
    /// The number of replies without a pending call. Late replies to calls that were cancelled or timed out
    /// are normal; any other one means that the server answers calls that the client has not made.
    pub stray_replies: u64,
    /// The number of datagrams from other processes than the server, which the client discarded.
    pub foreign_datagrams: u64,
}

/// The counters of a server, since it was started.
///
/// [`ServerHandle::stats`](crate::ServerHandle::stats) returns a snapshot. Except for `connections`,
/// a value never falls.
///
/// # Examples
///
/// ```
/// use domainsockets::{Client, Request, Server};
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// # let dir = tempfile::tempdir()?;
/// # let name = dir.path().join("echo");
/// let server = Server::bind(&name)?
///     .register("Echo", |request: Request| async { Ok::<_, String>(request.into_data()) })?
///     .start()?;
///
/// let client = Client::dial(&name).await?;
/// client.call("Echo", "Hello").await?;
/// let stats = server.stats();
/// assert_eq!((stats.connections, stats.refused_setups), (1, 0));
/// assert!(!stats.name_lost, "clients can find the server");
/// # server.close().await?;
/// # Ok(()) }
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run())
/// # .map_err(|error| error.to_string())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerStats {
    /// The number of connections that are open now.
    pub connections: usize,
    /// The number of connections that the server closed because the client broke the protocol.
    pub violations: u64,
    /// The number of connections that the server closed because the client made no progress: it read no
    /// replies for the [write timeout](crate::ServerBuilder::write_timeout), or did not complete a message
    /// within the [read timeout](crate::ServerBuilder::read_timeout).
    pub timeouts: u64,
    /// The number of handshakes that the server refused because their user had
    /// [too many connections](crate::ServerBuilder::max_connections_per_user), and of connections that it
    /// closed because their user held
    /// [too much memory](crate::ServerBuilder::max_memory_per_user). Single requests that were refused as
    /// [`Overloaded`](crate::Error::Overloaded) do not count.
    pub overloads: u64,
    /// The number of setup messages that led to no connection, for any reason.
    pub refused_setups: u64,
    /// The number of refused setup messages whose sender is not [allowed](crate::ServerBuilder::allow) to
    /// call the server. They count in `refused_setups` as well.
    pub denied_setups: u64,
    /// The number of datagrams from other processes than the connection's client, which the server discarded.
    pub foreign_datagrams: u64,
    /// Whether the socket file of the server's name was removed or replaced, so that no new client finds the
    /// server. The server checks this every 10 s.
    pub name_lost: bool,
}

/// The counters that a server's tasks share. They are independent of each other, so relaxed order is enough.
#[derive(Debug, Default)]
pub(crate) struct ServerCounters {
    connections: AtomicUsize,
    violations: AtomicU64,
    timeouts: AtomicU64,
    overloads: AtomicU64,
    refused_setups: AtomicU64,
    denied_setups: AtomicU64,
    foreign_datagrams: AtomicU64,
    name_lost: AtomicBool,
}

impl ServerCounters {
    pub(crate) fn opened(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn closed(&self) {
        self.connections.fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn violated(&self) {
        self.violations.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn timed_out(&self) {
        self.timeouts.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn overloaded(&self) {
        self.overloads.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn refused_setup(&self) {
        self.refused_setups.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn denied_setup(&self) {
        self.denied_setups.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn passed_over(&self) {
        self.foreign_datagrams.fetch_add(1, Ordering::Relaxed);
    }

    /// Records that the server's name is lost. Returns whether this is news, so that it is logged once.
    pub(crate) fn lost_name(&self) -> bool {
        !self.name_lost.swap(true, Ordering::Relaxed)
    }

    pub(crate) fn read(&self) -> ServerStats {
        ServerStats {
            connections: self.connections.load(Ordering::Relaxed),
            violations: self.violations.load(Ordering::Relaxed),
            timeouts: self.timeouts.load(Ordering::Relaxed),
            overloads: self.overloads.load(Ordering::Relaxed),
            refused_setups: self.refused_setups.load(Ordering::Relaxed),
            denied_setups: self.denied_setups.load(Ordering::Relaxed),
            foreign_datagrams: self.foreign_datagrams.load(Ordering::Relaxed),
            name_lost: self.name_lost.load(Ordering::Relaxed),
        }
    }
}
