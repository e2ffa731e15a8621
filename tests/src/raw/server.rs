//! The raw server: binds a setup socket and answers what a test tells it to.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::time::Duration;

use uuid::Uuid;

use crate::handshake::{Handshake, mark};
use crate::raw::attach::receive_passed;
use crate::raw::link::{self, Datagram, Link, Name};
use crate::wire::{ClientMsg, ServerMsg, is_setup};

/// A bound setup socket. Its file is removed when it is dropped.
#[derive(Debug)]
pub struct RawServer {
    path: PathBuf,
    setup: UnixDatagram,
}

impl RawServer {
    /// Binds the setup socket, and marks its file if clients are to pass socket pairs in this test run.
    pub fn bind(path: PathBuf) -> Self {
        match Handshake::current() {
            Handshake::Pair => Self::bind_marked(path),
            Handshake::Files => Self::bind_unmarked(path),
        }
    }

    /// Binds the setup socket, and marks its file, so that clients pass socket pairs.
    pub fn bind_marked(path: PathBuf) -> Self {
        let server = Self::bind_unmarked(path);
        mark(&server.path);
        server
    }

    /// Binds the setup socket as the Go package does, so that clients connect by files.
    pub fn bind_unmarked(path: PathBuf) -> Self {
        let setup = UnixDatagram::bind(&path).unwrap();
        Self { path, setup }
    }

    /// Returns the path that clients dial.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the next setup datagram.
    pub fn setup(&self, limit: Duration) -> Option<Vec<u8>> {
        self.setup_with(limit).map(|(setup, _)| setup)
    }

    /// Returns the next setup datagram, and the descriptors that are attached.
    pub fn setup_with(&self, limit: Duration) -> Option<(Vec<u8>, Vec<OwnedFd>)> {
        self.setup.set_read_timeout(Some(limit)).unwrap();
        let mut buffer = vec![0; 4096];
        let (len, descriptors) = receive_passed(&self.setup, &mut buffer).ok()?;
        buffer.truncate(len);
        Some((buffer, descriptors))
    }

    /// Waits for a client, and answers its setup datagram with `answer`.
    pub fn answer(&self, answer: &[u8]) {
        let client = self.client();
        link::connected(&client, Name::None)
            .unwrap()
            .send(answer)
            .unwrap();
    }

    /// Waits for a client, and accepts its end of a socket pair, or performs the handshake by files with it.
    pub fn accept(&self) -> RawConnection {
        let (setup, mut descriptors) = self.setup_with(ACCEPT_LIMIT).expect("a client within 5 s");
        match descriptors.pop() {
            Some(end) => {
                assert!(descriptors.is_empty(), "two descriptors");
                let link = Link::pair(end).unwrap();
                RawConnection { link }
            }
            None => self.accept_client(&self.named_by(&setup), Name::None),
        }
    }

    /// Performs the handshake by files with a client that has asked for it, and sends from a socket with this kind of
    /// name.
    pub fn accept_client(&self, client: &Path, name: Name) -> RawConnection {
        let id = Uuid::new_v4().to_string();
        let mut link = Link::bind(self.path.with_file_name(&id)).unwrap();
        link.connect(client, name).unwrap();
        link.send(id.as_bytes()).unwrap();
        RawConnection { link }
    }

    /// Waits for a client that connects by files, and returns the path at which it expects its answer.
    pub fn client(&self) -> PathBuf {
        let (setup, descriptors) = self.setup_with(ACCEPT_LIMIT).expect("a client within 5 s");
        assert!(descriptors.is_empty(), "a client that passes a socket");
        self.named_by(&setup)
    }

    fn named_by(&self, setup: &[u8]) -> PathBuf {
        assert!(is_setup(setup), "not a setup datagram: {setup:02x?}");
        self.path.with_file_name(str::from_utf8(setup).unwrap())
    }
}

/// How long it may take until a client connects.
const ACCEPT_LIMIT: Duration = Duration::from_secs(5);

impl Drop for RawServer {
    fn drop(&mut self) {
        // A test may have removed it itself.
        let _ = fs::remove_file(&self.path);
    }
}

