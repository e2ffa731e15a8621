//! The Go client: writes header and data separately, in datagrams of any size, and both again if it cannot send
//! one, reads each reply through a window in one piece, sends no keep-alives, and leaves its file behind.

use std::collections::HashMap;
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::net::sockopt;
use uuid::Uuid;

use crate::gopeer::WINDOW;
use crate::wire::{ClientMsg, ServerMsg, TYPE_DATA, TYPE_ZERO, is_setup, take_varint};

/// The most data that the client writes at once.
const LARGEST_WRITE: usize = 5 << 20;

/// The number of replies with one id that crashes a Go client: its caller takes the first, and there is room for one
/// more.
const FATAL_REPLIES: usize = 3;

/// The first `total` that crashes a Go client: it allocates no slice of this size.
const FATAL_TOTAL: u64 = 1 << 47;

/// The length of a setup message.
const SETUP_LEN: usize = 36;

/// How long the stand-in tries to send a request. A real Go client tries until the context of the call ends.
const PATIENCE: Duration = Duration::from_millis(500);

/// Why a call of the stand-in has no data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GoError {
    /// The server answered with an error of this text.
    Reply(String),
    /// There was no reply. A real Go client would still wait.
    Silence,
    /// The request could not be sent, however often it was tried. A real Go client would still try, and send no
    /// other request.
    Send(ErrorKind),
}

/// A stand-in for a Go client.
#[derive(Debug)]
pub struct GoClient {
    file: PathBuf,
    outgoing: Mutex<Outgoing>,
    shared: Arc<Shared>,
    reader: Option<JoinHandle<()>>,
}

impl GoClient {
    /// Dials as Go's `DialServer` does, except that it times out after 5 s.
    pub fn dial(setup: &Path) -> io::Result<Self> {
        Self::dial_with_send_buffer(setup, LARGEST_WRITE)
    }

    /// Dials as [`dial`](Self::dial) does, with a send buffer of this size. The kernel doubles it.
    ///
    /// Go asks for 5 MiB, of which the kernel grants `net.core.wmem_max`.
    pub fn dial_with_send_buffer(setup: &Path, size: usize) -> io::Result<Self> {
        let dir = setup.parent().unwrap();
        let id = Uuid::new_v4().to_string();
        let file = dir.join(&id);
        let incoming = UnixDatagram::bind(&file)?;
        let knock = UnixDatagram::unbound()?;
        knock.connect(setup)?;
        knock.send(id.as_bytes())?;
        drop(knock);

        let mut answer = [0; WINDOW];
        incoming.set_read_timeout(Some(Duration::from_secs(5)))?;
        let len = incoming.recv(&mut answer)?;
        if len != SETUP_LEN {
            let what = "did not receive the correct amount of info";
            let text = format!("{what}, got {len}, want {SETUP_LEN}");
            return Err(io::Error::new(ErrorKind::InvalidData, text));
        }
        if !is_setup(&answer[..len]) {
            return Err(ErrorKind::InvalidData.into());
        }
        let socket = UnixDatagram::unbound()?;
        sockopt::set_socket_send_buffer_size(&socket, size)?;
        socket.set_write_timeout(Some(Duration::from_secs(10)))?;
        socket.connect(dir.join(str::from_utf8(&answer[..len]).unwrap()))?;

        let shared = Arc::new(Shared::default());
        let reader = thread::spawn({
            let shared = Arc::clone(&shared);
            move || shared.read(incoming)
        });
        Ok(Self {
            file,
            outgoing: Mutex::new(Outgoing { socket, next: 0 }),
            shared,
            reader: Some(reader),
        })
    }

    /// Sends a request and waits for its reply.
    pub fn call(&self, handler: &str, data: &[u8], limit: Duration) -> Result<Vec<u8>, GoError> {
        self.start(handler, data)?.wait(limit)
    }

    /// Sends a request. If its data cannot be sent, it begins again with the header, as Go does.
    pub fn start(&self, handler: &str, data: &[u8]) -> Result<GoCall, GoError> {
        let mut outgoing = self.outgoing.lock().unwrap();
        let request = ClientMsg::request(outgoing.next, handler, data);
        outgoing.next += 1;
        let (sender, reply) = mpsc::channel();
        self.shared
            .pending
            .lock()
            .unwrap()
            .insert(request.id, Pending { sender, replies: 0 });
        let write = || -> io::Result<()> {
            outgoing.socket.send(&request.header())?;
            for piece in data.chunks(LARGEST_WRITE) {
                outgoing.socket.send(piece)?;
            }
            Ok(())
        };
        let end = Instant::now() + PATIENCE;
        while let Err(error) = write() {
            if end <= Instant::now() {
                return Err(GoError::Send(error.kind()));
            }
        }
        Ok(GoCall { reply })
    }

    /// Returns why the process of a real Go client would have crashed.
    pub fn fatal(&self) -> Option<String> {
        self.shared.fatal.lock().unwrap().clone()
    }

