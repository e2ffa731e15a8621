//! What the methods of a service take and return, so that both sides can tell whether they mean the same.
//!
//! Bincode does not say what it has written: a server and a client that were built from two versions of a
//! trait read each other's bytes as something else. So each method has a [`Signature`], down to the fields
//! of its types, which serde itself is asked for: there is nothing to derive beside `Serialize` and
//! `Deserialize`. The stub has them, as `KvClient::signatures()`; methods that are `raw` have none.
//!
//! * A stub's first call of a method says which signature the client was built with. A server that has
//!   another one does not run it, and the call ends with
//!   [`Error::SignatureMismatch`](crate::Error::SignatureMismatch), which says what differs. (Both have to be
//!   [announced](crate::ClientBuilder::announce); raw calls are let through.)
//! * [`assert_lock`] fails a test when a change to the service breaks what was built before.
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
//! Two signatures agree if each side reads what the other one writes, and takes it for the same:
//!
//! * how many arguments there are, and their types in order; the type of the result;
//! * the names, order and types of a struct's fields;
//! * the names and order of an enum's variants, and what they hold;
//! * how many elements tuples and arrays have.
//!
//! The names of fields and variants do not travel, but nothing else tells two fields apart that have
//! changed places. `#[serde(rename = "…")]` keeps the old name of a field that is called otherwise now.
//!
//! What makes no difference to the bytes is not compared: the names of methods, arguments, structs and
//! enums; whether text or bytes are borrowed; which collection holds elements; `usize` or `u64`; a
//! `Box`; a struct around a single unnamed field; an array or a tuple of equal elements.
//!
//! A codec that writes names, such as `codec::Json`, says itself what it has written, and is
//! the more lenient: fields may come in any order, and some may be missing. So calls of a service with
//! such a codec are not compared. A lock holds it to the same rules as all others, and to one more: the
//! names of the arguments count, as they travel.
//!
//! # What serde does not tell
//!
//! A type is found out by making values of it up. It is `unknown`, and agrees with everything, if it
//!
//! * refuses all that is made up, since it looks for itself at what it holds (common ones are made up
//!   such that they pass: `NonZero`, addresses, dates, versions, ids; what comes *behind* a refused value
//!   is not known either);
//! * asks what comes: `#[serde(untagged)]`, `flatten`, `tag`, which bincode cannot read anyhow;
//! * asks for something else each time, or for more than some thousand types.
//!
//! To find a type out its own code runs, once, when it is first asked for: a `Deserialize` that was written
//! by hand may be given values that nobody has sent.

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

    /// The name under which the method is called.
    #[must_use]
    pub fn handler(&self) -> &str {
        &self.handler
    }

    /// Whether a call of this handler is one of the method.
    fn answers(&self, handler: &str) -> bool {
        self.handler == handler || self.aliases.contains(&handler)
    }

    /// A number that is the same for all signatures that agree with this one, on every machine, and for no
    /// others that are likely to be met. None if there is anything in it that is not known.
    #[must_use]
    pub const fn hash(&self) -> Option<u64> {
        self.hash
    }

    /// What this signature, a server's, and that of a client do not agree about, in words. None if they
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
