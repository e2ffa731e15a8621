//! The errors of calls and of servers.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// The reason why a call failed, or why dialling a server did.
///
/// Every call ends in bounded time, either with its result or with one of these errors. Two methods answer
/// what a caller needs to know before it tries again: [`may_have_run`](Self::may_have_run) and
/// [`is_retryable`](Self::is_retryable).
///
/// # Examples
///
/// A check that allows a retry only where the call cannot run twice:
///
/// ```
/// use domainsockets::Error;
///
/// fn may_try_again(error: &Error) -> bool {
///     error.is_retryable() && !error.may_have_run()
/// }
///
/// assert!(may_try_again(&Error::Disconnected { may_have_run: false }));
/// // The server may have begun to run the call before it shut down.
/// assert!(!may_try_again(&Error::ShuttingDown));
/// ```
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No server listens at this path: there is no such socket, or its server has ended.
    ///
    /// Start the server, or check that client and server use the same directory (`$TMPDIR`, or `/tmp`).
    #[error("no server listens at {}", path.display())]
    NotListening {
        /// The socket's path.
        path: PathBuf,
    },
    /// The server did not complete the handshake in time.
    ///
    /// It is busy or stopped. A server that makes the handshake by files (see
    /// [the protocol](crate::docs::protocol)) does not answer users either that it does not
    /// [allow](crate::ServerBuilder::allow), since the answer would go to a socket that they name.
    ///
    /// A client does not wait for the answer before it sends the first request, so a call that fails with this may have
    /// run.
    #[error("no answer from {} within {after:?}", path.display())]
    HandshakeTimeout {
        /// The socket's path.
        path: PathBuf,
        /// The time that the client waited.
        after: Duration,
    },
    /// The kernel or the server denied access, or the client does not
    /// [allow](crate::ClientBuilder::allow) the user that owns the socket or that answered.
    #[error("{}", denied(path, *owner, reason.as_deref()))]
    AccessDenied {
        /// The socket's path.
        path: PathBuf,
        /// The user ID of the socket's owner if the client does not allow this user. `None` if the kernel
        /// denied access, or the server did, or a user has answered that the client does not allow.
        owner: Option<u32>,
        /// The reason, if it is another one: in the server's words, if the server denied access.
        reason: Option<String>,
    },
    /// The connection ended: the server's process ended, or one side closed the connection.
    #[error("disconnected{}", if *may_have_run { "; the call may have run" } else { "" })]
    Disconnected {
        /// Whether a part of the request was sent, so that the handler may have run. If `false`, the call can
        /// be made again without running twice.
        may_have_run: bool,
    },
    /// The deadline of the call passed before the reply was received.
    ///
    /// A Rust server stops the handler: either by itself at the deadline, or because the client cancels the
    /// call. A Go server runs it to its end, and also never answers a call of an unknown handler.
    #[error("deadline of {handler:?} exceeded after {after:?}")]
    DeadlineExceeded {
        /// The handler that was called.
        handler: String,
        /// The time that the call had: its own deadline, or else the client's default, and no more than what
        /// was left of a deadline that it inherited.
        after: Duration,
    },
    /// The caller cancelled the call with a [`Canceller`](crate::Canceller).
    #[error("cancelled by the caller")]
    Cancelled,
    /// The server has no handler with this name.
    ///
    /// A Go server does not answer such a call, which then fails as
    /// [`DeadlineExceeded`](Self::DeadlineExceeded).
    #[error("unknown handler {handler:?}")]
    UnknownHandler {
        /// The handler that was called.
        handler: String,
    },
    /// The server does not allow this caller to call the handler: see
    /// [`Server::restrict`](crate::Server::restrict).
    #[error("no permission to call {handler:?}")]
    PermissionDenied {
        /// The handler that was called.
        handler: String,
    },
    /// The raw handler returned this error, as text. From a Go server, or to a client that does not
    /// [announce](crate::ClientBuilder::announce) itself, every error of the server is such a text.
    #[error("{0}")]
    Handler(String),
    /// The handler panicked. Other calls of the connection are not affected.
    #[error("handler {handler:?} panicked")]
    Panicked {
        /// The handler that was called.
        handler: String,
    },
    /// The call was not started because a limit was reached.
    ///
    /// The limit is one of the server (connections, requests in flight, or memory of this client's user), or
    /// one of this process for a call with [`no_wait`](crate::CallOptions::no_wait). Try again later.
    #[error("overloaded: {what}")]
    Overloaded {
        /// The limit that was reached.
        what: String,
    },
    /// The method ran, but its reply exceeded the memory quota of this client's user, so the server dropped
    /// it.
    #[error("the method ran, but the server had no memory for its reply of {size} bytes")]
    ReplyDropped {
        /// The size of the reply's data in bytes.
        size: usize,
    },
    /// The request or its reply is larger than one side allows: see
    /// [`ClientBuilder::max_message_size`](crate::ClientBuilder::max_message_size) and the server's. The
    /// client does not send a request that is too large.
    #[error("message of {size} bytes exceeds the limit of {limit} bytes")]
    TooLarge {
        /// The size of the data in bytes.
        size: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// The call carries more metadata than [allowed](crate::CallOptions::with_metadata), and was not sent.
    #[error(
        "metadata of {entries} entries and {size} bytes exceeds the limit of {entry_limit} entries or {size_limit} bytes"
    )]
    TooMuchMetadata {
        /// The number of entries.
        entries: usize,
        /// The number of bytes in all keys and values.
        size: usize,
        /// The limit of entries.
        entry_limit: usize,
        /// The limit of bytes in all keys and values.
        size_limit: usize,
    },
    /// The server is shutting down. It accepts no new calls, and stopped this one if it was running; a method
    /// with `#[rpc(no_cancel)]` finishes without a reply.
    #[error("the server is shutting down")]
    ShuttingDown,
    /// The [carrier](crate::Carrier) does not support this option or kind of call, and did not make the call.
    #[error("the carrier does not support {what}")]
    Unsupported {
        /// The option or kind of call.
        what: String,
    },
    /// The server broke the protocol, so the client closed the connection. What answers at this path may not
    /// be a server of this protocol.
    #[error("protocol violation: {0}")]
    Protocol(String),
    /// The codec cannot encode or decode the arguments or the result: client and server were built from
    /// different versions of the service, or a value exceeds a limit of the codec.
    #[error("codec: {0}")]
    Codec(String),
    /// Client and server were built from different versions of the service and disagree about the types of
    /// this method: see [`signature`](crate::signature).
    ///
    /// The call did not run. Until the connection ends, later calls of the method fail the same way without
    /// being sent. Build client and server from the same version.
    #[error("client and server disagree about {handler}: {difference}")]
    SignatureMismatch {
        /// The handler that was called.
        handler: String,
        /// The difference between the two signatures, in words.
        difference: String,
    },
    /// The name is not a valid name of a server or of a handler.
    #[error("invalid name {name:?}: {reason}")]
    InvalidName {
        /// The name.
        name: String,
        /// The rule that the name breaks, with the whole path if that is too long.
        reason: String,
    },
    /// Another error of the operating system.
    #[error(transparent)]
    Io(Arc<io::Error>),
}