    /// Returns how many replies had an id that was already answered, or never used.
    pub fn surplus(&self) -> usize {
        *self.shared.surplus.lock().unwrap()
    }

    /// Returns how many replies were lost because they did not fit into one datagram of the window's
    /// size.
    pub fn lost(&self) -> usize {
        *self.shared.lost.lock().unwrap()
    }

    /// Ends the client, and returns the file that it leaves behind, as Go does, if it still exists.
    pub fn close(mut self) -> Option<PathBuf> {
        self.end();
        self.file.exists().then(|| self.file.clone())
    }

    /// Ends the client, and removes the file that a Go client would leave behind.
    pub fn close_and_clean(self) {
        if let Some(file) = self.close() {
            fs::remove_file(file).unwrap();
        }
    }

    fn end(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
    }
}

impl Drop for GoClient {
    fn drop(&mut self) {
        self.end();
    }
}

/// A request that was sent.
#[derive(Debug)]
pub struct GoCall {
    reply: Receiver<ServerMsg>,
}

impl GoCall {
    /// Waits for the reply for at most `limit`. A real Go client waits indefinitely.
    pub fn wait(self, limit: Duration) -> Result<Vec<u8>, GoError> {
        match self.reply.recv_timeout(limit) {
            Ok(reply) if reply.kind == TYPE_DATA => Ok(reply.data),
            Ok(reply) => Err(GoError::Reply(reply.text())),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                Err(GoError::Silence)
            }
        }
    }
}

#[derive(Debug)]
struct Outgoing {
    socket: UnixDatagram,
    next: u64,
}

#[derive(Debug)]
struct Pending {
    sender: Sender<ServerMsg>,
    replies: usize,
}

#[derive(Debug, Default)]
struct Shared {
    stop: AtomicBool,
    pending: Mutex<HashMap<u64, Pending>>,
    fatal: Mutex<Option<String>>,
    surplus: Mutex<usize>,
    lost: Mutex<usize>,
}

impl Shared {
    fn read(&self, incoming: UnixDatagram) {
        incoming
            .set_read_timeout(Some(Duration::from_millis(10)))
            .unwrap();
        let mut window = Window {
            incoming,
            datagram: Vec::new(),
        };
        while !self.stop.load(Ordering::Relaxed) {
            if let Err(cause) = self.next(&mut window) {
                *self.fatal.lock().unwrap() = Some(cause);
                return;
            }
        }
    }

    /// Reads one reply. An error is one that would crash a Go client.
    fn next(&self, window: &mut Window) -> Result<(), String> {
        // `total` is read byte by byte, across datagrams if necessary. The rest is read in one piece.
        let mut prefix = Vec::new();
        let total = loop {
            if let Some((total, _)) = take_varint(&prefix)? {
                break total;
            }
            let Some(byte) = window.byte(&self.stop) else {
                return Ok(());
            };
            prefix.push(byte);
        };
        if FATAL_TOTAL <= total {
            return Err(format!("makeslice: {total}"));
        }
        if !window.fill(&self.stop) {
            return Ok(());
        }
        let total = usize::try_from(total).unwrap_or(usize::MAX);
        if total <= window.datagram.len() {
            let rest = window.datagram.split_off(total);
            prefix.append(&mut window.datagram);
            window.datagram = rest;
            if let Ok(Some((reply, _))) = ServerMsg::take(&prefix)
                && matches!(reply.kind, TYPE_ZERO | TYPE_DATA)
            {
                return self.deliver(reply);
            }
        } else {
            window.datagram.clear();
        }
        // Reported in the log, and lost: its caller waits indefinitely.
        *self.lost.lock().unwrap() += 1;
        Ok(())
    }

    fn deliver(&self, reply: ServerMsg) -> Result<(), String> {
        let mut pending = self.pending.lock().unwrap();
        let Some(call) = pending.get_mut(&reply.id) else {
            *self.surplus.lock().unwrap() += 1;
            return Ok(());
        };
        call.replies += 1;
        if call.replies > 1 {
            *self.surplus.lock().unwrap() += 1;
        }
        if call.replies >= FATAL_REPLIES {
            return Err(format!("{FATAL_REPLIES} replies of the id {}", reply.id));
        }
        // A test may have stopped waiting, which a Go client never does.
        let _ = call.sender.send(reply);
        Ok(())
    }
}

/// The reply socket, as a Go client reads it.
#[derive(Debug)]
struct Window {
    incoming: UnixDatagram,
    datagram: Vec<u8>,
}

impl Window {
    /// Waits for the bytes of one datagram, truncated at the window.
    fn fill(&mut self, stop: &AtomicBool) -> bool {
        let mut buffer = [0; WINDOW];
        while self.datagram.is_empty() {
            if stop.load(Ordering::Relaxed) {
                return false;
            }
            if let Ok(len) = self.incoming.recv(&mut buffer) {
                self.datagram.extend_from_slice(&buffer[..len]);
            }
        }
        true
    }

    fn byte(&mut self, stop: &AtomicBool) -> Option<u8> {
        self.fill(stop).then(|| self.datagram.remove(0))
    }
}
