//! A call of a script, and how it may end.

use std::time::Duration;

use domainsockets::{Bytes, CallOptions, Client, Error};
use tokio::time::Instant;

use super::input::Input;
use super::service::{Order, pattern};
use super::settings::Settings;

/// A call to make.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call {
    kind: Kind,
    order: Order,
    deadline: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Echo,
    Make,
    Fail,
    Sleep,
    Hang,
    Unknown,
}

/// A call that has ended.
#[derive(Debug)]
pub(super) struct Ended {
    call: Call,
    outcome: Result<Bytes, Error>,
    took: Duration,
}

impl Call {
    /// Reads the call with this number, which may ask for at most `volume` bytes.
    pub(super) fn read(input: &mut Input<'_>, number: usize, volume: usize) -> Self {
        let kind = input.pick([
            Kind::Echo,
            Kind::Echo,
            Kind::Echo,
            Kind::Echo,
            Kind::Echo,
            Kind::Make,
            Kind::Make,
            Kind::Make,
            Kind::Sleep,
            Kind::Sleep,
            Kind::Hang,
            Kind::Fail,
            Kind::Unknown,
        ]);
        let amount = if kind == Kind::Sleep {
            usize::try_from(input.duration().as_millis()).unwrap()
        } else {
            input.size().min(volume)
        };
        let deadline = input.pick([
            30_000, 30_000, 30_000, 30_000, 30_000, 5000, 1000, 100, 10, 1, 0,
        ]);
        Self {
            kind,
            order: Order {
                seed: u32::try_from(number).unwrap(),
                amount: u32::try_from(amount).unwrap(),
            },
            deadline: Duration::from_millis(deadline),
        }
    }

    /// Returns a small call that nothing should delay.
    pub(super) fn probe(number: usize) -> Self {
        Self {
            kind: Kind::Echo,
            order: Order {
                seed: u32::try_from(number).unwrap(),
                amount: 50,
            },
            deadline: Duration::from_secs(30),
        }
    }

    /// Returns how many bytes it asks for, in both directions.
    pub(super) fn volume(&self) -> usize {
        match self.kind {
            Kind::Echo | Kind::Make | Kind::Fail => self.amount(),
            Kind::Sleep | Kind::Hang | Kind::Unknown => 0,
        }
    }

    pub(super) async fn make(self, client: Client) -> Ended {
        let handler = match self.kind {
            Kind::Echo => "echo",
            Kind::Make => "make",
            Kind::Fail => "fail",
            Kind::Sleep => "sleep",
            Kind::Hang => "hang",
            Kind::Unknown => "unknown",
        };
        let data = match self.kind {
            Kind::Echo => pattern(self.order.seed, self.amount()),
            _ => self.order.bytes().to_vec(),
        };
        let options = CallOptions::new().with_deadline(self.deadline);
        let begun = Instant::now();
        let outcome = client.call_with(handler, data, options).await;
        Ended {
            call: self,
            outcome,
            took: begun.elapsed(),
        }
    }

    fn amount(&self) -> usize {
        usize::try_from(self.order.amount).unwrap()
    }

    /// Returns how long it takes, if everything else takes at most `patience`.
    fn needs(&self, patience: Duration) -> Option<Duration> {
        match self.kind {
            Kind::Echo | Kind::Make | Kind::Fail | Kind::Unknown => Some(patience),
            Kind::Sleep => Some(patience + Duration::from_millis(self.order.amount.into())),
            Kind::Hang => None,
        }
    }

    /// Returns the right reply, if there is one.
    fn reply(&self) -> Option<Vec<u8>> {
        match self.kind {
            Kind::Echo | Kind::Make => Some(pattern(self.order.seed, self.amount())),
            Kind::Sleep => Some(pattern(self.order.seed, 16)),
            Kind::Fail | Kind::Hang | Kind::Unknown => None,
        }
    }
}

impl Ended {
    /// Panics unless the call has ended in an allowed way and in time. A call that nothing delayed has
    /// `patience`. Returns whether it had a reply.
    pub(super) fn judge(
        &self,
        settings: &Settings,
        trouble: bool,
        patience: Option<Duration>,
    ) -> bool {
        let Self {
            call,
            outcome,
            took,
        } = self;
        let mut limit = call.deadline;
        if let Some(patience) = patience.and_then(|patience| call.needs(patience)) {
            limit = limit.min(patience);
            // The end of a socket whose process lives is noticed with the next keep-alive.
            if trouble && matches!(outcome, Err(Error::Disconnected { .. })) {
                limit += settings.keep_alive_interval;
            }
        }
        assert!(
            *took <= limit + TICK,
            "{call:?} after {took:?}, not {limit:?}: {}",
            self.outcome()
        );
        let is_right = match outcome {
            Ok(reply) => {
                let slept = Duration::from_millis(call.order.amount.into());
                call.reply().is_some_and(|right| right == reply[..])
                    && (call.kind != Kind::Sleep || slept <= *took)
            }
            Err(error) => call.may_fail(error, *took, settings, trouble),
        };
        assert!(is_right, "{call:?} after {took:?}: {}", self.outcome());
        outcome.is_ok()
    }

    /// Returns the call's seed, if its error says that it has not run.
    pub(super) fn unrun(&self) -> Option<u32> {
        let unrun = matches!(
            self.outcome,
            Err(Error::Disconnected {
                may_have_run: false
            } | Error::UnknownHandler { .. })
        );
        unrun.then_some(self.call.order.seed)
    }

    fn outcome(&self) -> String {
        match &self.outcome {
            Ok(reply) => format!("{} bytes", reply.len()),
            Err(error) => format!("{error:?}"),
        }
    }
}

impl Call {
    fn may_fail(&self, error: &Error, took: Duration, settings: &Settings, trouble: bool) -> bool {
        let is_announced = settings.are_announced();
        match error {
            Error::DeadlineExceeded { .. } => self.deadline <= took,
            Error::Disconnected { .. } | Error::ShuttingDown => trouble,
            // Before the server has announced its limit, the client may send more calls than it allows.
            Error::Overloaded { .. } | Error::ReplyDropped { .. } => true,
            Error::TooLarge { size, limit } => {
                let smallest = settings.client_limit.min(settings.server_limit);
                limit < size && (*limit == smallest || *limit == settings.client_limit)
            }
            // A server that does not know the client's limit may send a message that is too large for
            // it.
            Error::Protocol(_) => !is_announced && settings.client_limit < settings.server_limit,
            Error::UnknownHandler { .. } => self.kind == Kind::Unknown,
            Error::Handler(text) => {
                let rest = text.trim_start_matches('x');
                let is_own = rest.is_empty() || rest.starts_with("… (cut: ");
                self.kind == Kind::Fail && is_own || !is_announced
            }
            _ => false,
        }
    }
}

/// How late a timer may fire, since timers tick in milliseconds.
const TICK: Duration = Duration::from_millis(2);
