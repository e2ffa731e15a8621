//! Why a call or a server came to nothing.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Why dialling a server or calling it failed.
///
/// Every call ends in bounded time, either with its result or with one of these.
///
/// # Examples
///
/// Whether a call that failed is known not to have run:
///
/// ```
/// use domainsockets::Error;
///
/// const fn has_not_run(error: &Error) -> bool {
///     match error {
///         Error::Disconnected { may_have_run } => !*may_have_run,
///         Error::NotListening { .. } | Error::UnknownHandler { .. } => true,
///         _ => false,
///     }
/// }
///
/// assert!(has_not_run(&Error::Disconnected { may_have_run: false }));
/// // It did not run to its end, but may have begun.
/// assert!(!has_not_run(&Error::ShuttingDown));
/// ```
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Nobody listens under this name: there is no such socket, or its server is gone.
    #[error("no server listens at {}", path.display())]
    NotListening {
        /// The socket's path.
        path: PathBuf,
    },
    /// The server did not complete the handshake in time. One that does not allow this user to connect
    /// says nothing, so that it is not made to send to whoever asks.
    #[error("no answer from {} within {after:?}", path.display())]
    HandshakeTimeout {
        /// The socket's path.
        path: PathBuf,
        /// How long the client waited.
        after: Duration,
    },
    /// The kernel does not let this user reach the server, or whoever answers is not among those whom
    /// the client allows to.
    #[error("access to {} is denied", path.display())]
    AccessDenied {
        /// The socket's path.
        path: PathBuf,
    },
    /// The connection ended, because the server is gone or the client broke it off.
    #[error("disconnected{}", if *may_have_run { "; the call may have run" } else { "" })]
    Disconnected {
        /// Whether a part of the request had left, so that the handler may have run.
        may_have_run: bool,
    },
    /// The deadline passed. An announced server was told to cancel the call, or has stopped it by itself.
    #[error("deadline exceeded")]
    DeadlineExceeded,
    /// The server has no handler of this name. A Go server does not say so; a call to it ends with
    /// [`DeadlineExceeded`](Self::DeadlineExceeded).
    #[error("unknown handler {handler:?}")]
    UnknownHandler {
        /// The name that was called.
        handler: String,
    },
    /// The server does not allow this user to call the method.
    #[error("no permission to call {handler:?}")]
    PermissionDenied {
        /// The name that was called.
        handler: String,
    },
    /// What the raw handler itself gave as its error.
    #[error("{0}")]
    Handler(String),
    /// The handler panicked.
    #[error("handler {handler:?} panicked")]
    Panicked {
        /// The name that was called.
        handler: String,
    },
    /// The server has no room for another request or connection of this client or its user: too many
    /// are in flight, or they hold too much memory. The call has not run, unless it is its
    /// reply for which there was no memory.
    #[error("the server is overloaded")]
    Overloaded,
    /// The request or its reply is larger than one side allows. A too large request is not sent.
    #[error("{size} bytes exceed the limit of {limit}")]
    TooLarge {
        /// Size of the Data in bytes.
        size: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// The call is to carry more metadata than it may: see
    /// [`CallOptions::metadata`](crate::CallOptions::metadata). It was not sent.
    #[error(
        "metadata of {entries} entries and {size} bytes exceed the limits of {entry_limit} and {size_limit}"
    )]
    TooMuchMetadata {
        /// How many entries there are.
        entries: usize,
        /// How many bytes their keys and values have together.
        size: usize,
        /// How many entries there may be.
        entry_limit: usize,
        /// How many bytes there may be.
        size_limit: usize,
    },
    /// The server is shutting down and takes no new calls. This one did not run to its end; a method that
    /// finishes in any case may still do so.
    #[error("the server is shutting down")]
    ShuttingDown,
    /// The peer broke the protocol.
    #[error("protocol violation: {0}")]
    Protocol(String),
    /// The arguments or the result do not fit the codec: client and server were built from
    /// different versions of the service, or a value exceeds its limit.
    #[error("codec: {0}")]
    Codec(String),
    /// Client and server were built from different versions of the service, and do not mean the same by
    /// this method: see [`signature`](crate::signature). The call has not run. Later calls of the method end
    /// so too, as long as the connection lasts, and are not sent.
    #[error("client and server disagree about {handler}: {difference}")]
    SignatureMismatch {
        /// The name that was called.
        handler: String,
        /// What they do not agree about, in words.
        difference: String,
    },
    /// The name can be neither a server's nor a handler's.
    #[error("invalid name {name:?}: {reason}")]
    InvalidName {
        /// The name.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The system refused something else.
    #[error(transparent)]
    Io(Arc<io::Error>),
}

impl Error {
    /// The name of the cause, which is that of the variant: for logs and counters.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(domainsockets::Error::DeadlineExceeded.name(), "DeadlineExceeded");
    /// ```
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::NotListening { .. } => "NotListening",
            Self::HandshakeTimeout { .. } => "HandshakeTimeout",
            Self::AccessDenied { .. } => "AccessDenied",
            Self::Disconnected { .. } => "Disconnected",
            Self::DeadlineExceeded => "DeadlineExceeded",
            Self::UnknownHandler { .. } => "UnknownHandler",
            Self::PermissionDenied { .. } => "PermissionDenied",
            Self::Handler(_) => "Handler",
            Self::Panicked { .. } => "Panicked",
            Self::Overloaded => "Overloaded",
            Self::TooLarge { .. } => "TooLarge",
            Self::TooMuchMetadata { .. } => "TooMuchMetadata",
            Self::ShuttingDown => "ShuttingDown",
            Self::Protocol(_) => "Protocol",
            Self::Codec(_) => "Codec",
            Self::SignatureMismatch { .. } => "SignatureMismatch",
            Self::InvalidName { .. } => "InvalidName",
            Self::Io(_) => "Io",
        }
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

/// Why a server could not be set up.
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
    /// The system refused something else.
    #[error(transparent)]
    Io(#[from] io::Error),
}

fn of_user(owner: Option<u32>) -> String {
    owner.map_or_else(String::new, |owner| {
        format!(" (user {owner} owns the socket)")
    })
}
