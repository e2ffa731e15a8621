//! Counts futures when they begin and when they are dropped.

use std::convert::Infallible;
use std::fmt;
use std::future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use domainsockets::Bytes;

/// The numbers of futures that began, and that were dropped.
#[derive(Clone, Default)]
pub(crate) struct Notices(Arc<Counters>);

#[derive(Default)]
struct Counters {
    begun: AtomicU64,
    dropped: AtomicU64,
}

/// Counts the future that it is a part of.
pub(crate) struct Notice(Notices);

impl Notices {
    /// Counts one more future that begins.
    pub(crate) fn next(&self) -> Notice {
        self.0.begun.fetch_add(1, Ordering::Relaxed);
        Notice(self.clone())
    }
}

impl fmt::Display for Notices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dropped = self.0.dropped.load(Ordering::Relaxed);
        let begun = self.0.begun.load(Ordering::Relaxed);
        write!(f, "{dropped} of {begun}")
    }
}

impl Notice {
    /// Never returns.
    pub(crate) async fn never(self) -> Result<Bytes, Infallible> {
        future::pending().await
    }
}

impl Drop for Notice {
    fn drop(&mut self) {
        self.0.0.dropped.fetch_add(1, Ordering::Relaxed);
    }
}
