//! Messages from client to server: a decoded message encodes to the same bytes, and an encoded one
//! decodes.

#![no_main]

use domainsockets::wire::{ClientMsg, ClientMsgType, NAME_LIMIT, varint};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    check_message(input);
    check_body(input);
    check_fields(input);
});

/// Decodes the input as a stream.
fn check_message(src: &[u8]) {
    match ClientMsg::decode(src) {
        Ok(Some((message, len))) => {
            assert!(message.handler.len() <= NAME_LIMIT);
            assert_eq!(message.encoded_len(), len);
            assert_eq!(encoded(&message), src[..len]);
            for end in (0..len).rev().take(40) {
                assert_eq!(ClientMsg::decode(&src[..end]), Ok(None));
            }
        }
        Ok(None) => {
            if let Ok(Some((total, width))) = varint::decode(src) {
                assert!(((src.len() - width) as u64) < total, "the message is whole");
            }
        }
        Err(error) => {
            let longer = [src, b"\x00"].concat();
            assert_eq!(
                ClientMsg::decode(&longer),
                Err(error),
                "what follows does not matter"
            );
        }
    }
}

/// Decodes the input as one message without its `total`.
fn check_body(body: &[u8]) {
    let decoded = ClientMsg::decode_body(body);
    let mut whole = Vec::new();
    varint::encode(body.len() as u64, &mut whole);
    whole.extend(body);
    assert_eq!(
        ClientMsg::decode(&whole),
        decoded.map(|message| Some((message, whole.len())))
    );
    if let Ok(message) = decoded {
        assert_eq!(encoded(&message), whole);
    }
}

/// Encodes a message whose fields the input gives: id, type, length of the name, name and data.
fn check_fields(input: &[u8]) {
    let Some((id, [kind, len, rest @ ..])) = input.split_first_chunk() else {
        return;
    };
    let (name, data) = rest.split_at(rest.len().min(usize::from(*len)));
    let Ok(handler) = str::from_utf8(name) else {
        return;
    };
    let kind = if kind % 2 == 0 {
        ClientMsgType::KeepAlive
    } else {
        ClientMsgType::Data
    };
    let message = ClientMsg {
        id: u64::from_le_bytes(*id),
        kind,
        handler,
        data,
    };
    let bytes = encoded(&message);
    assert_eq!(message.encoded_len(), bytes.len());
    assert_eq!(ClientMsg::decode(&bytes), Ok(Some((message, bytes.len()))));
}

fn encoded(message: &ClientMsg<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    message.encode(&mut out);
    out
}
