//! The service, for every program that has this file.

#![expect(
    unreachable_pub,
    reason = "in a project of its own this file is a library"
)]

use std::error::Error;
use std::fmt;

use domainsockets::service;
use serde::{Deserialize, Serialize};

/// Stores values under keys. A confirmed change is on the disk.
#[service]
pub trait Kv {
    /// Returns the value stored under `key`.
    async fn get(&self, key: &str) -> Option<Vec<u8>>;

    /// Stores `value` under `key`, and returns whether the key is new.
    async fn put(&self, key: &str, value: &[u8]) -> Result<bool, KvError>;

    /// Stores several entries, all of them or none, and returns how many of their keys are new.
    async fn put_all(&self, entries: Vec<(&str, &[u8])>) -> Result<u64, KvError>;

    /// Removes `key`, and returns whether it was there.
    async fn remove(&self, key: &str) -> Result<bool, KvError>;

    /// Returns the entries whose keys begin with `prefix`, in the order of the keys, from the first one after
    /// `after`: as many as one reply should have. An empty list is the end.
    async fn list(&self, prefix: &str, after: Option<&str>) -> Vec<(String, Vec<u8>)>;

    /// Returns the number of keys.
    fn count(&self) -> u64;
}

/// Why the daemon changed nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum KvError {
    /// A key has at least one byte.
    EmptyKey,
    /// A key has at most [`KEY_LIMIT`] bytes.
    KeyTooLong {
        /// How many bytes it has.
        len: u64,
    },
    /// A value has at most [`VALUE_LIMIT`] bytes.
    ValueTooLong {
        /// The value's key.
        key: String,
        /// How many bytes it has.
        len: u64,
    },
    /// The daemon could not write. It refuses all further changes until it is restarted. Only then it is known
    /// whether this one was stored.
    Storage(String),
}

impl fmt::Display for KvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EmptyKey => f.write_str("the key is empty"),
            Self::KeyTooLong { len } => {
                write!(f, "the key has {len} bytes, more than {KEY_LIMIT}")
            }
            Self::ValueTooLong { key, len } => {
                write!(
                    f,
                    "the value of {key:?} has {len} bytes, more than {VALUE_LIMIT}"
                )
            }
            Self::Storage(reason) => write!(f, "cannot store: {reason}"),
        }
    }
}

impl Error for KvError {}

/// Longest key in bytes.
pub const KEY_LIMIT: usize = 1024;

/// Longest value in bytes: a quarter of what a message can hold.
pub const VALUE_LIMIT: usize = 1 << 20;
