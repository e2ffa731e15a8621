//! The Go server: reads through a window, ignores `total`, does not answer calls of unknown handlers, retries a
//! reply under the lock of its handler until it is sent, drops silent connections even while they wait for a
//! reply, and leaves all its files behind.

use std::collections::{BTreeSet, HashMap};
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::net::sockopt;
use uuid::Uuid;

use crate::gopeer::WINDOW;
use crate::gopeer::decode::{Stop, take_request};
use crate::gopeer::replies::{Handler, Outcome, Replies, Reply};
use crate::wire::{ClientMsg, TYPE_DATA, is_setup, pattern};

/// How long a blocking read lasts before the thread checks whether to end.
const TICK: Duration = Duration::from_millis(10);

/// How long the server waits before it tries to send a reply again. Go does not wait, and uses a whole CPU.
const RETRY_PAUSE: Duration = Duration::from_millis(1);

/// A datagram that the server received.
#[derive(Clone, Debug)]
pub struct Record {
    /// When it was received.
    pub at: Instant,
    /// The number of its connection, counted from 0.
    pub connection: usize,
    /// All of its bytes, including those beyond the window.
    pub bytes: Vec<u8>,
}

/// A running stand-in for a Go server.
#[derive(Debug)]
pub struct GoServer {
    path: PathBuf,
    shared: Arc<Shared>,
    listener: Option<JoinHandle<()>>,
}

impl GoServer {
    /// Starts a server with the handlers `echo`, `size`, `sleep` and `fail`, and Go's idle timeout of 30
    /// s.
    pub fn start(path: PathBuf) -> Self {
        Self::builder().standard_handlers().start(path)
    }

    /// Returns a builder of a server without handlers.
    pub fn builder() -> GoServerBuilder {
        GoServerBuilder {
            idle: Duration::from_secs(30),
            handlers: HashMap::new(),
        }
    }

    /// Returns the path that clients dial.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns every datagram received, in order.
    pub fn records(&self) -> Vec<Record> {
        self.shared.records.lock().unwrap().clone()
    }

    /// Returns why the process of a real Go server would have crashed.
    pub fn fatal(&self) -> Option<String> {
        self.shared.fatal.lock().unwrap().clone()
    }

    /// Returns the handlers one of whose replies is retried, although it can never be sent. Each of them holds its
    /// lock, so that no other caller of it gets a reply.
    pub fn stuck(&self) -> Vec<String> {
        let stuck = self.shared.stuck.lock().unwrap();
        stuck.iter().cloned().collect()
    }

    /// Returns how many messages the server could not read. It goes on with the next byte.
    pub fn garbled(&self) -> usize {
        self.shared.garbled.load(Ordering::Relaxed)
    }

    /// Returns how many connections were dropped because they sent nothing.
    pub fn dropped(&self) -> usize {
        self.shared.dropped.load(Ordering::Relaxed)
    }

    /// Ends the server, and returns the files that it leaves behind, as Go does.
    pub fn stop(mut self) -> Vec<PathBuf> {
        self.end();
        let files = self.shared.files.lock().unwrap().clone();
        files.into_iter().filter(|file| file.exists()).collect()
    }

    /// Ends the server, and removes the files that a Go server would leave behind.
    pub fn stop_and_clean(self) {
        for file in self.stop() {
            fs::remove_file(file).unwrap();
        }
    }

    fn end(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        if let Some(listener) = self.listener.take() {
            listener.join().unwrap();
        }
    }
}

impl Drop for GoServer {
    fn drop(&mut self) {
        self.end();
    }
}

/// Builds a [`GoServer`].
pub struct GoServerBuilder {
    idle: Duration,
    handlers: HashMap<Vec<u8>, Arc<Handler>>,
}

impl std::fmt::Debug for GoServerBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GoServerBuilder")
            .field("idle", &self.idle)
            .finish_non_exhaustive()
    }
}

impl GoServerBuilder {
    /// Sets the time after which a silent connection is dropped.
    #[must_use]
    pub fn idle(mut self, idle: Duration) -> Self {
        self.idle = idle;
        self
    }

