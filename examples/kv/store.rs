//! The daemon's implementation: all entries are in memory, and each change is in the log before it is visible.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

use tokio::task::spawn_blocking;

use crate::log::{Log, OpenError};
use crate::record::{self, Change, Found};
use crate::service::{KEY_LIMIT, Kv, KvError, VALUE_LIMIT};

/// An open store.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    /// Locked while a change is written and made, so that both happen in the same order.
    log: Mutex<Log>,
    entries: RwLock<BTreeMap<String, Vec<u8>>>,
}

impl Store {
    /// Opens the store in this file, or creates it. Also returns how many bytes of an interrupted write were
    /// truncated.
    pub(crate) fn open(path: &Path) -> Result<(Self, usize), OpenError> {
        let (mut entries, mut changes) = (BTreeMap::new(), 0);
        let (mut log, cut) = Log::open(path, |change| {
            apply(&mut entries, change);
            changes += 1;
        })?;
        // A log that consists mostly of replaced values is rewritten.
        if entries.len() < changes / 2 {
            log.rewrite(entries.iter().map(|(key, value)| Change {
                key,
                value: Some(value),
            }))?;
        }
        let shared = Arc::new(Shared {
            log: Mutex::new(log),
            entries: RwLock::new(entries),
        });
        Ok((Self { shared }, cut))
    }

    /// Makes all of the changes or none, and returns how many keys were added or removed.
    async fn commit(&self, changes: &[Change<'_>]) -> Result<u64, KvError> {
        changes.iter().try_for_each(check)?;
        let record = record::encode(changes);
        let shared = Arc::clone(&self.shared);
        // Waiting for the disk here would block all other calls of the connection.
        spawn_blocking(move || shared.commit(&record))
            .await
            .map_err(|error| KvError::Storage(error.to_string()))?
    }
}

impl Kv for Store {
    async fn get(&self, key: &str) -> Option<Vec<u8>> {
        self.shared.entries().get(key).cloned()
    }

    async fn put(&self, key: &str, value: &[u8]) -> Result<bool, KvError> {
        let value = Some(value);
        let came = self.commit(&[Change { key, value }]).await?;
        Ok(came == 1)
    }

    async fn put_all(&self, entries: Vec<(&str, &[u8])>) -> Result<u64, KvError> {
        let changes: Vec<_> = entries
            .into_iter()
            .map(|(key, value)| Change {
                key,
                value: Some(value),
            })
            .collect();
        self.commit(&changes).await
    }

    async fn remove(&self, key: &str) -> Result<bool, KvError> {
        if !self.shared.entries().contains_key(key) {
            return Ok(false);
        }
        let gone = self.commit(&[Change { key, value: None }]).await?;
        Ok(gone == 1)
    }

    async fn list(&self, prefix: &str, after: Option<&str>) -> Vec<(String, Vec<u8>)> {
        let begin = match after {
            Some(after) if prefix < after => Bound::Excluded(after),
            _ => Bound::Included(prefix),
        };
        let entries = self.shared.entries();
        let mut size = 0;
        entries
            .range::<str, _>((begin, Bound::Unbounded))
            .take_while(|(key, _)| key.starts_with(prefix))
            .take_while(|(key, value)| {
                let fits = size < PAGE;
                size += key.len() + value.len();
                fits
            })
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    }

    fn count(&self) -> u64 {
        self.shared.entries().len() as u64
    }
}

impl Shared {
    fn commit(&self, record: &[u8]) -> Result<u64, KvError> {
        let storage = |reason: &dyn ToString| KvError::Storage(reason.to_string());
        // A thread that panicked while it held the lock may have written half a record.
        let mut log = self.log.lock().map_err(|error| storage(&error))?;
        log.append(record).map_err(|error| storage(&error))?;
        // Memory is updated from the record, as it is after a restart.
        let Found::Whole { changes, .. } = record::decode(record) else {
            return Err(storage(&"the record cannot be read back"));
        };
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        let moved = changes
            .into_iter()
            .map(|change| apply(&mut entries, change));
        Ok(moved.map(u64::from).sum())
    }

    fn entries(&self) -> RwLockReadGuard<'_, BTreeMap<String, Vec<u8>>> {
        // No change can panic half-way.
        self.entries.read().unwrap_or_else(PoisonError::into_inner)
    }
}

