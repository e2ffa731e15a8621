//! The server's side of the handshake: answers setup messages and accepts connections.

use std::fmt::Display;
use std::future::pending;
use std::io;
use std::os::fd::OwnedFd;
use std::pin::pin;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::task::{JoinSet, yield_now};
use tokio::time::sleep_until;

use super::Methods;
use super::connections::Connections;
use super::log_throttle::LogThrottle;
use super::parts::ConnectionParts;
use super::prepared_sockets::PreparedSockets;
use super::quota::UserLimits;
use super::refusal::Refusal;
use super::shutdown::{ShutdownGuard, end_connections};
use crate::driver::{LazyTimer, now};
use crate::peer::Credentials;
use crate::proto::ServerConfig;
use crate::stats::ServerCounters;
use crate::transport::{
    Attached, Inbox, PassedSocket, Process, Reach, Receiver, Sender, SetupFile, SocketPath, Target,
    is_permanent, socket_receiver, socket_sender,
};
use crate::wire::{LEN_TOTAL, SETUP_OVERLOADED, SetupMsg, setup_decode, setup_encode};
use crate::{Allow, Peer};

/// The configuration of a server.
#[derive(Clone, Debug)]
pub(super) struct AcceptConfig {
    pub(super) connection: ServerConfig,
    pub(super) allow: Allow,
    pub(super) user: UserLimits,
    /// The largest number of half-open connections.
    pub(super) half_open: usize,
    /// The largest number of connections of all users together.
    pub(super) max_connections: usize,
}

/// The process of a client that asks for a connection.
struct ClientProcess {
    peer: Peer,
    /// `None` if it has ended.
    process: Option<Process>,
}

/// The setup messages that wait to be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Backlog {
    /// All that were received are answered.
    Empty,
    /// There may be some.
    Unknown,
}

/// The task that answers setup messages and owns the connections.
pub(super) struct Acceptor {
    /// The first field, so that handlers learn of the shutdown before their connections end.
    shutting_down: ShutdownGuard,
    setup: Inbox,
    path: SocketPath,
    /// The server's socket file. It is gone if another program owns the file, or the server shuts down.
    file: Weak<SetupFile>,
    methods: Arc<Methods>,
    allow: Allow,
    /// Whether other users can send to the setup socket.
    is_open_to_others: bool,
    /// The configuration of each connection.
    config: Arc<ServerConfig>,
    counters: Arc<ServerCounters>,
    log: Arc<LogThrottle>,
    drivers: JoinSet<()>,
    connections: Connections,
    /// The sockets of the next connection. `None` if they could not be created, or were used up by a failed setup.
    prepared: Option<PreparedSockets>,
    /// A client that the server could not connect to because the system was out of memory or descriptors, and when
    /// to try again.
    postponed: Option<(SetupMsg, Credentials, Instant)>,
    /// Until when no setup message is received, since receiving failed, or the process has too few free descriptors.
    paused_until: Option<Instant>,
    /// When to check that the server's name still leads to its socket.
    name_check_at: Instant,
}

impl Acceptor {
    pub(super) fn new(
        setup: OwnedFd,
        path: SocketPath,
        file: Weak<SetupFile>,
        methods: Methods,
        config: AcceptConfig,
    ) -> io::Result<Self> {
        // The program that has bound it takes care of its file.
        let is_adopted = file.strong_count() == 0;
        Ok(Self {
            shutting_down: ShutdownGuard::default(),
            setup: if is_adopted {
                Inbox::adopted(setup)?
            } else {
                Inbox::new(setup)?
            },
            path,
            file,
            methods: Arc::new(methods),
            connections: Connections::new(config.user, config.half_open, config.max_connections),
            // The mode of an adopted socket is not the server's.
            is_open_to_others: is_adopted || config.allow.admits_others(),
            allow: config.allow,
            config: Arc::new(config.connection),
            counters: Arc::default(),
            log: Arc::default(),
            drivers: JoinSet::new(),
            prepared: PreparedSockets::new().ok(),
            postponed: None,
            paused_until: None,
            name_check_at: now() + NAME_CHECK_PERIOD,
        })
    }

    pub(super) const fn counters(&self) -> &Arc<ServerCounters> {
        &self.counters
    }

