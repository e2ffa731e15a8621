//! The extensions of the protocol between Rust peers.
//!
//! A *Rust peer* is a peer that has sent `$hello`: it has announced itself. An extension is a client message
//! of type 0 whose handler begins with `$`. A Go server treats it as a keep-alive.

use super::extension_fields::{FieldReader, check_size};
use super::reader::BodyReader;
use super::{Cutter, GO_DATAGRAM, WireError, varint};

/// The handler of the client's announcement, [`Hello`].
pub(crate) const HELLO: &str = "$hello";

/// The handler of a message that cancels calls.
pub(crate) const CANCEL: &str = "$cancel";

/// The handler of the client's goodbye, after which the server closes the connection.
pub(crate) const BYE: &str = "$bye";

/// The handler of the metadata of the next call, [`Meta`](super::Meta).
pub(crate) const META: &str = "$meta";

/// The first character of all extensions, with which no registered handler may begin.
pub(crate) const PREFIX: char = '$';

/// The limit of IDs in a `$cancel`. Clients of this version send at most 1000.
pub(crate) const CANCELLED_IDS: usize = 1024;

/// The version of the extensions that this library implements.
const VERSION: u64 = 1;

const FIELD_VERSION: u64 = 1;
const FIELD_DATAGRAM_LIMIT: u64 = 2;
const FIELD_MESSAGE_LIMIT: u64 = 3;
const FIELD_IN_FLIGHT_LIMIT: u64 = 4;

const NOTICE_HELLO: u64 = 0;
const NOTICE_DRAIN: u64 = 1;
const NOTICE_BYE: u64 = 2;

/// The announcement of a Rust peer: its version of the extensions, and its limits.
///
/// On the wire it is a list of fields `[key][length][value]`, all varints. A receiver skips unknown keys, and
/// assumes the default for a missing one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Hello {
    /// The version of the extensions, 1. Zero if the peer has not announced itself.
    pub version: u64,
    /// The largest datagram that the peer receives whole, in bytes. 4096 if missing.
    pub max_datagram_size: u64,
    /// The largest data of a message that the peer accepts, in bytes. No limit if missing.
    pub max_message_size: u64,
    /// The number of requests of one connection that the peer runs at a time. No limit if missing. Only
    /// servers send it.
    pub in_flight_limit: u64,
}

/// A message of the server about the connection, rather than a reply to a call.
///
/// It is sent with the ID of the client's hello, which stays reserved as long as the connection lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice {
    /// The answer to the client's hello.
    Hello(Hello),
    /// The server is shutting down: it finishes running requests and refuses new ones.
    Drain,
    /// The server closes the connection now.
    Bye,
    /// A notice of a later version, which the client ignores.
    Unknown,
}

impl Hello {
    /// The assumed limits of a peer that has not announced itself: those of the Go package.
    pub const UNANNOUNCED: Self = Self {
        version: 0,
        max_datagram_size: GO_DATAGRAM as u64,
        max_message_size: u64::MAX,
        in_flight_limit: u64::MAX,
    };

    /// Returns an announcement of this version with these limits in bytes.
    #[must_use]
    pub const fn new(max_datagram_size: usize, max_message_size: usize) -> Self {
        Self {
            version: VERSION,
            max_datagram_size: max_datagram_size as u64,
            max_message_size: max_message_size as u64,
            in_flight_limit: u64::MAX,
        }
    }

    /// Sets the number of requests of one connection that the peer runs at a time.
    #[must_use]
    pub const fn with_in_flight_limit(self, limit: usize) -> Self {
        Self {
            in_flight_limit: limit as u64,
            ..self
        }
    }

    /// Appends the encoded fields to `out`, except for those with default values.
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

    /// Decodes the fields.
    ///
    /// # Errors
    ///
    /// [`WireError::BadExtension`] if the data are truncated, or if a known field is not exactly one varint.
    /// [`WireError::ExtensionTooLong`] for more than 16 KiB, [`WireError::TooManyFields`] for more than 64 fields.
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
        Self::decode_counted(data).map(|(hello, _)| hello)
    }

    /// Decodes and counts the fields.
    pub(crate) fn decode_counted(data: &[u8]) -> Result<(Self, usize), WireError> {
        let read = || {
            let mut hello = Self::UNANNOUNCED;
            let mut fields = FieldReader::new(HELLO, data)?;
            while let Some((key, value)) = fields.next()? {
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
            Ok((hello, fields.count()))
        };
        read().map_err(as_malformed)
    }

    /// Returns whether the peer has announced itself, so is a Rust peer.
    #[must_use]
    pub const fn is_announced(&self) -> bool {
        self.version > 0
    }

    /// Returns the rule for datagrams to this peer: at most as large as the peer announced and as this side's
    /// `limit`, but at least 4096 bytes. Every peer reads these, and a smaller announcement could force the
    /// sender to send one datagram per byte.
    pub(crate) fn cutter(&self, limit: usize) -> Cutter {
        let announced = usize::try_from(self.max_datagram_size).unwrap_or(usize::MAX);
        Cutter::new(announced.min(limit).max(GO_DATAGRAM))
    }
}

