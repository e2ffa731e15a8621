//! A connection, from calls to handlers and back, while all that the input says happens to it: see
//! `tests::script`, where each byte's meaning is.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|script: &[u8]| {
    tests::script::run(script);
});
