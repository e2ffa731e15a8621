//! Messages and whole conversations recorded from the Go package.

use serde_json::Value;

use crate::wire::{ClientMsg, ServerMsg};

/// The conversations: those of a real Go client with a played server, and of a real Go server.
pub const TRANSCRIPTS: [&str; 6] = [
    "go-client-one-call",
    "go-client-error",
    "go-client-eight-calls",
    "go-client-repeated-head",
    "go-server",
    "go-server-odd-handlers",
];

/// One message, and the writes of the Go encoder for it.
#[derive(Clone, Debug)]
pub struct Vector {
    /// The message.
    pub message: Message,
    /// The encoder's writes, in order.
    pub writes: Vec<Vec<u8>>,
}

impl Vector {
    /// Returns the message's bytes in the stream.
    pub fn bytes(&self) -> Vec<u8> {
        self.writes.concat()
    }
}

/// A message in either direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// From a client.
    Client(ClientMsg),
    /// From a server.
    Server(ServerMsg),
}

/// One datagram of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Who sent it.
    pub from: Side,
    /// Whether it belongs to the handshake: the client's setup datagram, or the server's answer to
    /// it.
    pub handshake: bool,
    /// Its bytes.
    pub datagram: Vec<u8>,
}

/// A side of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The side that dialled.
    Client,
    /// The side that was dialled.
    Server,
}

/// Returns all vectors, in the order of the file.
pub fn vectors() -> Vec<Vector> {
    include_str!("../data/vectors.jsonl")
        .lines()
        .map(|line| vector(&serde_json::from_str(line).unwrap()))
        .collect()
}

/// Returns the conversation with this name, one of [`TRANSCRIPTS`].
pub fn transcript(name: &str) -> Vec<Line> {
    let text = match name {
        "go-client-one-call" => include_str!("../data/transcripts/go-client-one-call.jsonl"),
        "go-client-error" => include_str!("../data/transcripts/go-client-error.jsonl"),
        "go-client-eight-calls" => include_str!("../data/transcripts/go-client-eight-calls.jsonl"),
        "go-client-repeated-head" => {
            include_str!("../data/transcripts/go-client-repeated-head.jsonl")
        }
        "go-server" => include_str!("../data/transcripts/go-server.jsonl"),
        "go-server-odd-handlers" => {
            include_str!("../data/transcripts/go-server-odd-handlers.jsonl")
        }
        other => panic!("no transcript {other}"),
    };
    let mut handshakes = 0;
    text.lines()
        .map(|line| {
            let value: Value = serde_json::from_str(line).unwrap();
            let datagram = bytes(&value["datagram_hex"]);
            let from = match value["from"].as_str() {
                Some("client") => Side::Client,
                Some("server") => Side::Server,
                other => panic!("sent by {other:?}"),
            };
            // The handshake is the first datagram in each direction.
            let handshake = handshakes < 2;
            handshakes += 1;
            Line {
                from,
                handshake,
                datagram,
            }
        })
        .collect()
}

/// Decodes a hexadecimal text.
pub fn unhex(text: &str) -> Vec<u8> {
    assert!(text.len().is_multiple_of(2), "odd number of digits: {text}");
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

/// Returns bytes as hexadecimal text.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(half.into(), 16).unwrap();
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

fn vector(value: &Value) -> Vector {
    let (id, kind) = (
        value["id"].as_u64().unwrap(),
        value["type"].as_u64().unwrap(),
    );
    let data = bytes(&value["data_hex"]);
    let message = match value["kind"].as_str() {
        Some("client") => Message::Client(ClientMsg {
            id,
            kind,
            handler: value["handler"].as_str().unwrap_or("").into(),
            data,
        }),
        Some("server") => Message::Server(ServerMsg { id, kind, data }),
        other => panic!("kind {other:?}"),
    };
    let writes = value["writes_hex"].as_array().unwrap().iter().map(bytes);
    Vector {
        message,
        writes: writes.collect(),
    }
}

fn bytes(value: &Value) -> Vec<u8> {
    unhex(value.as_str().unwrap())
}

#[cfg(test)]
mod tests {
    use crate::wire::is_setup;

    use super::{Side, TRANSCRIPTS, hex, transcript, unhex, vectors};

    #[test]
    fn all_recordings_are_read() {
        assert_eq!(vectors().len(), 180);
        let lengths = TRANSCRIPTS.map(|name| transcript(name).len());
        assert_eq!(lengths, [5, 5, 26, 5, 20, 12]);
    }

    #[test]
    fn every_transcript_begins_with_the_handshake() {
        for name in TRANSCRIPTS {
            let lines = transcript(name);
            assert_eq!((lines[0].from, lines[1].from), (Side::Client, Side::Server));
            for line in &lines {
                assert_eq!(line.handshake, is_setup(&line.datagram));
            }
        }
    }

    #[test]
    fn hex_is_read_and_written() {
        assert_eq!(unhex("00ff10"), [0, 255, 16]);
        assert_eq!(hex(&[0, 255, 16]), "00ff10");
    }
}
