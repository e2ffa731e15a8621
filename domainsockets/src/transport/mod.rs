//! Sockets, their names, modes and files: the only place that makes system calls.
//!
//! It knows bytes and peers, not messages. Every socket is connected before it sends: for an unconnected
//! socket, `epoll` reports writability again and again while the peer's queue is full.

mod ancestors;
#[cfg(feature = "tokio")]
mod backpressure;
mod credentials;
mod descriptor_closer;
mod descriptor_room;
mod groups;
mod inbox;
#[cfg(feature = "test")]
mod memory;
mod own_credentials;
#[cfg(feature = "tokio")]
mod passed_socket;
mod path;
mod pidfd;
#[cfg(feature = "blocking")]
mod poll;
mod process;
mod processors;
mod reachable_socket;
mod readiness;
mod receive_buffer;
mod received_descriptors;
mod receiver;
#[cfg(feature = "tokio")]
mod registered_socket;
mod sender;
#[cfg(feature = "tokio")]
mod setup;
mod socket;
mod socket_pair;
mod source_address;
mod target;
mod users;

pub(crate) use groups::own_groups;
pub(crate) use inbox::SetupDatagram;
pub(crate) use path::SocketPath;
pub(crate) use process::Ended;
pub(crate) use processors::has_two_processors;
#[cfg(feature = "tokio")]
pub(crate) use readiness::is_permanent;
pub(crate) use receive_buffer::{KERNEL_DATAGRAM, with_receive_buffer};
pub(crate) use receiver::{Received, TryReceive};
pub(crate) use sender::SendError;
pub(crate) use socket::{ConnectError, Reach, SocketFile, bind_connection, is_exhausted};
pub(crate) use socket_pair::{PassedEnd, SocketPair};
pub(crate) use source_address::SourceAddress;
pub(crate) use target::Target;
pub(crate) use users::{group_id, own_uid, user_id};
#[cfg(feature = "tokio")]
pub(crate) use {
    inbox::Attached,
    passed_socket::PassedSocket,
    setup::{BindError, Directory, SetupAccess, SetupFile, adopt_setup, bind_setup},
    socket::Unbound,
    users::this_process,
};

#[cfg(feature = "blocking")]
pub(crate) use poll::{PollSet, WakeEvent};
/// A socket for which no runtime waits: a [`PollSet`] does.
#[cfg(feature = "blocking")]
pub(crate) type BlockingInbox = inbox::SetupInbox<readiness::PolledSocket>;
/// The receiving end of a connection for which no runtime waits.
#[cfg(feature = "blocking")]
pub(crate) type BlockingReceiver = receiver::SocketReceiver<readiness::PolledSocket>;

#[cfg(feature = "tokio")]
pub(crate) type Inbox = inbox::SetupInbox<registered_socket::RegisteredSocket>;

// With the feature a connection may also be in memory; without it there is nothing to choose.
#[cfg(feature = "test")]
pub use memory::Fault;
#[cfg(feature = "test")]
pub(crate) use memory::{
    AnyProcess as Process, AnyReceiver as Receiver, AnySender as Sender,
    AnyWriteReadiness as WriteReadiness, MemoryConfig, MemoryEnd, MemoryLink, Queue, connect,
};
#[cfg(all(feature = "tokio", not(feature = "test")))]
pub(crate) type Receiver = receiver::SocketReceiver<registered_socket::RegisteredSocket>;
#[cfg(all(feature = "tokio", not(feature = "test")))]
pub(crate) use backpressure::WriteReadiness;
#[cfg(not(feature = "test"))]
pub(crate) use {process::Process, sender::Sender};

// A sender and a receiver over sockets, as the clients and servers store them.
#[cfg(feature = "test")]
pub(crate) use memory::AnyReceiver::Socket as socket_receiver;
#[cfg(all(feature = "test", any(feature = "tokio", feature = "blocking")))]
pub(crate) use memory::AnySender::Socket as socket_sender;
#[cfg(all(not(feature = "test"), any(feature = "tokio", feature = "blocking")))]
pub(crate) use std::convert::identity as socket_sender;
#[cfg(all(not(feature = "test"), feature = "tokio"))]
pub(crate) use std::convert::identity as socket_receiver;
