//! Why a call or a server came to nothing.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Describes why dialling a server or calling it failed.
///
/// Every call ends in bounded time, either with its result or with one of these. Two questions that
/// callers ask have an answer of their own: [`may_have_run`](Self::may_have_run) and
/// [`is_retryable`](Self::is_retryable).
///
/// # Examples
///
/// Retrying a call only where that cannot run it twice:
///
/// ```
/// use domainsockets::Error;
///
/// fn may_try_again(error: &Error) -> bool {
///     error.is_retryable() && !error.may_have_run()
/// }
///
/// assert!(may_try_again(&Error::Disconnected { may_have_run: false }));
/// // The call was not finished, but it may have begun.
/// assert!(!may_try_again(&Error::ShuttingDown));
/// ```
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No process listens under this name: there is no such socket, or its server has ended.
    #[error("no server listens at {}", path.display())]
    NotListening {
        /// The socket's path.
        path: PathBuf,
    },
    /// The server did not complete the handshake in time. A server that does not allow this user to
    /// connect sends no answer, so that it cannot be used to send datagrams to others.
    #[error("no answer from {} within {after:?}", path.display())]
    HandshakeTimeout {
        /// The socket's path.
        path: PathBuf,
        /// The time that the client waited.
        after: Duration,
    },
    /// The kernel does not let this user reach the server, or the process that answers is not one
    /// that the client allows to serve it.
    #[error("access to {} is denied", path.display())]
    AccessDenied {
        /// The socket's path.
        path: PathBuf,
    },
    /// The connection ended, because the server ended or the client closed it.
    #[error("disconnected{}", if *may_have_run { "; the call may have run" } else { "" })]
    Disconnected {
        /// Whether a part of the request was sent, so that the handler may have run.
        may_have_run: bool,
    },
    /// The deadline of the call passed. A Rust server was told to cancel the call, or has stopped its
    /// handler by itself.
    #[error("deadline of {handler:?} exceeded after {after:?}")]
    DeadlineExceeded {
        /// The handler that was called.
        handler: String,
        /// The time that the call had.
        after: Duration,
    },
    /// The caller cancelled the call: see [`Canceller`](crate::Canceller).
    #[error("cancelled by the caller")]
    Cancelled,
    /// The server has no handler of this name. A Go server does not answer such a call, which ends with
    /// [`DeadlineExceeded`](Self::DeadlineExceeded).
    #[error("unknown handler {handler:?}")]
    UnknownHandler {
        /// The handler that was called.
        handler: String,
    },
    /// The server does not allow this caller to call the method.
    #[error("no permission to call {handler:?}")]
    PermissionDenied {
        /// The handler that was called.
        handler: String,
    },
    /// The error that the raw handler itself returned.
    #[error("{0}")]
    Handler(String),
    /// The handler panicked.
    #[error("handler {handler:?} panicked")]
    Panicked {
        /// The handler that was called.
        handler: String,
    },
    /// A limit was reached, so the call was not begun: at the server (connections, requests in flight or
    /// memory of this client or its user), or in this process for a call that must
    /// [not wait](crate::CallOptions::no_wait).
    #[error("overloaded: {what}")]
    Overloaded {
        /// The limit that was reached.
        what: String,
    },
    /// The method ran, but the server had no memory left for its reply.
    #[error("the method ran, but the server had no memory for its reply of {size} bytes")]
    ReplyDropped {
        /// The size of the reply's data in bytes.
        size: usize,
    },
    /// The request or its reply is larger than one side allows. A request that is too large is not sent.
    #[error("{size} bytes exceed the limit of {limit}")]
    TooLarge {
        /// The size of the data in bytes.
        size: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// The call carries more metadata than allowed: see
    /// [`CallOptions::metadata`](crate::CallOptions::metadata). It was not sent.
    #[error(
        "metadata of {entries} entries and {size} bytes exceed the limits of {entry_limit} and {size_limit}"
    )]
    TooMuchMetadata {
        /// The number of entries.
        entries: usize,
        /// The number of bytes in all keys and values.
        size: usize,
        /// The number of entries that are allowed.
        entry_limit: usize,
        /// The number of bytes that are allowed.
        size_limit: usize,
    },
    /// The server is shutting down and accepts no new calls. This call was not finished; a method that
    /// finishes in any case may still do so.
    #[error("the server is shutting down")]
    ShuttingDown,
    /// The carrier cannot carry a call with this option, and carries nothing rather than drop it.
    #[error("the carrier does not support {what}")]
    Unsupported {
        /// The option or kind of call.
        what: String,
    },
    /// The peer broke the protocol.
    #[error("protocol violation: {0}")]
    Protocol(String),
    /// The arguments or the result do not fit the codec: client and server were built from
    /// different versions of the service, or a value exceeds its limit.
    #[error("codec: {0}")]
    Codec(String),
    /// Client and server were built from different versions of the service, and disagree about this
    /// method: see [`signature`](crate::signature). The call has not run. Later calls of the method fail
    /// the same way for as long as the connection lasts, and are not sent.
    #[error("client and server disagree about {handler}: {difference}")]
    SignatureMismatch {
        /// The handler that was called.
        handler: String,
        /// The difference in words.
        difference: String,
    },
    /// The name can be neither a server's nor a handler's.
    #[error("invalid name {name:?}: {reason}")]
    InvalidName {
        /// The name.
        name: String,
        /// The rule that the name breaks.
        reason: &'static str,
    },
    /// The system refused something else.
    #[error(transparent)]
    Io(Arc<io::Error>),
}

