//! The refusal of a client that has passed one end of a socket pair with its setup message.

use std::fmt;

use super::{ServerMsg, ServerMsgType, printable};

/// The reason why a server refuses a client, before it reads anything of it.
///
/// On the wire it is a server message of ID 0 and type 0 (error), whose text begins with a mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SetupRefusal {
    /// The client may not call the server, for this reason.
    Denied(String),
    /// A limit is reached, which this text names.
    Overloaded(String),
    ShuttingDown,
}

const DENIED: &str = "$denied: ";
const OVERLOADED: &str = "$overloaded: ";
const SHUTTING_DOWN: &str = "$shutting-down: ";

impl SetupRefusal {
    /// Returns the datagram that refuses a client.
    pub(crate) fn datagram(&self) -> Vec<u8> {
        let text = self.to_string();
        let mut datagram = Vec::new();
        ServerMsg {
            id: 0,
            kind: ServerMsgType::Error,
            data: text.as_bytes(),
        }
        .encode(&mut datagram);
        datagram
    }

    /// Parses the text of a refusal. Whatever it says, the client is refused. Control characters are escaped.
    pub(crate) fn parse(text: &[u8]) -> Self {
        let text = String::from_utf8_lossy(text);
        if let Some(what) = text.strip_prefix(OVERLOADED) {
            Self::Overloaded(printable(what.to_owned()))
        } else if text.starts_with(SHUTTING_DOWN) {
            Self::ShuttingDown
        } else {
            let reason = text.strip_prefix(DENIED).unwrap_or(&text);
            Self::Denied(printable(reason.to_owned()))
        }
    }
}

impl fmt::Display for SetupRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied(reason) => write!(f, "{DENIED}{reason}"),
            Self::Overloaded(what) => write!(f, "{OVERLOADED}{what}"),
            Self::ShuttingDown => write!(f, "{SHUTTING_DOWN}the server is shutting down"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::SetupRefusal;

    #[test]
    fn refusals_survive_a_round_trip() {
        for refusal in [
            SetupRefusal::Denied("user 7".to_owned()),
            SetupRefusal::Overloaded("connections".to_owned()),
            SetupRefusal::ShuttingDown,
        ] {
            assert_eq!(SetupRefusal::parse(refusal.to_string().as_bytes()), refusal);
        }
    }

    #[test]
    fn whatever_is_said_is_a_refusal() {
        for text in [&b"$later: words"[..], b"", b"\xff", b"$denied"] {
            assert!(matches!(SetupRefusal::parse(text), SetupRefusal::Denied(_)));
        }
        let escaped = SetupRefusal::parse(b"$overloaded: a\x1b[2J");
        assert_eq!(escaped, SetupRefusal::Overloaded("a\\u{1b}[2J".to_owned()));
    }
}
