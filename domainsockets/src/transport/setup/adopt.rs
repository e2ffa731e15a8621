//! Taking over a setup socket that another program has bound, such as systemd.

use std::ffi::OsStr;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use rustix::io::{Errno, FdFlags, fcntl_setfd, ioctl_fionbio};
use rustix::net::sockopt::{set_socket_passcred, socket_type};
use rustix::net::{SocketAddrUnix, SocketType, getsockname};

use super::bind_error::BindError;

/// Takes over a server's socket that another program has bound, and returns its path.
pub(crate) fn adopt_setup(fd: OwnedFd) -> Result<(OwnedFd, PathBuf), BindError> {
    let path = match path_of(&fd) {
        Ok(path) => path,
        Err(Errno::AFNOSUPPORT) => Err("a socket of another family"),
        Err(error) => return Err(error.into()),
    };
    let path = path.map_err(|found| BindError::Foreign { found })?;
    // Datagrams that were sent before have no credentials, and are discarded.
    set_socket_passcred(&fd, true)?;
    ioctl_fionbio(&fd, true)?;
    fcntl_setfd(&fd, FdFlags::CLOEXEC)?;
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
