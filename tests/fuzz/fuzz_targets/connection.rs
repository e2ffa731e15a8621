//! A connection, from calls to handlers and back, with the faults that the input chooses.
//! `tests::script` describes what each byte means.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|script: &[u8]| {
    tests::script::run(script);
});
