//! Sockets that no runtime knows: somebody else [waits](super::PollSet) for them.

use std::os::fd::OwnedFd;

use super::{inbox, receiver};

pub(crate) type Inbox = inbox::Inbox<OwnedFd>;
pub(crate) type Receiver = receiver::Receiver<OwnedFd>;
