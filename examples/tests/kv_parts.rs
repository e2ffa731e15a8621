//! The unit tests of `kv`, which cargo does not run in an example.
//!
//! They are separate from the tests that start processes. Between fork and exec, a child of the same
//! process holds all locked files open, and so keeps them locked.

#[path = "../kv/lines.rs"]
mod lines;
#[path = "../kv/log.rs"]
mod log;
#[path = "../kv/raw.rs"]
#[expect(dead_code, reason = "its call needs a daemon")]
mod raw;
#[path = "../kv/record.rs"]
mod record;
#[path = "../kv/service.rs"]
mod service;
#[path = "../kv/store.rs"]
mod store;

/// Command line tools and daemons of other releases can call each other. `kv/kv.lock` lists the types of
/// the methods' arguments and results.
#[test]
fn earlier_releases_are_compatible() {
    let lock = concat!(env!("CARGO_MANIFEST_DIR"), "/kv/kv.lock");
    domainsockets::signature::assert_lock(lock, &service::KvClient::signatures());
}
