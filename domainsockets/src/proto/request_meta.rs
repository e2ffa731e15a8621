//! What has come beside a request.

use std::sync::Arc;
use std::time::Instant;

use crate::wire::{Meta, Metadata};

/// What a client has said in front of a call, as its server keeps it.
#[derive(Debug)]
pub(crate) struct RequestMeta {
    /// When the client waits no more.
    pub(crate) deadline: Option<Instant>,
    /// None if there is no entry.
    pub(crate) metadata: Option<Arc<Metadata>>,
    /// By which service the client was built.
    pub(crate) signature: Option<u64>,
}

impl RequestMeta {
    /// What was said at `now`. A deadline beyond all time is none.
    pub(crate) fn received(now: Instant, meta: Meta) -> Self {
        Self {
            deadline: meta.deadline.and_then(|left| now.checked_add(left)),
            metadata: meta.metadata,
            signature: meta.signature,
        }
    }

    /// How many bytes it takes, beside what every request takes.
    pub(crate) fn weight(&self) -> usize {
        let entries = self.metadata.as_ref();
        entries.map_or(0, |entries| entries.size() + entries.len() * ENTRY)
    }
}

/// What an entry takes beside its key and its value.
const ENTRY: usize = size_of::<(Box<str>, Box<[u8]>)>();
