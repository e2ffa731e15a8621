//! A client and a server joined in memory, for tests. Needs the feature `test`.
//!
//! [`Pair`] takes the place of [`Server::bind`](crate::Server::bind) and
//! [`Client::dial`](crate::Client::dial). What it gives is a real [`Client`](crate::Client), so that
//! stubs can be made over it, served by the real server; only the sockets between them are simulated.
//! So a test needs no file, no second process and no I/O, and runs as well while
//! [tokio's clock is paused](tokio::time). A [`Link`] has what lies between them do what a machine does
//! once in a year.
//!
//! # Examples
//!
//! A server that dies in the middle of a call:
//!
//! ```
//! use domainsockets::test::{Pair, Side};
//! use domainsockets::{CallError, Error, service};
//!
//! #[service]
//! pub trait Printer {
//!     /// Prints a page, and returns how many there have been.
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
//! A stub that needs no server at all is made with its `local`, over any implementation of its trait, or
//! over a [`Mock`], which fails calls as well.
//!
//! # What is simulated
//!
//! A queue in each direction, as the kernel has one for each socket: of eleven datagrams unless
//! [set](Pair::queue), without which a sender waits; of datagrams up to the size that a kernel carries,
//! unless [set](Pair::max_datagram_size); closed when its reader is gone, which a sender is told when it
//! next sends. Nothing is lost or put in another order, as between sockets. The process of a side can
//! end, which the other side sees at once.
//!
//! There is no handshake: who may connect is not decided, and a client cannot dial again.

mod link;
mod mock;
mod pair;

pub use link::{Link, Side};
pub use mock::Mock;
pub use pair::Pair;

pub use crate::transport::Fault;
