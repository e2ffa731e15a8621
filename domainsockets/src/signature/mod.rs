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
mod function;
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

use diff::Voice;
use function::Function;

/// The types that a method takes and returns.
///
/// It is shown as one line, which spells out each struct and enum where it occurs first. Two signatures with
/// different texts may still agree.
#[derive(Clone, Debug)]
pub struct Signature {
    handler: String,
    /// The other names of the handler.
    aliases: Vec<&'static str>,
    function: Function,
}

impl Signature {
    fn new(handler: String, function: Function) -> Self {
        Self {
            handler,
            aliases: Vec::new(),
            function,
        }
    }

    /// Parses the text of a signature.
    pub(crate) fn parse(handler: &str, text: &str) -> Option<Self> {
        Some(Self::new(handler.to_owned(), parse::function(text)?))
    }

    /// Returns the name under which the method is called.
    #[must_use]
    pub fn handler(&self) -> &str {
        &self.handler
    }

    /// Returns whether the method has this handler name or alias.
    fn answers(&self, handler: &str) -> bool {
        self.handler == handler || self.aliases.contains(&handler)
    }

    /// Returns a hash that is the same on every machine for all signatures that agree with this one. `None` if a type
    /// in the signature is unknown.
    ///
    /// Signatures that do not agree have different hashes, but for collisions of 64-bit hashes.
    #[must_use]
    pub const fn hash(&self) -> Option<u64> {
        self.function.hash
    }

    /// Compares this signature, a server's, with a client's, and describes how they differ. Returns `None` if they
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
        Self::compare(self, client, Voice::Peers)
    }

    /// Describes how two signatures differ. Returns `None` if they agree.
    fn compare(server: &Self, client: &Self, voice: Voice) -> Option<String> {
        diff::compare(&server.function, &client.function, voice)
    }
}

impl Display for Signature {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.function.fmt(f)
    }
}