    /// Registers a handler that runs on the reading thread, so that replies stay in order.
    #[must_use]
    pub fn handler(
        mut self,
        name: &str,
        run: impl Fn(&[u8]) -> Outcome + Send + Sync + 'static,
    ) -> Self {
        let handler = Handler::new(name, false, run);
        self.handlers.insert(name.into(), Arc::new(handler));
        self
    }

    /// Registers a handler that runs on its own thread.
    #[must_use]
    pub fn slow_handler(
        mut self,
        name: &str,
        run: impl Fn(&[u8]) -> Outcome + Send + Sync + 'static,
    ) -> Self {
        let handler = Handler::new(name, true, run);
        self.handlers.insert(name.into(), Arc::new(handler));
        self
    }

    /// Registers `echo`, `size`, `sleep` and `fail`.
    #[must_use]
    pub fn standard_handlers(self) -> Self {
        self.handler("echo", |data| Outcome::Data(data.to_vec()))
            .handler("size", |data| Outcome::Data(pattern(decimal(data))))
            .handler("fail", |data| {
                Outcome::Error(String::from_utf8_lossy(data).into_owned())
            })
            .slow_handler("sleep", |data| {
                thread::sleep(Duration::from_millis(decimal(data) as u64));
                Outcome::Data(data.to_vec())
            })
    }

    /// Binds `path` and serves.
    pub fn start(self, path: PathBuf) -> GoServer {
        let setup = bind(&path).unwrap();
        let shared = Arc::new(Shared {
            idle: self.idle,
            handlers: self.handlers,
            stop: AtomicBool::new(false),
            fatal: Mutex::new(None),
            records: Mutex::new(Vec::new()),
            files: Mutex::new(vec![path.clone()]),
            dropped: AtomicUsize::new(0),
            garbled: AtomicUsize::new(0),
            stuck: Mutex::new(BTreeSet::new()),
        });
        let listener = thread::spawn({
            let (shared, dir) = (Arc::clone(&shared), path.parent().unwrap().to_owned());
            move || shared.listen(&setup, &dir)
        });
        GoServer {
            path,
            shared,
            listener: Some(listener),
        }
    }
}

struct Shared {
    idle: Duration,
    handlers: HashMap<Vec<u8>, Arc<Handler>>,
    stop: AtomicBool,
    fatal: Mutex<Option<String>>,
    records: Mutex<Vec<Record>>,
    files: Mutex<Vec<PathBuf>>,
    dropped: AtomicUsize,
    garbled: AtomicUsize,
    stuck: Mutex<BTreeSet<String>>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared")
            .field("fatal", &self.fatal)
            .finish_non_exhaustive()
    }
}

impl Shared {
    fn listen(self: &Arc<Self>, setup: &UnixDatagram, dir: &Path) {
        let mut connections = Vec::new();
        let mut buffer = [0; WINDOW];
        setup.set_read_timeout(Some(TICK)).unwrap();
        while !self.stop.load(Ordering::Relaxed) {
            let Ok(len) = setup.recv(&mut buffer) else {
                continue;
            };
            // A client that disappears during its handshake must not end the server.
            if is_setup(&buffer[..len])
                && let Ok(connection) = self.accept(dir, &buffer[..len])
            {
                let (shared, number) = (Arc::clone(self), connections.len());
                connections.push(thread::spawn(move || shared.serve(number, &connection)));
            }
        }
        for connection in connections {
            connection.join().unwrap();
        }
    }

    fn accept(&self, dir: &Path, client: &[u8]) -> io::Result<Connection> {
        let outgoing = UnixDatagram::unbound()?;
        sockopt::set_socket_send_buffer_size(&outgoing, 5 << 20)?;
        outgoing.set_write_timeout(Some(Duration::from_secs(5)))?;
        outgoing.connect(dir.join(str::from_utf8(client).unwrap()))?;
        let id = Uuid::new_v4().to_string();
        let incoming = bind(&dir.join(&id))?;
        self.files.lock().unwrap().push(dir.join(&id));
        outgoing.send(id.as_bytes())?;
        outgoing.set_write_timeout(Some(TICK))?;
        Ok(Connection {
            incoming,
            replies: Arc::new(Replies::new(outgoing)),
        })
    }