impl Error {
    /// Returns the name of the variant, for logs and counters.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(domainsockets::Error::ShuttingDown.name(), "ShuttingDown");
    /// ```
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::NotListening { .. } => "NotListening",
            Self::HandshakeTimeout { .. } => "HandshakeTimeout",
            Self::AccessDenied { .. } => "AccessDenied",
            Self::Disconnected { .. } => "Disconnected",
            Self::DeadlineExceeded { .. } => "DeadlineExceeded",
            Self::Cancelled => "Cancelled",
            Self::UnknownHandler { .. } => "UnknownHandler",
            Self::PermissionDenied { .. } => "PermissionDenied",
            Self::Handler(_) => "Handler",
            Self::Panicked { .. } => "Panicked",
            Self::Overloaded { .. } => "Overloaded",
            Self::ReplyDropped { .. } => "ReplyDropped",
            Self::TooLarge { .. } => "TooLarge",
            Self::TooMuchMetadata { .. } => "TooMuchMetadata",
            Self::ShuttingDown => "ShuttingDown",
            Self::Unsupported { .. } => "Unsupported",
            Self::Protocol(_) => "Protocol",
            Self::Codec(_) => "Codec",
            Self::SignatureMismatch { .. } => "SignatureMismatch",
            Self::InvalidName { .. } => "InvalidName",
            Self::Io(_) => "Io",
        }
    }

    /// Returns whether the handler may have run, at least in part.
    ///
    /// It returns `false` only where that is known: then the call can be made again without running
    /// twice.
    ///
    /// # Examples
    ///
    /// ```
    /// use domainsockets::Error;
    ///
    /// assert!(!Error::UnknownHandler { handler: "Kv.get".to_owned() }.may_have_run());
    /// assert!(Error::Disconnected { may_have_run: true }.may_have_run());
    /// ```
    #[must_use]
    pub const fn may_have_run(&self) -> bool {
        match self {
            Self::Disconnected { may_have_run } => *may_have_run,
            Self::NotListening { .. }
            | Self::HandshakeTimeout { .. }
            | Self::AccessDenied { .. }
            | Self::UnknownHandler { .. }
            | Self::PermissionDenied { .. }
            | Self::Overloaded { .. }
            | Self::TooMuchMetadata { .. }
            | Self::Unsupported { .. }
            | Self::SignatureMismatch { .. }
            | Self::InvalidName { .. } => false,
            Self::DeadlineExceeded { .. }
            | Self::Cancelled
            | Self::Handler(_)
            | Self::Panicked { .. }
            | Self::ReplyDropped { .. }
            | Self::TooLarge { .. }
            | Self::ShuttingDown
            | Self::Protocol(_)
            | Self::Codec(_)
            | Self::Io(_) => true,
        }
    }

    /// Returns whether the same call may succeed a little later: the server may have restarted, or may
    /// have less to do.
    ///
    /// Unless the method is idempotent, ask [`may_have_run`](Self::may_have_run) as well before the call is
    /// made again.
    ///
    /// # Examples
    ///
    /// ```
    /// use domainsockets::Error;
    ///
    /// assert!(Error::ShuttingDown.is_retryable());
    /// assert!(!Error::Handler("no such key".to_owned()).is_retryable());
    /// ```
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        matches!(
            self,
            Self::NotListening { .. }
                | Self::HandshakeTimeout { .. }
                | Self::Disconnected { .. }
                | Self::Overloaded { .. }
                | Self::ShuttingDown
        )
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Io(Arc::new(error))
    }
}