    /// Serves until `shutdown` receives a grace period, and then shuts down gracefully.
    ///
    /// # Errors
    ///
    /// A permanent error of the setup socket, which ends the server.
    pub(super) async fn run(mut self, shutdown: &mut mpsc::Receiver<Duration>) -> io::Result<()> {
        let mut lazy_timer = LazyTimer::new(now());
        let mut timer = pin!(sleep_until(now().into()));
        loop {
            if let Some(at) = lazy_timer.set(now(), self.next_time()) {
                timer.as_mut().reset(at.into());
            }
            tokio::select! {
                ready = readable(&self.setup, self.postponed.is_none() && self.paused_until.is_none()) => {
                    match ready.and_then(|()| self.accept_ready()) {
                        Ok(Backlog::Empty) => {}
                        Ok(Backlog::Unknown) => yield_now().await,
                        Err(error) if is_permanent(&error) => {
                            tracing::error!(%error, "cannot receive on the setup socket");
                            return Err(error);
                        }
                        Err(error) => self.pause("setup socket", &format_args!("cannot receive on the setup socket: {error}")),
                    }
                }
                Some(ended) = self.drivers.join_next_with_id() => {
                    self.connections.remove_ended(&ended);
                    // All that have ended, since the next turn of the loop may accept as many new ones.
                    while let Some(ended) = self.drivers.try_join_next_with_id() {
                        self.connections.remove_ended(&ended);
                    }
                }
                () = self.connections.end_dead() => {}
                () = timer.as_mut() => self.on_time(now()),
                grace = shutdown.recv() => {
                    self.shut_down(grace.unwrap_or_default()).await;
                    return Ok(());
                }
            }
        }
    }

    async fn shut_down(mut self, grace: Duration) {
        self.shutting_down.0.set();
        // From now on no client's message enters the queue, unless another program has the socket open too. Clients whose
        // messages are there are accepted, since they may have sent requests.
        self.setup.stop();
        // The runtime may not have noticed yet that there are some. Stopping makes the socket readable.
        if !self.setup.is_shared() {
            let _ = self.setup.readable().await;
        }
        for _ in 0..LAST_ACCEPTS {
            if self.is_held_up() || !matches!(self.accept_ready(), Ok(Backlog::Unknown)) {
                break;
            }
            yield_now().await;
        }
        self.refuse_rest();
        let Self {
            setup,
            mut drivers,
            mut connections,
            ..
        } = self;
        drop(setup);
        end_connections(&mut drivers, &mut connections, grace).await;
    }

    fn next_time(&self) -> Instant {
        let retry_at = self.postponed.as_ref().map(|(.., at)| *at);
        let times = [
            retry_at,
            self.paused_until,
            self.connections.processes.watch_at(),
        ];
        times
            .into_iter()
            .flatten()
            .fold(self.name_check_at, Instant::min)
    }

    fn on_time(&mut self, now: Instant) {
        self.paused_until.take_if(|until| *until <= now);
        if let Some((client, peer, _)) = self.postponed.take_if(|(.., at)| *at <= now) {
            let connected = self.connect(now, client, peer);
            self.note(now, connected, Some((client, peer)));
        }
        let watch_at = self.connections.processes.watch_at();
        if watch_at.is_some_and(|at| at <= now) {
            self.connections.processes.watch_fresh();
        }
        if self.name_check_at <= now {
            self.name_check_at = now + NAME_CHECK_PERIOD;
            let is_in_place = self.file.upgrade().is_none_or(|file| file.is_in_place());
            if !is_in_place && self.counters.lost_name() {
                let path = self.path.as_path().display();
                tracing::error!(%path, "the server's name leads elsewhere: no client finds it");
            }
        }
    }

    /// Answers received setup messages, at most [`SETUPS_PER_YIELD`] of them.
    fn accept_ready(&mut self) -> io::Result<Backlog> {
        // One byte more than the longest message, so that a longer one is noticed.
        let mut buffer = [0; LEN_TOTAL + 1];
        for _ in 0..SETUPS_PER_YIELD {
            if self.is_held_up() {
                return Ok(Backlog::Unknown);
            }
            // Other users may attach descriptors that take long to close. Each message may bring as many. Clients of the
            // own user attach one, which would be lost.
            let has_room = if self.is_open_to_others {
                self.setup.has_descriptor_room()
            } else {
                self.setup.has_room_for_socket()
            };
            if !has_room {
                let what = "the process has too few free descriptors to accept connections";
                self.pause("descriptors", &what);
                return Ok(Backlog::Empty);
            }
            let Some(received) = self.setup.try_receive_setup(&mut buffer)? else {
                return Ok(Backlog::Empty);
            };
            let now = now();
            let datagram = buffer.get(..received.size).unwrap_or(&buffer);
            let sender = received.sender.filter(|sender| sender.is_visible());
            let admitted = match received.attached {
                Attached::Nothing => self.admit(now, datagram, sender),
                Attached::Socket(socket) => {
                    let accepted = self.accept_passed(now, datagram, sender, &socket);
                    if let Err(refusal) = &accepted {
                        refuse(&socket, refusal);
                    }
                    self.note(now, accepted, None);
                    continue;
                }
                Attached::Other => Err(Refusal::NotOneSocket),
            };
            match admitted {
                Ok((client, peer)) => {
                    let connected = self.connect(now, client, peer);
                    self.note(now, connected, Some((client, peer)));
                }
                Err(refusal) => self.note(now, Err(refusal), None),
            }
        }
        Ok(Backlog::Unknown)
    }

