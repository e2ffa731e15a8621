//! The simulated connection between a client and a server, which a test controls.

use super::Fault;
use crate::server::Served;
use crate::stats::ServerStats;
use crate::transport::{MemoryLink, Queue};

/// The connection between the client and the server of a [`Pair`](super::Pair), which a test makes fail.
///
/// [`Pair::start`](super::Pair::start) returns it. Its methods take effect at once; client and server notice
/// when they next run. Dropping the link changes nothing.
#[derive(Debug)]
pub struct Link {
    link: MemoryLink,
    server: Served,
}

/// One end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a connection has two ends")]
pub enum Side {
    /// The side that calls.
    Client,
    /// The side that is called.
    Server,
}

impl Link {
    pub(super) const fn new(link: MemoryLink, server: Served) -> Self {
        Self { link, server }
    }

    /// Kills a side's process, as `SIGKILL` does. Replies that a server sent before are still received.
    ///
    /// If the server is killed, calls in flight fail as [`Disconnected`](crate::Error::Disconnected) at once,
    /// and so do later ones. If the client is killed, the server dispatches the requests that are in its queue, as
    /// [`Client::send`](crate::Client::send) describes, and drops the futures of the client's handlers; calls of the
    /// client that the test still holds fail as above.
    ///
    /// # Examples
    ///
    /// A handler that releases a lock when its caller dies:
    ///
    /// ```
    /// use std::future::pending;
    ///
    /// use domainsockets::Request;
    /// use domainsockets::test::{Pair, Side};
    /// use tokio::sync::mpsc;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let run = async {
    /// let (begun, mut has_begun) = mpsc::channel::<()>(1);
    /// let (client, link) = Pair::new()
    ///     .register("lock", move |_: Request| {
    ///         let held = begun.clone();
    ///         async move {
    ///             let _ = held.send(()).await;
    ///             let _held = held;
    ///             pending::<Result<Vec<u8>, String>>().await
    ///         }
    ///     })?
    ///     .start();
    /// tokio::spawn(async move { client.call("lock", "").await });
    /// has_begun.recv().await;
    ///
    /// link.kill(Side::Client);
    /// assert_eq!(has_begun.recv().await, None, "the handler was dropped");
    /// # Ok(()) };
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(run)
    /// # }
    /// ```
    pub fn kill(&self, side: Side) {
        match side {
            Side::Client => {
                self.link.end_client();
                self.server.lose();
            }
            Side::Server => {
                self.link.end_server();
                self.server.abandon();
            }
        }
    }

    /// Makes a side stop reading, as a stopped or busy process does, until
    /// [`resume_reading`](Self::resume_reading).
    ///
    /// # Examples
    ///
    /// A call to a server that hangs for a while:
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use domainsockets::test::{Pair, Side};
    /// use domainsockets::{CallOptions, Error, Request};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let run = async {
    /// tokio::time::pause();
    /// let (client, link) = Pair::new()
    ///     .register("ping", |_: Request| async { Ok::<_, String>("pong") })?
    ///     .start();
    /// link.stop_reading(Side::Server);
    /// let options = CallOptions::new().with_deadline(Duration::from_secs(2));
    /// let called = client.call_with("ping", "", options).await;
    /// assert!(matches!(called, Err(Error::DeadlineExceeded { .. })));
    ///
    /// link.resume_reading(Side::Server);
    /// assert_eq!(client.call("ping", "").await?, "pong");
    /// # Ok(()) };
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(run)
    /// # }
    /// ```
    pub fn stop_reading(&self, side: Side) {
        self.inbound(side).stop_reader(true);
    }

    /// Lets a side read again after [`stop_reading`](Self::stop_reading).
    pub fn resume_reading(&self, side: Side) {
        self.inbound(side).stop_reader(false);
    }

    /// Makes a side's receive queue refuse datagrams as if it was full, until
    /// [`drain_queue`](Self::drain_queue).
    ///
    /// The side still reads the datagrams that are queued already. Senders wait (backpressure).
    ///
    /// # Examples
    ///
    /// A call that is cancelled before it is sent, which the server never sees:
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use domainsockets::Request;
    /// use domainsockets::test::{Pair, Side};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let run = async {
    /// tokio::time::pause();
    /// let (client, link) = Pair::new()
    ///     .register("echo", |request: Request| async { Ok::<_, String>(request.into_data()) })?
    ///     .start();
    /// link.fill_queue(Side::Server);
    /// let call = client.call("echo", "once");
    /// assert!(tokio::time::timeout(Duration::from_secs(1), call).await.is_err());
    ///
    /// link.drain_queue(Side::Server);
    /// assert_eq!(client.call("echo", "twice").await?, "twice");
    /// assert_eq!(client.stats().stray_replies, 0);
    /// # Ok(()) };
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(run)
    /// # }
    /// ```
    pub fn fill_queue(&self, side: Side) {
        self.inbound(side).fill(true);
    }

    /// Lets a side's receive queue accept datagrams again after [`fill_queue`](Self::fill_queue).
    pub fn drain_queue(&self, side: Side) {
        self.inbound(side).fill(false);
    }

