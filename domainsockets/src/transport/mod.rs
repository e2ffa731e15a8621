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
#[cfg(feature = "tokio")]
mod room;
mod sender;
#[cfg(feature = "tokio")]
mod setup;
mod socket;
mod stamp;
mod target;
#[cfg(feature = "blocking")]
pub(crate) mod unregistered;
#[cfg(feature = "blocking")]
mod wait;

pub(crate) use accounts::{group_members, own_uid, user_id};
pub(crate) use buffer::{KERNEL_DATAGRAM, with_receive_buffer};
pub(crate) use inbox::Letter;
pub(crate) use path::SocketPath;
pub(crate) use process::Ended;
pub(crate) use receiver::{Received, TryReceive};
pub(crate) use sender::SendError;
pub(crate) use socket::{ConnectError, Reach, SocketFile, bind_connection, is_exhausted};
pub(crate) use stamp::Source;
pub(crate) use target::Target;
#[cfg(feature = "tokio")]
pub(crate) use {
    accounts::this_process,
    setup::{BindError, Directory, SetupFile, adopt_setup, bind_setup},
    socket::Unbound,
};

#[cfg(feature = "blocking")]
pub(crate) use wait::Awaited;

#[cfg(feature = "tokio")]
pub(crate) type Inbox = inbox::Inbox<tokio::net::UnixDatagram>;

// With the feature a connection may also be in memory; without it there is nothing to choose.
#[cfg(feature = "test")]
pub use memory::Fault;
#[cfg(feature = "test")]
pub(crate) use memory::{
    MemoryConfig, MemoryEnd, MemoryLink, Process, Queue, Receiver, Room, Sender, connect, no_file,
};
#[cfg(all(feature = "tokio", not(feature = "test")))]
pub(crate) type Receiver = receiver::Receiver<tokio::net::UnixDatagram>;
#[cfg(all(feature = "tokio", not(feature = "test")))]
pub(crate) use room::Room;
#[cfg(not(feature = "test"))]
pub(crate) use {process::Process, sender::Sender};
