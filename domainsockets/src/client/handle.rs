//! The client whose calls are futures.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::backoff::Reconnect;
use super::connection::Connection;
use super::reconnect::Reconnecting;
use crate::call::Draft;
use crate::dial::DialConfig;
use crate::driver::now;
use crate::limits::bounded;
use crate::transport::SocketPath;
use crate::{Call, CallOptions, Canceller, Carrier, ClientStats, Completion, Error, Peer, Reply};

/// A connection to a server, on which any number of calls can be in flight.
///
/// Clones share the connection. Dropping the last clone closes it, and notifies a Rust server. A client belongs
/// to the tokio runtime in which it was dialled: while that stands still, its calls do not end. It cannot be used in a
/// child process that was forked without `exec`, where the threads of the runtime do not exist.
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
/// assert_eq!(client.call("Echo", "Hello").await?, "Hello");
/// server.close().await?;
/// # Ok(()) }
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run())
/// # .map_err(|error| error.to_string())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Client {
    owner: Arc<Owner>,
    deadline: Duration,
}

/// The owner of a connection, which the clones of a client share. Closes it when the last clone is dropped.
enum Owner {
    /// The connection of a client that does not reconnect.
    Direct(Arc<Connection>),
    /// The connection of a client that reconnects.
    Reconnecting(Arc<Reconnecting>),
}

impl Client {
    pub(super) fn new(
        config: DialConfig,
        reconnect: Option<Reconnect>,
        path: SocketPath,
        connection: Arc<Connection>,
    ) -> Self {
        let deadline = config.deadline;
        match reconnect {
            None => Self::direct(connection, deadline),
            Some(policy) => Self {
                owner: Arc::new(Owner::Reconnecting(Reconnecting::new(
                    config, path, policy, connection,
                ))),
                deadline,
            },
        }
    }

    /// Returns a client that does not reconnect.
    pub(super) fn direct(connection: Arc<Connection>, deadline: Duration) -> Self {
        Self {
            owner: Arc::new(Owner::Direct(connection)),
            deadline,
        }
    }

    /// Calls a handler with raw data, and returns the data of its reply.
    ///
    /// # Errors
    ///
    /// Any [`Error`], those of dialling only if the client [reconnects](crate::ClientBuilder::reconnect). A request
    /// that is too large is not sent.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels the call: the client sends nothing more of it, and a Rust server drops the
    /// handler's future. The call may have run.
    pub async fn call(&self, handler: &str, data: impl Into<Bytes>) -> Result<Bytes, Error> {
        self.make(Call::new(handler, data.into()))
            .await
            .map(|reply| reply.data)
    }

    /// Calls a handler as [`call`](Self::call) does, with options for this call.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    ///
    /// # Cancel safety
    ///
    /// As [`call`](Self::call).
    pub async fn call_with(
        &self,
        handler: &str,
        data: impl Into<Bytes>,
        options: CallOptions,
    ) -> Result<Bytes, Error> {
        let mut call = Call::new(handler, data.into());
        call.options = options;
        self.make(call).await.map(|reply| reply.data)
    }

