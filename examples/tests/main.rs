//! Runs every example as its reader runs it: as processes that find each other by name.

mod documents;
mod factor;
mod greeter;
mod hostname;
mod inventory;
mod jobs;
mod kv;
mod lab;
mod peer;
mod process;
mod pubsub;
mod raw_call;
mod reconnect;

// In a project of its own this file is a library.
#[path = "../kv/service.rs"]
mod service;
