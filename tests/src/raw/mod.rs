//! Peers that speak datagram by datagram, byte by byte, so that a test can send what no library
//! would.

mod client;
mod link;
mod server;

pub use client::RawClient;
pub use link::Datagram;
pub use server::{RawConnection, RawServer};