fn check(change: &Change<'_>) -> Result<(), KvError> {
    let Change { key, value } = *change;
    let len = value.map_or(0, <[u8]>::len);
    if key.is_empty() {
        return Err(KvError::EmptyKey);
    }
    if KEY_LIMIT < key.len() {
        return Err(KvError::KeyTooLong {
            len: key.len() as u64,
        });
    }
    if VALUE_LIMIT < len {
        return Err(KvError::ValueTooLong {
            key: key.to_owned(),
            len: len as u64,
        });
    }
    Ok(())
}

/// Makes a change, and returns whether it added or removed its key.
fn apply(entries: &mut BTreeMap<String, Vec<u8>>, Change { key, value }: Change<'_>) -> bool {
    match value {
        Some(value) => entries.insert(key.to_owned(), value.to_owned()).is_none(),
        None => entries.remove(key).is_some(),
    }
}

/// How many bytes of entries end a page. With one more entry it still fits into a message.
const PAGE: usize = 256 << 10;

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::Store;
    use crate::log::OpenError;
    use crate::service::Kv;

    #[tokio::test]
    async fn every_cut_leaves_a_prefix_of_the_changes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("store.log");
        // The states after each change, and how long the file was then.
        let mut states = vec![(0, vec![])];
        let (store, _) = Store::open(&path).unwrap();
        store.put("a", b"1").await.unwrap();
        states.push(state(&path, &store).await);
        store.put_all(vec![("b", b"2"), ("c", b"3")]).await.unwrap();
        states.push(state(&path, &store).await);
        store.remove("a").await.unwrap();
        states.push(state(&path, &store).await);
        store.put("b", b"4").await.unwrap();
        states.push(state(&path, &store).await);
        drop(store);

        let bytes = fs::read(&path).unwrap();
        let copy = dir.path().join("copy.log");
        for len in 0..=bytes.len() {
            fs::write(&copy, &bytes[..len]).unwrap();
            let expected = states.iter().rfind(|(written, _)| *written <= len).unwrap();
            for attempt in ["cut", "opened again"] {
                let (store, _) = Store::open(&copy).unwrap();
                assert_eq!(store.list("", None).await, expected.1, "{attempt} at {len}");
            }
            let (store, cut) = Store::open(&copy).unwrap();
            assert_eq!(cut, 0);
            store.put("z", b"after").await.unwrap();
            drop(store);
            let (store, cut) = Store::open(&copy).unwrap();
            assert_eq!(cut, 0);
            assert_eq!(store.get("z").await.unwrap(), b"after");
            assert_eq!(store.count(), expected.1.len() as u64 + 1);
        }
    }

    #[tokio::test]
    async fn no_flipped_bit_changes_a_value() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("store.log");
        let (store, _) = Store::open(&path).unwrap();
        store.put("a", b"1").await.unwrap();
        let (whole, first) = state(&path, &store).await;
        store.put("b", b"2").await.unwrap();
        drop(store);
        let bytes = fs::read(&path).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            fs::write(&path, &flipped).unwrap();
            match Store::open(&path) {
                // If the damage is in the last record, it looks like one that was not written.
                Ok((store, cut)) => {
                    assert!(whole < bit / 8, "bit {bit}");
                    assert_eq!(
                        (store.list("", None).await, cut),
                        (first.clone(), bytes.len() - whole)
                    );
                }
                Err(OpenError::Damaged { .. } | OpenError::Foreign) => {
                    assert_eq!(fs::read(&path).unwrap(), flipped, "the file is unchanged");
                }
                Err(error) => panic!("bit {bit}: {error}"),
            }
        }
    }

    #[tokio::test]
    async fn opening_rewrites_a_log_of_replaced_values() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deep/down/store.log");
        let (store, _) = Store::open(&path).unwrap();
        for number in 0..100_u32 {
            store.put("a", &number.to_le_bytes()).await.unwrap();
            store.put("b", b"").await.unwrap();
        }
        let (long, entries) = state(&path, &store).await;
        drop(store);
        // A process that was killed while it wrote a new log has left it behind.
        fs::write(dir.path().join("deep/down/store.log.new"), "half").unwrap();
        for _ in 0..2 {
            let (store, cut) = Store::open(&path).unwrap();
            assert_eq!(cut, 0);
            let (short, kept) = state(&path, &store).await;
            assert_eq!(kept, entries);
            assert!(short < long / 50, "{short} of {long} bytes");
            assert!(matches!(Store::open(&path), Err(OpenError::InUse)));
            assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
        }
    }

    async fn state(path: &Path, store: &Store) -> (usize, Vec<(String, Vec<u8>)>) {
        let len = fs::metadata(path).unwrap().len();
        (usize::try_from(len).unwrap(), store.list("", None).await)
    }
}