    /// Returns the number of datagrams in a side's receive queue.
    ///
    /// # Examples
    ///
    /// ```
    /// use domainsockets::test::{Pair, Side};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let run = async {
    /// let (client, link) = Pair::new().start();
    /// link.stop_reading(Side::Server);
    /// assert_eq!(link.queued(Side::Server), 0);
    /// let call = tokio::spawn(async move { client.call("ping", "").await });
    /// while link.queued(Side::Server) == 0 {
    ///     tokio::task::yield_now().await;
    /// }
    /// # call.abort();
    /// # Ok(()) };
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(run)
    /// # }
    /// ```
    #[must_use]
    pub fn queued(&self, side: Side) -> usize {
        self.inbound(side).len()
    }

    /// Makes the next `sends` sends of a side fail with this fault, after those that are already to fail.
    ///
    /// Each attempt counts: a datagram that is retried uses up another failure.
    ///
    /// # Examples
    ///
    /// A kernel that is out of memory, which delays a call by three back-offs:
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use domainsockets::Request;
    /// use domainsockets::test::{Fault, Pair, Side};
    /// use tokio::time::Instant;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let run = async {
    /// tokio::time::pause();
    /// let (client, link) = Pair::new()
    ///     .register("ping", |_: Request| async { Ok::<_, String>("pong") })?
    ///     .start();
    /// link.fail_next_sends(Side::Client, Fault::NoMemory, 3);
    /// let begun = Instant::now();
    /// assert_eq!(client.call("ping", "").await?, "pong");
    /// assert!(Duration::from_millis(7) <= begun.elapsed(), "1 ms, 2 ms and 4 ms");
    /// # Ok(()) };
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(run)
    /// # }
    /// ```
    pub fn fail_next_sends(&self, side: Side, fault: Fault, sends: usize) {
        self.inbound(side.other()).fail(fault, sends);
    }

    /// Begins a graceful shutdown of the server, with an unlimited grace period.
    ///
    /// The server accepts no more requests, and the connection ends when the running ones have finished. It
    /// is like [`ServerHandle::shutdown`](crate::ServerHandle::shutdown); call [`close`](Self::close) to end
    /// the grace period.
    ///
    /// # Examples
    ///
    /// A call that finishes during the shutdown, and one that is refused:
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use domainsockets::test::Pair;
    /// use domainsockets::{Error, Request};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let run = async {
    /// tokio::time::pause();
    /// let (client, link) = Pair::new()
    ///     .register("slow", |_: Request| async {
    ///         tokio::time::sleep(Duration::from_secs(1)).await;
    ///         Ok::<_, String>("done")
    ///     })?
    ///     .start();
    /// let shut_down = async {
    ///     tokio::time::sleep(Duration::from_millis(500)).await;
    ///     link.shut_down();
    ///     client.call("slow", "").await
    /// };
    /// let (first, second) = tokio::join!(client.call("slow", ""), shut_down);
    /// assert_eq!(first?, "done");
    /// assert!(matches!(second, Err(Error::ShuttingDown)));
    /// # Ok(()) };
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(run)
    /// # }
    /// ```
    pub fn shut_down(&self) {
        self.server.drain();
    }

    /// Closes the server at once: running requests fail as [`ShuttingDown`](crate::Error::ShuttingDown).
    ///
    /// # Examples
    ///
    /// A call whose handler never finishes:
    ///
    /// ```
    /// use std::future::pending;
    ///
    /// use domainsockets::test::Pair;
    /// use domainsockets::{Error, Request};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let run = async {
    /// tokio::time::pause();
    /// let (client, link) = Pair::new()
    ///     .register("hang", |_: Request| pending::<Result<Vec<u8>, String>>())?
    ///     .start();
    /// let close = async {
    ///     tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    ///     link.close();
    /// };
    /// let (called, ()) = tokio::join!(client.call("hang", ""), close);
    /// assert!(matches!(called, Err(Error::ShuttingDown)));
    /// # Ok(()) };
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(run)
    /// # }
    /// ```
    pub fn close(&self) {
        self.server.end();
    }

    /// Returns the counters of the server. `connections` is 1 while the connection is open.
    ///
    /// # Examples
    ///
    /// ```
    /// use domainsockets::test::Pair;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let run = async {
    /// let (client, link) = Pair::new().start();
    /// assert_eq!(link.server_stats().connections, 1);
    /// let _ = client.call("unknown", "").await;
    /// drop(client);
    /// while link.server_stats().connections != 0 {
    ///     tokio::task::yield_now().await;
    /// }
    /// # Ok(()) };
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(run)
    /// # }
    /// ```
    #[must_use]
    pub fn server_stats(&self) -> ServerStats {
        self.server.stats()
    }

    /// Returns the receive queue of a side.
    fn inbound(&self, side: Side) -> &Queue {
        match side {
            Side::Client => self.link.to_client(),
            Side::Server => self.link.to_server(),
        }
    }
}

impl Side {
    /// Returns the side at the other end.
    ///
    /// # Examples
    ///
    /// ```
    /// use domainsockets::test::Side;
    ///
    /// assert_eq!(Side::Client.other(), Side::Server);
    /// ```
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }
}
