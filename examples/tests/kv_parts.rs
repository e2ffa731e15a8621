//! The parts of `kv` that have tests of their own, since cargo does not look for them in examples.
//!
//! They are apart from the tests that start processes: a child of the same process holds all locked
//! files open for a moment, between its fork and its exec, and so keeps them locked.

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

/// A command line tool of an earlier release still talks with this daemon, and this one with an earlier
/// daemon: what its methods take and return is kept in `kv/kv.lock`.
#[test]
fn earlier_releases_can_be_talked_with() {
    let lock = concat!(env!("CARGO_MANIFEST_DIR"), "/kv/kv.lock");
    domainsockets::signature::assert_lock(lock, &service::KvClient::signatures());
}
