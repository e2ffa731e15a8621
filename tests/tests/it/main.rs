//! The conformance tests in one program. Each module tests one promise. `tests/README.md` explains the
//! codes that many names begin with.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test reports what is wrong by panicking"
)]

mod blocking;
mod blocking_threads;
mod call_metadata;
mod cancellation;
mod canceller;
mod carriers;
mod closing;
mod codecs;
mod concurrent_calls;
mod context;
mod context_propagation;
mod deadlines;
mod fairness;
mod generated_scripts;
mod go_clients;
mod go_interop;
mod go_leaving;
mod go_servers;
mod go_transcripts;
mod golden_vectors;
mod groups;
mod handler_panics;
mod keep_alive;
mod large_messages;
mod lifecycle;
mod limits;
#[path = "../../../examples/peer/log.rs"]
mod log;
mod malformed_replies;
mod malformed_requests;
mod malformed_setup;
mod oneway;
mod operations;
mod other_users;
mod overload;
mod passed_socket;
mod peer_death;
mod quotas;
mod reconnect;
mod security_access;
mod security_descriptors;
mod security_files;
mod security_injection;
mod shutdown;
mod slow_peers;
mod socket_activation;
mod support;
mod syscall_faults;
mod temp_dir;
mod typed_services;
mod types;
mod unary_calls;
mod version_skew;
