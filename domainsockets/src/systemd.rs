//! Socket activation and readiness notification for daemons that systemd runs. Needs the feature
//! `systemd`.
//!
//! With socket activation, systemd binds the server's socket and starts the daemon when the first client
//! connects. Clients can connect before the daemon runs, and while it restarts.
//!
//! # Examples
//!
//! A daemon that works with systemd and without:
//!
//! ```
//! use domainsockets::{Request, Server, systemd};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! # let dir = tempfile::tempdir()?;
//! # let name = dir.path().join("kv");
//! # let terminated = async {};
//! let server = match systemd::take_socket()? {
//!     Some(socket) => Server::builder().adopt(socket)?,
//!     None => Server::bind(&name)?,
//! };
//! let server = server
//!     .register("Echo", |request: Request| async { Ok::<_, String>(request.into_data()) })?
//!     .start()?;
//! systemd::ready()?;
//! // `terminated` waits for SIGTERM, for example with `tokio::signal::unix`.
//! let shutdown = async {
//!     terminated.await;
//!     let _ = systemd::stopping();
//! };
//! server.run_until(shutdown).await?;
//! # Ok(()) }
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run())
//! # .map_err(|error| error.to_string())?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [Operations](crate::docs::operations#systemd) has a pair of units for it, with the reason for each line. These
//! are needed:
//!
//! ```ini
//! # kv.socket
//! [Socket]
//! ListenDatagram=/run/kv/kv
//! SocketMode=0600
//! PassCredentials=yes
//!
//! # kv.service
//! [Service]
//! # With User=, set SocketUser= in kv.socket to the same user: clients check the owner of the socket file.
//! Type=notify
//! ExecStart=/usr/bin/kv
//! RuntimeDirectory=kv
//! # Otherwise systemd removes the directory, and the socket in it, when the daemon stops.
//! RuntimeDirectoryPreserve=yes
//! ```
//!
//! `PassCredentials=yes` makes the kernel record the senders of messages that arrive before the daemon runs;
//! the server refuses messages without a sender, and logs a warning if the line is missing.
//!
//! The server sets the sticky bit of the socket file when it takes the socket over, so that Rust clients can
//! connect faster. Where it may not, its log asks for `ExecStartPost=/bin/chmod +t /run/kv/kv` in `kv.socket`.
//!
//! To serve other users as well, set `SocketMode=0666`, so that they can connect, and
//! `RuntimeDirectoryMode=1777`, so that they can create their own sockets in the directory.
//! [`ServerBuilder::allow`](crate::ServerBuilder::allow) still decides who may call.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicBool, Ordering};

use sd_notify::NotifyState;

/// Returns the socket that systemd bound for this process, or `None` if there is none.
///
/// Pass it to [`ServerBuilder::adopt`](crate::ServerBuilder::adopt). Of several sockets (`LISTEN_FDS`,
/// `sd_listen_fds(3)`) this is the first. Only the first call in a process returns it, since a descriptor
/// has one owner; later calls return `None`.
///
/// # Errors
///
/// An [`io::Error`] if the environment variables `LISTEN_FDS` or `LISTEN_PID` are malformed.
///
/// # Examples
///
/// ```
/// // Not started by systemd:
/// assert!(domainsockets::systemd::take_socket()?.is_none());
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn take_socket() -> io::Result<Option<OwnedFd>> {
    static TAKEN: AtomicBool = AtomicBool::new(false);

    // A second `OwnedFd` of the same descriptor would close it twice.
    if TAKEN.swap(true, Ordering::Relaxed) {
        return Ok(None);
    }
    let sockets = sd_listen_fds::get().map_err(io::Error::other)?;
    let first = sockets.into_iter().next();
    Ok(first.map(|(_, socket)| socket.into_std()))
}

/// Notifies systemd that the server is ready (`READY=1`, `sd_notify(3)`). Does nothing without systemd.
///
/// With `Type=notify`, systemd starts units that depend on this one only then.
///
/// # Errors
///
/// An [`io::Error`] if the notification cannot be sent.
pub fn ready() -> io::Result<()> {
    sd_notify::notify(&[NotifyState::Ready])
}

/// Notifies systemd that the server is shutting down (`STOPPING=1`, `sd_notify(3)`). Does nothing without
/// systemd.
///
/// # Errors
///
/// An [`io::Error`] if the notification cannot be sent.
pub fn stopping() -> io::Result<()> {
    sd_notify::notify(&[NotifyState::Stopping])
}
