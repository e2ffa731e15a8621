//! The raw client: performs the handshake of the protocol, then sends what a test tells it to.

use std::io;
use std::net::TcpStream;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::time::Duration;

use uuid::Uuid;

use crate::handshake::is_marked;
use crate::raw::Lingering;
use crate::raw::attach::{linger_last, pass};
use crate::raw::link::{self, Datagram, Link, Name, socket_pair};
use crate::wire::{ClientMsg, ServerMsg, TYPE_DATA, is_setup};

/// A connection to a server. The file of its reply socket, if it has one, is removed when it is dropped.
#[derive(Debug)]
pub struct RawClient {
    link: Link,
    /// The path of the server's socket, if it has one.
    peer: Option<PathBuf>,
}

impl RawClient {
    /// Connects to the server at `setup`: over a socket pair if its file is marked, and by files otherwise.
    pub fn connect(setup: &Path) -> Self {
        established(setup, Self::try_connect(setup, ANSWER_LIMIT))
    }

    /// Performs the handshake by files with the server at `setup`.
    pub fn connect_by_files(setup: &Path) -> Self {
        Self::connect_named(setup, Name::None)
    }

    /// Performs the handshake by files with the server at `setup`, and sends from a socket with this kind of name.
    pub fn connect_named(setup: &Path, name: Name) -> Self {
        established(setup, Self::shake_hands(setup, ANSWER_LIMIT, name))
    }

    /// Passes one end of a socket pair to the server at `setup`.
    pub fn connect_by_pair(setup: &Path) -> Self {
        established(setup, Self::pass_end(setup).map(Some))
    }

    /// Connects to the server at `setup` as [`connect`](Self::connect) does. Returns `None` if it does not answer the
    /// handshake by files within `limit`.
    pub fn try_connect(setup: &Path, limit: Duration) -> io::Result<Option<Self>> {
        if is_marked(setup) {
            Self::pass_end(setup).map(Some)
        } else {
            Self::shake_hands(setup, limit, Name::None)
        }
    }

    /// Performs the handshake by files with the server at `setup`. Returns `None` if it does not answer within
    /// `limit`.
    pub fn try_connect_by_files(setup: &Path, limit: Duration) -> io::Result<Option<Self>> {
        Self::shake_hands(setup, limit, Name::None)
    }

    fn pass_end(setup: &Path) -> io::Result<Self> {
        let (own, passed) = socket_pair()?;
        pass_setup(setup, &[passed.as_fd()])?;
        Ok(Self::over(own))
    }

    /// Uses one end of a socket pair, of which the server has the other.
    pub fn over(own: OwnedFd) -> Self {
        Self {
            link: Link::pair(own).unwrap(),
            peer: None,
        }
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
        let peer = Some(peer);
        Ok(Some(Self { link, peer }))
    }

    /// Returns the file of the socket that receives replies.
    pub fn file(&self) -> &Path {
        self.link.file()
    }

    /// Returns the path that requests are sent to. The server removes the file once it has received the
    /// first.
    pub fn peer(&self) -> &Path {
        self.peer.as_ref().expect("a socket pair has no path")
    }

    /// Returns whether the connection runs over a socket pair.
    pub fn is_pair(&self) -> bool {
        self.link.is_pair()
    }

    /// Returns the socket that sends.
    pub fn socket(&self) -> &UnixDatagram {
        self.link.outgoing().unwrap()
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

    /// Sends one datagram with this many descriptors attached. Closing each of the last eight blocks, as with
    /// [`Lingering::Tcp`].
    pub fn linger_last(&self, datagram: &[u8], descriptors: usize) -> io::Result<Vec<TcpStream>> {
        linger_last(self.link.outgoing()?, datagram, descriptors)
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

    /// Returns every datagram received, including that of the handshake by files.
    pub fn received(&self) -> &[Datagram] {
        self.link.received()
    }

    /// Returns whether the server closes the connection within `limit`. By files, that makes a send fail: checks with
    /// empty datagrams, which belong to no message.
    pub fn is_closed_within(&self, limit: Duration) -> bool {
        self.link.closes(limit)
    }
}

/// Sends a setup message with these descriptors attached to the server at `setup`.
pub fn pass_setup(setup: &Path, descriptors: &[BorrowedFd<'_>]) -> io::Result<()> {
    let id = Uuid::new_v4().to_string();
    let socket = link::connected(setup, Name::None)?;
    pass(&socket, id.as_bytes(), descriptors)
}

fn established(setup: &Path, client: io::Result<Option<RawClient>>) -> RawClient {
    match client {
        Ok(Some(client)) => client,
        Ok(None) => panic!("no answer to the setup datagram"),
        Err(error) => panic!("no handshake with {}: {error}", setup.display()),
    }
}

/// How long the answer to a setup datagram may take.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);
