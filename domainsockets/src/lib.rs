//! Typed RPC between processes of one machine, over Unix datagram sockets.
//!
//! A trait is the service: [`service`](macro@service) makes an adapter for the server and a stub
//! for the client of it. Underneath lies the raw [`Client::call`], over the unchanged wire protocol
//! of the Go package `domainsockets` v1.0.2.
//!
//! # Example
//!
//! ```
//! use domainsockets::{Server, service};
//!
//! #[service]
//! pub trait Counter {
//!     /// Adds to the count, and returns it.
//!     async fn add(&self, n: u64) -> u64;
//! }
//!
//! struct Total(std::sync::atomic::AtomicU64);
//!
//! impl Counter for Total {
//!     async fn add(&self, n: u64) -> u64 {
//!         self.0.fetch_add(n, std::sync::atomic::Ordering::Relaxed) + n
//!     }
//! }
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! # let dir = tempfile::tempdir()?;
//! # let name = dir.path().join("counter");
//! let server = Server::bind(&name)?.add_service(CounterServer::new(Total(0.into())))?.start()?;
//!
//! let counter = CounterClient::dial(&name).await?;
//! assert_eq!(counter.add(2).await?, 2);
//! assert_eq!(counter.add(40).await?, 42);
//!
//! server.close().await;
//! # Ok(()) }
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run())
//! # .map_err(|error| error.to_string())?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Overview
//!
//! * [`Server`] binds a name and has handlers: raw ones by [`register`](Server::register), those of
//!   a trait by [`add_service`](Server::add_service). [`ServerHandle`] is a running one.
//! * [`Client`] is a connection; clones share it. A stub is made over it, or over anything else
//!   that is a [`Carrier`].
//! * [`Error`] says how a call failed, [`CallError`] keeps a method's own error apart from that,
//!   [`ServeError`] says why a server could not be set up.
//! * [`codec`] has the ways in which arguments and results are written, for services that are called
//!   from other languages, and for codecs of one's own.
//! * [`signature`] tells what the methods of a service take and return, and holds a service to what was
//!   released.
//! * [`wire`] has the messages themselves.
//!
//! Servers and clients belong to the tokio runtime that they were started in.
//!
//! # Crate features
//!
//! * **tokio**, on by default: servers, and clients whose calls are futures.
//! * **blocking**: the module `blocking`, clients whose calls wait, and a `KvBlockingClient` for each
//!   service. Without the default feature no runtime is compiled.
//! * **json**, **messagepack**: the codecs `codec::Json` and `codec::MessagePack`, for services that are
//!   called from other languages with named values. They bring `serde_json` and `rmp-serde` along, which
//!   programs without such services need not compile.
//! * **systemd**: sockets that systemd binds, and telling it how far the server is, for daemons that are
//!   started when they are called first. It brings two small crates along.
//! * **test**: the module `test`, a client and a server joined in memory, for tests
//!   that decide when a peer dies, stops reading, or cannot be sent to. It is a feature because it puts
//!   a choice in front of every send and receive, which programs do not need.

#![cfg_attr(
    not(feature = "tokio"),
    allow(
        dead_code,
        unused_imports,
        reason = "what both sides share is used by servers and futures"
    )
)]

#[cfg(any(feature = "tokio", feature = "blocking"))]
mod agreed;
#[cfg(any(feature = "tokio", feature = "blocking"))]
mod allow;
#[cfg(feature = "blocking")]
pub mod blocking;
#[cfg(feature = "tokio")]
mod client;
pub mod codec;
mod coded;
#[cfg(feature = "tokio")]
mod context;
#[cfg(any(feature = "tokio", feature = "blocking"))]
mod drive;
mod error;
#[cfg(any(feature = "tokio", feature = "blocking"))]
mod handshake;
mod limits;
#[cfg(feature = "tokio")]
mod local;
#[cfg(feature = "tokio")]
mod ongoing;
mod options;
#[cfg(any(feature = "tokio", feature = "blocking"))]
mod outcome;
mod peer;
mod proto;
#[cfg(feature = "tokio")]
mod server;
mod service;
pub mod signature;
#[cfg(feature = "tokio")]
mod stats;
#[cfg(feature = "systemd")]
pub mod systemd;
#[cfg(feature = "test")]
pub mod test;
#[cfg(any(feature = "tokio", feature = "blocking"))]
mod transport;
pub mod wire;

