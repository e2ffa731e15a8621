//! Reconnecting: a client's connection that is dialled again after it is lost.

use std::mem;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::Notify;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{sleep, sleep_until};

use super::backoff::{Backoff, Reconnect};
use super::connection::Connection;
use super::dial::connect;
use crate::Error;
use crate::call::{Draft, disconnected};
use crate::dial::{DialConfig, not_listening};
use crate::driver::now;
use crate::transport::SocketPath;

/// The connection of a client that dials again when it is lost.
#[derive(Debug)]
pub(super) struct Reconnecting {
    config: DialConfig,
    path: SocketPath,
    policy: Reconnect,
    state: Mutex<ReconnectState>,
    /// Wakes the calls that wait for an attempt to dial when the attempt has ended.
    dialled: Notify,
}

#[derive(Debug)]
struct ReconnectState {
    connection: Arc<Connection>,
    /// Whether the client was closed, and dials no more.
    is_closed: bool,
    /// Whether a task dials, or pauses after an attempt that has failed. The task runs even if no waiting call
    /// is polled.
    is_dialling: bool,
    /// The number of attempts that have begun, which is the number of the latest one.
    attempts: u64,
    /// Aborts that task.
    attempt: Option<AbortHandle>,
    /// The pauses after attempts that fail.
    backoff: Backoff,
    /// The error of the last attempt, if it has failed.
    error: Option<Error>,
}

/// An attempt to dial, in a task. It ends at the latest with the last client.
struct Attempt {
    client: Weak<Reconnecting>,
    /// Whether the attempt has succeeded or failed. If it is dropped before, its runtime has ended.
    is_complete: bool,
}

impl Reconnecting {
    pub(super) fn new(
        config: DialConfig,
        path: SocketPath,
        policy: Reconnect,
        first: Arc<Connection>,
    ) -> Arc<Self> {
        let state = ReconnectState {
            connection: first,
            is_closed: false,
            is_dialling: false,
            attempts: 0,
            attempt: None,
            backoff: Backoff::new(policy),
            error: None,
        };
        Arc::new(Self {
            config,
            path,
            policy,
            state: Mutex::new(state),
            dialled: Notify::new(),
        })
    }

    /// Makes a call, and repeats it on new connections: until its request is sent, or, if it may run more than
    /// once, until it is answered.
    pub(super) async fn call(
        self: &Arc<Self>,
        draft: &Draft<'_>,
        end: Instant,
    ) -> Result<Bytes, Error> {
        // Only the first repetition is made at once, since the server may be lost each time.
        let mut pause = Duration::ZERO;
        let mut backoff = None;
        // The first failure after which the handler may have run. A repetition that was not sent does not
        // change that.
        let mut first_sent: Option<Error> = None;
        loop {
            let connection = match self.connection(draft, end).await {
                Ok(connection) => connection,
                Err(error) => return Err(final_error(first_sent, error)),
            };
            let failure = match connection.call(&mut draft.clone(), now(), end).await {
                Ok(reply) => return Ok(reply),
                Err(failure) => failure,
            };
            let may_repeat = !failure.was_sent || draft.is_repeatable();
            let may_wait = now() + pause < end && (pause.is_zero() || !draft.is_no_wait());
            if !failure.is_lost() || !may_repeat || !may_wait {
                return Err(final_error(first_sent, failure.error));
            }
            if failure.was_sent {
                first_sent.get_or_insert(failure.error);
            }
            if !pause.is_zero() {
                // In a task: if the runtime ends, so do its timers, and the task with them.
                let _ = connection.runtime.spawn(sleep(pause)).await;
            }
            let backoff = backoff.get_or_insert_with(|| Backoff::new(self.policy));
            pause = backoff.pause();
        }
    }

    /// Returns the current connection, which may be lost.
    pub(super) fn current(&self) -> Arc<Connection> {
        Arc::clone(&self.lock().connection)
    }

    /// Closes the connection, dials no more, and returns the connection.
    pub(super) fn close(&self) -> Arc<Connection> {
        let mut state = self.lock();
        state.is_closed = true;
        let attempt = state.attempt.take();
        let connection = Arc::clone(&state.connection);
        drop(state);
        // Dropping the attempt wakes the calls that wait for it.
        if let Some(attempt) = attempt {
            attempt.abort();
        }
        connection.close();
        connection
    }

    /// Returns a usable connection. If there is none, a task dials, and this waits for it. A `no_wait` call fails
    /// instead.
    async fn connection(
        self: &Arc<Self>,
        draft: &Draft<'_>,
        end: Instant,
    ) -> Result<Arc<Connection>, Error> {
        let mut has_waited = false;
        loop {
            let mut dialled = pin!(self.dialled.notified());
            // Enabled before the state is read, so that no end of an attempt in between is missed.
            dialled.as_mut().enable();
            let (connection, attempt) = {
                let mut state = self.lock();
                if state.connection.is_usable() {
                    return Ok(Arc::clone(&state.connection));
                }
                if state.is_closed {
                    return Err(disconnected());
                }
                if !state.is_dialling
                    && has_waited
                    && let Some(error) = state.error.as_ref().filter(|error| !is_temporary(error))
                {
                    return Err(error.clone());
                }
                (Arc::clone(&state.connection), state.begin_attempt())
            };
            if let Some(number) = attempt {
                self.spawn_attempt(number, &connection);
            }
            if draft.is_no_wait() {
                let error = self.lock().error.clone();
                return Err(error.unwrap_or_else(disconnected));
            }
            let mut timer = JoinSet::new();
            timer.spawn_on(sleep_until(end.into()), &connection.runtime);
            tokio::select! {
                biased;
                () = dialled => {}
                _ = timer.join_next() => {
                    let error = self.lock().error.clone();
                    return Err(error.unwrap_or_else(|| draft.expired()));
                }
            }
            has_waited = true;
        }
    }

