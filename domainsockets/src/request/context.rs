//! What a handler may know of its call.

use std::sync::Arc;
use std::time::Instant;

use super::RequestState;
use crate::Peer;

/// The circumstances of a call: who has made it, under which name, until when, and what it carries
/// beside its arguments.
///
/// Clones are of the same call, and can outlive it.
///
/// The deadline and the metadata go on to the calls that the handler makes, as
/// [`CallOptions`](crate::CallOptions) says.
///
/// # Examples
///
/// ```
/// use domainsockets::Request;
///
/// async fn whoami(request: Request) -> Result<String, String> {
///     let context = request.context();
///     Ok(format!("{} called {}", context.peer(), context.handler()))
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Context {
    call: Arc<RequestState>,
}

impl Context {
    pub(crate) const fn new(call: Arc<RequestState>) -> Self {
        Self { call }
    }

    /// The name under which the handler was called.
    #[must_use]
    pub fn handler(&self) -> &str {
        &self.call.handler
    }

    /// The process that has called, as the kernel knows it.
    #[must_use]
    pub fn peer(&self) -> Peer {
        self.call.peer
    }

    /// When the caller waits no more, by the clock of [`tokio::time`]; `None` if it has not said so. It
    /// says so for a call that has a deadline of its own ([`CallOptions::deadline`]), not for what
    /// its client is set to.
    ///
    /// A handler that still runs then is stopped: its future is dropped, and the call answered with
    /// [`Error::DeadlineExceeded`].
    ///
    /// [`CallOptions::deadline`]: crate::CallOptions::deadline
    /// [`Error::DeadlineExceeded`]: crate::Error::DeadlineExceeded
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.call.deadline()
    }

    /// What the caller has set under this key: see [`CallOptions::metadata`].
    ///
    /// It is the word of the caller, and of whoever it handles a call of, which nobody has checked;
    /// [`peer`](Self::peer) is the kernel's.
    ///
    /// [`CallOptions::metadata`]: crate::CallOptions::metadata
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
    /// let options = CallOptions::new().metadata("trace", "7f3a");
    /// assert_eq!(client.call_with("trace", "", options).await?, "7f3a");
    /// # server.close().await;
    /// # Ok(()) }
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run())
    /// # .map_err(|error| error.to_string())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn metadata(&self, key: &str) -> Option<&[u8]> {
        self.call.meta.as_ref()?.metadata.as_ref()?.get(key)
    }

    /// All that the caller has set, in the order of its setting.
    pub fn metadata_entries(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let meta = self.call.meta.iter();
        let metadata = meta.filter_map(|meta| meta.metadata.as_ref());
        metadata.flat_map(|metadata| metadata.iter())
    }

    /// Ends when nobody waits for the call any more: the caller has given it up, its connection has
    /// ended, or its [deadline](Self::deadline) has passed.
    ///
    /// A handler's own future is dropped then and need not ask. This is for what outlives it: tasks
    /// that it has spawned, and threads. Once the handler has answered, only the deadline counts.
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
    /// # server.close().await;
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
        self.call.cancelled().await;
    }

    /// Whether [`cancelled`](Self::cancelled) has ended, or would at once: for code that blocks.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.call.is_cancelled()
    }

    /// By which service the client was built.
    #[doc(hidden)]
    #[must_use]
    pub fn signature(&self) -> Option<u64> {
        self.call.meta.as_ref()?.signature
    }
}
