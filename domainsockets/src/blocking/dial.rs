//! Dialling of a blocking client: the handshake, with poll(2).

use std::io;
use std::sync::Arc;
use std::task::{Wake, Waker};
use std::time::{Duration, Instant};

use super::connection::Connection;
use super::now;
use crate::Error;
use crate::call::{CancelRegistration, Canceller};
use crate::dial::{
    Answer, DENIED_PAUSE, DENIED_RETRY, DialConfig, EMPTY_ANSWER_BUFFER, ExpectedServer,
    NO_MEMORY_PAUSE, SetupReply, SetupRequest, SetupSockets, is_denied_too_early, not_listening,
    timed_out,
};
use crate::transport::{
    BlockingInbox, Ended, PollSet, Process, SendError, Sender, SocketPath, SourceAddress, WakeEvent,
};

/// The bounds of an attempt to dial.
#[derive(Debug)]
pub(super) struct DialBounds<'a> {
    /// The time after which the server counts as unresponsive.
    pub(super) timeout: Duration,
    /// The end of the attempt: that of `timeout`, or an earlier one.
    pub(super) until: Instant,
    /// The canceller of the call that dials.
    pub(super) canceller: Option<&'a Canceller>,
}

/// The failure of an attempt to dial.
#[derive(Debug)]
pub(super) struct DialFailure {
    pub(super) error: Error,
    /// Whether the server left the handshake unanswered. `None` if the attempt does not show that.
    pub(super) was_unanswered: Option<bool>,
}

/// A handshake that is waited for.
struct Handshake<'a> {
    config: &'a DialConfig,
    path: &'a SocketPath,
    bounds: &'a DialBounds<'a>,
    interrupt: Option<Interrupt<'a>>,
}

/// The interruption of a handshake by the call's canceller.
struct Interrupt<'a> {
    canceller: &'a Canceller,
    waker: Arc<EventWaker>,
    _registration: CancelRegistration,
}

/// A waker that wakes a thread that polls.
struct EventWaker(WakeEvent);

/// Connects to the server at `path`.
///
/// # Errors
///
/// As [`Client::dial`](super::Client::dial), and [`Error::Cancelled`].
pub(super) fn connect(
    config: &DialConfig,
    path: &SocketPath,
    bounds: &DialBounds<'_>,
) -> Result<Connection, DialFailure> {
    let handshake = Handshake {
        config,
        path,
        bounds,
        interrupt: bounds.canceller.map(Interrupt::new).transpose()?,
    };
    let begun = now();
    let request = handshake.request(begun)?;
    let (setup, own) = (request.setup, request.own);
    let (socket, _file) = match request.sockets {
        SetupSockets::Files { socket, file } => (socket, file),
        SetupSockets::Pair {
            pair,
            passed,
            is_vouched_for,
        } => {
            let expected = ExpectedServer::new(config, path);
            let connection = Connection::expecting(&pair, expected, config)?;
            // The hello waits in the pair when the server takes it up.
            if !connection.say_hello(begun + config.dial_timeout, is_vouched_for) {
                return Err(Error::from(io::Error::from(io::ErrorKind::OutOfMemory)).into());
            }
            handshake.send_setup(&setup, |setup| {
                setup.try_pass(own.as_bytes(), passed.descriptor())
            })?;
            return Ok(connection);
        }
    };
    let inbox = BlockingInbox::unregistered(socket);
    handshake.send_setup(&setup, |setup| setup.try_send(own.as_bytes()))?;
    setup.take_name().map_err(Error::from)?;
    let (answer, source) = handshake.receive_answer(&inbox)?;
    let sender = answer.follow(path, setup)?;
    let receiver = inbox.into_receiver(answer.server, source);
    // The kernel may have reused the process ID in the meantime, but only if the server has ended. Then its
    // sockets are closed, and the next request fails.
    let process = Process::watch(answer.server.pid).map_err(|Ended| not_listening(path))?;
    let connection = Connection::new(answer.server, process, sender, receiver, config)?;
    // The server identifies the client by the first datagram. From then on it accepts what that process
    // sends, even after the process has changed its user. So send it before the caller can drop privileges.
    connection.greet();
    Ok(connection)
}

