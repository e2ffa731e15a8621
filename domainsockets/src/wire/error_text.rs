//! The text of an error reply: Go's form, and the causes that a Rust peer reads back out of it.

use std::fmt;

use super::GO_DATAGRAM;

/// Why the framework refused a call or could not answer it.
///
/// To an announced peer it goes as a REASON that begins with `$`; no handler's own text does,
/// since one that would is written with a second `$`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// What the handler itself said.
    Handler(String),
    UnknownHandler,
    Panicked,
    /// A limit was reached: which one, in words.
    Overloaded(String),
    /// There was no memory for a reply of so many bytes.
    ReplyDropped {
        size: usize,
    },
    /// The peer's user may not call the method.
    Denied,
    ShuttingDown,
    /// The deadline has passed that the client has announced.
    Expired,
    /// A reply of so many bytes, which a peer that has not announced itself cannot read.
    Unfit {
        size: usize,
    },
    /// A request or reply over a limit, both in bytes.
    TooLarge {
        size: usize,
        limit: usize,
    },
    /// The arguments or the result do not fit the codec.
    Codec(String),
    /// The server has another method of this name than the client: the server's signature.
    Signature(String),
}

const MARK: char = '$';
const UNKNOWN_HANDLER: &str = "$unknown-handler";
const PANICKED: &str = "$panicked";
const OVERLOADED: &str = "$overloaded";
const REPLY_DROPPED: &str = "$reply-dropped";
const DENIED: &str = "$denied";
const SHUTTING_DOWN: &str = "$shutting-down";
const EXPIRED: &str = "$deadline-exceeded";
const TOO_LARGE: &str = "$too-large";
const CODEC: &str = "$codec";
const SIGNATURE: &str = "$signature";

/// The words in front of a signature.
const SERVER_HAS: &str = "the server has ";

/// The words in front of the limit that was reached.
const IS_OVERLOADED: &str = "the server is overloaded: ";

impl Cause {
    /// How many bytes of text it has.
    pub(crate) const fn len(&self) -> usize {
        match self {
            Self::Handler(text)
            | Self::Codec(text)
            | Self::Signature(text)
            | Self::Overloaded(text) => text.len(),
            _ => 0,
        }
    }

    /// The error text for a call of `handler`, in at most `room` bytes: a longer one is cut, and
    /// says so. `announced` says whether the peer can read a cause out of it; any other sees what
    /// the Go package would write.
    pub(crate) fn text(&self, handler: &str, announced: bool, room: usize) -> String {
        let mark = if announced {
            self.mark()
        } else {
            String::new()
        };
        fitting(format!("handler({handler}) error: {mark}{self}"), room)
    }

    /// Reads the cause out of the error text that a call of `handler` got.
    pub(crate) fn parse(text: &str, handler: &str, announced: bool) -> Self {
        let reason = text
            .strip_prefix("handler(")
            .and_then(|rest| rest.strip_prefix(handler))
            .and_then(|rest| rest.strip_prefix(") error: "))
            .unwrap_or(text);
        let marked = reason.strip_prefix(MARK).filter(|_| announced);
        match marked {
            Some(own) if own.starts_with(MARK) => Self::Handler(own.to_owned()),
            Some(_) => {
                Self::parse_marked(reason).unwrap_or_else(|| Self::Handler(reason.to_owned()))
            }
            None => Self::Handler(reason.to_owned()),
        }
    }

    fn parse_marked(reason: &str) -> Option<Self> {
        let (head, text) = reason.split_once(": ")?;
        let mut words = head.split(' ');
        Some(match words.next()? {
            UNKNOWN_HANDLER => Self::UnknownHandler,
            PANICKED => Self::Panicked,
            OVERLOADED => Self::Overloaded(text.strip_prefix(IS_OVERLOADED)?.to_owned()),
            REPLY_DROPPED => Self::ReplyDropped {
                size: words.next()?.parse().ok()?,
            },
            DENIED => Self::Denied,
            SHUTTING_DOWN => Self::ShuttingDown,
            EXPIRED => Self::Expired,
            TOO_LARGE => Self::TooLarge {
                size: words.next()?.parse().ok()?,
                limit: words.next()?.parse().ok()?,
            },
            CODEC => Self::Codec(text.to_owned()),
            SIGNATURE => Self::Signature(text.strip_prefix(SERVER_HAS)?.to_owned()),
            _ => return None,
        })
    }