impl Error {
    /// Returns the name of the variant, such as `"DeadlineExceeded"`, for logs and counters.
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
    /// `false` is certain: the call can be made again without running twice. `true` means that the client
    /// does not know, or that the handler did run.
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
            | Self::AccessDenied { .. }
            | Self::UnknownHandler { .. }
            | Self::PermissionDenied { .. }
            | Self::Overloaded { .. }
            | Self::TooMuchMetadata { .. }
            | Self::Unsupported { .. }
            | Self::SignatureMismatch { .. }
            | Self::InvalidName { .. } => false,
            Self::DeadlineExceeded { .. }
            // The first request may be sent before the server has answered.
            | Self::HandshakeTimeout { .. }
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

    /// Returns whether the same call may succeed a little later, when the server has restarted or is less
    /// loaded.
    ///
    /// Unless the method is idempotent, check [`may_have_run`](Self::may_have_run) as well before the call is
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

/// The reason why a call of a method that returns a `Result` failed.
///
/// It keeps the method's own error, which the service returned, apart from the errors of the call itself.
///
/// # Examples
///
/// Both kinds of error, told apart:
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
/// It implements [`std::error::Error`] if the method's error implements `Debug` and `Display`, so that `?`
/// converts it into a boxed error:
///
/// ```
/// # use domainsockets::CallError;
/// fn save(result: Result<u64, CallError<String>>) -> Result<u64, Box<dyn std::error::Error>> {
///     Ok(result?)
/// }
/// # assert_eq!(save(Err(CallError::Method("full".to_owned()))).unwrap_err().to_string(), "full");
/// ```
///
/// The box then holds the `CallError<E>`, so `downcast_ref::<Error>()` finds nothing in it. To treat a cause
/// such as [`Error::Cancelled`] differently, look at it before `?`:
///
/// ```
/// # use domainsockets::{CallError, Error};
/// # fn save(result: Result<u64, CallError<String>>) -> Result<Option<u64>, Box<dyn std::error::Error>> {
/// match result {
///     Err(error) if matches!(error.call_error(), Some(Error::Cancelled)) => Ok(None),
///     result => Ok(Some(result?)),
/// }
/// # }
/// # assert!(save(Err(Error::Cancelled.into())).unwrap().is_none());
/// # assert!(save(Err(CallError::Method("full".to_owned()))).is_err());
/// ```
#[derive(Clone, Debug)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a call fails on one side or on the other"
)]
pub enum CallError<E> {
    /// The method ran and returned this error. Making the call again runs the method again.
    Method(E),
    /// The call failed before the client received a result of the method.
    Call(Error),
}

