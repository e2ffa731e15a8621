//! `pubsub`: which subscribers receive a message, and that none delays another.

use rustix::process::Signal;

use crate::lab::Lab;
use crate::process::Process;

#[test]
fn messages_reach_the_subscribers_of_their_topic_until_they_end() {
    let lab = Lab::new();
    let printed = Process::run(&mut lab.example("pubsub", [])).ok();
    let lines: Vec<_> = printed.lines().collect();
    assert_eq!(
        lines,
        [
            "Delivery { sent: 1, skipped: 0 }",
            "alice reads on calculus: sqrt(2)",
            "Delivery { sent: 2, skipped: 0 }",
            "alice reads on cool shorts: hello to all",
            "bob reads on cool shorts: hello to all",
            "Delivery { sent: 0, skipped: 0 }",
            "Delivery { sent: 1, skipped: 0 }",
            "bob reads on cool shorts: hello, bob",
        ]
    );
    assert_eq!(lab.files(), [""; 0]);
}

#[test]
fn a_stopped_subscriber_delays_no_message_to_another() {
    let lab = Lab::new();
    let broker = Process::serve(&mut lab.example("pubsub", ["broker"]));
    let mut reader = Process::serve(&mut lab.example("pubsub", ["read", "news"]));
    let mut stopped = Process::serve(&mut lab.example("pubsub", ["read", "news"]));
    stopped.signal(Signal::STOP);

    // More than can be in flight to one subscriber, so the stopped one has no space for all.
    let said = Process::run(&mut lab.example("pubsub", ["say", "news", "again", "1500"])).ok();
    let counts = said.trim_end().strip_prefix("sent ").unwrap();
    let (sent, skipped) = counts.split_once(", skipped ").unwrap();
    let (sent, skipped): (u32, u32) = (sent.parse().unwrap(), skipped.parse().unwrap());
    assert_eq!(sent + skipped, 3000, "{said}");
    assert!(1500 < sent && 0 < skipped, "{said}");
    let last = ["say", "news", "the last one"];
    Process::run(&mut lab.example("pubsub", last)).ok();
    reader.skip_to("the last one");

    // When it continues, it receives the messages that it had space for.
    stopped.signal(Signal::CONT);
    stopped.skip_to("again");
    for process in [reader, stopped, broker] {
        assert_eq!(process.end(Signal::TERM).code, Some(0));
    }
    assert_eq!(lab.files(), [""; 0]);
}

#[test]
fn wrong_arguments_are_explained() {
    let lab = Lab::new();
    Process::run(&mut lab.example("pubsub", ["shout"])).failed(1, "usage: pubsub");
    Process::run(&mut lab.example("pubsub", ["say", "a", "b"])).failed(1, "NotListening");
}
