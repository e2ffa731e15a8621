//! A client and a server connected in memory.

use std::fmt;

use bytes::Bytes;

use super::Link;
use crate::allow::Allow;
use crate::client::{Client, ClientBuilder};
use crate::error::ServeError;
use crate::peer::{Credentials, Peer};
use crate::request::Request;
use crate::server::Service;
use crate::server::{Methods, ServerBuilder};
use crate::transport::{
    KERNEL_DATAGRAM, MemoryConfig, MemoryEnd, connect, own_groups, this_process,
};

/// A builder of a client and a server that are connected in memory.
///
/// Register handlers as on a [`Server`](crate::Server), then call [`start`](Self::start).
///
/// # Examples
///
/// ```
/// use domainsockets::Request;
/// use domainsockets::test::Pair;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let run = async {
/// let (client, _link) = Pair::new()
///     .register("echo", |request: Request| async { Ok::<_, String>(request.into_data()) })?
///     .start();
/// assert_eq!(client.call("echo", "Hello").await?, "Hello");
/// # Ok(()) };
/// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(run)
/// # }
/// ```
#[derive(Debug)]
#[must_use = "nothing happens before `start`"]
pub struct Pair {
    methods: Methods,
    server: ServerBuilder,
    client: ClientBuilder,
    caller: Credentials,
    /// None for a caller of the test's own user.
    groups: Option<Vec<u32>>,
    link: MemoryConfig,
}

impl Pair {
    /// Returns a client and a server with default settings and no handlers.
    pub fn new() -> Self {
        Self {
            methods: Methods::default(),
            server: ServerBuilder::default(),
            client: ClientBuilder::default(),
            caller: this_process(),
            groups: None,
            link: MemoryConfig {
                capacity: QUEUE,
                max_datagram_size: KERNEL_DATAGRAM,
            },
        }
    }

    /// Registers a raw handler: see [`Server::register`](crate::Server::register).
    ///
    /// # Errors
    ///
    /// As [`Server::register`](crate::Server::register).
    pub fn register<H, F, B, E>(mut self, name: &str, handler: H) -> Result<Self, ServeError>
    where
        H: FnOnce(Request) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Result<B, E>> + Send + 'static,
        B: Into<Bytes>,
        E: fmt::Display,
    {
        self.methods.add_raw(name, handler)?;
        Ok(self)
    }

