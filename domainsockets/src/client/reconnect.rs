//! Finding a server again that has been lost.

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
use crate::dial::DialConfig;
use crate::driver::now;
use crate::transport::SocketPath;

/// The connection of a client that dials again when it is lost.
#[derive(Debug)]
pub(super) struct Reconnecting {
    config: DialConfig,
    path: SocketPath,
    policy: Reconnect,
    line: Mutex<Line>,
    /// Tells calls that wait for it that an attempt to dial has come to its end.
    dialled: Notify,
}

#[derive(Debug)]
struct Line {
    connection: Arc<Connection>,
    /// Whether the client was closed: it dials no more.
    is_closed: bool,
    /// Whether an attempt is being made, by a task: it goes on whether a call that waits for it is
    /// polled or not.
    dialling: bool,
    /// Ends the last attempt.
    attempt: Option<AbortHandle>,
    /// The pauses after attempts that fail.
    backoff: Backoff,
    /// What the last attempt has come to, if it has failed.
    error: Option<Error>,
}

/// An attempt to dial, which ends in any case, and with the last client.
struct Attempt {
    redial: Weak<Reconnecting>,
    /// Whether it has come to something. Otherwise its runtime has ended.
    is_made: bool,
}

impl Reconnecting {
    pub(super) fn new(
        config: DialConfig,
        path: SocketPath,
        policy: Reconnect,
        first: Arc<Connection>,
    ) -> Arc<Self> {
        let line = Line {
            connection: first,
            is_closed: false,
            dialling: false,
            attempt: None,
            backoff: Backoff::new(policy),
            error: None,
        };
        Arc::new(Self {
            config,
            path,
            policy,
            line: Mutex::new(line),
            dialled: Notify::new(),
        })
    }

    /// Calls a handler, on as many connections as it takes until the request has left, or, if it may
    /// run more than once, until it is answered.
    pub(super) async fn call(
        self: &Arc<Self>,
        draft: &Draft<'_>,
        end: Instant,
    ) -> Result<Bytes, Error> {
        // The call is made again at once only after the first failure: a server may be lost each time.
        let mut pause = Duration::ZERO;
        let mut backoff = None;
        loop {
            let connection = self.connection(draft, end).await?;
            let failure = match connection.call(&mut draft.clone(), now(), end).await {
                Ok(reply) => return Ok(reply),
                Err(failure) => failure,
            };
            let may_repeat = !failure.was_sent || draft.is_repeatable();
            let may_wait = now() + pause < end && (pause.is_zero() || !draft.is_no_wait());
            if !failure.is_lost() || !may_repeat || !may_wait {
                return Err(failure.error);
            }
            if !pause.is_zero() {
                // A task, since the runtime may end meanwhile, and its timers with it.
                let _ = connection.runtime.spawn(sleep(pause)).await;
            }
            let backoff = backoff.get_or_insert_with(|| Backoff::new(self.policy));
            pause = backoff.pause();
        }
    }

    /// The connection as it is, whether it can be used or not.
    pub(super) fn current(&self) -> Arc<Connection> {
        Arc::clone(&self.lock().connection)
    }

    /// Closes the connection, dials no more, and returns the connection.
    pub(super) fn close(&self) -> Arc<Connection> {
        let mut line = self.lock();
        line.is_closed = true;
        let attempt = line.attempt.take();
        let connection = Arc::clone(&line.connection);
        drop(line);
        // Calls that wait for the attempt learn of its end.
        if let Some(attempt) = attempt {
            attempt.abort();
        }
        connection.close();
        connection
    }

    /// A connection that can be used. If there is none, has a task dial, and waits for it, unless the call must
    /// not wait.
    async fn connection(
        self: &Arc<Self>,
        draft: &Draft<'_>,
        end: Instant,
    ) -> Result<Arc<Connection>, Error> {
        let mut has_waited = false;
        loop {
            let mut dialled = pin!(self.dialled.notified());
            // It is told also of what happens before it is waited for.
            dialled.as_mut().enable();
            let (connection, dials) = {
                let mut line = self.lock();
                if line.connection.is_usable() {
                    return Ok(Arc::clone(&line.connection));
                }
                if line.is_closed {
                    return Err(disconnected());
                }
                if !line.dialling
                    && has_waited
                    && let Some(error) = line.error.as_ref().filter(|error| !is_passing(error))
                {
                    return Err(error.clone());
                }
                let dials = !mem::replace(&mut line.dialling, true);
                (Arc::clone(&line.connection), dials)
            };
            if dials {
                // Not under the lock: a runtime that is ending drops the attempt at once.
                let attempt = Attempt {
                    redial: Arc::downgrade(self),
                    is_made: false,
                };
                let (config, path) = (self.config.clone(), self.path.clone());
                let making = connection.runtime.spawn(attempt.make(config, path));
                let mut line = self.lock();
                if line.is_closed {
                    making.abort();
                }
                line.attempt = Some(making.abort_handle());
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

    /// Takes what an attempt has come to, and says how long to wait before the next one.
    fn note(&self, connected: Result<Arc<Connection>, Error>) -> Option<Duration> {
        let mut line = self.lock();
        match connected {
            Ok(connection) if line.is_closed => {
                drop(line);
                connection.close();
                None
            }
            Ok(connection) => {
                line.connection = connection;
                line.backoff.reset();
                line.error = None;
                None
            }
            Err(error) => {
                let pause = line.backoff.pause();
                let waits = is_passing(&error);
                if waits {
                    tracing::debug!(%error, ?pause, "the server cannot be dialled yet");
                }
                line.error = Some(error);
                waits.then_some(pause)
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Reconnecting {
    fn drop(&mut self) {
        let line = self.line.get_mut().unwrap_or_else(PoisonError::into_inner);
        line.connection.close();
        if let Some(attempt) = &line.attempt {
            attempt.abort();
        }
    }
}

impl Attempt {
    /// Dials once, and lets pass what is to pass before the next attempt.
    async fn make(mut self, config: DialConfig, path: SocketPath) {
        let connected = connect(&config, &path).await;
        self.is_made = true;
        let Some(redial) = self.redial.upgrade() else {
            // Nobody is left who would call on it.
            return connected.map_or((), |connection| connection.close());
        };
        let pause = redial.note(connected);
        drop(redial);
        if let Some(pause) = pause {
            sleep(pause).await;
        }
    }
}

impl Drop for Attempt {
    /// Tells the waiting callers that the attempt has ended, however it ended.
    fn drop(&mut self) {
        let Some(redial) = self.redial.upgrade() else {
            return;
        };
        let mut line = redial.lock();
        line.dialling = false;
        if !self.is_made {
            line.error = Some(disconnected());
        }
        drop(line);
        redial.dialled.notify_waiters();
    }
}

/// Whether the server may be found a moment later, when it has started again.
const fn is_passing(error: &Error) -> bool {
    matches!(
        error,
        Error::NotListening { .. }
            | Error::HandshakeTimeout { .. }
            | Error::Overloaded { .. }
            | Error::Io(_)
    )
}
