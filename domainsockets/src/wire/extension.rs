//! The extensions: messages of type 0 whose handler begins with `$`, which a Go server ignores.

use super::{Cutter, GO_DATAGRAM, WireError, reader::BodyReader, varint};

/// Handler of the client's announcement of itself.
pub(crate) const HELLO: &str = "$hello";

/// Handler by which a client cancels calls.
pub(crate) const CANCEL: &str = "$cancel";

/// Handler by which a client says that it goes.
pub(crate) const BYE: &str = "$bye";

/// Handler by which a client says what the call behind it carries beside its arguments.
pub(crate) const META: &str = "$meta";

/// What a handler may not begin with.
pub(crate) const PREFIX: char = '$';

/// The version of the extensions that this library speaks.
const VERSION: u64 = 1;

const FIELD_VERSION: u64 = 1;
const FIELD_DATAGRAM_LIMIT: u64 = 2;
const FIELD_MESSAGE_LIMIT: u64 = 3;
const FIELD_IN_FLIGHT_LIMIT: u64 = 4;

const NOTICE_HELLO: u64 = 0;
const NOTICE_DRAIN: u64 = 1;
const NOTICE_BYE: u64 = 2;

/// What a peer announces of itself: a list of fields `[key][length][value]`, all varints. A reader
/// skips keys that it does not know and takes the default for those that are missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Hello {
    /// Version of the extensions; 1.
    pub version: u64,
    /// Largest datagram in bytes that the peer reads whole; 4096 if it does not say.
    pub max_datagram_size: u64,
    /// Largest Data in bytes of a message that the peer accepts; without limit if it does not say.
    pub max_message_size: u64,
    /// How many requests of one connection the peer runs at a time; without limit if it does not
    /// say. Only servers announce it.
    pub in_flight_limit: u64,
}

/// What a server says on the id of the client's hello, which stays open as long as the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice {
    /// The answer to the client's hello.
    Hello(Hello),
    /// The server is shutting down: it finishes what runs and refuses new calls.
    Drain,
    /// The server closes the connection now.
    Bye,
    /// Something that a later version says; to be ignored.
    Unknown,
}

impl Hello {
    /// What a peer counts as until it has announced itself: one with the Go package's limits.
    pub const UNANNOUNCED: Self = Self {
        version: 0,
        max_datagram_size: GO_DATAGRAM as u64,
        max_message_size: u64::MAX,
        in_flight_limit: u64::MAX,
    };

    /// An announcement of this library.
    #[must_use]
    pub const fn new(max_datagram_size: usize, max_message_size: usize) -> Self {
        Self {
            version: VERSION,
            max_datagram_size: max_datagram_size as u64,
            max_message_size: max_message_size as u64,
            in_flight_limit: u64::MAX,
        }
    }

    /// The same with a limit to the requests that run at a time.
    #[must_use]
    pub const fn with_in_flight_limit(self, limit: usize) -> Self {
        Self {
            in_flight_limit: limit as u64,
            ..self
        }
    }

    /// Appends the fields to `out`, but for those that say what goes without saying.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let unsaid = Self::UNANNOUNCED;
        let fields = [
            (FIELD_VERSION, self.version, unsaid.version),
            (
                FIELD_DATAGRAM_LIMIT,
                self.max_datagram_size,
                unsaid.max_datagram_size,
            ),
            (
                FIELD_MESSAGE_LIMIT,
                self.max_message_size,
                unsaid.max_message_size,
            ),
            (
                FIELD_IN_FLIGHT_LIMIT,
                self.in_flight_limit,
                unsaid.in_flight_limit,
            ),
        ];
        for (key, value, _) in fields
            .into_iter()
            .filter(|(_, value, unsaid)| value != unsaid)
        {
            varint::encode(key, out);
            varint::encode(varint::len(value) as u64, out);
            varint::encode(value, out);
        }
    }

    /// Reads the fields.
    ///
    /// # Errors
    ///
    /// [`WireError::BadExtension`] if they are cut off, or a known field is not one varint.
    ///
    /// # Examples
    ///
    /// ```
    /// use domainsockets::wire::Hello;
    ///
    /// let mut data = Vec::new();
    /// Hello::new(65_536, 4_194_304).encode(&mut data);
    /// data.extend(b"\x7f\x03new"); // a field that only later versions know
    /// assert_eq!(Hello::decode(&data)?.max_datagram_size, 65_536);
    /// # Ok::<(), domainsockets::wire::WireError>(())
    /// ```
    pub fn decode(data: &[u8]) -> Result<Self, WireError> {
        let read = || {
            let mut hello = Self::UNANNOUNCED;
            let mut fields = BodyReader::new(data);
            while !fields.is_empty() {
                let key = fields.varint()?;
                let len = fields.varint()?;
                let value = fields.bytes(len)?;
                let slot = match key {
                    FIELD_VERSION => &mut hello.version,
                    FIELD_DATAGRAM_LIMIT => &mut hello.max_datagram_size,
                    FIELD_MESSAGE_LIMIT => &mut hello.max_message_size,
                    FIELD_IN_FLIGHT_LIMIT => &mut hello.in_flight_limit,
                    _ => continue,
                };
                let mut value = BodyReader::new(value);
                *slot = value.varint()?;
                value.finish()?;
            }
            Ok(hello)
        };
        read().map_err(|_: WireError| WireError::BadExtension)
    }

    /// Whether the peer has announced itself.
    #[must_use]
    pub const fn is_announced(&self) -> bool {
        self.version > 0
    }

    /// How to cut what is sent to this peer, if this side sends no datagram over `limit`. What the
    /// peer announces below Go's 4096 is taken as that.
    pub(crate) fn cutter(&self, limit: usize) -> Cutter {
        let announced = usize::try_from(self.max_datagram_size).unwrap_or(usize::MAX);
        Cutter::new(announced.min(limit).max(GO_DATAGRAM))
    }
}

