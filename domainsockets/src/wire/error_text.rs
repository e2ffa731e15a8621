//! The text of an error reply: Go's format, and the causes that Rust peers encode in it.

use std::fmt;

use super::GO_DATAGRAM;

/// The cause of an error reply.
///
/// A Rust client receives it as a text with a mark that begins with `$`. No handler can imitate a mark: a
/// handler's text that begins with `$` is sent with a second `$` in front.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The text of the error that the handler returned.
    Handler(String),
    UnknownHandler,
    Panicked,
    /// A limit was reached, which this text names.
    Overloaded(String),
    /// The method ran, but its reply of `size` bytes exceeded the memory quota of the client's user.
    ReplyDropped {
        size: usize,
    },
    /// The access rule of the handler does not admit the caller.
    Denied,
    ShuttingDown,
    /// The deadline that the client sent has passed.
    Expired,
    /// The reply of `size` bytes does not fit into one datagram, and the client is not a Rust peer.
    Unfit {
        size: usize,
    },
    /// A request or reply of `size` bytes exceeds the limit of `limit` bytes.
    TooLarge {
        size: usize,
        limit: usize,
    },
    /// The codec could not decode the arguments or encode the result.
    Codec(String),
    /// The client's signature of the method differs from the server's, which this is.
    Signature(String),
}

/// The most bytes of a peer's text in an error of this library.
const PEER_TEXT_LIMIT: usize = 4096;

/// The first character of a mark.
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

/// The words in front of a signature. Clients parse them.
const SERVER_HAS: &str = "the server has ";

/// The words in front of the limit that was reached. Clients parse them.
const IS_OVERLOADED: &str = "the server is overloaded: ";

impl Cause {
    /// Returns the length in bytes of the text that the cause holds.
    pub(crate) const fn len(&self) -> usize {
        match self {
            Self::Handler(text)
            | Self::Codec(text)
            | Self::Signature(text)
            | Self::Overloaded(text) => text.len(),
            _ => 0,
        }
    }

    /// Returns the error text for a call of `handler`, with at most `room` bytes. A longer text is truncated,
    /// with a note.
    ///
    /// `announced` says whether the client is a Rust peer, for which the text begins with a mark. Any other
    /// client receives the text that the Go package would write.
    pub(crate) fn text(&self, handler: &str, announced: bool, room: usize) -> String {
        let mark = if announced {
            self.mark()
        } else {
            String::new()
        };
        fitting(format!("handler({handler}) error: {mark}{self}"), room)
    }

    /// Parses the error text of a call of `handler`. `announced` says whether the server is a Rust peer,
    /// whose texts may have marks.
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

    /// Parses a text that begins with a mark. Returns `None` for the mark of a later version.
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

    /// Returns the mark in front of the text, which is empty for a handler's own text.
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

/// Returns a text that a peer may have written, for an error of this library: control characters are escaped, and
/// a text of more than [`PEER_TEXT_LIMIT`] bytes is truncated, with a note.
///
/// A text that was returned stays the same if it is passed again.
pub(crate) fn printable(text: String) -> String {
    if text.len() <= PEER_TEXT_LIMIT && !text.contains(needs_escape) {
        return text;
    }
    let mut escaped = String::new();
    for character in text.chars() {
        // The rest would be cut.
        if PEER_TEXT_LIMIT < escaped.len() {
            break;
        }
        if needs_escape(character) {
            escaped.extend(character.escape_default());
        } else {
            escaped.push(character);
        }
    }
    let size = text.len().max(escaped.len());
    truncated(escaped, size, PEER_TEXT_LIMIT)
}

/// Returns whether a character could control a terminal, begin a line of a log, or change the order of a line's text.
fn needs_escape(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}

/// Truncates a text to at most `room` bytes, with a note at its end if the note fits.
fn fitting(text: String, room: usize) -> String {
    let size = text.len();
    truncated(text, size, room)
}

/// Truncates a text as [`fitting`] does. `size` is the size in the note.
fn truncated(text: String, size: usize, room: usize) -> String {
    if text.len() <= room {
        return text;
    }
    let note = format!("… (cut: {size} bytes exceed {room})");
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

    use super::{Cause, PEER_TEXT_LIMIT, printable};

    #[test]
    fn causes_survive_a_round_trip() {
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
    fn go_clients_receive_texts_without_marks() {
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
    fn long_texts_are_truncated_with_a_note() {
        for room in [4032, 1000, 100, 10, 0] {
            let text = Cause::Handler("π".repeat(5000)).text("Fail", false, room);
            assert!(text.len() <= room, "{} bytes in {room}", text.len());
            let says = format!("(cut: 10021 bytes exceed {room})");
            assert!(text.ends_with(&says) || room < 50, "{text}");
        }
    }

    #[test]
    fn texts_of_peers_have_no_control_characters() {
        let text = "a\u{1b}[2J\r\nb\u{202e}\u{9b}\t\u{2028}„π\"\\".to_owned();
        let escaped = "a\\u{1b}[2J\\r\\nb\\u{202e}\\u{9b}\\t\\u{2028}„π\"\\";
        assert_eq!(printable(text), escaped);
    }

    #[test]
    fn texts_of_peers_have_a_bounded_length() {
        let whole = "π".repeat(2048);
        assert_eq!(printable(whole.clone()), whole);
        for (text, size) in [
            ("π".repeat(5000), 10_000),
            ("\u{1b}".repeat(1 << 20), 1 << 20),
        ] {
            let text = printable(text);
            assert!(text.len() <= PEER_TEXT_LIMIT, "{} bytes", text.len());
            assert!(
                text.ends_with(&format!("(cut: {size} bytes exceed 4096)")),
                "{text}"
            );
            assert_eq!(printable(text.clone()), text);
        }
    }

    #[test]
    fn marks_of_later_versions_are_handler_texts() {
        let text = "handler(x) error: $later: something";
        assert_eq!(
            Cause::parse(text, "x", true),
            Cause::Handler("$later: something".to_owned())
        );
    }

    proptest! {
        #[test]
        fn a_printable_text_stays_the_same(text in any::<String>(), times in 1_usize..200) {
            let text = printable(text.repeat(times));
            prop_assert_eq!(printable(text.clone()), text);
        }

        #[test]
        fn handler_texts_cannot_imitate_a_mark(
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
