//! Peers that build every datagram byte by byte, so that a test can send what no library would.

mod attach;
mod client;
mod link;
mod server;

pub use attach::{Lingering, forge, stuff};
pub use client::RawClient;
pub use link::{Datagram, Name};
pub use server::{RawConnection, RawServer};
