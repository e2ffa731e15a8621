//! Signatures: what the methods of a service take and return, compared between client and server.
//!
//! Bincode writes no types. A server and a client that were built from two versions of a trait would read each other's
//! bytes as other values. So each method has a [`Signature`], down to the fields of its types. The library finds it by
//! means of `Deserialize`; nothing else has to be derived. The stub returns the signatures: `KvClient::signatures()`.
//! Raw methods have none.
//!
//! * A stub's first call of a method carries the client's signature. A server with another signature does not run the
//!   call, which fails with [`Error::SignatureMismatch`](crate::Error::SignatureMismatch) and says what differs. (Both
//!   sides have to be [announced](crate::ClientBuilder::announce). Raw calls are not compared.)
//! * [`assert_lock`] fails a test when a change of the service breaks older clients or servers.
//!
//! # Example
//!
//! ```
//! use domainsockets::service;
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Serialize, Deserialize)]
//! pub struct Value {
//!     bytes: Vec<u8>,
//!     ttl: u32,
//! }
//!
//! #[derive(Debug, Serialize, Deserialize)]
//! pub enum KvError {
//!     Full,
//!     Denied(String),
//! }
//!
//! #[service]
//! pub trait Kv {
//!     async fn put(&self, key: &str, value: Value) -> Result<(), KvError>;
//! }
//!
//! let put = &KvClient::signatures()[0];
//! assert_eq!(put.handler(), "Kv.put");
//! assert_eq!(
//!     put.to_string(),
//!     "fn put(key: str, value: struct Value { bytes: bytes, ttl: u32 }) \
//!      -> Result<(), enum KvError { Full, Denied(str) }>",
//! );
//! ```
//!
//! # What is compared
//!
//! Two signatures agree if each side reads what the other one writes, with the same meaning. These count:
//!
//! * the number of arguments, their types in order, and the type of the result;
//! * the names, order and types of a struct's fields;
//! * the names and order of an enum's variants, and what they hold;
//! * the number of elements of tuples and arrays.
//!
//! The names of fields and variants do not travel, but only they tell two fields apart that were swapped.
//! `#[serde(rename = "…")]` keeps the old name of a field that was renamed.
//!
//! These make no difference to the bytes and are not compared: the names of methods, arguments, structs and enums;
//! whether text and bytes are borrowed; the kind of collection; `usize` or `u64`; a `Box`; a struct around a single
//! unnamed field; an array or a tuple of equal elements.
//!
//! So a call runs with swapped values if two arguments of the same type change places, as when `put(key: &str, value: &str)`
//! becomes `put(value: &str, key: &str)`. [`assert_lock`] catches this: it fails with "the arguments are in another order".
//!
//! Data of a codec that writes names, such as `codec::Json`, describe themselves: fields may come in any order, and some
//! may be missing. So calls of a service with such a codec are not compared. A lock compares it like all others. There
//! the names of the arguments count too, as they travel.
//!
//! # What is unknown
//!
//! The library decodes each type and answers its questions with errors, so that a type shows what it reads and no value
//! is made: [`docs::codecs`](crate::docs::codecs#what-runs-when-types-are-found-out) says what runs. A type is `unknown`,
//! and agrees with every other one, if it
//!
//! * reads whatever comes: `#[serde(untagged)]`, `flatten`, `tag`, which bincode cannot read;
//! * is an element of a tuple behind one of which no sample can be made, as of a type with a conversion;
//! * is a part of an enum or struct whose `Deserialize` was written by hand;
//! * asks for something else each time, or for more than some thousand types.
//!
//! Clients and servers do not compare a method that has an unknown type in its arguments or result.
//!
//! `#[service(signatures = false)]` turns signatures off.

mod diff;
mod explore;
mod hash;
pub(crate) mod lazy;
mod lock;
mod parse;
mod probe;
mod resolve;
mod shapes;
mod type_graph;
mod type_name;
mod types;

#[cfg(test)]
mod tests;

use std::fmt::{self, Display, Formatter};

pub use lock::assert_lock;

use types::{Type, UNIT, Word};

/// What a method takes and returns.
///
/// It shows itself as one line, in which each struct and enum is spelled out where it comes first. Two that
/// show themselves differently may still agree.
#[derive(Clone, Debug)]
pub struct Signature {
    handler: String,
    /// The other names of the handler.
    aliases: Vec<&'static str>,
    name: String,
    arguments: Vec<(String, Type)>,
    reply: Type,
    hash: Option<u64>,
    /// Whether the names of the arguments travel.
    is_named: bool,
}

impl Signature {
    fn new(handler: String, name: String, arguments: Vec<(String, Type)>, reply: Type) -> Self {
        let hash = hash::hash(&arguments, &reply);
        Self {
            handler,
            aliases: Vec::new(),
            name,
            arguments,
            reply,
            hash,
            is_named: false,
        }
    }

    /// Reads what another one has shown.
    pub(crate) fn parse(handler: &str, text: &str) -> Option<Self> {
        let (name, arguments, reply) = parse::function(text)?;
        Some(Self::new(handler.to_owned(), name, arguments, reply))
    }

    /// Returns the name under which the method is called.
    #[must_use]
    pub fn handler(&self) -> &str {
        &self.handler
    }

    /// Whether a call of this handler is one of the method.
    fn answers(&self, handler: &str) -> bool {
        self.handler == handler || self.aliases.contains(&handler)
    }

    /// Returns a number that is the same for all signatures that agree with this one, on every machine, and for no
    /// others that are likely to be met. None if there is anything in it that is not known.
    #[must_use]
    pub const fn hash(&self) -> Option<u64> {
        self.hash
    }

    /// Returns what this signature, a server's, and that of a client do not agree about, in words. None if they
    /// agree.
    ///
    /// # Examples
    ///
    /// ```
    /// mod released {
    ///     #[domainsockets::service]
    ///     pub trait Kv {
    ///         async fn get(&self, key: &str) -> Option<Vec<u8>>;
    ///     }
    /// }
    ///
    /// #[domainsockets::service]
    /// pub trait Kv {
    ///     async fn get(&self, key: &str) -> Result<Vec<u8>, String>;
    /// }
    ///
    /// let server = &released::KvClient::signatures()[0];
    /// let client = &KvClient::signatures()[0];
    /// assert_eq!(
    ///     server.difference(client).unwrap(),
    ///     "result: server returns Option<bytes>, this client expects Result<bytes, str>",
    /// );
    /// ```
    #[must_use]
    pub fn difference(&self, client: &Self) -> Option<String> {
        Self::compare(self, client, diff::Voice::Peers)
    }
}

impl Display for Signature {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "fn {}", Word(&self.name))?;
        types::list(f, "(", ")", &self.arguments, |f, (name, ty)| {
            write!(f, "{}: {ty}", Word(name))
        })?;
        if self.reply != Type::Scalar(UNIT) {
            write!(f, " -> {}", self.reply)?;
        }
        Ok(())
    }
}
