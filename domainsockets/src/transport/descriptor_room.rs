//! Free descriptors of this process: whether all descriptors that a datagram may bring can be installed.

use std::fs;

use rustix::fs::stat;
use rustix::process::{Resource, getrlimit};

use super::credentials::MAX_DESCRIPTORS;
use super::is_exhausted;

/// Returns whether the process may open as many descriptors as one datagram brings at most, or a quarter of its limit
/// (`RLIMIT_NOFILE`), if that is less.
///
/// The kernel closes a descriptor that cannot be installed inside of recvmsg(2), for as long as that takes.
pub(super) fn has_descriptor_room() -> bool {
    has_room_within(|limit| (MAX_DESCRIPTORS as u64).min(limit / 4))
}

/// Returns whether the process may open this many descriptors.
#[cfg(feature = "tokio")]
pub(super) fn has_room_for(descriptors: usize) -> bool {
    has_room_within(|_| descriptors as u64)
}

fn has_room_within(wanted: impl FnOnce(u64) -> u64) -> bool {
    let Some(limit) = getrlimit(Resource::Nofile).current else {
        return true;
    };
    // Without /proc the number is not known.
    open_descriptors().is_none_or(|open| open.saturating_add(wanted(limit)) <= limit)
}

/// Returns how many descriptors this process has open. Linux 6.2 and later report it as the directory's size, proc(5).
fn open_descriptors() -> Option<u64> {
    const DIRECTORY: &str = "/proc/self/fd";
    match u64::try_from(stat(DIRECTORY).ok()?.st_size).ok()? {
        0 => match fs::read_dir(DIRECTORY) {
            Ok(entries) => u64::try_from(entries.count()).ok(),
            // None is free, not even for the directory.
            Err(error) if is_exhausted(&error) => Some(u64::MAX),
            Err(_) => None,
        },
        size => Some(size),
    }
}

#[cfg(test)]
mod tests {
    use super::open_descriptors;

    #[test]
    fn open_descriptors_are_counted() {
        // Other tests open and close some meanwhile, but this one's are among them.
        let files = [(); 100].map(|()| tempfile::tempfile().unwrap());
        assert!(open_descriptors().is_some_and(|open| 100 < open));
        drop(files);
    }
}
