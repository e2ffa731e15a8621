//! What the user of a client holds.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::ClientBuilder;
use super::connection::Connection;
use super::reconnect::Reconnecting;
use crate::call::Draft;
use crate::driver::now;
use crate::limits::bounded;
use crate::transport::SocketPath;
use crate::{Call, CallOptions, Canceller, Carrier, ClientStats, Completion, Error, Peer, Reply};

/// A connection to a server, on which any number of calls can be in flight.
///
/// Clones share the connection. It ends when the last of them is dropped; an announced server is
/// told so. It belongs to the tokio runtime that it was dialled in.
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

/// Ends the connection when the last client is gone.
enum Owner {
    /// Of the only connection there is.
    Once(Arc<Connection>),
    /// Of one that is made again when it is lost.
    Again(Arc<Reconnecting>),
}

impl Client {
    pub(super) fn new(
        builder: ClientBuilder,
        path: SocketPath,
        connection: Arc<Connection>,
    ) -> Self {
        let deadline = builder.settings.deadline;
        match builder.reconnect {
            None => Self::once(connection, deadline),
            Some(policy) => Self {
                owner: Arc::new(Owner::Again(Reconnecting::new(
                    builder, path, policy, connection,
                ))),
                deadline,
            },
        }
    }

    /// A client of a connection that is not made again.
    pub(super) fn once(connection: Arc<Connection>, deadline: Duration) -> Self {
        Self {
            owner: Arc::new(Owner::Once(connection)),
            deadline,
        }
    }

    /// Connects to the server of this name, which is a file in the temp dir, or an absolute path
    /// whose directory then holds the sockets of the connection too.
    ///
    /// # Errors
    ///
    /// [`Error::NotListening`], [`Error::AccessDenied`], [`Error::HandshakeTimeout`] after 5 s (or what
    /// [`ClientBuilder::dial_timeout`] says), [`Error::InvalidName`], [`Error::Protocol`] if the
    /// answer is no setup message, [`Error::Io`].
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime with I/O and time enabled.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives the attempt up and leaves no file behind.
    pub async fn dial(name: impl AsRef<Path>) -> Result<Self, Error> {
        Self::builder().dial(name).await
    }

    /// Sets up a client before it dials.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::new()
    }

    /// Calls a handler with raw data, and returns the data of its reply.
    ///
    /// # Errors
    ///
    /// Any of [`Error`], those of dialling only if the client
    /// [reconnects](ClientBuilder::reconnect). A request that is too large is not sent.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels the call: what has not left never does, and an announced server
    /// drops the handler's future. The call may have run.
    pub async fn call(&self, handler: &str, data: impl Into<Bytes>) -> Result<Bytes, Error> {
        self.make(Call::new(handler, data.into()))
            .await
            .map(|reply| reply.data)
    }

    /// Calls a handler as [`call`](Self::call) does, with options for this call alone.
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

    /// Calls a handler, and returns when the request has left this process, which is when the kernel has
    /// it. Nobody learns what comes of it: the reply is thrown away, an error too.
    ///
    /// It is a call as any other to the server, and counts as in flight here until it is answered, or its
    /// deadline has passed; then it is cancelled. It ends with the connection, so with the last clone
    /// of the client too. A client that [reconnects](ClientBuilder::reconnect) does not repeat it.
    ///
    /// # Errors
    ///
    /// Any of [`Error`] that come before the request has left: as [`call`](Self::call).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels the call, as with [`call`](Self::call), unless it has returned.
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

    /// Calls a handler as [`send`](Self::send) does, with options for this call alone.
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

    /// Returns the server's process, as the kernel knows it.
    #[must_use]
    pub fn peer(&self) -> Peer {
        self.owner.connection().server()
    }

    /// Returns what this connection has counted.
    #[must_use]
    pub fn stats(&self) -> ClientStats {
        self.owner.connection().stats()
    }

    /// Closes the connection: sends a goodbye to a server that has announced itself, and waits until it was
    /// sent, for at most 2 s. The server then drops this client's handlers, those of one-way calls too, except
    /// handlers that are declared to finish in any case.
    ///
    /// The connection ends for all clones of the client. Their calls in flight end with
    /// [`Error::Disconnected`], and so do later ones: a client that [reconnects](ClientBuilder::reconnect)
    /// dials no more. Dropping the last clone does the same, without waiting.
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
    /// For a client that [reconnects](ClientBuilder::reconnect) this is its current connection. The next call
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

    /// Returns the same connection with another deadline for calls that do not say otherwise.
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
        let end = draft.end().unwrap_or_else(|| now + bounded(Duration::MAX));
        let called = match &*self.owner {
            Owner::Once(connection) => {
                let called = connection.call(draft, now, end).await;
                called.map_err(|failure| failure.error)
            }
            // Boxed, so that the future of a plain call is no larger for it.
            Owner::Again(reconnecting) => Box::pin(reconnecting.call(draft, end)).await,
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
            Self::Once(connection) => Arc::clone(connection),
            Self::Again(redial) => redial.current(),
        }
    }

    /// Closes the connection for good, and returns it.
    fn close(&self) -> Arc<Connection> {
        match self {
            Self::Once(connection) => {
                connection.close();
                Arc::clone(connection)
            }
            Self::Again(reconnecting) => reconnecting.close(),
        }
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        // The other one closes whatever connection it has then.
        if let Self::Once(connection) = self {
            connection.close();
        }
    }
}