    fn mark(&self) -> String {
        let name = match self {
            Self::Handler(text) if text.starts_with(MARK) => return MARK.to_string(),
            Self::Handler(_) | Self::Unfit { .. } => return String::new(),
            Self::TooLarge { size, limit } => return format!("{TOO_LARGE} {size} {limit}: "),
            Self::ReplyDropped { size } => return format!("{REPLY_DROPPED} {size}: "),
            Self::UnknownHandler => UNKNOWN_HANDLER,
            Self::Panicked => PANICKED,
            Self::Overloaded(_) => OVERLOADED,
            Self::Denied => DENIED,
            Self::ShuttingDown => SHUTTING_DOWN,
            Self::Expired => EXPIRED,
            Self::Codec(_) => CODEC,
            Self::Signature(_) => SIGNATURE,
        };
        format!("{name}: ")
    }
}

/// Cuts a text to so many bytes.
fn fitting(text: String, room: usize) -> String {
    if text.len() <= room {
        return text;
    }
    let note = format!("… (cut: {} bytes exceed {room})", text.len());
    let room_beside = room.saturating_sub(note.len());
    let end = (0..=room_beside)
        .rfind(|end| text.is_char_boundary(*end))
        .unwrap_or_default();
    let kept = text.get(..end).unwrap_or_default();
    if note.len() <= room {
        format!("{kept}{note}")
    } else {
        String::new()
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Handler(text) | Self::Codec(text) => f.write_str(text),
            Self::Signature(text) => write!(f, "{SERVER_HAS}{text}"),
            Self::UnknownHandler => f.write_str("unknown handler"),
            Self::Panicked => f.write_str("the handler panicked"),
            Self::Overloaded(what) => write!(f, "{IS_OVERLOADED}{what}"),
            Self::ReplyDropped { size } => {
                write!(f, "the server has no memory for a reply of {size} bytes")
            }
            Self::Denied => f.write_str("permission denied"),
            Self::ShuttingDown => f.write_str("the server is shutting down"),
            Self::Expired => f.write_str("the deadline has passed"),
            Self::Unfit { size } => {
                write!(
                    f,
                    "a reply of {size} bytes does not fit one datagram of {GO_DATAGRAM} bytes"
                )
            }
            Self::TooLarge { size, limit } => {
                write!(
                    f,
                    "a message of {size} bytes exceeds the limit of {limit} bytes"
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert_eq, proptest};

    use super::Cause;

    #[test]
    fn framework_causes_come_back() {
        for cause in [
            Cause::UnknownHandler,
            Cause::Panicked,
            Cause::Overloaded("requests in flight".to_owned()),
            Cause::ReplyDropped { size: 7 },
            Cause::Denied,
            Cause::ShuttingDown,
            Cause::Expired,
            Cause::TooLarge {
                size: 10_000,
                limit: 4096,
            },
            Cause::Codec("unexpected end".to_owned()),
            Cause::Signature("fn get(key: str) -> str".to_owned()),
        ] {
            let text = cause.text("Kv.get", true, 4096);
            assert!(text.starts_with("handler(Kv.get) error: $"), "{text}");
            assert_eq!(Cause::parse(&text, "Kv.get", true), cause);
            assert!(matches!(
                Cause::parse(&text, "Kv.get", false),
                Cause::Handler(_)
            ));
        }
    }

    #[test]
    fn go_peers_see_go_text() {
        let fail = Cause::Handler("$unknown-handler: me".to_owned());
        assert_eq!(
            fail.text("Fail", false, 4096),
            "handler(Fail) error: $unknown-handler: me"
        );
        assert_eq!(
            Cause::UnknownHandler.text("x", false, 4096),
            "handler(x) error: unknown handler"
        );
    }

    #[test]
    fn long_texts_are_cut_to_their_room() {
        for room in [4032, 1000, 100, 10, 0] {
            let text = Cause::Handler("π".repeat(5000)).text("Fail", false, room);
            assert!(text.len() <= room, "{} bytes in {room}", text.len());
            let says = format!("(cut: 10021 bytes exceed {room})");
            assert!(text.ends_with(&says) || room < 50, "{text}");
        }
    }

    #[test]
    fn causes_of_later_versions_are_texts() {
        let text = "handler(x) error: $later: something";
        assert_eq!(
            Cause::parse(text, "x", true),
            Cause::Handler("$later: something".to_owned())
        );
    }

    proptest! {
        #[test]
        fn no_handler_imitates_a_cause(
            mark in "(\\$)*(unknown-handler|panicked|too-large 1 2)?(: )?",
            rest in any::<String>(),
            handler in "[a-z)( :]{0,12}",
        ) {
            let own = Cause::Handler(mark + &rest);
            let text = own.text(&handler, true, 4096);
            prop_assert_eq!(Cause::parse(&text, &handler, true), own);
        }
    }
}
