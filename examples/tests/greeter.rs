//! `greeter`: both sides in one process.

use crate::lab::Lab;
use crate::process::Process;

#[test]
fn greeter_prints_a_greeting_a_refusal_and_the_bytes() {
    let lab = Lab::new();
    let printed = Process::run(&mut lab.example("greeter", [])).ok();
    let lines: Vec<_> = printed.lines().collect();
    assert_eq!(
        lines,
        [
            "typed: greet(\"world\") = \"Hello, world!\"",
            "typed error: greet(\"\") = Nameless",
            "raw: Greeter.greet \"\\u{3}raw\" = b\"\\0\\x0bHello, raw!\"",
        ]
    );
    assert_eq!(lab.files(), [""; 0]);
}