    /// Registers the methods of a service: see [`Server::add_service`](crate::Server::add_service).
    ///
    /// # Errors
    ///
    /// As [`Server::add_service`](crate::Server::add_service).
    ///
    /// # Examples
    ///
    /// A stub over the client of the pair:
    ///
    /// ```
    /// use domainsockets::service;
    /// use domainsockets::test::Pair;
    ///
    /// #[service]
    /// pub trait Adder {
    ///     fn add(&self, one: u32, other: u32) -> u32;
    /// }
    ///
    /// struct Plain;
    ///
    /// impl Adder for Plain {
    ///     fn add(&self, one: u32, other: u32) -> u32 {
    ///         one + other
    ///     }
    /// }
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let run = async {
    /// let (client, _link) = Pair::new().add_service(AdderServer::new(Plain))?.start();
    /// assert_eq!(AdderClient::new(client).add(1, 2).await?, 3);
    /// # Ok(()) };
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(run)
    /// # }
    /// ```
    pub fn add_service(mut self, service: impl Service) -> Result<Self, ServeError> {
        service.register(&mut self.methods)?;
        Ok(self)
    }

    /// Restricts a handler to the callers that a rule allows: see
    /// [`Server::restrict`](crate::Server::restrict).
    ///
    /// # Errors
    ///
    /// As [`Server::restrict`](crate::Server::restrict).
    ///
    /// # Examples
    ///
    /// A handler for root, called by another user:
    ///
    /// ```
    /// use domainsockets::test::Pair;
    /// use domainsockets::{Allow, Error, Request};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let run = async {
    /// let (client, _link) = Pair::new()
    ///     .caller(1000, 100)
    ///     .register("halt", |_: Request| async { Ok::<_, String>("bye") })?
    ///     .restrict("halt", Allow::nobody().root())?
    ///     .start();
    /// let refused = client.call("halt", "").await;
    /// assert!(matches!(refused, Err(Error::PermissionDenied { .. })));
    /// # Ok(()) };
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(run)
    /// # }
    /// ```
    pub fn restrict(mut self, handler: &str, allow: Allow) -> Result<Self, ServeError> {
        self.methods.restrict(handler, allow)?;
        Ok(self)
    }

    /// Sets the configuration of the server. By default it is that of
    /// [`Server::builder`](crate::Server::builder).
    ///
    /// Settings of the name and of handshakes have no effect: who may connect, and how many.
    ///
    /// # Examples
    ///
    /// A request that exceeds the server's limit:
    ///
    /// ```
    /// use domainsockets::test::Pair;
    /// use domainsockets::{Error, Request, Server};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let run = async {
    /// let (client, _link) = Pair::new()
    ///     .server(Server::builder().max_message_size(100))
    ///     .register("size", |_: Request| async { Ok::<_, String>("0") })?
    ///     .start();
    /// client.call("size", "").await?;
    /// let refused = client.call("size", vec![0; 101]).await;
    /// assert!(matches!(refused, Err(Error::TooLarge { size: 101, limit: 100 })));
    /// # Ok(()) };
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(run)
    /// # }
    /// ```
    pub fn server(mut self, builder: ServerBuilder) -> Self {
        self.server = builder;
        self
    }

    /// Sets the configuration of the client. By default it is that of
    /// [`Client::builder`](crate::Client::builder).
    ///
    /// Settings of dialling and reconnecting have no effect.
    ///
    /// # Examples
    ///
    /// A call that times out after an hour. With tokio's clock paused the test takes no time, since the clock
    /// jumps to the next timer when all tasks wait:
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use domainsockets::test::Pair;
    /// use domainsockets::{Client, Error, Request};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let run = async {
    /// tokio::time::pause();
    /// let (client, _link) = Pair::new()
    ///     .client(Client::builder().deadline(Duration::from_secs(3600)))
    ///     .register("hang", |_: Request| std::future::pending::<Result<Vec<u8>, String>>())?
    ///     .start();
    /// let called = client.call("hang", "").await;
    /// assert!(matches!(called, Err(Error::DeadlineExceeded { .. })));
    /// # Ok(()) };
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(run)
    /// # }
    /// ```
    pub fn client(mut self, builder: ClientBuilder) -> Self {
        self.client = builder;
        self
    }

    /// Sets the user and group ID of the client. By default they are those of the test's process.
    ///
    /// Handlers see them as the request's [peer](Request::peer), and access rules of handlers apply to them.
    ///
    /// # Examples
    ///
    /// ```
    /// use domainsockets::test::Pair;
    /// use domainsockets::{Peer, Request};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let run = async {
    /// let (client, _link) = Pair::new()
    ///     .caller(1000, 100)
    ///     .register("whoami", |request: Request| async move {
    ///         Ok::<_, String>(request.peer().map(Peer::uid).unwrap_or_default().to_string())
    ///     })?
    ///     .start();
    /// assert_eq!(client.call("whoami", "").await?, "1000");
    /// # Ok(()) };
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(run)
    /// # }
    /// ```
    pub fn caller(mut self, uid: u32, gid: u32) -> Self {
        self.caller = Credentials {
            uid,
            gid,
            ..self.caller
        };
        self
    }

    /// Sets the supplementary groups of the client, which handlers see as those of the request's peer. By
    /// default they are those of the test, and unknown if the [caller](Self::caller) is another user.
    ///
    /// # Examples
    ///
    /// ```
    /// use domainsockets::test::Pair;
    /// use domainsockets::{Peer, Request};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let run = async {
    /// let (client, _link) = Pair::new()
    ///     .caller(1000, 100)
    ///     .caller_groups([4, 20])
    ///     .register("groups", |request: Request| async move {
    ///         Ok::<_, String>(format!("{:?}", request.peer().and_then(Peer::groups)))
    ///     })?
    ///     .start();
    /// assert_eq!(client.call("groups", "").await?, "Some([4, 20])");
    /// # Ok(()) };
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(run)
    /// # }
    /// ```
    pub fn caller_groups(mut self, groups: impl Into<Vec<u32>>) -> Self {
        self.groups = Some(groups.into());
        self
    }

    /// Sets the capacity of both receive queues, in datagrams. 11 by default; 0 counts as 1.
    ///
    /// The default is that of a socket on Linux: one more than `net.unix.max_dgram_qlen`, which is 10 unless
    /// an administrator has changed it. While a queue is full, its sender waits.
    ///
    /// # Examples
    ///
    /// A large message that passes through a queue of one datagram:
    ///
    /// ```
    /// use domainsockets::Request;
    /// use domainsockets::test::Pair;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let run = async {
    /// let (client, _link) = Pair::new()
    ///     .queue(1)
    ///     .register("echo", |request: Request| async { Ok::<_, String>(request.into_data()) })?
    ///     .start();
    /// let large = vec![7; 1 << 20];
    /// assert_eq!(client.call("echo", large.clone()).await?, large);
    /// # Ok(()) };
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(run)
    /// # }
    /// ```
    pub fn queue(mut self, datagrams: usize) -> Self {
        self.link.capacity = datagrams.max(1);
        self
    }

    /// Sets the largest datagram that the simulated kernel carries, in bytes. By default it is the largest
    /// that Linux carries, a little more than 4 MiB.
    ///
    /// A larger datagram fails with [`Fault::TooLong`], after which the sender makes smaller ones, down to
    /// 4096 bytes. With a smaller limit, such a datagram ends the connection.
    ///
    /// [`Fault::TooLong`]: super::Fault::TooLong
    ///
    /// # Examples
    ///
    /// ```
    /// use domainsockets::Request;
    /// use domainsockets::test::Pair;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let run = async {
    /// let (client, _link) = Pair::new()
    ///     .max_datagram_size(10_000)
    ///     .register("echo", |request: Request| async { Ok::<_, String>(request.into_data()) })?
    ///     .start();
    /// let large = vec![7; 1 << 20];
    /// assert_eq!(client.call("echo", large.clone()).await?, large);
    /// # Ok(()) };
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(run)
    /// # }
    /// ```
    pub fn max_datagram_size(mut self, bytes: usize) -> Self {
        self.link.max_datagram_size = bytes;
        self
    }

    /// Starts the server and connects the client to it.
    ///
    /// The connection ends when the last clone of the client is dropped, or when the [`Link`] ends it.
    /// Dropping the link does not end it.
    ///
    /// # Panics
    ///
    /// Panics outside of a tokio runtime with time enabled.
    #[must_use = "the connection ends with the client"]
    pub fn start(self) -> (Client, Link) {
        let Self {
            methods,
            server,
            client,
            caller,
            groups,
            link,
        } = self;
        let caller = match groups {
            Some(groups) => Peer::with_groups(caller, groups),
            None => Peer::new(caller, Some(own_groups())),
        };
        let (to_server, to_client, link): (MemoryEnd, MemoryEnd, _) = connect(link, link);
        let served = server.serve(methods, caller, to_client);
        let client = client.join(Peer::new(this_process(), Some(own_groups())), to_server);
        (client, Link::new(link, served))
    }
}

impl Default for Pair {
    fn default() -> Self {
        Self::new()
    }
}

/// The default capacity of a queue. `net.unix.max_dgram_qlen` is 10, and Linux accepts a datagram unless more
/// than that many are queued (`unix_recvq_full`, `net/unix/af_unix.c`), so 11 fit.
const QUEUE: usize = 11;
