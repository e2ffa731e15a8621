//! Bytes that are shared instead of copied while a value is written or read.
//!
//! serde passes bytes as slices. While a value is written or read, a thread-local variable has the owner of such slices,
//! so that a visitor or writer finds the owner of a slice.

use std::cell::Cell;

use bytes::Bytes;

/// The least number of bytes that are shared. Fewer bytes are faster to copy, and would keep the whole message alive.
pub(super) const SHARED_FROM: usize = 4096;

thread_local! {
    static LENT: Cell<Bytes> = const { Cell::new(Bytes::new()) };
}

/// Lends `owner` while `run` runs.
pub(super) fn with<R>(owner: &Bytes, run: impl FnOnce() -> R) -> R {
    if owner.len() < SHARED_FROM {
        return run();
    }
    let _restored = Restored(LENT.replace(owner.clone()));
    run()
}

/// Returns `bytes` as a part of the lent owner, if they are one.
pub(super) fn find(bytes: &[u8]) -> Option<Bytes> {
    if bytes.len() < SHARED_FROM {
        return None;
    }
    let owner = LENT.take();
    let offset = bytes.as_ptr().addr().checked_sub(owner.as_ptr().addr());
    let range = offset.and_then(|begin| Some(begin..begin.checked_add(bytes.len())?));
    let found = range
        .filter(|range| range.end <= owner.len())
        .map(|range| owner.slice(range));
    LENT.set(owner);
    found
}

/// Lends the previous owner again when it is dropped.
struct Restored(Bytes);

impl Drop for Restored {
    fn drop(&mut self) {
        LENT.set(std::mem::take(&mut self.0));
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::{find, with};

    #[test]
    fn parts_of_what_is_lent_are_found() {
        let owner = Bytes::from(vec![1; 10_000]);
        let other = vec![1; 10_000];
        assert!(find(&owner).is_none());
        with(&owner, || {
            assert_eq!(
                find(&owner[100..9000]).unwrap().as_ptr(),
                owner[100..].as_ptr()
            );
            assert!(find(&owner[..10]).is_none(), "it is copied faster");
            assert!(find(&other).is_none());
            with(&Bytes::from(other.clone()), || {
                assert!(find(&owner).is_none());
            });
            assert!(find(&owner).is_some());
        });
        assert!(find(&owner).is_none());
    }
}
