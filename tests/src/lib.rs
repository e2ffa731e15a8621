//! The harness of the conformance tests: scratch directories, time limits, recordings of the Go package,
//! and peers of both kinds that share no code with the library. The tests themselves are in `tests/it`.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::missing_errors_doc,
    reason = "a harness reports what is wrong by panicking in the test"
)]
#![expect(
    clippy::exhaustive_structs,
    clippy::exhaustive_enums,
    reason = "only the tests of this workspace use the harness"
)]
#![expect(
    clippy::must_use_candidate,
    reason = "a test may call anything here only for its effect"
)]

pub mod fixtures;
pub mod foreign_process;
pub mod gopeer;
pub mod handshake;
pub mod process;
pub mod raw;
pub mod requirements;
pub mod scratch;
pub mod script;
pub mod strace;
pub mod subprocess;
pub mod watchdog;
pub mod wire;
