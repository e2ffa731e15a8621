//! The context of a request: what a handler can learn about its caller and its call.

use std::sync::Arc;
use std::time::Instant;

use super::{ConnectionHandle, Origin, RequestState};
use crate::Peer;

/// The context of a request: its caller, connection, handler name, deadline and metadata.
///
/// Clones refer to the same request, and can outlive it. Calls that the handler makes inherit deadline and
/// metadata: see [`CallOptions`](crate::CallOptions#inheritance).
///
/// Without the feature `tokio` there are no servers, and the library never creates a context. The type exists
/// for service traits whose methods take one.
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

    /// Returns the origin of the request: a process on this machine, or a caller on another one.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        self.request.connection.origin()
    }

    /// Returns the process that made the request, as the kernel identified it, or `None` for a remote caller.
    #[must_use]
    pub fn peer(&self) -> Option<&Peer> {
        self.origin().peer()
    }

    /// Returns the connection that the request was received on.
    #[must_use]
    pub fn connection(&self) -> ConnectionHandle {
        ConnectionHandle::new(Arc::clone(&self.request.connection))
    }

    /// Waits until the server begins to shut down.
    ///
    /// From then on the server accepts no new requests. When its grace period ends, it drops the handlers
    /// that still run. A method that only waits (a long poll) declares `#[rpc(wait)]` instead: the server
    /// drops it at once, and its caller gets [`Error::ShuttingDown`](crate::Error::ShuttingDown).
    ///
    /// # Cancel safety
    ///
    /// This method is cancel safe: dropping the future loses nothing.
    pub async fn shutting_down(&self) {
        self.request.connection.shutting_down.wait().await;
    }

    /// Returns whether the server has begun to shut down.
    #[must_use]
    pub fn is_shutting_down(&self) -> bool {
        self.request.connection.shutting_down.is_set()
    }

    /// Returns the deadline of the request, by the clock of `tokio::time`, or `None` if the caller sent none.
    ///
    /// Convert it with `tokio::time::Instant::from_std` for `tokio::time::timeout_at`.
    ///
    /// A caller sends the deadline that it sets for a call ([`CallOptions::with_deadline`]), that its method
    /// declares, or that the call inherits, but not the default deadline of its client. When the deadline
    /// passes, the server drops the handler's future and answers with [`Error::DeadlineExceeded`].
    ///
    /// [`CallOptions::with_deadline`]: crate::CallOptions::with_deadline
    /// [`Error::DeadlineExceeded`]: crate::Error::DeadlineExceeded
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.request.deadline()
    }

    /// Returns the value that the caller set for this metadata key: see [`CallOptions::with_metadata`].
    ///
    /// Do not base access decisions on it: the caller, or a process whose request the caller handles, may
    /// send any value. Only [`peer`](Self::peer) is verified by the kernel.
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

    /// Returns all metadata entries that the caller set, in the order in which they were set.
    pub fn metadata_entries(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let meta = self.request.meta();
        let metadata = meta.and_then(|meta| meta.metadata.as_ref());
        metadata.into_iter().flat_map(|metadata| metadata.iter())
    }

    /// Waits until the call is cancelled: the caller cancelled it, the connection ended, or the
    /// [deadline](Self::deadline) passed.
    ///
    /// The server then drops the handler's own future, which needs no check. This method is for work that
    /// outlives the future: tasks that the handler has spawned, and threads. Once the handler has returned,
    /// only the deadline ends the wait.
    ///
    /// # Examples
    ///
    /// A handler whose task stops when the caller does not wait any longer:
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
    /// let cancelled = tokio::time::timeout(Duration::from_millis(50), call).await;
    /// assert!(cancelled.is_err());
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
    /// Panics outside of a tokio runtime with time enabled if the call has a deadline.
    ///
    /// # Cancel safety
    ///
    /// This method is cancel safe: dropping the future loses nothing, and a later call waits for the same
    /// event.
    pub async fn cancelled(&self) {
        self.request.cancelled().await;
    }

    /// Returns whether the call is cancelled: see [`cancelled`](Self::cancelled). Blocking code polls this.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.request.is_cancelled()
    }

    /// Returns the hash of the method's signature at the client, if the client sent it.
    #[doc(hidden)]
    #[must_use]
    pub fn signature(&self) -> Option<u64> {
        self.request.meta()?.signature
    }
}