/// The server's side of one connection.
#[derive(Debug)]
pub struct RawConnection {
    link: Link,
}

impl RawConnection {
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

    /// Sends a reply in one datagram.
    pub fn reply(&self, id: u64, data: &[u8]) {
        self.send(&ServerMsg::reply(id, data).encode());
    }

    /// Returns the next datagram, bypassing the stream of messages.
    pub fn receive(&mut self, limit: Duration) -> Option<Vec<u8>> {
        self.link.receive(limit)
    }

    /// Returns the next message of the client, of any type.
    pub fn message(&mut self, limit: Duration) -> Option<ClientMsg> {
        self.link.message(limit, ClientMsg::take)
    }

    /// Waits for the client's hello, and answers with these sizes of datagrams and messages.
    pub fn announce(&mut self, max_datagram_size: u64, max_message_size: u64) {
        let hello = loop {
            let message = self
                .message(Duration::from_secs(5))
                .expect("a hello within 5 s");
            assert_eq!(message.kind, 0, "a request before the hello");
            if message.handler == b"$hello" {
                break message;
            }
        };
        self.send(&ServerMsg::hello(hello.id, max_datagram_size, max_message_size).encode());
    }

    /// Waits for the hello of a client that has passed a socket pair, and answers it: such a client may wait for that.
    /// Does nothing with the handshake by files.
    pub fn greet(&mut self) {
        if self.link.is_pair() {
            self.announce(1 << 16, 4 << 20);
        }
    }

    /// Returns the next request, skipping keep-alives and extensions.
    pub fn request(&mut self) -> ClientMsg {
        loop {
            let message = self
                .message(Duration::from_secs(5))
                .expect("a request within 5 s");
            if message.kind != 0 {
                return message;
            }
        }
    }

    /// Returns every datagram received.
    pub fn received(&self) -> &[Datagram] {
        self.link.received()
    }

    /// Returns the socket that sends.
    pub fn socket(&self) -> &UnixDatagram {
        self.link.outgoing().unwrap()
    }

    /// Returns whether the client closes the connection within `limit`. By files, that makes a send fail.
    pub fn is_closed_within(&self, limit: Duration) -> bool {
        self.link.closes(limit)
    }
}

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::Duration;

    use crate::raw::{RawClient, RawServer};
    use crate::scratch::Scratch;
    use crate::watchdog;
    use crate::wire::{KEEPALIVE, pattern};

    #[test]
    fn raw_client_and_raw_server_understand_each_other() {
        watchdog::blocking(|| {
            for bind in [RawServer::bind_marked, RawServer::bind_unmarked] {
                let scratch = Scratch::new();
                let server = bind(scratch.path("raw"));
                let path = server.path().to_owned();
                let client = thread::spawn(move || {
                    let mut client = RawClient::connect(&path);
                    client.send(&KEEPALIVE);
                    let reply = client.call(5, "echo", &pattern(100_000));
                    assert_eq!(reply.data, pattern(100_000));
                    client
                });
                let mut connection = server.accept();
                let request = connection.request();
                assert_eq!((request.id, request.handler.as_slice()), (5, &b"echo"[..]));
                connection.reply(request.id, &request.data);
                let client = client.join().unwrap();
                let answers = usize::from(!client.is_pair());
                assert_eq!(client.received().len(), answers + 1);
                assert!(!client.is_closed_within(Duration::from_millis(20)));
                drop(connection);
                assert!(client.is_closed_within(Duration::from_secs(1)));
                drop((client, server));
                scratch.leak_check();
            }
        });
    }

    #[test]
    fn garbage_is_sent_unchanged() {
        watchdog::blocking(|| {
            let scratch = Scratch::new();
            let server = RawServer::bind_unmarked(scratch.path("raw"));
            let path = server.path().to_owned();
            let client = thread::spawn(move || RawClient::connect(&path));
            server.answer(b"short");
            assert!(client.join().is_err());
            drop(server);
            scratch.leak_check();
        });
    }
}
