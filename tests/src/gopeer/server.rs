//! The Go server: reads through a window, ignores `total`, does not answer calls of unknown handlers,
//! drops silent connections even while they wait for a reply, and leaves all its files behind.

use std::collections::HashMap;
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

use crate::gopeer::{ID_END, WINDOW};
use crate::wire::{ClientMsg, ServerMsg, TYPE_DATA, TYPE_ZERO, error_text, is_setup, pattern};

/// How long a blocking read lasts before the thread checks whether to end.
const TICK: Duration = Duration::from_millis(10);

/// What a handler of the stand-in returns.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// A reply.
    Data(Vec<u8>),
    /// An error, sent as Go sends it.
    Error(String),
    /// An error that its handler sends with the type of data.
    ErrorAsData(String),
}

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
    handlers: HashMap<Vec<u8>, Handler>,
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
        let run = Arc::new(run);
        self.handlers
            .insert(name.into(), Handler { run, slow: false });
        self
    }

    /// Registers a handler that runs on its own thread.
    #[must_use]
    pub fn slow_handler(
        mut self,
        name: &str,
        run: impl Fn(&[u8]) -> Outcome + Send + Sync + 'static,
    ) -> Self {
        let run = Arc::new(run);
        self.handlers
            .insert(name.into(), Handler { run, slow: true });
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

type Run = dyn Fn(&[u8]) -> Outcome + Send + Sync;

struct Handler {
    run: Arc<Run>,
    /// Whether it runs on its own thread.
    slow: bool,
}

struct Shared {
    idle: Duration,
    handlers: HashMap<Vec<u8>, Handler>,
    stop: AtomicBool,
    fatal: Mutex<Option<String>>,
    records: Mutex<Vec<Record>>,
    files: Mutex<Vec<PathBuf>>,
    dropped: AtomicUsize,
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
        Ok(Connection {
            incoming,
            replies: Arc::new(Replies {
                outgoing,
                open: AtomicBool::new(true),
            }),
        })
    }

    fn serve(&self, number: usize, connection: &Connection) {
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
            heard = Instant::now();
            self.records.lock().unwrap().push(Record {
                at: heard,
                connection: number,
                bytes: buffer[..len].to_vec(),
            });
            stream.extend_from_slice(&buffer[..len.min(WINDOW)]);
            if let Err(cause) = self.read(&mut stream, connection) {
                *self.fatal.lock().unwrap() = Some(cause);
                self.stop.store(true, Ordering::Relaxed);
            }
        }
        connection.replies.open.store(false, Ordering::Relaxed);
    }

    /// Takes all complete messages out of the stream. An error is one that would crash a Go server.
    fn read(&self, stream: &mut Vec<u8>, connection: &Connection) -> Result<(), String> {
        let mut at = 0;
        while let Some((request, len)) = ClientMsg::take(&stream[at..])? {
            at += len;
            if request.id >= ID_END {
                return Err(format!("id {} of 2^56 or more", request.id));
            }
            match request.kind {
                TYPE_ZERO => {}
                TYPE_DATA => self.call(request, connection),
                other => return Err(format!("request of type {other}")),
            }
        }
        stream.drain(..at);
        Ok(())
    }

    fn call(&self, request: ClientMsg, connection: &Connection) {
        // Go does not answer a call of an unknown handler, so its caller waits indefinitely.
        let Some(handler) = self.handlers.get(&request.handler) else {
            return;
        };
        let (run, replies) = (Arc::clone(&handler.run), Arc::clone(&connection.replies));
        let answer = move || replies.send(&request, run(&request.data));
        if handler.slow {
            // Not joined: as in Go, the server does not wait for its handlers when it ends.
            thread::spawn(answer);
        } else {
            answer();
        }
    }
}

struct Connection {
    incoming: UnixDatagram,
    replies: Arc<Replies>,
}

struct Replies {
    outgoing: UnixDatagram,
    open: AtomicBool,
}

impl Replies {
    /// Sends the reply in one datagram of any size.
    fn send(&self, request: &ClientMsg, outcome: Outcome) {
        let handler = String::from_utf8_lossy(&request.handler);
        let (kind, data) = match outcome {
            Outcome::Data(data) => (TYPE_DATA, data),
            Outcome::Error(reason) => (TYPE_ZERO, error_text(&handler, &reason).into_bytes()),
            Outcome::ErrorAsData(reason) => (TYPE_DATA, error_text(&handler, &reason).into_bytes()),
        };
        let id = request.id;
        if self.open.load(Ordering::Relaxed) {
            // Go does not notice a client that has disappeared, either.
            let _ = self.outgoing.send(&ServerMsg { id, kind, data }.encode());
        }
    }
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
