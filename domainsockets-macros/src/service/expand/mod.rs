//! From a service to the tokens that take its trait's place. Nothing is judged here.

mod client;
mod item;
mod server;
mod signature;
mod span;
mod trait_;

#[cfg(test)]
mod tests;

pub(crate) use item::service;