/// Why a call of a method that returns a `Result` failed: the method's own error is kept apart
/// from everything that can go wrong on the way.
///
/// # Examples
///
/// ```
/// use domainsockets::{CallError, Error};
///
/// fn describe(error: CallError<&str>) -> String {
///     match error {
///         CallError::Method(refusal) => format!("the service refused: {refusal}"),
///         CallError::Call(error) => format!("the call failed: {error}"),
///     }
/// }
/// assert_eq!(describe(CallError::Method("no such key")), "the service refused: no such key");
/// ```
///
/// It is an [`Error`](std::error::Error) if the method's own can be shown (`Debug` and `Display`), so that
/// `?` takes it on:
///
/// ```
/// # use domainsockets::CallError;
/// fn save(result: Result<u64, CallError<String>>) -> Result<u64, Box<dyn std::error::Error>> {
///     Ok(result?)
/// }
/// # assert_eq!(save(Err(CallError::Method("full".to_owned()))).unwrap_err().to_string(), "full");
/// ```
#[derive(Clone, Debug)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a call fails on one side or on the other"
)]
pub enum CallError<E> {
    /// The method ran and returned this error.
    Method(E),
    /// The call failed.
    Call(Error),
}

impl<E> From<Error> for CallError<E> {
    fn from(error: Error) -> Self {
        Self::Call(error)
    }
}

impl<E: fmt::Display> fmt::Display for CallError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Method(error) => error.fmt(f),
            Self::Call(error) => error.fmt(f),
        }
    }
}

/// Whatever can be shown can be the error of a method, so that `?` works for a `String` too. What has
/// caused a method's own error is asked of that one.
impl<E: fmt::Debug + fmt::Display> std::error::Error for CallError<E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Method(_) => None,
            Self::Call(error) => error.source(),
        }
    }
}

/// Describes why a server could not be set up, or ended by itself.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// A live server has this name, or another user's socket does, dead or alive.
    #[error("a server listens at {} already{}", path.display(), of_user(*owner))]
    AddrInUse {
        /// The socket's path.
        path: PathBuf,
        /// The user id of the file's owner, if it was there still to be seen.
        owner: Option<u32>,
    },
    /// Every user may remove and replace files in the directory, so that none of its names can be
    /// trusted: see [`ServerBuilder::allow_unsafe_directory`](crate::ServerBuilder::allow_unsafe_directory).
    #[error("{} lies in a directory in which everyone may replace it", path.display())]
    UnsafeDirectory {
        /// The socket's path.
        path: PathBuf,
    },
    /// There is no user or group of this name.
    #[error("there is no user or group {name:?}")]
    UnknownAccount {
        /// The name.
        name: String,
    },
    /// A rule was made for a handler that is not registered.
    #[error("there is no handler {handler:?}")]
    NoSuchHandler {
        /// The name.
        handler: String,
    },
    /// What stands at the path is no datagram socket. It was left alone.
    #[error("{} is no datagram socket", path.display())]
    ForeignFile {
        /// The path.
        path: PathBuf,
    },
    /// A handler of this name is registered already.
    #[error("handler {handler:?} is registered twice")]
    DuplicateHandler {
        /// The name.
        handler: String,
    },
    /// Names that begin with `$` belong to the protocol's extensions.
    #[error("handler name {handler:?} begins with '$', which is reserved")]
    ReservedHandler {
        /// The name.
        handler: String,
    },
    /// The name can be neither a server's nor a handler's.
    #[error("invalid name {name:?}: {reason}")]
    InvalidName {
        /// The name.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The server was started outside a tokio runtime.
    #[error("no tokio runtime with I/O and time is running here")]
    NoRuntime,
    /// The socket cannot be bound there: no such directory, no right to write to it, no room.
    #[error("cannot bind {}: {error}", path.display())]
    Bind {
        /// The socket's path.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The socket of the server's name failed while the server ran, which ended it.
    #[error("the server at {} ended, since its socket failed: {error}", path.display())]
    SocketFailed {
        /// The socket's path.
        path: PathBuf,
        /// The error that the system returned.
        error: io::Error,
    },
    /// The server's task ended before the server was shut down.
    #[error("the server at {} stopped: {reason}", path.display())]
    Stopped {
        /// The socket's path.
        path: PathBuf,
        /// The reason.
        reason: &'static str,
    },
    /// The system refused something else.
    #[error(transparent)]
    Io(#[from] io::Error),
}

fn of_user(owner: Option<u32>) -> String {
    owner.map_or_else(String::new, |owner| {
        format!(" (user {owner} owns the socket)")
    })
}
