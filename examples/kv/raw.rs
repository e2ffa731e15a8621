//! Calls `Kv.get` without the stub, with bytes that any language can write and read.

use std::error::Error;
use std::io::{self, Write};

use domainsockets::Client;

use crate::service::KvClient;

/// Gets a value by a raw call, and prints the bytes of request and reply.
pub(crate) async fn get(client: &Client, key: &str) -> Result<(), Box<dyn Error>> {
    let request = request(key)?;
    let reply = client.call(KvClient::GET, request.clone()).await?;
    let mut out = io::stdout().lock();
    writeln!(out, "call   {} {}", KvClient::GET, hex(&request))?;
    writeln!(out, "reply  {}", hex(&reply))?;
    match value(&reply)? {
        Some(value) => writeln!(out, "value  {}", String::from_utf8_lossy(value))?,
        None => return Err("no such key".into()),
    }
    Ok(())
}

/// Returns the data of a request: the tuple of the arguments, here one text, as its length and its bytes.
fn request(key: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    let len = match u16::try_from(key.len())? {
        short @ ..=250 => vec![u8::try_from(short)?],
        long => [&[251], long.to_le_bytes().as_slice()].concat(),
    };
    Ok([len.as_slice(), key.as_bytes()].concat())
}

/// Reads a reply, which is an option: 0, or 1 and the value.
fn value(reply: &[u8]) -> Result<Option<&[u8]>, &'static str> {
    match reply.split_first() {
        Some((0, [])) => Some(None),
        Some((1, value)) => bytes(value).map(Some),
        _ => None,
    }
    .ok_or("the reply is no optional value")
}

/// Reads bytes after their length. The length is one byte up to 250, or a 251 and two bytes, or a 252 and four.
fn bytes(encoded: &[u8]) -> Option<&[u8]> {
    let (len, bytes) = match encoded.split_first()? {
        (len @ ..=250, bytes) => (u32::from(*len), bytes),
        (251, rest) => {
            let (len, bytes) = rest.split_first_chunk()?;
            (u32::from(u16::from_le_bytes(*len)), bytes)
        }
        (252, rest) => {
            let (len, bytes) = rest.split_first_chunk()?;
            (u32::from_le_bytes(*len), bytes)
        }
        _ => return None,
    };
    (bytes.len() == usize::try_from(len).ok()?).then_some(bytes)
}

fn hex(bytes: &[u8]) -> String {
    let digits: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.join(" ")
}

#[cfg(test)]
mod tests {
    use super::{request, value};

    #[test]
    fn requests_are_a_length_and_the_key() {
        assert_eq!(request("ssh/tcp").unwrap(), b"\x07ssh/tcp");
        let long = request(&"k".repeat(300)).unwrap();
        assert_eq!(long[..4], [251, 44, 1, b'k']);
        assert_eq!(long.len(), 303);
    }

    #[test]
    fn replies_are_none_or_a_length_and_the_value() {
        assert_eq!(value(b"\x00"), Ok(None));
        assert_eq!(value(b"\x01\x0222"), Ok(Some(b"22".as_slice())));
        let (long, longer) = (vec![7; 300], vec![7; 65_536]);
        let encoded = [&[1, 251, 44, 1], &long[..]].concat();
        assert_eq!(value(&encoded), Ok(Some(&long[..])));
        let encoded = [&[1, 252, 0, 0, 1, 0], &longer[..]].concat();
        assert_eq!(value(&encoded), Ok(Some(&longer[..])));
        for wrong in [&b""[..], b"\x00x", b"\x01", b"\x01\x03xx", b"\x02"] {
            assert!(value(wrong).is_err(), "{wrong:?}");
        }
    }
}
