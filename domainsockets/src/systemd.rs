//! What systemd and its daemons tell each other: the sockets that it has bound for one, and how far the
//! daemon is.
//!
//! # Example: a daemon that is started when it is called first
//!
//! ```no_run
//! use domainsockets::{Request, Server, systemd};
//!
//! # async fn run(terminated: impl Future<Output = ()>) -> Result<(), Box<dyn std::error::Error>> {
//! let server = match systemd::take_socket()? {
//!     Some(socket) => Server::builder().adopt(socket)?,
//!     None => Server::bind("kv")?,
//! };
//! let server = server
//!     .register("Echo", |request: Request| async { Ok::<_, String>(request.into_data()) })?
//!     .start()?;
//! systemd::ready()?;
//! // `terminated` waits for SIGTERM, with tokio::signal::unix, say.
//! let told = async {
//!     terminated.await;
//!     let _ = systemd::stopping();
//! };
//! server.run_until(told).await?;
//! # Ok(()) }
//! ```
//!
//! The units that belong to it:
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
//! # With User=, the socket needs SocketUser= as well.
//! Type=notify
//! ExecStart=/usr/bin/kv
//! RuntimeDirectory=kv
//! ```
//!
//! For clients of other users `SocketMode=` has to let them connect, and the directory let them make their own
//! sockets beside it: `DirectoryMode=1777`, of the socket's unit, instead of `RuntimeDirectory=`.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicBool, Ordering};

use sd_notify::NotifyState;

/// The socket that systemd has bound for this process, if there is one, of several the first
/// (`LISTEN_FDS`, `sd_listen_fds(3)`). Of all calls in the life of a process only the first one gets it.
///
/// # Errors
///
/// If the variables of the environment that tell of it make no sense.
pub fn take_socket() -> io::Result<Option<OwnedFd>> {
    static TAKEN: AtomicBool = AtomicBool::new(false);
    // Descriptors have one owner each.
    if TAKEN.swap(true, Ordering::Relaxed) {
        return Ok(None);
    }
    let sockets = sd_listen_fds::get().map_err(io::Error::other)?;
    let first = sockets.into_iter().next();
    Ok(first.map(|(_, socket)| socket.into_std()))
}

/// Tells systemd that the server answers (`READY=1`, `sd_notify(3)`). Without systemd nothing happens.
///
/// # Errors
///
/// If it cannot be told.
pub fn ready() -> io::Result<()> {
    sd_notify::notify(&[NotifyState::Ready])
}

/// Tells systemd that the server shuts down (`STOPPING=1`, `sd_notify(3)`). Without systemd nothing
/// happens.
///
/// # Errors
///
/// If it cannot be told.
pub fn stopping() -> io::Result<()> {
    sd_notify::notify(&[NotifyState::Stopping])
}
