//! Typed RPC between processes of one machine.
pub mod wire;
