//! Peers that build every datagram byte by byte, so that a test can send what no library would.

mod attach;
mod client;
mod link;
mod server;

pub use attach::{Lingering, forge, pass, stuff};
pub use client::{RawClient, pass_setup};
pub use link::{Datagram, Name, socket_pair};
pub use server::{RawConnection, RawServer};
