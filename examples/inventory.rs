//! A service that speaks JSON: callers in other languages need to know only the names of its arguments.
//!
//! ```text
//! cargo run --example inventory -- stock &
//! python3 examples/json_call.py stock Inventory.add item='M4 "short"' count=40
//! python3 examples/json_call.py stock Inventory.take item='M4 "short"' count=50
//! python3 examples/json_call.py stock Inventory.list
//! ```

use std::collections::BTreeMap;
use std::env;
use std::error::Error;
use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use domainsockets::codec::Json;
use domainsockets::{Server, service};
use serde::{Deserialize, Serialize};
use tokio::signal::unix::{SignalKind, signal};

/// Counts the items on the shelves.
#[service(codec = Json)]
pub trait Inventory {
    /// Adds to an item, and returns the item. A note replaces the earlier one.
    async fn add(&self, item: &str, count: u32, note: Option<&str>) -> Item;

    /// Takes some of an item away, and returns how many are left.
    async fn take(&self, item: &str, count: u32) -> Result<u32, Shortage>;

    /// Returns all items by their names.
    async fn list(&self) -> BTreeMap<String, Item>;
}

/// An item on the shelves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Item {
    /// The number of pieces.
    pub count: u32,
    /// A remark about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Why the service took nothing away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Shortage {
    /// There is no such item.
    Unknown,
    /// There are only this many.
    Only(u32),
}

#[derive(Default)]
struct Shelves(Mutex<BTreeMap<String, Item>>);

impl Shelves {
    fn items(&self) -> MutexGuard<'_, BTreeMap<String, Item>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inventory for Shelves {
    async fn add(&self, item: &str, count: u32, note: Option<&str>) -> Item {
        let mut items = self.items();
        let item = items.entry(item.to_owned()).or_default();
        item.count = item.count.saturating_add(count);
        if let Some(note) = note {
            item.note = Some(note.to_owned());
        }
        item.clone()
    }

    async fn take(&self, item: &str, count: u32) -> Result<u32, Shortage> {
        let mut items = self.items();
        let item = items.get_mut(item).ok_or(Shortage::Unknown)?;
        let left = item.count.checked_sub(count);
        item.count = left.ok_or(Shortage::Only(item.count))?;
        Ok(item.count)
    }

    async fn list(&self) -> BTreeMap<String, Item> {
        self.items().clone()
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let name = env::args_os().nth(1).ok_or("Usage: inventory NAME")?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let server = Server::bind(name)?
        .add_service(InventoryServer::new(Shelves::default()))?
        .start()?;
    writeln!(io::stdout(), "ready")?;
    let stopped = async {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    };
    server.run_until(stopped).await?;
    Ok(())
}
