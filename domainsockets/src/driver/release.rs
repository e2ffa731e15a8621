//! Dropping payloads, which runs code of their owners.

use bytes::Bytes;

use super::contain::contain_panic;

/// Drops payloads that a connection no longer needs. The caller holds no lock: the owner of their memory may
/// use the connection when it is dropped.
///
/// A destructor that panics belongs to another call than the one that runs it here. So its panic ends here.
#[inline]
pub(crate) fn drop_payloads(payloads: &mut Vec<Bytes>) {
    // One at a time: a second panic, while the first one unwinds, would abort the process.
    for payload in payloads.drain(..) {
        contain_panic(|| drop(payload));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use bytes::Bytes;

    use super::drop_payloads;

    struct Panics(Arc<AtomicUsize>);

    impl AsRef<[u8]> for Panics {
        fn as_ref(&self) -> &[u8] {
            b"data"
        }
    }

    impl Drop for Panics {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::Relaxed);
            panic!("as the test asked for");
        }
    }

    #[test]
    fn all_payloads_are_dropped_though_each_panics() {
        let dropped = Arc::new(AtomicUsize::new(0));
        let payload = || Bytes::from_owner(Panics(Arc::clone(&dropped)));
        drop_payloads(&mut vec![payload(), payload()]);
        assert_eq!(dropped.load(Ordering::Relaxed), 2);
    }
}
