//! The raw client: performs the handshake of the protocol, then sends what a test tells it to.

use std::io;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use uuid::Uuid;

use crate::raw::Lingering;
use crate::raw::link::{self, Datagram, Link, Name};
use crate::wire::{ClientMsg, ServerMsg, TYPE_DATA, is_setup};

/// A connection to a server. Its reply socket's file is removed when it is dropped.
#[derive(Debug)]
pub struct RawClient {
    link: Link,
    peer: PathBuf,
}

impl RawClient {
    /// Performs the handshake with the server at `setup`.
    pub fn connect(setup: &Path) -> Self {
        Self::connect_named(setup, Name::None)
    }

    /// Performs the handshake with the server at `setup`, and sends from a socket with this kind of
    /// name.
    pub fn connect_named(setup: &Path, name: Name) -> Self {
        match Self::shake_hands(setup, Duration::from_secs(5), name) {
            Ok(Some(client)) => client,
            Ok(None) => panic!("no answer to the setup datagram"),
            Err(error) => panic!("no handshake with {}: {error}", setup.display()),
        }
    }

    /// Performs the handshake with the server at `setup`. Returns `None` if it does not answer within
    /// `limit`.
    pub fn try_connect(setup: &Path, limit: Duration) -> io::Result<Option<Self>> {
        Self::shake_hands(setup, limit, Name::None)
    }

    fn shake_hands(setup: &Path, limit: Duration, name: Name) -> io::Result<Option<Self>> {
        let dir = setup.parent().unwrap();
        let id = Uuid::new_v4().to_string();
        let mut link = Link::bind(dir.join(&id))?;
        link::connected(setup, Name::None)?.send(id.as_bytes())?;
        let Some(answer) = link.receive(limit) else {
            return Ok(None);
        };
        assert!(is_setup(&answer), "not a setup answer: {answer:02x?}");
        let peer = dir.join(str::from_utf8(&answer).unwrap());
        link.connect(&peer, name)?;
        Ok(Some(Self { link, peer }))
    }

    /// Returns the file of the socket that receives replies.
    pub fn file(&self) -> &Path {
        self.link.file()
    }

    /// Returns the path that requests are sent to. The server removes the file once it has received the
    /// first.
    pub fn peer(&self) -> &Path {
        &self.peer
    }

    /// Sends one datagram, and panics if that fails.
    pub fn send(&self, datagram: &[u8]) {
        self.link.send(datagram).unwrap();
    }

    /// Sends one datagram.
    pub fn try_send(&self, datagram: &[u8]) -> io::Result<()> {
        self.link.send(datagram)
    }

    /// Sends one datagram with this many descriptors of this program's file attached.
    pub fn stuff(&self, datagram: &[u8], descriptors: usize) -> io::Result<()> {
        self.link.stuff(datagram, descriptors)
    }

    /// Sends one datagram with a descriptor attached whose last close(2) blocks: see [`Lingering::stuff`].
    pub fn linger(&self, kind: Lingering, datagram: &[u8]) -> io::Result<TcpStream> {
        self.link.linger(kind, datagram)
    }

    /// Sends a descriptor whose last close(2) blocks to the socket that the server sends from, behind a reply that is
    /// to be received.
    pub fn linger_at_sender(&self, kind: Lingering) -> io::Result<TcpStream> {
        self.link.linger_at_sender(kind)
    }

    /// Sends a request in one datagram.
    pub fn request(&self, id: u64, handler: &str, data: &[u8]) {
        self.send(&ClientMsg::request(id, handler, data).encode());
    }

    /// Sends a hello with the id 0 and these sizes of datagrams and messages.
    pub fn announce(&mut self, max_datagram_size: u64, max_message_size: u64) {
        self.send(&ClientMsg::hello(0, max_datagram_size, max_message_size).encode());
        let answer = self.message(Duration::from_secs(5)).expect("an answer");
        assert_eq!((answer.id, answer.kind), (0, TYPE_DATA));
        assert_eq!(answer.data.first(), Some(&0), "not a hello");
    }

    /// Returns the next datagram, bypassing the stream of messages.
    pub fn receive(&mut self, limit: Duration) -> Option<Vec<u8>> {
        self.link.receive(limit)
    }

    /// Returns the next message of the server.
    pub fn message(&mut self, limit: Duration) -> Option<ServerMsg> {
        self.link.message(limit, ServerMsg::take)
    }

    /// Sends a request, and returns the next message.
    pub fn call(&mut self, id: u64, handler: &str, data: &[u8]) -> ServerMsg {
        self.request(id, handler, data);
        self.message(Duration::from_secs(5))
            .expect("a reply within 5 s")
    }

    /// Returns every datagram received, including the handshake's.
    pub fn received(&self) -> &[Datagram] {
        self.link.received()
    }

    /// Returns whether the server closes the connection within `limit`, which makes a send fail.
    ///
    /// Checks with empty datagrams, which belong to no message.
    pub fn is_closed_within(&self, limit: Duration) -> bool {
        self.link.closes(limit)
    }
}
