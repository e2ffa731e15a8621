//! Every example, run as its reader would run it: as processes that find each other by name.

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

// What the daemon's author would publish as a crate.
#[path = "../kv/service.rs"]
mod service;
