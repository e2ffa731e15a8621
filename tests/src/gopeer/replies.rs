//! The handlers of the Go server and their replies.

use std::io::{self, ErrorKind};
use std::os::unix::net::UnixDatagram;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::gopeer::ID_END;
use crate::wire::{ClientMsg, ServerMsg, TYPE_DATA, TYPE_ZERO, error_text};

/// What a handler of the stand-in returns.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// A reply.
    Data(Vec<u8>),
    /// A reply whose handler forgot `ServerMsg.ID`, so that it has the ID 0.
    DataWithoutId(Vec<u8>),
    /// A reply whose handler forgot `ServerMsg.Type`, so that it has the type of an error.
    DataWithoutType(Vec<u8>),
    /// A reply with this type.
    DataOfType(u64, Vec<u8>),
    /// An error, sent as Go sends it.
    Error(String),
    /// An error that its handler sends with the type of data.
    ErrorAsData(String),
    /// No message, which ends the process of a Go server.
    Nil,
}

/// A registered handler.
pub(super) struct Handler {
    pub(super) name: String,
    /// Whether it runs on its own thread.
    is_slow: bool,
    run: Box<Run>,
    /// Held while a reply of this handler is sent, on whichever connection.
    pub(super) lock: Mutex<()>,
}

type Run = dyn Fn(&[u8]) -> Outcome + Send + Sync;

/// A reply to send.
pub(super) struct Reply {
    pub(super) bytes: Vec<u8>,
    /// Whether the handler returned an error. Such a reply is not retried.
    pub(super) is_error: bool,
}

impl Handler {
    pub(super) fn new(
        name: &str,
        is_slow: bool,
        run: impl Fn(&[u8]) -> Outcome + Send + Sync + 'static,
    ) -> Self {
        Self {
            name: name.to_owned(),
            is_slow,
            run: Box::new(run),
            lock: Mutex::new(()),
        }
    }

    pub(super) const fn is_slow(&self) -> bool {
        self.is_slow
    }

    /// Runs the handler, and returns its reply. An error is one that would crash a Go server.
    pub(super) fn run(&self, request: &ClientMsg) -> Result<Reply, String> {
        let error = |text: &str| error_text(&self.name, text).into_bytes();
        let own = request.id;
        let (id, kind, data, is_error) = match (self.run)(&request.data) {
            Outcome::Data(data) => (own, TYPE_DATA, data, false),
            Outcome::DataWithoutId(data) => (0, TYPE_DATA, data, false),
            Outcome::DataWithoutType(data) => (own, TYPE_ZERO, data, false),
            Outcome::DataOfType(kind, data) => (own, kind, data, false),
            Outcome::Error(text) => (own, TYPE_ZERO, error(&text), true),
            Outcome::ErrorAsData(text) => (own, TYPE_DATA, error(&text), true),
            Outcome::Nil => return Err("nil pointer".to_owned()),
        };
        if ID_END <= id {
            return Err(format!("cannot write the id {id} of 2^56 or more"));
        }
        let bytes = ServerMsg { id, kind, data }.encode();
        Ok(Reply { bytes, is_error })
    }
}

/// The socket that the replies of a connection are sent from.
pub(super) struct Replies {
    outgoing: UnixDatagram,
    is_open: AtomicBool,
}

impl Replies {
    pub(super) const fn new(outgoing: UnixDatagram) -> Self {
        Self {
            outgoing,
            is_open: AtomicBool::new(true),
        }
    }

    pub(super) fn close(&self) {
        self.is_open.store(false, Ordering::Relaxed);
    }

    /// Sends a reply in one datagram of any size.
    pub(super) fn send(&self, bytes: &[u8]) -> io::Result<()> {
        if !self.is_open.load(Ordering::Relaxed) {
            return Err(ErrorKind::NotConnected.into());
        }
        self.outgoing.send(bytes).map(drop)
    }
}