    fn serve(self: &Arc<Self>, number: usize, connection: &Connection) {
        let mut stream = Vec::new();
        let mut buffer = vec![0; 8 << 20];
        let mut heard = Instant::now();
        connection.incoming.set_read_timeout(Some(TICK)).unwrap();
        while !self.stop.load(Ordering::Relaxed) {
            let Ok(len) = connection.incoming.recv(&mut buffer) else {
                if heard.elapsed() >= self.idle {
                    self.dropped.fetch_add(1, Ordering::Relaxed);
                    break;
                }
                continue;
            };
            self.records.lock().unwrap().push(Record {
                at: Instant::now(),
                connection: number,
                bytes: buffer[..len].to_vec(),
            });
            stream.extend_from_slice(&buffer[..len.min(WINDOW)]);
            // A message has to be complete in the time, whenever its parts are received.
            if self.read(&mut stream, connection) {
                heard = Instant::now();
            }
        }
        connection.replies.close();
    }

    /// Takes all complete messages out of the stream. Returns whether there were any.
    fn read(self: &Arc<Self>, stream: &mut Vec<u8>, connection: &Connection) -> bool {
        let mut at = 0;
        loop {
            match take_request(&stream[at..]) {
                Ok((request, len)) => {
                    at += len;
                    if request.kind == TYPE_DATA {
                        self.call(request, connection);
                    }
                }
                Err(Stop::Garbled(len)) => {
                    at += len;
                    self.garbled.fetch_add(1, Ordering::Relaxed);
                }
                Err(Stop::Crash(cause)) => {
                    self.crash(cause);
                    break;
                }
                Err(Stop::Incomplete) => break,
            }
        }
        stream.drain(..at);
        at != 0
    }

    /// Ends the server as the end of its process would.
    fn crash(&self, cause: String) {
        self.fatal.lock().unwrap().get_or_insert(cause);
        self.stop.store(true, Ordering::Relaxed);
    }

    fn call(self: &Arc<Self>, request: ClientMsg, connection: &Connection) {
        // Go does not answer a call of an unknown handler, so its caller waits indefinitely.
        let Some(handler) = self.handlers.get(&request.handler) else {
            return;
        };
        let (handler, replies) = (Arc::clone(handler), Arc::clone(&connection.replies));
        let shared = Arc::clone(self);
        let is_slow = handler.is_slow();
        let answer = move || match handler.run(&request) {
            Ok(reply) => shared.send(&handler, reply, &replies),
            Err(cause) => shared.crash(cause),
        };
        if is_slow {
            // Not joined: as in Go, the server does not wait for its handlers when it ends.
            thread::spawn(answer);
        } else {
            answer();
        }
    }

    /// Sends a reply, on a thread of its own if that takes time: the connection reads on.
    fn send(self: &Arc<Self>, handler: &Arc<Handler>, reply: Reply, replies: &Arc<Replies>) {
        if let Ok(_lock) = handler.lock.try_lock()
            && replies.send(&reply.bytes).is_ok()
        {
            return;
        }
        let (shared, handler) = (Arc::clone(self), Arc::clone(handler));
        let replies = Arc::clone(replies);
        thread::spawn(move || shared.retry(&handler, &reply, &replies));
    }

    /// Sends a reply under the lock of its handler, and does not give up before the server ends.
    fn retry(&self, handler: &Handler, reply: &Reply, replies: &Replies) {
        let _lock = handler.lock.lock().unwrap();
        while !self.stop.load(Ordering::Relaxed) {
            match replies.send(&reply.bytes) {
                Ok(()) => break,
                // The client does not read. Go waits for it here as well.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                // The reply to a failed call is tried once.
                Err(_) if reply.is_error => break,
                Err(_) => {
                    self.stuck.lock().unwrap().insert(handler.name.clone());
                    thread::sleep(RETRY_PAUSE);
                }
            }
        }
        self.stuck.lock().unwrap().remove(&handler.name);
    }
}

struct Connection {
    incoming: UnixDatagram,
    replies: Arc<Replies>,
}

/// Binds a socket with the mode of Go's sockets.
fn bind(path: &Path) -> io::Result<UnixDatagram> {
    let socket = UnixDatagram::bind(path)?;
    fs::set_permissions(path, Permissions::from_mode(0o755))?;
    Ok(socket)
}

fn decimal(data: &[u8]) -> usize {
    str::from_utf8(data).unwrap().parse().unwrap()
}
