//! The setup message of the handshake, which names a socket.

use std::fmt;

use uuid::Uuid;

use super::{LEN_TOTAL, WireError};

/// A setup message: the file name of a socket in the shared directory, a UUID of version 4 as 36 bytes of
/// text.
///
/// In the handshake, client and server name their sockets to each other with it. It consists of `[0-9a-f-]`,
/// so that it cannot lead out of the directory. [`setup_encode`] and [`setup_decode`] return it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SetupMsg {
    bytes: [u8; LEN_TOTAL],
}

/// Returns a setup message with a new random UUID of version 4 (Go: `SetupEncode`).
///
/// # Examples
///
/// ```
/// use domainsockets::wire::{LEN_TOTAL, setup_decode, setup_encode};
///
/// let setup = setup_encode();
/// assert_eq!(setup.as_bytes().len(), LEN_TOTAL);
/// assert_eq!(setup_decode(setup.as_bytes())?, setup);
/// # Ok::<(), domainsockets::wire::WireError>(())
/// ```
#[must_use]
pub fn setup_encode() -> SetupMsg {
    let mut bytes = [0; LEN_TOTAL];
    Uuid::new_v4().hyphenated().encode_lower(&mut bytes);
    SetupMsg { bytes }
}

/// Decodes a setup message, which is the only content of its datagram (Go: `SetupDecode`).
///
/// # Errors
///
/// [`WireError::BadSetup`] if it is not 36 bytes of `[0-9a-f-]`.
///
/// # Examples
///
/// ```
/// use domainsockets::wire::setup_decode;
///
/// assert!(setup_decode(b"c594277d-5a78-41e3-a297-689c215b1f1b").is_ok());
/// assert!(setup_decode(b"../../../../../../../../../etc/passw").is_err());
/// ```
pub fn setup_decode(datagram: &[u8]) -> Result<SetupMsg, WireError> {
    match datagram.try_into() {
        Ok(bytes) if datagram.iter().all(|byte| is_setup_byte(*byte)) => Ok(SetupMsg { bytes }),
        _ => Err(WireError::BadSetup),
    }
}

impl SetupMsg {
    /// Returns the message as the bytes of its datagram.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the message as the file name of the socket.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // The bytes are ASCII by construction, so the default is never used.
        str::from_utf8(&self.bytes).unwrap_or_default()
    }
}

impl fmt::Display for SetupMsg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for SetupMsg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SetupMsg({self})")
    }
}

/// The answer of a server that refuses another connection of the client's user.
///
/// A Go client, which expects an answer of 36 bytes, fails at once.
pub(crate) const SETUP_OVERLOADED: &[u8] = b"$overloaded";

const fn is_setup_byte(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-')
}

#[cfg(test)]
mod tests {
    use super::{setup_decode, setup_encode};

    #[test]
    fn setup_messages_are_version_4_uuids() {
        let setup = setup_encode();
        let text = setup.as_str();
        assert_eq!(text.as_bytes()[14], b'4');
        assert!(matches!(text.as_bytes()[19], b'8' | b'9' | b'a' | b'b'));
        assert_ne!(setup, setup_encode());
    }

    #[test]
    fn only_36_bytes_of_the_alphabet_decode() {
        for good in [
            "c594277d-5a78-41e3-a297-689c215b1f1b",
            &"-".repeat(36),
            &"f".repeat(36),
        ] {
            assert_eq!(setup_decode(good.as_bytes()).unwrap().as_str(), good);
        }
        for bad in [
            "",
            "c594277d-5a78-41e3-a297-689c215b1f1",
            "c594277d-5a78-41e3-a297-689c215b1f1bb",
            "C594277d-5a78-41e3-a297-689c215b1f1b",
            "c594277d/5a78-41e3-a297-689c215b1f1b",
            "c594277d\0-5a78-41e3-a297-689c215b1f1",
            "g594277d-5a78-41e3-a297-689c215b1f1b",
        ] {
            assert!(setup_decode(bad.as_bytes()).is_err(), "{bad:?}");
        }
    }
}
