//! The deadline, signature and metadata of a request.

use std::sync::Arc;
use std::time::Instant;

use crate::wire::{Meta, Metadata};

/// The `$meta` message that a client has sent before a request, as the server keeps it.
#[derive(Debug)]
pub(crate) struct RequestMeta {
    /// When the client's deadline passes.
    pub(crate) deadline: Option<Instant>,
    /// `None` if there are no entries.
    pub(crate) metadata: Option<Arc<Metadata>>,
    /// The hash of the client's signature of the method.
    pub(crate) signature: Option<u64>,
}

impl RequestMeta {
    /// Converts a message that was received at `now`. A deadline that no `Instant` can represent counts as none.
    pub(crate) fn received(now: Instant, meta: Meta) -> Self {
        Self {
            deadline: meta.deadline.and_then(|left| now.checked_add(left)),
            metadata: meta.metadata,
            signature: meta.signature,
        }
    }

    /// Returns the memory of the metadata in bytes.
    pub(crate) fn weight(&self) -> usize {
        let entries = self.metadata.as_ref();
        entries.map_or(0, |entries| entries.size() + entries.len() * ENTRY)
    }
}

/// The memory of an entry without its key and value, in bytes.
const ENTRY: usize = size_of::<(Box<str>, Box<[u8]>)>();