pub use bytes::Bytes;
/// Makes a service of a trait.
///
/// # Example: what a trait may have
///
/// ```
/// use std::collections::BTreeMap;
/// use std::sync::Mutex;
///
/// use domainsockets::{CallError, Server, service};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Debug, PartialEq, Serialize, Deserialize)]
/// pub enum KvError {
///     Full,
/// }
///
/// #[service]
/// pub trait Kv {
///     /// Arguments are borrowed from the request where they can be.
///     async fn get(&self, key: &str) -> Option<Vec<u8>>;
///
///     /// The method's own error is kept apart from the call's.
///     async fn put(&self, key: &str, value: &[u8]) -> Result<(), KvError>;
///
///     /// A method need not be async. In the stub it is.
///     fn size(&self) -> u64;
/// }
///
/// #[derive(Default)]
/// struct Store(Mutex<BTreeMap<String, Vec<u8>>>);
///
/// impl Kv for Store {
///     async fn get(&self, key: &str) -> Option<Vec<u8>> {
///         self.0.lock().unwrap().get(key).cloned()
///     }
///
///     async fn put(&self, key: &str, value: &[u8]) -> Result<(), KvError> {
///         let mut map = self.0.lock().unwrap();
///         if map.len() == 1 && !map.contains_key(key) {
///             return Err(KvError::Full);
///         }
///         map.insert(key.to_owned(), value.to_owned());
///         Ok(())
///     }
///
///     fn size(&self) -> u64 {
///         self.0.lock().unwrap().len() as u64
///     }
/// }
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// # let dir = tempfile::tempdir()?;
/// # let name = dir.path().join("kv");
/// let server = Server::bind(&name)?.add_service(KvServer::new(Store::default()))?.start()?;
/// let kv = KvClient::dial(&name).await?;
///
/// kv.put("a", b"1").await.unwrap();
/// assert_eq!(kv.get("a").await?, Some(b"1".to_vec()));
/// assert_eq!(kv.size().await?, 1);
/// assert!(matches!(kv.put("b", b"2").await, Err(CallError::Method(KvError::Full))));
///
/// assert_eq!(KvClient::GET, "Kv.get");
/// assert_eq!(KvClient::HANDLERS, ["Kv.get", "Kv.put", "Kv.size"]);
/// # server.close().await;
/// # Ok(()) }
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run())
/// # .map_err(|error| error.to_string())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Calls with a deadline of their own, or with metadata, are made over what the stub's `with` gives:
///
/// ```
/// use std::time::Duration;
///
/// use domainsockets::{CallOptions, Error, Server, service};
///
/// #[service]
/// pub trait Oracle {
///     async fn answer(&self, question: &str) -> u8;
/// }
///
/// struct Slow;
///
/// impl Oracle for Slow {
///     async fn answer(&self, question: &str) -> u8 {
///         if question != "6 × 7" {
///             std::future::pending::<()>().await;
///         }
///         42
///     }
/// }
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// # let dir = tempfile::tempdir()?;
/// # let name = dir.path().join("oracle");
/// let server = Server::bind(&name)?.add_service(OracleServer::new(Slow))?.start()?;
/// let oracle = OracleClient::dial(&name).await?;
/// assert_eq!(oracle.answer("6 × 7").await?, 42);
///
/// let soon = CallOptions::new().deadline(Duration::from_millis(50));
/// let late = oracle.with(soon).answer("P = NP").await;
/// assert!(matches!(late, Err(Error::DeadlineExceeded)));
/// # server.close().await;
/// # Ok(()) }
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run())
/// # .map_err(|error| error.to_string())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Bytes are written and read in one go where a method takes or returns them as `&[u8]`, `Vec<u8>`
/// or [`Bytes`]. Large [`Bytes`] are not copied: the handler's are a part of the request, and the
/// caller's a part of the reply.
///
/// A method that blocks its thread blocks its connection, unless it says so: `#[rpc(blocking)]` lets
/// it run on another thread.
///
/// # Example: constants, default bodies and supertraits
///
/// They are the server's, as in any trait. What has been said of arguments holds for them, too: they
/// borrow from the request, in a `Cow` or in a type of one's own with a lifetime.
///
/// ```
/// use std::borrow::Cow;
///
/// use domainsockets::service;
///
/// pub trait Named {
///     fn name(&self) -> &'static str;
/// }
///
/// #[service]
/// pub trait Gauge: Named {
///     const FULL: u32 = 100;
///
///     async fn level(&self) -> u32;
///
///     async fn describe(&self, unit: Cow<'_, str>) -> String {
///         let level = self.level().await.min(Self::FULL);
///         format!("{}: {level} of {} {unit}", self.name(), Self::FULL)
///     }
/// }
///
/// struct Tank;
///
/// impl Named for Tank {
///     fn name(&self) -> &'static str {
///         "tank"
///     }
/// }
///
/// impl Gauge for Tank {
///     async fn level(&self) -> u32 {
///         40
///     }
/// }
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let gauge = GaugeClient::local(Tank)?;
/// assert_eq!(gauge.describe("litres".into()).await?, "tank: 40 of 100 litres");
/// # Ok(()) }
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(run())
/// # .map_err(|error| error.to_string())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Example: how a method runs
///
/// ```
/// use domainsockets::{Server, service};
///
/// #[service]
/// pub trait Disk {
///     /// Runs on a thread of its own, as [`tokio::task::spawn_blocking`] has them.
///     #[rpc(blocking)]
///     fn read(&self, path: &str) -> Result<Vec<u8>, String> {
///         std::fs::read(path).map_err(|error| error.to_string())
///     }
///
///     /// Comes to its end even if its caller does not wait for that.
///     #[rpc(no_cancel)]
///     async fn copy(&self, from: &str, to: &str) -> Result<(), String> {
///         let data = self.read(from)?;
///         std::fs::write(to, data).map_err(|error| error.to_string())
///     }
/// }
///
/// struct Local;
///
/// impl Disk for Local {}
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// # let dir = tempfile::tempdir()?;
/// # let name = dir.path().join("disk");
/// # let server = Server::bind(&name)?.add_service(DiskServer::new(Local))?.start()?;
/// let disk = DiskClient::dial(&name).await?;
/// assert!(disk.read("/no/such/file").await.is_err());
/// # let (from, to) = (dir.path().join("from"), dir.path().join("to"));
/// # std::fs::write(&from, "text")?;
/// # disk.copy(from.to_str().unwrap(), to.to_str().unwrap()).await.unwrap();
/// # assert_eq!(disk.read(to.to_str().unwrap()).await.unwrap(), b"text");
/// # server.close().await;
/// # Ok(()) }
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run())
/// # .map_err(|error| error.to_string())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Example: a trait with parameters
///
/// ```
/// use std::collections::BTreeMap;
/// use std::sync::Mutex;
///
/// use domainsockets::{Server, service};
/// use serde::Serialize;
/// use serde::de::DeserializeOwned;
///
/// /// What goes over the wire, the bounds let do so.
/// #[service]
/// pub trait Store<K: Serialize + DeserializeOwned, V: Serialize + DeserializeOwned> {
///     async fn get(&self, key: &K) -> Option<V>;
///     async fn put(&self, key: K, value: V);
/// }
///
/// struct Map<V>(Mutex<BTreeMap<String, V>>);
///
/// impl<V> Store<String, V> for Map<V>
/// where
///     V: Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
/// {
///     async fn get(&self, key: &String) -> Option<V> {
///         self.0.lock().unwrap().get(key).cloned()
///     }
///
///     async fn put(&self, key: String, value: V) {
///         self.0.lock().unwrap().insert(key, value);
///     }
/// }
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// # let dir = tempfile::tempdir()?;
/// # let name = dir.path().join("store");
/// let map = Map::<(u8, u8)>(Mutex::default());
/// let server = Server::bind(&name)?.add_service(StoreServer::new(map))?.start()?;
///
/// let store = StoreClient::<String, (u8, u8)>::dial(&name).await?;
/// store.put("a".to_owned(), (1, 2)).await?;
/// assert_eq!(store.get(&"a".to_owned()).await?, Some((1, 2)));
/// # server.close().await;
/// # Ok(()) }
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run())
/// # .map_err(|error| error.to_string())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Example: aliases of `Result`
///
/// ```
/// use domainsockets::service;
/// # use serde::{Deserialize, Serialize};
///
/// #[derive(Debug, Serialize, Deserialize)]
/// pub struct Jammed;
///
/// pub type Result<T> = std::result::Result<T, Jammed>;
/// pub type Pages = std::result::Result<u32, Jammed>;
///
/// #[service]
/// pub trait Tray {
///     /// Whatever is called `Result` is taken for one.
///     async fn pull(&self) -> Result<()>;
///
///     /// Of other aliases it has to be said.
///     #[rpc(fallible)]
///     async fn count(&self) -> Pages;
/// }
///
/// # async fn check() {
/// # let tray = TrayClient::dial("tray").await.unwrap();
/// let pages: std::result::Result<u32, domainsockets::CallError<Jammed>> = tray.count().await;
/// # }
/// ```
///
/// # Example: describing handlers that exist
///
/// ```
/// use domainsockets::service;
///
/// #[service(name = "greeter.v1")]
/// pub trait Greeter {
///     async fn greet(&self, name: &str) -> String;
///
///     #[rpc(name = "HelloWorld")]
///     async fn hello(&self);
///
///     /// The server has it under its former names as well.
///     #[rpc(alias("Greeter.leave", "Bye"))]
///     async fn leave(&self);
/// }
///
/// assert_eq!(GreeterClient::GREET, "greeter.v1.greet");
/// assert_eq!(GreeterClient::HELLO, "HelloWorld");
/// assert_eq!(GreeterClient::LEAVE, "greeter.v1.leave");
/// ```
///
/// A handler that knows nothing of this crate's encoding, such as one written in Go, is described by
/// a method that is raw. Such handlers can be served in this way as well.
///
/// ```
/// use domainsockets::{Error, Server, service};
///
/// #[service]
/// pub trait Legacy {
///     #[rpc(raw, name = "Reverse")]
///     async fn reverse(&self, data: &[u8]) -> Vec<u8>;
///
///     /// The error goes as a text.
///     #[rpc(raw, name = "Parse")]
///     async fn parse(&self, text: &[u8]) -> Result<(), std::str::Utf8Error>;
/// }
///
/// struct Machine;
///
/// impl Legacy for Machine {
///     async fn reverse(&self, data: &[u8]) -> Vec<u8> {
///         data.iter().rev().copied().collect()
///     }
///
///     async fn parse(&self, text: &[u8]) -> Result<(), std::str::Utf8Error> {
///         std::str::from_utf8(text).map(|_| ())
///     }
/// }
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// # let dir = tempfile::tempdir()?;
/// # let name = dir.path().join("legacy");
/// # let server = Server::bind(&name)?.add_service(LegacyServer::new(Machine))?.start()?;
/// let legacy = LegacyClient::dial(&name).await?;
/// assert_eq!(legacy.reverse(b"abc").await?, b"cba");
/// match legacy.parse(b"\xff").await {
///     Err(Error::Handler(text)) => assert!(text.starts_with("invalid utf-8")),
///     other => panic!("{other:?}"),
/// }
/// # server.close().await;
/// # Ok(()) }
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run())
/// # .map_err(|error| error.to_string())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Example: who may call
///
/// The kernel vouches for who a client is ([`Peer`]). Of those whom the server lets connect, by
/// default its own user and root ([`ServerBuilder::allow`]), a method can take some only ([`Allow`]).
///
/// ```
/// use domainsockets::{Error, Server, service};
///
/// #[service(allow(root, own_user))]
/// pub trait Printer {
///     async fn print(&self, text: &str);
///
///     #[rpc(allow(uid = 4242, uid = 4243))]
///     async fn shut_down(&self);
///
///     #[rpc(allow(anyone))]
///     fn queue(&self) -> u32;
/// }
/// #
/// # struct Laser;
/// #
/// # impl Printer for Laser {
/// #     async fn print(&self, _text: &str) {}
/// #     async fn shut_down(&self) {}
/// #     fn queue(&self) -> u32 {
/// #         0
/// #     }
/// # }
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// # let dir = tempfile::tempdir()?;
/// # let name = dir.path().join("printer");
/// let server = Server::bind(&name)?.add_service(PrinterServer::new(Laser))?.start()?;
/// let printer = PrinterClient::dial(&name).await?;
///
/// printer.print("Hello").await?;
/// let refused = printer.shut_down().await;
/// assert!(matches!(refused, Err(Error::PermissionDenied { .. })));
/// # server.close().await;
/// # Ok(()) }
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run())
/// # .map_err(|error| error.to_string())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Example: who has called
///
/// A method that wants to know takes a [`Context`] right behind `&self`, as it is or by reference.
/// The caller does not pass it.
///
/// ```
/// use domainsockets::{Context, Server, service};
///
/// #[service]
/// pub trait Door {
///     async fn knock(&self, ctx: &Context, times: u8) -> String;
/// }
///
/// struct Porter;
///
/// impl Door for Porter {
///     async fn knock(&self, ctx: &Context, times: u8) -> String {
///         format!("process {} knocked {times} times", ctx.peer().pid)
///     }
/// }
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// # let dir = tempfile::tempdir()?;
/// # let name = dir.path().join("door");
/// # let server = Server::bind(&name)?.add_service(DoorServer::new(Porter))?.start()?;
/// let door = DoorClient::dial(&name).await?;
/// let expected = format!("process {} knocked 3 times", std::process::id());
/// assert_eq!(door.knock(3).await?, expected);
/// # server.close().await;
/// # Ok(()) }
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run())
/// # .map_err(|error| error.to_string())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Example: how long a call may take
///
/// Each call ends at the client's deadline, unless its method has one of its own, or the caller sets
/// one for it, which goes before both. Of such a one the server is told, and the handler does not outlive it.
///
/// ```
/// use std::time::Duration;
///
/// use domainsockets::{CallOptions, Error, Server, service};
///
/// #[service]
/// pub trait Index {
///     #[rpc(deadline = "50ms")]
///     async fn search(&self, text: &str) -> Vec<u64>;
/// }
///
/// struct Slow;
///
/// impl Index for Slow {
///     async fn search(&self, _text: &str) -> Vec<u64> {
///         tokio::time::sleep(Duration::from_millis(100)).await;
///         vec![7]
///     }
/// }
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// # let dir = tempfile::tempdir()?;
/// # let name = dir.path().join("index");
/// let server = Server::bind(&name)?.add_service(IndexServer::new(Slow))?.start()?;
/// let index = IndexClient::dial(&name).await?;
///
/// assert!(matches!(index.search("word").await, Err(Error::DeadlineExceeded)));
/// let patient = index.with(CallOptions::new().deadline(Duration::from_secs(5)));
/// assert_eq!(patient.search("word").await?, [7]);
/// # server.close().await;
/// # Ok(()) }
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run())
/// # .map_err(|error| error.to_string())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Example: what nobody waits for
///
/// A `oneway` method returns when its request has left the process ([`Client::send`]), and nobody learns
/// what has come of it.
///
/// ```
/// use domainsockets::{Server, service};
/// use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
///
/// #[service]
/// pub trait Log {
///     #[rpc(oneway)]
///     async fn note(&self, line: &str);
/// }
///
/// struct Lines(UnboundedSender<String>);
///
/// impl Log for Lines {
///     async fn note(&self, line: &str) {
///         let _ = self.0.send(line.to_owned());
///     }
/// }
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// # let dir = tempfile::tempdir()?;
/// # let name = dir.path().join("log");
/// let (log, mut lines) = unbounded_channel();
/// let server = Server::bind(&name)?.add_service(LogServer::new(Lines(log)))?.start()?;
/// let log = LogClient::dial(&name).await?;
///
/// log.note("started").await?;
/// assert_eq!(lines.recv().await.unwrap(), "started");
/// # server.close().await;
/// # Ok(()) }
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run())
/// # .map_err(|error| error.to_string())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Example: what may run again
///
/// A client that [reconnects](ClientBuilder::reconnect) repeats a call that it has lost only where
/// that does no harm. Which methods these are, the service says.
///
/// ```
/// use domainsockets::{Client, Reconnect, Server, service};
///
/// #[service]
/// pub trait Lamp {
///     #[rpc(idempotent)]
///     async fn set(&self, on: bool);
///
///     async fn toggle(&self);
/// }
/// #
/// # struct Bulb;
/// #
/// # impl Lamp for Bulb {
/// #     async fn set(&self, _on: bool) {}
/// #     async fn toggle(&self) {}
/// # }
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// # let dir = tempfile::tempdir()?;
/// # let name = dir.path().join("lamp");
/// # let server = Server::bind(&name)?.add_service(LampServer::new(Bulb))?.start()?;
/// let client = Client::builder().reconnect(Reconnect::default()).dial(&name).await?;
/// let lamp = LampClient::new(client);
///
/// // Should the server be lost before it answers, the next one is asked.
/// lamp.set(true).await?;
/// // Then this one ends with `Error::Disconnected`, as it may have run.
/// lamp.toggle().await?;
/// # server.close().await;
/// # Ok(()) }
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run())
/// # .map_err(|error| error.to_string())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Example: called from other languages
///
/// With the crate feature `json` a service can speak JSON, with `messagepack` MessagePack, and any type
/// that is a [`Codec`](codec::Codec) can be one. Arguments then have names, and may come in any order.
///
#[cfg_attr(feature = "json", doc = "```")]
#[cfg_attr(not(feature = "json"), doc = "```ignore")]
/// use domainsockets::codec::Json;
/// use domainsockets::{Client, Server, service};
///
/// #[service(codec = Json)]
/// pub trait Volume {
///     async fn set(&self, percent: u8, channel: Option<&str>) -> Result<u8, String>;
/// }
/// #
/// # struct Amplifier;
/// #
/// # impl Volume for Amplifier {
/// #     async fn set(&self, percent: u8, channel: Option<&str>) -> Result<u8, String> {
/// #         match channel {
/// #             None => Ok(percent),
/// #             Some(channel) => Err(format!("no channel {channel}")),
/// #         }
/// #     }
/// # }
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// # let dir = tempfile::tempdir()?;
/// # let name = dir.path().join("volume");
/// # let server = Server::bind(&name)?.add_service(VolumeServer::new(Amplifier))?.start()?;
/// // The stub is as any other.
/// assert_eq!(VolumeClient::dial(&name).await?.set(40, None).await.unwrap(), 40);
///
/// // Whoever has no stub writes an object.
/// let client = Client::dial(&name).await?;
/// assert_eq!(client.call("Volume.set", r#"{"percent": 70}"#).await?, r#"{"Ok":70}"#);
/// let reply = client.call("Volume.set", r#"{"channel": "left", "percent": 70}"#).await?;
/// assert_eq!(reply, r#"{"Err":"no channel left"}"#);
/// # server.close().await;
/// # Ok(()) }
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run())
/// # .map_err(|error| error.to_string())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub use domainsockets_macros::service;

