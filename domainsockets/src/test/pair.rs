//! A client and a server that are joined without sockets.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use super::Link;
use crate::allow::Allow;
use crate::client::{Client, ClientBuilder};
use crate::error::ServeError;
use crate::peer::{Credentials, GroupReader, Peer};
use crate::request::Request;
use crate::server::Service;
use crate::server::{Methods, ServerBuilder};
use crate::transport::{
    KERNEL_DATAGRAM, MemoryConfig, MemoryEnd, connect, own_groups, this_process,
};

/// Sets up a client and its server.
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
    /// A client and a server that are set to nothing but their defaults.
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
    /// As [`Server::register`](crate::Server::register).
    ///
    /// # Examples
    ///
    /// A stub is made over the client:
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

    /// Lets only these call a handler: see [`Server::restrict`](crate::Server::restrict).
    ///
    /// # Errors
    ///
    /// As [`Server::restrict`](crate::Server::restrict).
    ///
    /// # Examples
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

    /// How the server is set. What concerns its name and its handshakes has no effect.
    ///
    /// # Examples
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

    /// How the client is set. What concerns dialling has no effect.
    ///
    /// # Examples
    ///
    /// An hour goes by in no time, since only timers are left to wait for:
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

    /// As which user and group the client calls, which is what handlers see as the request's peer. Those
    /// of the test unless set.
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

    /// How many datagrams may wait to be read, in each direction. Eleven by default, which is what
    /// Linux grants unless set otherwise (`net.unix.max_dgram_qlen`, and one); at least one.
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

    /// Largest datagram in bytes that is carried; to a larger one the answer is [`Fault::TooLong`]. By
    /// default it is the largest that a Linux kernel carries, over 4 MiB. A connection needs 4096.
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

    /// Joins the two. The connection ends as any other does: when the last clone of the client is
    /// dropped, or when the link [has it end](Link). Dropping the link does not end it.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime with time enabled.
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
        let groups = groups.map_or_else(own_groups, |groups| Arc::new(FixedGroups(groups)));
        let (to_server, to_client, link): (MemoryEnd, MemoryEnd, _) = connect(link, link);
        let served = server.serve(methods, Peer::new(caller, Some(groups)), to_client);
        let client = client.join(Peer::new(this_process(), Some(own_groups())), to_server);
        (client, Link::new(link, served))
    }
}

/// The groups that a test has chosen.
#[derive(Debug)]
struct FixedGroups(Vec<u32>);

impl GroupReader for FixedGroups {
    fn read(&self, _: Credentials) -> Option<Vec<u32>> {
        Some(self.0.clone())
    }
}

impl Default for Pair {
    fn default() -> Self {
        Self::new()
    }
}

/// As the kernel has it: ten, and one more, since it looks whether there are more than ten.
const QUEUE: usize = 11;
