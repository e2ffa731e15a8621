//! `pubsub`: who is told what, and that whoever has gone is not told any more.

use crate::lab::Lab;
use crate::process::Process;

#[test]
fn subscribers_are_told_of_their_topics_until_they_go() {
    let lab = Lab::new();
    let printed = Process::run(&mut lab.example("pubsub", [])).ok();
    let lines: Vec<_> = printed.lines().collect();
    assert_eq!(
        lines,
        [
            "alice reads on calculus: sqrt(2)",
            "1 told of \"sqrt(2)\"",
            "alice reads on cool shorts: hello to all",
            "bob reads on cool shorts: hello to all",
            "2 told of \"hello to all\"",
            "0 told of \"napoleon\"",
            "bob reads on cool shorts: hello to who remains",
            "1 told of \"hello to who remains\"",
        ]
    );
    assert_eq!(lab.files(), [""; 0]);
}
