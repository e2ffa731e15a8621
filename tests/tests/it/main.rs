//! The conformance tests, in one program. Each is named by its case: `h01` to `h09` the happy path,
//! `x` the interoperation with Go, `m` and `o` limits and malformed input, `f` faults, `t`
//! cancellation and deadlines, `k` keepalives, `l` the life of connections, `r` figures under load,
//! `b` what stands beside a call, `v` versions of a service that differ, `done` what the project promises
//! beyond them.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test reports what is wrong by panicking"
)]

mod activation;
mod beside;
mod blocking;
mod codecs;
mod deadlines;
mod deaths;
mod done;
mod fairness;
mod faults;
mod happy;
mod inherited;
mod interop;
mod interrupted;
mod keepalive;
mod lifecycle;
mod limits;
mod loads;
#[path = "../../../examples/peer/log.rs"]
mod log;
mod malformed_replies;
mod malformed_requests;
mod malformed_setup;
mod oneway;
mod outsiders;
mod overload;
mod quotas;
mod reconnect;
mod scripts;
mod security;
mod security_descriptors;
mod security_files;
mod security_locks;
mod shutdown;
mod skew;
mod slow_peers;
mod support;
mod temp_dir;
mod transcripts;
mod typed;
mod types;
mod vectors;