impl Handshake<'_> {
    /// Finds the server. Tries for a moment if it may be about to let users in.
    fn request(&self, begun: Instant) -> Result<SetupRequest, Error> {
        loop {
            match SetupRequest::new(self.path, self.config) {
                Err(error)
                    if now() < begun + DENIED_RETRY && is_denied_too_early(self.path, &error) =>
                {
                    self.check()?;
                    self.wait(PollSet::default(), now() + DENIED_PAUSE)?;
                }
                request => return request,
            }
        }
    }

    /// Sends the setup message, and waits while the server's queue is full.
    fn send_setup(
        &self,
        setup: &Sender,
        send: impl Fn(&Sender) -> Result<(), SendError>,
    ) -> Result<(), DialFailure> {
        loop {
            self.check()?;
            match send(setup) {
                Ok(()) => return Ok(()),
                Err(SendError::Full) => {
                    let sockets = PollSet {
                        writable: setup.socket(),
                        ..PollSet::default()
                    };
                    self.wait(sockets, self.bounds.until)?;
                }
                Err(SendError::NoMemory) => {
                    let until = self.bounds.until.min(now() + NO_MEMORY_PAUSE);
                    self.wait(PollSet::default(), until)?;
                }
                Err(SendError::Io(error)) => return Err(Error::from(error).into()),
                Err(SendError::Gone | SendError::TooLong) => {
                    return Err(not_listening(self.path).into());
                }
            }
            if self.bounds.until <= now() {
                return Err(self.unanswered(false));
            }
        }
    }

    /// Waits for the answer of a process that may serve the client. Answers of other processes are discarded:
    /// any user may send to the socket while its file exists, and must not be able to make dialling fail
    /// early.
    fn receive_answer(
        &self,
        inbox: &BlockingInbox,
    ) -> Result<(Answer, Option<SourceAddress>), DialFailure> {
        let mut buffer = EMPTY_ANSWER_BUFFER;
        let mut denied = false;
        while now() < self.bounds.until {
            // Here, and not only after waiting: a process that sends without a pause leaves nothing to wait for.
            self.check()?;
            let received = inbox.try_receive_from(&mut buffer).map_err(Error::from)?;
            let Some((datagram, source)) = received else {
                let sockets = PollSet {
                    arrivals: Some(inbox.socket()),
                    ..PollSet::default()
                };
                self.wait(sockets, self.bounds.until)?;
                continue;
            };
            match SetupReply::of(&datagram, &buffer, &self.config.allow)? {
                SetupReply::Answer(answer) => return Ok((answer, source)),
                SetupReply::Denied => denied = true,
                SetupReply::Nothing => {}
            }
        }
        Err(self.unanswered(denied))
    }

    /// Waits for a socket until this time, or until the call is cancelled.
    fn wait(&self, sockets: PollSet<'_>, until: Instant) -> Result<(), Error> {
        let interrupt = self.interrupt.as_ref();
        let poll_set = PollSet {
            wake: interrupt.map(|interrupt| &interrupt.waker.0),
            ..sockets
        };
        poll_set.wait(now(), until)?;
        Ok(())
    }

    /// Checks whether the call is cancelled.
    ///
    /// # Errors
    ///
    /// [`Error::Cancelled`].
    fn check(&self) -> Result<(), Error> {
        self.interrupt.as_ref().map_or(Ok(()), Interrupt::check)
    }

    /// Returns the failure of a handshake without an answer. `was_denied` tells whether a process has answered
    /// that may not serve the client.
    fn unanswered(&self, was_denied: bool) -> DialFailure {
        DialFailure {
            error: timed_out(self.bounds.timeout, self.path, was_denied),
            was_unanswered: Some(true),
        }
    }
}

impl From<Error> for DialFailure {
    fn from(error: Error) -> Self {
        // The client itself ended the attempt, or its system.
        let is_own = matches!(error, Error::Cancelled | Error::Io(_));
        Self {
            error,
            was_unanswered: (!is_own).then_some(false),
        }
    }
}

impl<'a> Interrupt<'a> {
    /// Lets a canceller interrupt a handshake.
    ///
    /// # Errors
    ///
    /// [`Error::Cancelled`] if it is cancelled already, [`Error::Io`] if no descriptor is free.
    fn new(canceller: &'a Canceller) -> Result<Self, Error> {
        let waker = Arc::new(EventWaker(WakeEvent::new()?));
        let interrupt = Self {
            canceller,
            _registration: canceller.register(&Waker::from(Arc::clone(&waker))),
            waker,
        };
        // Read the flag after the registration. In the other order, a `cancel` between the two steps would
        // wake no thread.
        interrupt.check()?;
        Ok(interrupt)
    }

    fn check(&self) -> Result<(), Error> {
        if self.canceller.is_cancelled() {
            Err(Error::Cancelled)
        } else {
            Ok(())
        }
    }
}

impl Wake for EventWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.wake();
    }
}
