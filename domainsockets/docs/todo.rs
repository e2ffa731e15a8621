// src/lib.rs
use std::error::Error;
use std::fmt;

use domainsockets::{Context, service};
use serde::{Deserialize, Serialize};

/// The name under which the daemon listens.
pub const NAME: &str = "todo";

/// A list of things to do.
#[service]
pub trait Todo {
    /// Adds an item, and returns its number.
    async fn add(&self, ctx: &Context, text: &str) -> Result<u64, TodoError>;

    /// Removes an item of the caller's own.
    async fn remove(&self, ctx: &Context, number: u64) -> Result<(), TodoError>;

    /// Returns all items in the order of their numbers.
    #[rpc(idempotent)]
    async fn list(&self) -> Vec<Item>;

    /// Removes all items, and returns how many there were.
    #[rpc(allow(root, own_user))]
    async fn clear(&self) -> u64;
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    pub number: u64,
    pub text: String,
    /// The user who added it.
    pub user: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TodoError {
    EmptyText,
    NotFound { number: u64 },
    NotYours { user: u32 },
}

impl fmt::Display for TodoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EmptyText => write!(f, "the text is empty"),
            Self::NotFound { number } => write!(f, "there is no item {number}"),
            Self::NotYours { user } => write!(f, "the item belongs to user {user}"),
        }
    }
}

impl Error for TodoError {}
