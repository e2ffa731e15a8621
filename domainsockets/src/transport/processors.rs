//! The processors that this process may run on.

use std::sync::OnceLock;

use rustix::thread::sched_getaffinity;

/// Returns whether another thread can run while one polls.
pub(crate) fn has_two_processors() -> bool {
    static HAS_TWO: OnceLock<bool> = OnceLock::new();
    *HAS_TWO.get_or_init(|| sched_getaffinity(None).is_ok_and(|allowed| 1 < allowed.count()))
}