impl Notice {
    /// Appends the notice to `out`: a varint that says which, and what belongs to it.
    pub fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Hello(hello) => {
                varint::encode(NOTICE_HELLO, out);
                hello.encode(out);
            }
            Self::Drain => varint::encode(NOTICE_DRAIN, out),
            Self::Bye => varint::encode(NOTICE_BYE, out),
            Self::Unknown => {}
        }
    }

    /// Reads a notice.
    ///
    /// # Errors
    ///
    /// [`WireError::BadExtension`] if it is a hello that cannot be read.
    pub fn decode(data: &[u8]) -> Result<Self, WireError> {
        let mut rest = BodyReader::new(data);
        Ok(match rest.varint() {
            Ok(NOTICE_HELLO) => Self::Hello(Hello::decode(rest.rest())?),
            Ok(NOTICE_DRAIN) => Self::Drain,
            Ok(NOTICE_BYE) => Self::Bye,
            _ => Self::Unknown,
        })
    }
}

/// The ids in the data of a `$cancel`: varints, one after the other.
pub(crate) fn cancelled_ids(data: &[u8]) -> impl Iterator<Item = u64> {
    let mut rest = BodyReader::new(data);
    std::iter::from_fn(move || {
        if rest.is_empty() {
            None
        } else {
            rest.varint().ok()
        }
    })
}

#[cfg(test)]
mod tests {
    use super::{Hello, Notice, WireError, cancelled_ids};

    #[test]
    fn hello_is_written_as_documented() {
        let mut data = Vec::new();
        Hello::new(65_536, 4_194_304).encode(&mut data);
        assert_eq!(
            data,
            [1, 1, 1, 2, 3, 0x80, 0x80, 4, 3, 4, 0x80, 0x80, 0x80, 2]
        );
    }

    #[test]
    fn hello_without_fields_is_unannounced() {
        assert_eq!(Hello::decode(&[]), Ok(Hello::UNANNOUNCED));
        assert!(!Hello::UNANNOUNCED.is_announced());
    }

    #[test]
    fn cut_off_hello_is_refused() {
        for data in [&[1][..], &[1, 1], &[2, 2, 5, 5], &[9, 200, 1]] {
            assert_eq!(Hello::decode(data), Err(WireError::BadExtension));
        }
    }

    #[test]
    fn notices_come_back_and_unknown_ones_are_not_errors() {
        let hello = Hello::new(4096, 10).with_in_flight_limit(7);
        for notice in [Notice::Hello(hello), Notice::Drain, Notice::Bye] {
            let mut data = Vec::new();
            notice.encode(&mut data);
            assert_eq!(Notice::decode(&data), Ok(notice));
        }
        assert_eq!(Notice::decode(&[77, 1, 2]), Ok(Notice::Unknown));
        assert_eq!(Notice::decode(&[]), Ok(Notice::Unknown));
    }

    #[test]
    fn cancelled_ids_end_where_they_cannot_be_read() {
        assert_eq!(
            cancelled_ids(&[1, 0xac, 2, 0x80]).collect::<Vec<_>>(),
            [1, 300]
        );
        assert_eq!(cancelled_ids(&[]).count(), 0);
    }
}