impl Notice {
    /// Appends the encoded notice to `out`: a varint for its kind, and its fields.
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

    /// Decodes a notice. An unknown kind is [`Unknown`](Self::Unknown), not an error.
    ///
    /// # Errors
    ///
    /// Those of [`Hello::decode`], if it is a hello.
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

/// Keeps the errors that name a limit. Any other is [`WireError::BadExtension`].
pub(super) const fn as_malformed(error: WireError) -> WireError {
    match error {
        WireError::ExtensionTooLong { .. } | WireError::TooManyFields { .. } => error,
        _ => WireError::BadExtension,
    }
}

/// Returns the IDs in the data of a `$cancel`, which are consecutive varints, up to the first malformed one.
///
/// # Errors
///
/// [`WireError::ExtensionTooLong`] or [`WireError::TooManyIds`].
pub(crate) fn cancelled_ids(data: &[u8]) -> Result<impl Iterator<Item = u64>, WireError> {
    check_size(CANCEL, data)?;
    // The last byte of a varint is the only one without the highest bit.
    let count = data.iter().filter(|byte| byte.is_ascii()).count();
    if CANCELLED_IDS < count {
        return Err(WireError::TooManyIds {
            count,
            limit: CANCELLED_IDS,
        });
    }
    let mut rest = BodyReader::new(data);
    Ok(std::iter::from_fn(move || {
        if rest.is_empty() {
            None
        } else {
            rest.varint().ok()
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::{CANCELLED_IDS, Hello, Notice, WireError, cancelled_ids};
    use crate::wire::extension_fields::{EXTENSION_BYTES, EXTENSION_FIELDS};

    #[test]
    fn hello_is_encoded_as_documented() {
        let mut data = Vec::new();
        Hello::new(65_536, 4_194_304).encode(&mut data);
        assert_eq!(
            data,
            [1, 1, 1, 2, 3, 0x80, 0x80, 4, 3, 4, 0x80, 0x80, 0x80, 2]
        );
    }

    #[test]
    fn hello_without_fields_announces_nothing() {
        assert_eq!(Hello::decode(&[]), Ok(Hello::UNANNOUNCED));
        assert!(!Hello::UNANNOUNCED.is_announced());
    }

    #[test]
    fn truncated_hello_is_refused() {
        for data in [&[1][..], &[1, 1], &[2, 2, 5, 5], &[9, 200, 1]] {
            assert_eq!(Hello::decode(data), Err(WireError::BadExtension));
        }
    }

    #[test]
    fn notices_survive_a_round_trip_and_unknown_ones_are_ignored() {
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
    fn cancelled_ids_end_at_a_malformed_one() {
        assert_eq!(
            cancelled_ids(&[1, 0xac, 2, 0x80])
                .unwrap()
                .collect::<Vec<_>>(),
            [1, 300]
        );
        assert_eq!(cancelled_ids(&[]).unwrap().count(), 0);
    }

    #[test]
    fn a_cancel_is_bounded_by_the_number_of_its_ids() {
        let longest = [&[0xff; 9][..], &[1]].concat().repeat(CANCELLED_IDS);
        let ids = cancelled_ids(&longest).unwrap();
        assert!(ids.eq([u64::MAX; CANCELLED_IDS]));
        let error = cancelled_ids(&[1; CANCELLED_IDS + 7]).err().unwrap();
        let text = "`$cancel` with 1031 IDs exceeds the limit of 1024 IDs";
        assert_eq!(error.to_string(), text);
        let error = cancelled_ids(&vec![0x80; EXTENSION_BYTES + 1])
            .err()
            .unwrap();
        let text = "`$cancel` with 16385 bytes of data exceeds the limit of 16384 bytes";
        assert_eq!(error.to_string(), text);
    }

    #[test]
    fn a_hello_is_bounded_by_its_fields_and_its_bytes() {
        let unknown = b"\x7f\x00";
        assert!(Hello::decode(&unknown.repeat(EXTENSION_FIELDS)).is_ok());
        let error = Hello::decode(&unknown.repeat(100)).unwrap_err();
        let text = "`$hello` with 100 fields exceeds the limit of 64 fields";
        assert_eq!(error.to_string(), text);
        let error = Hello::decode(&vec![0; EXTENSION_BYTES + 1]).unwrap_err();
        let text = "`$hello` with 16385 bytes of data exceeds the limit of 16384 bytes";
        assert_eq!(error.to_string(), text);
    }
}