    /// Spawns an attempt to dial on the runtime of the lost connection.
    fn spawn_attempt(self: &Arc<Self>, number: u64, lost: &Connection) {
        let attempt = Attempt {
            client: Arc::downgrade(self),
            is_complete: false,
        };
        let (config, path) = (self.config.clone(), self.path.clone());
        // Without the lock: a runtime that is ending drops the attempt at once, which takes the lock.
        let task = lost.runtime.spawn(attempt.run(config, path));
        let mut state = self.lock();
        let is_closed = state.is_closed;
        // The attempt may have ended by now, and another thread may have begun the next one.
        if !is_closed && state.is_dialling && state.attempts == number {
            state.attempt = Some(task.abort_handle());
        }
        drop(state);
        if is_closed {
            task.abort();
        }
    }

    /// Stores the result of an attempt, and returns how long to pause before the next one.
    fn store(&self, connected: Result<Arc<Connection>, Error>) -> Option<Duration> {
        let mut state = self.lock();
        match connected {
            Ok(connection) if state.is_closed => {
                drop(state);
                connection.close();
                None
            }
            Ok(connection) => {
                let lost = mem::replace(&mut state.connection, connection);
                state.backoff.reset();
                state.error = None;
                // Without the lock: a connection may own payloads, whose destructors may use the client.
                drop(state);
                drop(lost);
                None
            }
            Err(error) => {
                let pause = state.backoff.pause();
                let waits = is_temporary(&error);
                state.error = Some(error.clone());
                // Without the lock: a subscriber of the log may use the client.
                drop(state);
                if waits {
                    tracing::debug!(%error, ?pause, "the server cannot be dialled yet");
                }
                waits.then_some(pause)
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, ReconnectState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ReconnectState {
    /// Begins an attempt to dial, and returns its number. Returns `None` if one has begun already.
    const fn begin_attempt(&mut self) -> Option<u64> {
        if self.is_dialling {
            return None;
        }
        self.is_dialling = true;
        self.attempts += 1;
        Some(self.attempts)
    }
}

impl Drop for Reconnecting {
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        state.connection.close();
        if let Some(attempt) = &state.attempt {
            attempt.abort();
        }
    }
}

impl Attempt {
    /// Dials once, and pauses after a failure.
    async fn run(mut self, config: DialConfig, path: SocketPath) {
        let connected = connect_ready(&config, &path).await;
        self.is_complete = true;
        let Some(client) = self.client.upgrade() else {
            // The last client was dropped meanwhile.
            return connected.map_or((), |connection| connection.close());
        };
        let pause = client.store(connected);
        drop(client);
        if let Some(pause) = pause {
            sleep(pause).await;
        }
    }
}

/// Connects to the server at `path`, and waits until it has answered.
async fn connect_ready(config: &DialConfig, path: &SocketPath) -> Result<Arc<Connection>, Error> {
    let connection = connect(config, path).await?;
    // Closed also if this future is dropped.
    let unready = CloseOnDrop(Some(connection));
    unready.ready().await.map_err(|error| match error {
        // The server has ended without a word. Another one may follow.
        Error::Disconnected { .. } => not_listening(path),
        error => error,
    })
}

/// A connection that is closed when this is dropped, unless its server has answered.
struct CloseOnDrop(Option<Arc<Connection>>);

impl CloseOnDrop {
    async fn ready(mut self) -> Result<Arc<Connection>, Error> {
        if let Some(connection) = &self.0 {
            connection.ready().await?;
        }
        self.0.take().ok_or_else(disconnected)
    }
}

impl Drop for CloseOnDrop {
    fn drop(&mut self) {
        if let Some(connection) = &self.0 {
            connection.close();
        }
    }
}

impl Drop for Attempt {
    /// Wakes the calls that wait for the attempt, however it ended.
    fn drop(&mut self) {
        let Some(client) = self.client.upgrade() else {
            return;
        };
        let mut state = client.lock();
        state.is_dialling = false;
        let own_handle = state.attempt.take();
        if !self.is_complete {
            state.error = Some(disconnected());
        }
        drop(state);
        drop(own_handle);
        client.dialled.notify_waiters();
    }
}

/// Returns the error of a call that is not repeated any more: the `last` one, unless that one says that the handler
/// has not run, although the request was sent before.
fn final_error(first_sent: Option<Error>, last: Error) -> Error {
    match first_sent {
        Some(first) if !last.may_have_run() => first,
        _ => last,
    }
}

/// Returns whether dialling may succeed later, when the server has started again.
const fn is_temporary(error: &Error) -> bool {
    matches!(
        error,
        Error::NotListening { .. }
            | Error::HandshakeTimeout { .. }
            | Error::Overloaded { .. }
            | Error::Io(_)
    )
}
