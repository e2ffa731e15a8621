//! From a service to the tokens that take its trait's place. Nothing is judged here.

mod blocking;
mod client;
mod codec;
mod item;
mod parameters;
mod raw;
mod server;
mod signature;
mod span;
mod trait_;

#[cfg(test)]
mod tests;

pub(crate) use item::{Made, service};