    /// Refuses the clients that are not accepted before the shutdown, unless another program serves them.
    fn refuse_rest(&self) {
        let mut buffer = [0; LEN_TOTAL];
        while !self.setup.is_shared()
            && let Ok(Some(received)) = self.setup.try_receive_setup(&mut buffer)
        {
            if let Attached::Socket(socket) = received.attached {
                refuse(&socket, &Refusal::ShuttingDown);
            }
        }
    }

    /// Receives no setup message for a while, and logs why.
    fn pause(&mut self, kind: &'static str, why: &dyn Display) {
        let now = now();
        self.paused_until = Some(now + RETRY_PAUSE);
        self.log.note(now, kind, why);
    }

    /// Returns whether the next clients have to wait.
    fn is_held_up(&mut self) -> bool {
        self.postponed.is_some() || self.connections.is_evicting()
    }

    /// Accepts a client that has passed one end of a socket pair, unless it is refused.
    fn accept_passed(
        &mut self,
        now: Instant,
        datagram: &[u8],
        sender: Option<Credentials>,
        socket: &PassedSocket,
    ) -> Result<(), Refusal> {
        let sender = sender.ok_or(Refusal::Unknown)?;
        if !sender.agrees_with(socket.creator()) {
            return Err(Refusal::OtherCreator(sender, socket.creator()));
        }
        let (_, known) = self.check_sender(now, datagram, sender)?;
        if self.connections.is_full() {
            self.counters.overloaded();
            return Err(Refusal::Full(sender));
        }
        if !self.connections.may_connect(now, sender.uid) {
            self.counters.overloaded();
            return Err(Refusal::TooMany(sender));
        }
        socket.reset_send_buffer();
        let ClientProcess { peer, process } = known.unwrap_or_else(|| self.identify(sender));
        let parts = ConnectionParts {
            peer,
            sender: socket_sender(socket.sender()),
            receiver: socket_receiver(socket.receiver()),
            file: None,
        };
        self.open(now, parts, process, None);
        Ok(())
    }

    /// Makes the cheap checks of a setup message of the handshake by files: credentials, format, rate limit and name.
    fn admit(
        &mut self,
        now: Instant,
        datagram: &[u8],
        peer: Option<Credentials>,
    ) -> Result<(SetupMsg, Credentials), Refusal> {
        let peer = peer.ok_or(Refusal::Unknown)?;
        let (client, _) = self.check_sender(now, datagram, peer)?;
        if self.path.file_name() == client.as_str() || self.connections.is_connected(&client) {
            return Err(Refusal::NoClient(peer));
        }
        Ok((client, peer))
    }

    /// Checks whether a process may call this server, and asks for connections not too often. Returns its setup message, and
    /// the process if its groups had to be read.
    fn check_sender(
        &mut self,
        now: Instant,
        datagram: &[u8],
        sender: Credentials,
    ) -> Result<(SetupMsg, Option<ClientProcess>), Refusal> {
        let is_admitted = self.allow.admits_credentials(sender);
        if !is_admitted && !self.allow.lists_groups() {
            return Err(Refusal::Denied(sender));
        }
        let message = setup_decode(datagram)?;
        if !self.connections.take_setup(now, sender.uid) {
            return Err(Refusal::TooOften(sender));
        }
        if is_admitted {
            return Ok((message, None));
        }
        let client = self.identify(sender);
        if self.allow.admits(&client.peer) {
            Ok((message, Some(client)))
        } else if client.peer.groups().is_none() {
            Err(Refusal::GroupsUnknown(sender))
        } else {
            Err(Refusal::Denied(sender))
        }
    }

    fn identify(&self, client: Credentials) -> ClientProcess {
        let known = self.connections.processes.find(client.pid);
        let process = known.or_else(|| Process::watch(client.pid).ok());
        let peer = Peer::new(client, process.as_ref().and_then(Process::group_reader));
        ClientProcess { peer, process }
    }