    /// Makes a one-way call: returns once the kernel has accepted the whole request.
    ///
    /// The client discards the reply, also if it is an error.
    ///
    /// Once this has returned `Ok`, a Rust server calls the handler even if the client is closed or dropped, or its
    /// process ends, right after. What the handler then does is that of any call whose connection has ended: it is
    /// dropped where it waits for the first time. A handler that does not wait runs to its end, and so does a method
    /// with `no_cancel` or `blocking`. The call is lost if the server itself ends or refuses it, for example at its
    /// limits, or cannot check an `allow(group = …)` any more because the caller's process has ended.
    ///
    /// The call counts as in flight until it is answered. At its deadline the client cancels it. A client that
    /// [reconnects](crate::ClientBuilder::reconnect) does not repeat it once it was sent.
    ///
    /// # Errors
    ///
    /// Any [`Error`] before the request is sent: see [`call`](Self::call).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future before it has returned cancels the call, as with [`call`](Self::call).
    ///
    /// # Examples
    ///
    /// ```
    /// use domainsockets::{Client, Request, Server};
    /// use tokio::sync::mpsc;
    ///
    /// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
    /// # let dir = tempfile::tempdir()?;
    /// # let name = dir.path().join("log");
    /// let (log, mut lines) = mpsc::unbounded_channel();
    /// let note = move |request: Request| {
    ///     let noted = log.send(request.into_data());
    ///     async { noted.map(|()| "") }
    /// };
    /// let server = Server::bind(&name)?.register("Note", note)?.start()?;
    ///
    /// let client = Client::dial(&name).await?;
    /// client.send("Note", "started").await?;
    /// assert_eq!(lines.recv().await.unwrap(), "started");
    /// # server.close().await?;
    /// # Ok(()) }
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run())
    /// # .map_err(|error| error.to_string())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn send(&self, handler: &str, data: impl Into<Bytes>) -> Result<(), Error> {
        self.send_with(handler, data, CallOptions::new()).await
    }

    /// Makes a one-way call as [`send`](Self::send) does, with options for this call.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    ///
    /// # Cancel safety
    ///
    /// As [`send`](Self::send).
    pub async fn send_with(
        &self,
        handler: &str,
        data: impl Into<Bytes>,
        options: CallOptions,
    ) -> Result<(), Error> {
        let mut call = Call::new(handler, data.into());
        call.options = options;
        call.completion = Completion::Sent;
        self.make(call).await.map(drop)
    }

    /// Waits until the server has answered, and returns its process, as the kernel identified it.
    ///
    /// [`dial`](Self::dial) returns once the server has the client's message in its queue, and the first request follows
    /// at once. So what the server says against the client is the error of the first call. Call this before it
    /// to learn that without making a call. It returns at once if the server has answered already.
    ///
    /// # Errors
    ///
    /// [`Error::AccessDenied`], [`Error::Overloaded`] or [`Error::ShuttingDown`] if the server refuses the client,
    /// [`Error::HandshakeTimeout`] if it has not answered [in time](crate::ClientBuilder::dial_timeout),
    /// [`Error::Disconnected`] if the connection has ended.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost if the future is dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use domainsockets::{Client, Server};
    ///
    /// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
    /// # let dir = tempfile::tempdir()?;
    /// # let name = dir.path().join("kv");
    /// # let server = Server::bind(&name)?.start()?;
    /// let client = Client::dial(&name).await?;
    /// let server_process = client.ready().await?;
    /// assert_eq!(server_process.pid(), Some(std::process::id()));
    /// # server.close().await?;
    /// # Ok(()) }
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run())
    /// # .map_err(|error| error.to_string())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn ready(&self) -> Result<Peer, Error> {
        self.owner.connection().ready().await
    }

    /// Returns the server's process, as the kernel identified it, or `None` if the server has not answered yet: see
    /// [`ready`](Self::ready).
    ///
    /// For a client that [reconnects](crate::ClientBuilder::reconnect) it is that of the current connection.
    #[must_use]
    pub fn peer(&self) -> Option<Peer> {
        self.owner.connection().server()
    }

    /// Returns the counters of the current connection.
    #[must_use]
    pub fn stats(&self) -> ClientStats {
        self.owner.connection().stats()
    }

    /// Closes the connection: sends a goodbye to a Rust server, and waits for at most 2 s until it was sent.
    ///
    /// The server first calls the handlers of all requests that were sent, one-way calls included. Then it drops those
    /// of this client's handlers that are waiting. Methods with `no_cancel` or `blocking` finish: see
    /// [`send`](Self::send). The connection ends for all clones of the client: their calls in flight fail with
    /// [`Error::Disconnected`], and so do later ones. A client that [reconnects](crate::ClientBuilder::reconnect) does
    /// not dial again. Dropping the last clone does the same, without waiting.
    ///
    /// # Cancel safety
    ///
    /// The connection is closed also if the future is dropped after it was first polled.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn run() -> Result<(), domainsockets::Error> {
    /// let client = domainsockets::Client::dial("log").await?;
    /// client.call("Note", "stopping").await?;
    /// client.close().await;
    /// # Ok(()) }
    /// ```
    pub async fn close(self) {
        self.owner.close().finished().await;
    }

    /// Waits until the connection has ended: the server closed it or its process ended, a clone of the client
    /// [closed](Self::close) it, or the server broke the protocol.
    ///
    /// For a client that [reconnects](crate::ClientBuilder::reconnect) this is its current connection. The next call
    /// dials a new one.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost if the future is dropped.
    ///
    /// # Examples
    ///
    /// A plugin that ends with its host:
    ///
    /// ```
    /// use domainsockets::{Client, Server};
    ///
    /// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
    /// # let dir = tempfile::tempdir()?;
    /// # let name = dir.path().join("host");
    /// # let host = Server::bind(&name)?.start()?;
    /// let client = Client::dial(&name).await?;
    /// # host.close().await?;
    /// client.closed().await;
    /// println!("the host is gone");
    /// # Ok(()) }
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run())
    /// # .map_err(|error| error.to_string())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn closed(&self) {
        self.owner.connection().closed().await;
    }

    /// Returns a client over the same connection, with another default deadline of calls.
    #[must_use]
    pub fn with_deadline(&self, deadline: Duration) -> Self {
        Self {
            owner: Arc::clone(&self.owner),
            deadline: bounded(deadline),
        }
    }

    /// Makes a call.
    fn make(&self, call: Call<'_>) -> impl Future<Output = Result<Reply, Error>> + Send {
        let mut draft = Draft::new(call);
        async move {
            let now = now();
            draft.settle(now, Some(self.deadline))?;
            // Boxed, so that the future of a plain call is no larger for it.
            if let Some(canceller) = draft.canceller().cloned() {
                return Box::pin(self.make_cancellable(draft, now, canceller)).await;
            }
            self.make_settled(&mut draft, now).await
        }
    }

    async fn make_cancellable(
        &self,
        mut draft: Draft<'_>,
        now: Instant,
        canceller: Canceller,
    ) -> Result<Reply, Error> {
        tokio::select! {
            biased;
            called = self.make_settled(&mut draft, now) => called,
            () = canceller.cancelled() => Err(Error::Cancelled),
        }
    }

    async fn make_settled(&self, draft: &mut Draft<'_>, now: Instant) -> Result<Reply, Error> {
        let end = draft.wait_end(now);
        let called = match &*self.owner {
            Owner::Direct(connection) => {
                let called = connection.call(draft, now, end).await;
                called.map_err(|failure| failure.error)
            }
            // Boxed, so that the future of a plain call is no larger for it.
            Owner::Reconnecting(reconnecting) => Box::pin(reconnecting.call(draft, end)).await,
        };
        called.map(Reply::from)
    }
}

impl Carrier for Client {
    fn execute(&self, call: Call<'_>) -> impl Future<Output = Result<Reply, Error>> + Send {
        self.make(call)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}

impl Owner {
    fn connection(&self) -> Arc<Connection> {
        match self {
            Self::Direct(connection) => Arc::clone(connection),
            Self::Reconnecting(reconnecting) => reconnecting.current(),
        }
    }

    /// Closes the connection for good, and returns it.
    fn close(&self) -> Arc<Connection> {
        match self {
            Self::Direct(connection) => {
                connection.close();
                Arc::clone(connection)
            }
            Self::Reconnecting(reconnecting) => reconnecting.close(),
        }
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        // `Reconnecting` closes its connection itself.
        if let Self::Direct(connection) = self {
            connection.close();
        }
    }
}
