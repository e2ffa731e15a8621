//! What a handler may ask about its request.

use std::sync::Arc;
use std::time::Instant;

use super::{ConnectionHandle, Origin, RequestState};
use crate::Peer;

/// The context of a request: its caller, handler name, deadline and metadata.
///
/// Clones are of the same request, and can outlive it.
///
/// Calls that the handler makes inherit the deadline and the metadata, as
/// [`CallOptions`](crate::CallOptions) says. Without the feature `tokio` there are no servers, and so no
/// context is ever made: the type is there for traits whose methods take one.
///
/// # Examples
///
/// ```
/// use domainsockets::Request;
///
/// async fn whoami(request: Request) -> Result<String, String> {
///     let context = request.context();
///     Ok(format!("{} called {}", context.origin(), context.handler()))
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Context {
    request: Arc<RequestState>,
}

impl Context {
    #[cfg(feature = "tokio")]
    pub(crate) const fn new(request: Arc<RequestState>) -> Self {
        Self { request }
    }

    /// Returns the name under which the handler was called.
    #[must_use]
    pub fn handler(&self) -> &str {
        &self.request.handler
    }

    /// Returns the origin of the request: a process on this machine, or a remote caller.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        self.request.connection.origin()
    }

    /// Returns the process that made the request, as the kernel identified it; `None` for a remote caller.
    #[must_use]
    pub fn peer(&self) -> Option<&Peer> {
        self.origin().peer()
    }

    /// Returns the connection that the request came over.
    #[must_use]
    pub fn connection(&self) -> ConnectionHandle {
        ConnectionHandle::new(Arc::clone(&self.request.connection))
    }

    /// Waits until the server begins to shut down. Then it accepts no new requests, and drops handlers that
    /// have not answered when its grace period ends.
    ///
    /// A method that only waits, a long poll, declares `#[rpc(wait)]` instead: it is dropped at once, and its
    /// caller gets [`Error::ShuttingDown`](crate::Error::ShuttingDown).
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost if the future is dropped.
    pub async fn shutting_down(&self) {
        self.request.connection.shutting_down.wait().await;
    }

    /// Returns whether the server has begun to shut down.
    #[must_use]
    pub fn is_shutting_down(&self) -> bool {
        self.request.connection.shutting_down.is_set()
    }

    /// Returns when the caller stops waiting, by the clock of `tokio::time`; `None` if the caller has not
    /// said so. A caller says so for a call with a deadline of its own ([`CallOptions::with_deadline`]),
    /// not for the default of its client.
    ///
    /// The server stops a handler that still runs then: it drops the handler's future, and answers with
    /// [`Error::DeadlineExceeded`].
    ///
    /// [`CallOptions::with_deadline`]: crate::CallOptions::with_deadline
    /// [`Error::DeadlineExceeded`]: crate::Error::DeadlineExceeded
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.request.deadline()
    }

    /// Returns the value that the caller set for this key: see [`CallOptions::with_metadata`].
    ///
    /// It is the word of the caller, or of a process whose request the caller handles. Nothing has checked
    /// it, while [`peer`](Self::peer) comes from the kernel.
    ///
    /// [`CallOptions::with_metadata`]: crate::CallOptions::with_metadata
    ///
    /// # Examples
    ///
    /// ```
    /// use domainsockets::{CallOptions, Client, Request, Server};
    ///
    /// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
    /// # let dir = tempfile::tempdir()?;
    /// # let name = dir.path().join("traced");
    /// let server = Server::bind(&name)?
    ///     .register("trace", |request: Request| async move {
    ///         let trace = request.context().metadata("trace").ok_or("untraced")?;
    ///         Ok::<_, &str>(trace.to_vec())
    ///     })?
    ///     .start()?;
    ///
    /// let client = Client::dial(&name).await?;
    /// let options = CallOptions::new().with_metadata("trace", "7f3a");
    /// assert_eq!(client.call_with("trace", "", options).await?, "7f3a");
    /// # server.close().await?;
    /// # Ok(()) }
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run())
    /// # .map_err(|error| error.to_string())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn metadata(&self, key: &str) -> Option<&[u8]> {
        self.request.meta()?.metadata.as_ref()?.get(key)
    }

    /// Returns all entries that the caller set, in the order of their setting.
    pub fn metadata_entries(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let meta = self.request.meta();
        let metadata = meta.and_then(|meta| meta.metadata.as_ref());
        metadata.into_iter().flat_map(|metadata| metadata.iter())
    }

    /// Waits until no caller waits for the reply any more: the caller has cancelled the call, the connection
    /// has ended, or the [deadline](Self::deadline) has passed.
    ///
    /// The server drops the handler's own future then, which need not ask. This is for what outlives that
    /// future: tasks that the handler has spawned, and threads. Once the handler has answered, only the
    /// deadline counts.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use domainsockets::{Client, Request, Server};
    /// use tokio::sync::mpsc;
    ///
    /// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
    /// # let dir = tempfile::tempdir()?;
    /// # let name = dir.path().join("search");
    /// let (stopped, mut was_stopped) = mpsc::channel(1);
    /// let server = Server::bind(&name)?
    ///     .register("search", move |request: Request| {
    ///         let (context, stopped) = (request.context().clone(), stopped.clone());
    ///         let searching = tokio::spawn(async move {
    ///             context.cancelled().await;
    ///             stopped.send(()).await
    ///         });
    ///         async { searching.await.map(|_| "found nothing") }
    ///     })?
    ///     .start()?;
    ///
    /// let client = Client::dial(&name).await?;
    /// let call = client.call("search", "");
    /// let given_up = tokio::time::timeout(Duration::from_millis(50), call).await;
    /// assert!(given_up.is_err());
    /// was_stopped.recv().await;
    /// # server.close().await?;
    /// # Ok(()) }
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run())
    /// # .map_err(|error| error.to_string())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime with time enabled, if the call has a deadline.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost if the future is dropped: another one ends as this one would have.
    pub async fn cancelled(&self) {
        self.request.cancelled().await;
    }

    /// Returns whether [`cancelled`](Self::cancelled) has ended, or would at once: for code that blocks.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.request.is_cancelled()
    }

    /// Returns the number of the signature that the client was built with.
    #[doc(hidden)]
    #[must_use]
    pub fn signature(&self) -> Option<u64> {
        self.request.meta()?.signature
    }
}
