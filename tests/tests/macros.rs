//! Tests of the `#[service]` attribute: the errors for code that it refuses, the code that it accepts,
//! and how generated code behaves.

#![expect(
    clippy::unwrap_used,
    reason = "a test reports what is wrong by panicking"
)]

mod macros {
    mod alias;
    mod blocking;
    mod blocking_stub;
    mod codec;
    mod conditional;
    mod context;
    mod deadline;
    mod defaults;
    mod generics;
    mod idempotent;
    mod local;
    mod no_cancel;
    mod oneway;
    mod packages;
    mod permission;
    mod raw;
    mod recorder;
    mod results;
    mod scopes;
    mod signatures;
    mod stub;
    mod wait;
    mod with;
}

use tests::requirements;
use trybuild::TestCases;

#[test]
fn h10_refused_code_has_the_expected_errors() {
    // The expected output includes the compiler's own messages, which change with its version.
    if !requirements::rustc("1.95") {
        return;
    }
    TestCases::new().compile_fail("ui/fail/*.rs");
}

#[test]
fn accepted_code_compiles_without_warnings() {
    TestCases::new().pass("ui/pass/*.rs");
}