impl<E> CallError<E> {
    /// Returns the error of the call, or `None` if the method ran and returned its own error.
    ///
    /// # Examples
    ///
    /// ```
    /// use domainsockets::{CallError, Error};
    ///
    /// let error: CallError<String> = Error::ShuttingDown.into();
    /// assert!(error.call_error().is_some_and(Error::is_retryable));
    /// assert!(CallError::Method("full").call_error().is_none());
    /// ```
    #[must_use]
    pub const fn call_error(&self) -> Option<&Error> {
        match self {
            Self::Method(_) => None,
            Self::Call(error) => Some(error),
        }
    }
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

/// The bounds are those of what is printed, not `E: Error`, so that `?` works for methods that fail with a
/// `String` too. So `source` cannot ask the method's error for its cause.
impl<E: fmt::Debug + fmt::Display> std::error::Error for CallError<E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Method(_) => None,
            Self::Call(error) => error.source(),
        }
    }
}

/// The reason why a server could not be set up, or ended by itself.
///
/// # Examples
///
/// A daemon that exits quietly if it runs already:
///
/// ```
/// use domainsockets::{ServeError, Server};
///
/// # fn main() -> Result<(), ServeError> {
/// # let dir = tempfile::tempdir()?;
/// # let name = dir.path().join("kv");
/// let first = Server::bind(&name)?;
/// match Server::bind(&name) {
///     Err(error @ ServeError::AddrInUse { .. }) => println!("{error}"),
///     other => drop(other?),
/// }
/// # drop(first);
/// # Ok(()) }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The path is taken: a server listens there, or another user owns a socket there.
    ///
    /// A server replaces the socket file of a dead server of its own user, but never another user's file.
    #[error("{}", in_use(path, *owner))]
    AddrInUse {
        /// The socket's path.
        path: PathBuf,
        /// The user ID of the file's owner; `None` if the file was removed before the server read it. If it
        /// is not the server's own user, the socket may belong to a dead server.
        owner: Option<u32>,
    },
    /// Every user may remove and replace files in a directory that the path leads through, so that clients
    /// could reach an impostor.
    ///
    /// Use a directory that not every user can write to, or one with the sticky bit, or call
    /// [`ServerBuilder::allow_unsafe_directory`](crate::ServerBuilder::allow_unsafe_directory). The same holds
    /// for all directories above it, up to the root.
    #[error(
        "every user may replace {}, since {} is writable by all and has no sticky bit; set it (chmod +t), or choose another directory",
        path.display(), directory.display()
    )]
    UnsafeDirectory {
        /// The socket's path.
        path: PathBuf,
        /// The directory in which every user may replace files.
        directory: PathBuf,
    },
    /// The file at the place of the server's lock file belongs to another user, or is not a lock file.
    ///
    /// A server locks the file `.NAME.lock` beside its socket while it binds. The file stays for the next
    /// start.
    #[error("{}", foreign_lock(path, *owner))]
    ForeignLockFile {
        /// The path of the lock file.
        path: PathBuf,
        /// The user ID of the file's owner.
        owner: u32,
    },
    /// The system cannot admit the users and groups of the access rule to the socket.
    ///
    /// The server's user namespace has no ID for one of them, or the file system cannot store so many.
    #[error("cannot admit the users and groups of `ServerBuilder::allow` to {}: {}", path.display(), access_list(error))]
    AccessList {
        /// The socket's path.
        path: PathBuf,
        /// The error of the system.
        error: io::Error,
    },
    /// The system's databases have no user or group with this name: see [`Allow`](crate::Allow).
    #[error("no user or group is named {name:?}")]
    UnknownAccount {
        /// The name.
        name: String,
    },
    /// An access rule names a handler that is not registered.
    #[error("no handler {handler:?} is registered")]
    NoSuchHandler {
        /// The name of the handler.
        handler: String,
    },
    /// The file at the path is not a datagram socket. The server does not replace it.
    #[error("{} is {found}, not a datagram socket; remove it, or choose another name", path.display())]
    ForeignFile {
        /// The path.
        path: PathBuf,
        /// The kind of the file, such as `a symbolic link`. Symbolic links are not followed.
        found: &'static str,
    },
    /// A handler with this name is already registered.
    #[error("handler {handler:?} is registered twice")]
    DuplicateHandler {
        /// The name of the handler.
        handler: String,
    },
    /// The handler's name begins with `$`, as only the protocol's own names do.
    #[error("handler name {handler:?} begins with '$', which is reserved")]
    ReservedHandler {
        /// The name of the handler.
        handler: String,
    },
    /// The name is not a valid name of a server or of a handler.
    #[error("invalid name {name:?}: {reason}")]
    InvalidName {
        /// The name.
        name: String,
        /// The rule that the name breaks, with the whole path if that is too long.
        reason: String,
    },
    /// The server was started outside of a tokio runtime.
    #[error("a server starts only inside of a tokio runtime")]
    NoRuntime,
    /// The system cannot bind the socket at this path: the directory is missing, read-only or full, or this
    /// user may not write to it.
    #[error("cannot bind {}: {}", path.display(), binding(path, error))]
    Bind {
        /// The socket's path.
        path: PathBuf,
        /// The error of the system.
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
    /// Another error of the operating system.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Returns the text of [`Error::AccessDenied`].
fn denied(path: &Path, owner: Option<u32>, reason: Option<&str>) -> String {
    let path = path.display();
    if let Some(reason) = reason {
        return format!("access to {path} is denied: {reason}");
    }
    match owner {
        Some(owner) => format!(
            "{path} is owned by user {owner}, whom this client does not allow (see `ClientBuilder::allow`)"
        ),
        None => format!("access to {path} is denied"),
    }
}

/// Returns the cause of [`ServeError::Bind`], and what to do.
fn binding(path: &Path, error: &io::Error) -> String {
    let directory = path.parent().unwrap_or(path).display();
    match error.kind() {
        io::ErrorKind::PermissionDenied => format!(
            "this process may not create files in {directory} ({error}); give its user write permission, or choose \
             another directory"
        ),
        io::ErrorKind::ReadOnlyFilesystem => format!(
            "{directory} is read-only ({error}); make it writable, or choose another directory"
        ),
        io::ErrorKind::NotFound => {
            format!(
                "there is no directory {directory} ({error}); create it before the server starts"
            )
        }
        _ => error.to_string(),
    }
}

/// Returns the text of [`ServeError::ForeignLockFile`].
fn foreign_lock(path: &Path, owner: u32) -> String {
    let path = path.display();
    if is_other_user(owner) {
        format!(
            "the lock file {path} belongs to user {owner}; that user or root has to remove it, or choose another name"
        )
    } else {
        format!("{path} is not a lock file of one name; remove it, or choose another name")
    }
}

/// Returns the cause of [`ServeError::AccessList`], and what to do.
fn access_list(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::InvalidInput => format!(
            "one of them has no ID in this user namespace ({error}); map it, or allow others"
        ),
        io::ErrorKind::StorageFull | io::ErrorKind::ArgumentListTooLong => {
            format!("the file system has no room for so many ({error}); allow a group instead")
        }
        _ => error.to_string(),
    }
}

/// Returns the text of [`ServeError::AddrInUse`].
fn in_use(path: &Path, owner: Option<u32>) -> String {
    let path = path.display();
    match owner {
        // A server does not find out whether another user's socket is alive.
        Some(owner) if is_other_user(owner) => format!(
            "{path} is taken by a socket of user {owner}; if its server is dead, that user or root has to \
             remove it"
        ),
        _ => format!("a server already listens at {path}"),
    }
}

#[cfg(any(feature = "tokio", feature = "blocking"))]
fn is_other_user(uid: u32) -> bool {
    uid != crate::transport::own_uid()
}

/// Without these features there are no servers.
#[cfg(not(any(feature = "tokio", feature = "blocking")))]
const fn is_other_user(_uid: u32) -> bool {
    true
}