    /// Connects to a client and sends it the name of the connection's socket.
    fn connect(
        &mut self,
        now: Instant,
        client: SetupMsg,
        peer: Credentials,
    ) -> Result<(), Refusal> {
        let target = Target::find(&self.path.neighbour(client.as_str()))?;
        if target.is_setup() || !owns(peer, target.owner()) {
            return Err(Refusal::NoClient(peer));
        }
        if self.connections.is_full() || !self.connections.may_connect(now, peer.uid) {
            // Not the prepared socket: answers that such clients do not read would fill its send buffer.
            let sender = Sender::unconnected()?;
            sender.redirect(&target)?;
            self.counters.overloaded();
            // The client is refused whether it receives this or not.
            let _ = sender.try_send(SETUP_OVERLOADED);
            return Err(Refusal::TooMany(peer));
        }
        let prepared = self.prepared.take().map_or_else(PreparedSockets::new, Ok)?;
        if let Err(error) = prepared.sender.redirect(&target) {
            self.prepared = Some(prepared);
            return Err(error.into());
        }
        let PreparedSockets { sender, unbound } = prepared;
        let own = setup_encode();
        let path = self.path.neighbour(own.as_str());
        let (fd, file) = unbound.bind(&path, Reach::User(peer.uid))?;
        let receiver = Receiver::new(fd, peer)?;
        sender.take_name()?;
        // This does not wait: the queue of a client that waits for its answer is empty.
        sender.try_send(own.as_bytes())?;
        // The client runs on while the server opens its pidfd. If another process has its ID by now, the client has
        // ended and its socket is closed, which the next send or receive reports. If no process has it, the client may
        // have sent requests before it ended.
        let known = self.connections.processes.find(peer.pid);
        let process = known.or_else(|| Process::watch(peer.pid).ok());
        let parts = ConnectionParts {
            peer: Peer::new(peer, process.as_ref().and_then(Process::group_reader)),
            sender,
            receiver,
            file: Some(file),
        };
        self.open(now, parts, process, Some([client, own]));
        self.prepared = PreparedSockets::new().ok();
        Ok(())
    }

    /// Spawns the driver of a connection to this process, or to one that has ended.
    fn open(
        &mut self,
        now: Instant,
        parts: ConnectionParts,
        process: Option<Process>,
        names: Option<[SetupMsg; 2]>,
    ) {
        let quota = self.connections.quota(now, parts.peer.credentials().uid);
        let log = Arc::clone(&self.log);
        let methods = Arc::clone(&self.methods);
        let counters = Arc::clone(&self.counters);
        let config = Arc::clone(&self.config);
        let (connection, mut driver) = parts.open(
            Arc::clone(&self.shutting_down.0),
            quota,
            log,
            config,
            methods,
            counters,
        );
        if process.is_none() {
            connection.lose();
        }
        let id = self.drivers.spawn(async move { driver.run().await }).id();
        self.connections.add(now, id, names, connection, process);
    }

    /// Counts and logs a refused setup. Schedules a retry if the system was out of memory or descriptors.
    fn note(
        &mut self,
        now: Instant,
        connected: Result<(), Refusal>,
        client: Option<(SetupMsg, Credentials)>,
    ) {
        let Err(refusal) = connected else {
            return;
        };
        if refusal.is_passing()
            && let Some((client, peer)) = client
        {
            self.postponed = Some((client, peer, now + RETRY_PAUSE));
        } else {
            self.counters.refused_setup();
            if refusal.is_denial() {
                self.counters.denied_setup();
            }
        }
        self.log.note(now, refusal.kind(), &refusal);
    }
}

/// Tells a client that has passed a socket why it is refused, and ends the connection.
fn refuse(socket: &PassedSocket, refusal: &Refusal) {
    let sender = socket.sender();
    // If it cannot be sent, the client sees the end alone.
    let _ = sender.try_send(&refusal.answer().datagram());
    sender.shut_down();
}

/// Returns whether a client's socket may belong to this user. Root gives its socket to the server's user, who could
/// not connect to it otherwise.
fn owns(peer: Credentials, owner: u32) -> bool {
    owner == peer.uid || peer.uid == 0
}

async fn readable(inbox: &Inbox, wanted: bool) -> io::Result<()> {
    if wanted {
        inbox.readable().await
    } else {
        pending().await
    }
}

/// How many setup messages are answered before the task yields.
const SETUPS_PER_YIELD: usize = 32;

/// How often clients are accepted during a shutdown. The queue has room for eleven (`net.unix.max_dgram_qlen`) by default.
const LAST_ACCEPTS: usize = 4;

/// The pause before another attempt when the system is out of descriptors or memory.
const RETRY_PAUSE: Duration = Duration::from_millis(100);

/// How often the server checks that its name still leads to its socket.
const NAME_CHECK_PERIOD: Duration = Duration::from_secs(10);
