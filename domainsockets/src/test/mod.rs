//! A client and a server connected in memory, for tests. Needs the feature `test`.
//!
//! [`Pair`] replaces [`Server::bind`](crate::Server::bind) and [`Client::dial`](crate::Client::dial). It
//! starts the real server and returns a real [`Client`](crate::Client), over which stubs work as usual; only
//! the sockets between the two are simulated. So a test needs no file, no second process and no I/O. With the
//! [`Link`], a test injects failures that are rare on a real machine: a peer that dies, hangs or cannot be sent
//! to.
//!
//! A test that calls `tokio::time::pause()` waits for no deadline: the clock jumps to the next timer when all
//! tasks wait. `pause` needs tokio's feature `test-util`, which belongs into `[dev-dependencies]`, and a
//! current-thread runtime, which `#[tokio::test]` starts by default. Without `pause` the clock runs as usual.
//!
//! [`Mock`] tests code above a stub, without a server: it makes chosen calls fail, and passes the others to
//! an implementation of the trait in the test.
//!
//! # Examples
//!
//! A server that dies during a call:
//!
//! ```
//! use domainsockets::test::{Pair, Side};
//! use domainsockets::{CallError, Error, service};
//!
//! #[service]
//! pub trait Printer {
//!     /// Prints a page, and returns the number of pages printed so far.
//!     async fn print(&self, page: &str) -> Result<u64, String>;
//! }
//!
//! struct Jammed;
//!
//! impl Printer for Jammed {
//!     async fn print(&self, page: &str) -> Result<u64, String> {
//!         if page.is_empty() {
//!             return Err("nothing to print".to_owned());
//!         }
//!         std::future::pending().await
//!     }
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let run = async {
//! let (client, link) = Pair::new().add_service(PrinterServer::new(Jammed))?.start();
//! let printer = PrinterClient::new(client);
//! assert!(matches!(printer.print("").await, Err(CallError::Method(_))));
//!
//! let (printed, ()) = tokio::join!(printer.print("page 1"), async { link.kill(Side::Server) });
//! assert!(matches!(printed, Err(CallError::Call(Error::Disconnected { may_have_run: true }))));
//! # Ok(()) };
//! # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(run)
//! # }
//! ```
//!
//! # What is simulated
//!
//! * Each direction has a receive queue, as each socket has in the kernel. It holds eleven datagrams
//!   ([`Pair::queue`] changes that); while it is full, a sender waits. It accepts datagrams up to the size
//!   that a Linux kernel carries ([`Pair::max_datagram_size`] changes that). As between sockets, no datagram
//!   is lost or reordered.
//! * When a reader is gone, its queue is closed, which a sender learns from its next send.
//! * When a side's process ends, the other side learns of it at once.
//!
//! There is no handshake: [`ServerBuilder::allow`](crate::ServerBuilder::allow) has no effect, and a client
//! cannot reconnect.

mod link;
mod mock;
mod pair;

pub use link::{Link, Side};
pub use mock::Mock;
pub use pair::Pair;

pub use crate::transport::Fault;
