//! `reconnect`: which calls are repeated.

use crate::lab::Lab;
use crate::process::Process;

#[test]
fn only_idempotent_and_unsent_calls_are_repeated() {
    let lab = Lab::new();
    let printed = Process::run(&mut lab.example("reconnect", [])).ok();
    let lines: Vec<_> = printed.lines().collect();
    assert_eq!(
        lines,
        [
            "idempotent, so repeated: Ok(())",
            "may have run, so not repeated: ShuttingDown, may have run: true, retryable: true",
            "no server: NotListening, may have run: false, retryable: true",
            "server is back: Ok(())",
        ]
    );
    assert_eq!(lab.files(), [""; 0]);
}
