//! Taking over a setup socket that another program has bound, such as systemd.

use std::ffi::OsStr;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::io::{Errno, FdFlags, fcntl_setfd, ioctl_fionbio};
use rustix::net::sockopt::{set_socket_passcred, socket_passcred, socket_type};
use rustix::net::{SocketAddrUnix, SocketType, getsockname};

use super::access::SetupSocket;
use super::bind_error::BindError;

/// Takes over a server's socket that another program has bound, and returns its path. The file gets the mark of setup
/// sockets if this process may give it.
pub(crate) fn adopt_setup(fd: OwnedFd) -> Result<(OwnedFd, PathBuf), BindError> {
    let path = match path_of(&fd) {
        Ok(path) => path,
        Err(Errno::AFNOSUPPORT) => Err("a socket of another family"),
        Err(error) => return Err(error.into()),
    };
    let path = path.map_err(|found| BindError::Foreign { found })?;
    let knew_senders = socket_passcred(&fd)?;
    set_socket_passcred(&fd, true)?;
    ioctl_fionbio(&fd, true)?;
    fcntl_setfd(&fd, FdFlags::CLOEXEC)?;
    if !knew_senders {
        tracing::warn!(
            path = %path.display(),
            "the socket was bound without SO_PASSCRED, so the server refuses the setup messages that were sent before it \
             started: add `PassCredentials=yes` to the `[Socket]` section of the unit"
        );
    }
    mark(&path);
    Ok((fd, path))
}

/// Returns the path of a datagram socket, or says what it is instead.
fn path_of(fd: &OwnedFd) -> rustix::io::Result<Result<PathBuf, &'static str>> {
    match socket_type(fd)? {
        SocketType::DGRAM => {}
        SocketType::STREAM => return Ok(Err("a stream socket")),
        _ => return Ok(Err("a socket of another type")),
    }
    let address = SocketAddrUnix::try_from(getsockname(fd)?)?;
    let path = address
        .path_bytes()
        .map(|path| PathBuf::from(OsStr::from_bytes(path)));
    Ok(path.ok_or("a datagram socket without a path"))
}

/// Marks the file of a setup socket. A server that may not do that works without: its clients connect in the way that
/// servers of the Go package understand.
fn mark(path: &Path) {
    let marked = SetupSocket::open(path).and_then(|file| Ok(file.mark()?));
    if let Err(error) = marked {
        tracing::info!(
            path = %path.display(),
            ?error,
            "the server may not mark its socket: add `ExecStartPost=/bin/chmod +t PATH` to the `[Socket]` section of the \
             unit"
        );
    }
}
