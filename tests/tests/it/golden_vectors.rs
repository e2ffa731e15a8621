//! Messages recorded from the Go package, encoded and decoded by the library.

use domainsockets::wire::{ClientMsg, ClientMsgType, ServerMsg, ServerMsgType};
use tests::fixtures::{self, Message};
use tests::wire;

#[test]
fn vectors_are_encoded_as_go_does() {
    for vector in fixtures::vectors() {
        let mut bytes = Vec::new();
        let len = match &vector.message {
            Message::Client(message) => {
                let message = client(message);
                message.encode(&mut bytes);
                message.encoded_len()
            }
            Message::Server(message) => {
                let message = server(message);
                message.encode(&mut bytes);
                message.encoded_len()
            }
        };
        assert_eq!(bytes, vector.bytes(), "{:?}", vector.message);
        assert_eq!(len, bytes.len());
    }
}

#[test]
fn vectors_that_go_wrote_are_decoded() {
    for vector in fixtures::vectors() {
        let bytes = vector.bytes();
        let short = &bytes[..bytes.len() - 1];
        let long = [&bytes[..], b"next"].concat();
        match &vector.message {
            Message::Client(message) => {
                let expected = client(message);
                let whole = Ok(Some((expected, bytes.len())));
                assert_eq!(ClientMsg::decode(&bytes), whole);
                assert_eq!(ClientMsg::decode(&long), whole);
                assert_eq!(ClientMsg::decode(short), Ok(None));
            }
            Message::Server(message) => {
                let expected = server(message);
                let whole = Ok(Some((expected, bytes.len())));
                assert_eq!(ServerMsg::decode(&bytes), whole);
                assert_eq!(ServerMsg::decode(&long), whole);
                assert_eq!(ServerMsg::decode(short), Ok(None));
            }
        }
    }
}

fn client(message: &wire::ClientMsg) -> ClientMsg<'_> {
    ClientMsg {
        id: message.id,
        kind: match message.kind {
            0 => ClientMsgType::KeepAlive,
            1 => ClientMsgType::Data,
            other => panic!("type {other}"),
        },
        handler: str::from_utf8(&message.handler).unwrap(),
        data: &message.data,
    }
}

fn server(message: &wire::ServerMsg) -> ServerMsg<'_> {
    ServerMsg {
        id: message.id,
        kind: match message.kind {
            0 => ServerMsgType::Error,
            1 => ServerMsgType::Data,
            other => panic!("type {other}"),
        },
        data: &message.data,
    }
}
