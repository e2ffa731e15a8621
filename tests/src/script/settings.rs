//! The settings of both sides of a script's connection.

use std::time::Duration;

use domainsockets::test::Pair;
use domainsockets::{Client, Server};

use super::input::Input;

#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) mood: Mood,
    queue: usize,
    carried: usize,
    client_announces: bool,
    server_announces: bool,
    client_datagrams: usize,
    server_datagrams: usize,
    pub(super) client_limit: usize,
    pub(super) server_limit: usize,
    client_in_flight: usize,
    server_in_flight: usize,
    memory: usize,
    pub(super) keep_alive_interval: Duration,
    idle_timeout: Duration,
}

/// The kinds of events in a script. If all could occur in each script, few would get far.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is independent of the others"
)]
pub(super) struct Mood {
    /// Sides stop reading, and resume.
    pub(super) stops: bool,
    /// Queues are filled, and drained.
    pub(super) fills: bool,
    /// Sends fail, and can be retried.
    pub(super) fails: bool,
    /// Sends fail in ways that may end the connection.
    pub(super) breaks: bool,
    /// The server shuts down.
    pub(super) ends: bool,
    /// A side's process dies.
    pub(super) loses: bool,
}

impl Mood {
    fn read(input: &mut Input<'_>) -> Self {
        Self {
            stops: input.one_in(4),
            fills: input.one_in(4),
            fails: input.one_in(2),
            breaks: input.one_in(4),
            ends: input.one_in(8),
            loses: input.one_in(8),
        }
    }
}

impl Settings {
    pub(super) fn read(input: &mut Input<'_>) -> Self {
        Self {
            mood: Mood::read(input),
            queue: usize::from(input.byte() % 12) + 1,
            carried: input.pick([LARGE, LARGE, 1 << 20, 65_536, 10_000, 4096, 4096, 1000]),
            client_announces: !input.one_in(8),
            server_announces: !input.one_in(8),
            client_datagrams: input.pick([65_536, 65_536, 4096, 5000, 1 << 20]),
            server_datagrams: input.pick([65_536, 65_536, 4096, 5000, 1 << 20]),
            client_limit: input.pick([LARGE, LARGE, LARGE, LARGE, LARGE, LARGE, 100_000, 100]),
            server_limit: input.pick([LARGE, LARGE, LARGE, LARGE, LARGE, LARGE, 100_000, 100]),
            client_in_flight: input.pick([1000, 1000, 1000, 50, 5, 2, 1]),
            server_in_flight: input.pick([1000, 1000, 1000, 50, 5, 2, 1]),
            memory: input.pick([usize::MAX, usize::MAX, usize::MAX, 200_000]),
            keep_alive_interval: input
                .pick([9000, 9000, 9000, 1000, 20_000, 25_000].map(Duration::from_millis)),
            idle_timeout: input
                .pick([30_000, 30_000, 30_000, 30_000, 60_000, 1500].map(Duration::from_millis)),
        }
    }

    pub(super) fn pair(&self) -> Pair {
        let client = Client::builder()
            .announce(self.client_announces)
            .max_datagram_size(self.client_datagrams)
            .max_message_size(self.client_limit)
            .max_in_flight(self.client_in_flight)
            .keep_alive_interval(self.keep_alive_interval);
        let server = Server::builder()
            .announce(self.server_announces)
            .max_datagram_size(self.server_datagrams)
            .max_message_size(self.server_limit)
            .max_in_flight(self.server_in_flight)
            .max_memory_per_user(self.memory)
            .idle_timeout(self.idle_timeout);
        Pair::new()
            .client(client)
            .server(server)
            .queue(self.queue)
            .max_datagram_size(self.carried)
    }

    /// Returns whether these alone may end a connection.
    pub(super) fn are_trouble(&self) -> bool {
        self.carried < 4096
            || self.idle_timeout <= self.keep_alive_interval
            || self.memory != usize::MAX
            || self.differ()
    }

    /// Returns whether a side may send a message that is too large for the other, which breaks the
    /// connection, before it knows the other's limit.
    pub(super) const fn differ(&self) -> bool {
        self.client_limit != self.server_limit
    }

    /// Returns whether all calls of a script may be in flight at a time.
    pub(super) const fn are_generous(&self) -> bool {
        1000 <= self.client_in_flight && 1000 <= self.server_in_flight
    }

    /// Returns whether both sides send a hello.
    pub(super) const fn are_announced(&self) -> bool {
        self.client_announces && self.server_announces
    }

    /// Returns whether the client sends a goodbye.
    pub(super) const fn says_bye(&self) -> bool {
        self.are_announced()
    }
}

/// Larger than any message of a script.
const LARGE: usize = 5 << 20;
