//! Sockets, their names, modes and files: the only place that makes system calls.
//!
//! It knows bytes and peers, not messages. Every send goes out on a connected socket: on an
//! unconnected one a full queue makes `epoll` report writability for ever.

mod buffer;
mod path;
mod receiver;
mod room;
mod sender;
mod setup;
mod socket;

pub(crate) use buffer::{KERNEL_DATAGRAM, with_receive_buffer};
pub(crate) use path::SocketPath;
pub(crate) use receiver::{Received, Receiver};
pub(crate) use room::Room;
pub(crate) use sender::{SendError, Sender};
pub(crate) use setup::{BindError, SetupFile, bind_setup};
pub(crate) use socket::{ConnectError, SocketFile, bind_private, connect};