#[cfg(any(feature = "tokio", feature = "blocking"))]
pub use allow::Allow;
pub use error::{CallError, Error, ServeError};
pub use options::CallOptions;
pub use peer::Peer;
pub use service::{Carrier, With};
#[cfg(feature = "tokio")]
pub use {
    client::{Client, ClientBuilder, Reconnect},
    context::Context,
    local::Local,
    server::{Request, Server, ServerBuilder, ServerHandle},
    service::Service,
    stats::{ClientStats, ServerStats},
};

/// What code generated by [`service`](macro@service) calls. Not covered by any promise.
#[doc(hidden)]
pub mod __private {
    pub use bytes::Bytes;

    #[cfg(feature = "blocking")]
    pub use crate::blocking::block_on;
    pub use crate::codec::arguments::{ReadArguments, WriteArguments};
    pub use crate::codec::bytes::{AsBytes, ByteValue};
    pub use crate::codec::kept::Kept;
    pub use crate::coded::arguments_as;
    pub use crate::service::{
        Arguments, Fallible, RawValue, call, call_bytes, call_fallible, call_fallible_bytes,
        call_raw, raw_data, send, send_raw,
    };
    pub use crate::signature::method::{Method, list};
    #[cfg(feature = "tokio")]
    pub use crate::{
        coded::{decode_as, encode_as, encode_bytes_as},
        server::{Failure, Methods, Request},
        service::{blocking, decode, encode, encode_bytes, raw_argument, raw_result, raw_value},
    };
}

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
