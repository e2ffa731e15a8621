//! The `#[service]` attribute as its users meet it: what it rejects and in which words, what
//! it accepts, and how what it makes behaves.

#![expect(
    clippy::unwrap_used,
    reason = "a test reports what is wrong by panicking"
)]

mod macros {
    mod conditional;
    mod context;
    mod deadline;
    mod idempotent;
    mod oneway;
    mod permission;
    mod recorder;
    mod scopes;
    mod stub;
    mod with;
}

use trybuild::TestCases;

#[test]
fn h10_macro_compile_fail() {
    TestCases::new().compile_fail("ui/fail/*.rs");
}

#[test]
fn macro_output_is_hygienic() {
    TestCases::new().pass("ui/pass/*.rs");
}
