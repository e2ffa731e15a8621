//! What lies between a client and a server.

use super::Fault;
use crate::server::Served;
use crate::stats::ServerStats;
use crate::transport::{MemoryLink, Queue};

/// Has what lies between a client and its server fail, while a test looks on: see
/// [`Pair`](super::Pair).
///
/// All of it takes effect at once, and is seen by the two when they next run. Dropping the link
/// leaves everything as it is.
#[derive(Debug)]
pub struct Link {
    link: MemoryLink,
    server: Served,
}

/// One end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a connection has two ends")]
pub enum Side {
    /// The one that calls.
    Client,
    /// The one that is called.
    Server,
}

impl Link {
    pub(super) const fn new(link: MemoryLink, server: Served) -> Self {
        Self { link, server }
    }

    /// Has a side's process die, as by `SIGKILL`. What a server had sent is still read.
    ///
    /// If it is the server's, calls in flight end as
    /// [`Disconnected`](crate::Error::Disconnected) at once, and so do later ones. If it is the
    /// client's, the futures of its requests' handlers are dropped; what is left of the client in the
    /// test fails as above.
    ///
    /// # Examples
    ///
    /// A handler that cleans up after its caller:
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
    /// assert_eq!(has_begun.recv().await, None, "nobody holds it any more");
    /// # Ok(()) };
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(run)
    /// # }
    /// ```
    pub fn kill(&self, side: Side) {
        match side {
            Side::Client => self.link.end_client(),
            Side::Server => self.link.end_server(),
        }
        self.server.abandon();
    }

    /// Has a side read nothing any more, as a process that is stopped or busy, until it is to
    /// [read on](Self::resume_reading).
    ///
    /// # Examples
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

    /// Has a side read again.
    pub fn resume_reading(&self, side: Side) {
        self.inbound(side).stop_reader(false);
    }

    /// Has no room for what is sent to a side, as if its queue was full, until it is to be
    /// [drained](Self::drain_queue). The side goes on reading what had come before.
    ///
    /// # Examples
    ///
    /// A call that has not left is given up without a trace:
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

    /// Has as much room again for what is sent to a side as there is.
    pub fn drain_queue(&self, side: Side) {
        self.inbound(side).fill(false);
    }

    /// How many datagrams wait to be read by a side.
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

    /// Has the next sends of a side fail, so many of them, after those that are to fail already. A
    /// datagram that is sent again counts again.
    ///
    /// # Examples
    ///
    /// A kernel without memory delays a call:
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

    /// Has the server shut down: it takes no more requests, and the connection ends when those that run
    /// have ended. It is like [`ServerHandle::shutdown`](crate::ServerHandle::shutdown) with all the
    /// time in the world; [`close`](Self::close) is what follows when that has passed.
    ///
    /// # Examples
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

    /// Has the server end now, and say so: requests that run are answered as
    /// [`ShuttingDown`](crate::Error::ShuttingDown).
    ///
    /// # Examples
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

    /// What the server has counted. Its connection is counted as long as it is open.
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
    /// let _ = client.call("nobody", "").await;
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

    /// What a side reads.
    fn inbound(&self, side: Side) -> &Queue {
        match side {
            Side::Client => self.link.to_client(),
            Side::Server => self.link.to_server(),
        }
    }
}

impl Side {
    /// The side at the other end.
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
