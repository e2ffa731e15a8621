//! Sockets, their names, modes and files: the only place that makes system calls.
//!
//! It knows bytes and peers, not messages. Every send goes out on a connected socket: on an
//! unconnected one a full queue makes `epoll` report writability for ever.

mod accounts;
mod buffer;
mod inbox;
#[cfg(feature = "test")]
mod memory;
mod path;
mod process;
mod receiver;
mod room;
mod sender;
mod setup;
mod socket;
mod stamp;
mod target;

pub(crate) use accounts::{group_members, own_uid, this_process, user_id};
pub(crate) use buffer::{KERNEL_DATAGRAM, with_receive_buffer};
pub(crate) use inbox::{Inbox, Letter};
pub(crate) use path::SocketPath;
pub(crate) use process::WatchError;
pub(crate) use receiver::Received;
pub(crate) use sender::SendError;
pub(crate) use setup::{BindError, Directory, SetupFile, adopt_setup, bind_setup};
pub(crate) use socket::{ConnectError, Reach, Sending, SocketFile, bind_connection, is_exhausted};
pub(crate) use stamp::Source;
pub(crate) use target::Target;

// With the feature a connection may also be in memory; without it there is nothing to choose.
#[cfg(feature = "test")]
pub use memory::Fault;
#[cfg(feature = "test")]
pub(crate) use memory::{
    MemoryConfig, MemoryEnd, MemoryLink, Process, Queue, Receiver, Room, Sender, connect, no_file,
};
#[cfg(not(feature = "test"))]
pub(crate) use {process::Process, receiver::Receiver, room::Room, sender::Sender};
