//! The processes of clients, and the detection of their ends (peer death).

use std::collections::{HashMap, HashSet};
use std::future::pending;
use std::mem;
use std::time::{Duration, Instant};

use tokio::task::{AbortHandle, JoinSet};

use crate::transport::Process;

/// The processes that have connections, or had some until recently.
#[derive(Debug, Default)]
pub(super) struct Processes {
    known: HashMap<u32, Known>,
    /// Processes that connected recently. Many of them disconnect soon, and connect again. Until `watch_at` no task
    /// waits for their ends, and they stay known without a connection.
    fresh: HashSet<u32>,
    watch_at: Option<Instant>,
    /// The tasks that wait for the ends of the others.
    watchers: JoinSet<Incarnation>,
    /// The number of the newest process.
    last_number: u64,
}

/// Distinguishes a process from others that have its ID after its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Incarnation {
    pid: u32,
    number: u64,
}

#[derive(Debug)]
struct Known {
    process: Process,
    number: u64,
    connections: usize,
    watcher: Option<AbortHandle>,
}

impl Processes {
    /// Returns the process of this ID, if it is known and not known to have ended.
    pub(super) fn find(&self, pid: u32) -> Option<Process> {
        let known = self.known.get(&pid).filter(|known| !known.has_ended())?;
        Some(known.process.clone())
    }

    /// Counts a connection of a process.
    pub(super) fn join(&mut self, now: Instant, pid: u32, process: Process) -> Incarnation {
        if self.find(pid).is_none() {
            if MAX_FRESH <= self.fresh.len() {
                self.watch_fresh();
            }
            self.replace(pid);
            self.fresh.insert(pid);
            self.watch_at.get_or_insert(now + FRESH);
        }
        let known = self.known.entry(pid).or_insert_with(|| {
            self.last_number += 1;
            Known {
                process,
                number: self.last_number,
                connections: 0,
                watcher: None,
            }
        });
        known.connections += 1;
        Incarnation {
            pid,
            number: known.number,
        }
    }

    /// Forgets a process that has ended, since another one has its ID. Its end is still reported.
    fn replace(&mut self, pid: u32) {
        let Some(mut known) = self.known.remove(&pid) else {
            return;
        };
        let watcher = known.watcher.take();
        // A fresh process has no watcher. Only its connections need to learn of its end.
        if watcher.is_none() && known.connections > 0 {
            let (number, process) = (known.number, known.process.clone());
            self.watch(pid, number, process);
        }
    }

    fn watch(&mut self, pid: u32, number: u64, process: Process) -> AbortHandle {
        self.watchers.spawn(async move {
            process.ended().await;
            Incarnation { pid, number }
        })
    }

    /// Counts a connection as ended. Forgets the process with its last connection, unless it is fresh.
    pub(super) fn leave(&mut self, Incarnation { pid, number }: Incarnation) {
        // Another process may have the ID by now.
        let known = self.known.get_mut(&pid);
        if let Some(known) = known.filter(|known| known.number == number) {
            known.connections -= 1;
            if known.connections == 0 && !self.fresh.contains(&pid) {
                self.known.remove(&pid);
            }
        }
    }

    /// Returns when to [`watch_fresh`](Self::watch_fresh), if there is a fresh process.
    pub(super) const fn watch_at(&self) -> Option<Instant> {
        self.watch_at
    }

    /// Watches the fresh processes that have connections, and forgets the others.
    pub(super) fn watch_fresh(&mut self) {
        self.watch_at = None;
        for pid in mem::take(&mut self.fresh) {
            let Some(mut known) = self.known.remove(&pid) else {
                continue;
            };
            if known.connections > 0 {
                known.watcher = Some(self.watch(pid, known.number, known.process.clone()));
                self.known.insert(pid, known);
            }
        }
    }

    /// Waits until a process ends. Waits indefinitely while there is no process.
    ///
    /// # Cancel safety
    ///
    /// This method is cancel safe.
    pub(super) async fn ended(&mut self) -> Incarnation {
        loop {
            match self.watchers.join_next().await {
                Some(Ok(ended)) => {
                    let known = self.known.get(&ended.pid);
                    if known.is_some_and(|known| known.number == ended.number) {
                        self.known.remove(&ended.pid);
                    }
                    return ended;
                }
                // A watcher that was aborted.
                Some(Err(_)) => {}
                None => pending().await,
            }
        }
    }
}

impl Known {
    /// Returns whether the process has ended. Asks the process itself: its watcher learns of the end later, and a fresh
    /// process has none.
    fn has_ended(&self) -> bool {
        self.watcher.as_ref().is_some_and(AbortHandle::is_finished) || self.process.has_ended()
    }
}

impl Drop for Known {
    fn drop(&mut self) {
        if let Some(watcher) = &self.watcher {
            watcher.abort();
        }
    }
}

/// How long a process is fresh at most. The end of a fresh process is noticed later by at most this time.
const FRESH: Duration = Duration::from_millis(20);

/// How many processes are fresh at most. Each takes a descriptor, even without a connection.
const MAX_FRESH: usize = 16;

#[cfg(test)]
mod tests {
    use std::process::{Child, Command, Stdio};
    use std::time::{Duration, Instant};

    use tokio::time::timeout;

    use super::{MAX_FRESH, Process, Processes};

    fn spawn() -> (Child, Process) {
        let child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        let process = Process::watch(child.id()).unwrap();
        (child, process)
    }

    #[tokio::test]
    async fn end_is_noticed_once_it_is_watched() {
        let mut processes = Processes::default();
        let now = Instant::now();
        let (mut child, process) = spawn();
        let pid = child.id();
        let first = processes.join(now, pid, process.clone());
        assert_eq!(processes.join(now, pid, process), first);
        processes.leave(first);
        assert!(processes.watch_at().is_some_and(|at| now < at));
        processes.watch_fresh();
        assert_eq!(processes.watch_at(), None);
        assert!(processes.find(pid).is_some());
        drop(child.stdin.take());
        child.wait().unwrap();
        assert_eq!(processes.ended().await, first);
        assert!(processes.find(pid).is_none());
        // Its last connection is removed later.
        processes.leave(first);
        assert!(processes.known.is_empty());
    }

    #[tokio::test]
    async fn end_of_a_fresh_one_is_noticed_later() {
        let mut processes = Processes::default();
        let (mut child, process) = spawn();
        let joined = processes.join(Instant::now(), child.id(), process);
        drop(child.stdin.take());
        child.wait().unwrap();
        processes.watch_fresh();
        assert_eq!(processes.ended().await, joined);
    }

    /// The ID of a process that has ended may be given to another one within less time than a process is fresh.
    #[tokio::test]
    async fn a_process_with_the_id_of_a_fresh_one_that_has_ended_is_another_one() {
        let mut processes = Processes::default();
        let now = Instant::now();
        let (mut predecessor, ended) = spawn();
        predecessor.kill().unwrap();
        predecessor.wait().unwrap();
        let (mut living, process) = spawn();
        let pid = living.id();
        // In place of a predecessor with the same ID.
        let first = processes.join(now, pid, ended);
        assert!(processes.find(pid).is_none(), "it has ended");
        let second = processes.join(now, pid, process);
        assert_ne!(first, second);
        assert!(processes.find(pid).is_some());
        assert_eq!(
            processes.ended().await,
            first,
            "its connections learn of it"
        );
        processes.watch_fresh();
        processes.leave(first);
        assert!(processes.find(pid).is_some());
        let other = timeout(Duration::from_millis(50), processes.ended()).await;
        assert!(other.is_err(), "{other:?} lives");
        living.kill().unwrap();
        living.wait().unwrap();
        assert_eq!(processes.ended().await, second);
    }

    #[tokio::test]
    async fn one_that_was_fresh_and_had_left_is_not_reported() {
        let mut processes = Processes::default();
        let now = Instant::now();
        let (mut predecessor, ended) = spawn();
        predecessor.kill().unwrap();
        predecessor.wait().unwrap();
        let first = processes.join(now, 1, ended);
        processes.leave(first);
        let own = Process::watch(std::process::id()).unwrap();
        processes.join(now, 1, own);
        assert!(processes.watchers.is_empty());
    }

    #[tokio::test]
    async fn nothing_waits_for_one_that_has_left() {
        let mut processes = Processes::default();
        let (mut child, process) = spawn();
        let joined = processes.join(Instant::now(), child.id(), process);
        processes.watch_fresh();
        processes.leave(joined);
        assert!(processes.find(child.id()).is_none());
        let watcher = timeout(Duration::from_secs(5), processes.watchers.join_next());
        let ended = watcher.await.expect("it is aborted");
        assert!(ended.is_some_and(|ended| ended.is_err_and(|error| error.is_cancelled())));
        child.kill().unwrap();
        child.wait().unwrap();
    }

    #[tokio::test]
    async fn one_that_comes_again_at_once_is_known() {
        let mut processes = Processes::default();
        let (mut child, process) = spawn();
        let pid = child.id();
        let now = Instant::now();
        let first = processes.join(now, pid, process);
        processes.leave(first);
        let known = processes.find(pid).unwrap();
        let again = processes.join(now, pid, known);
        processes.leave(again);
        processes.watch_fresh();
        assert!(processes.find(pid).is_none(), "it has no connections");
        assert!(processes.fresh.is_empty() && processes.watchers.is_empty());
        child.kill().unwrap();
        child.wait().unwrap();
    }

    #[tokio::test]
    async fn no_more_than_a_few_are_fresh() {
        let mut processes = Processes::default();
        for pid in 1..100 {
            // Which one it is makes no difference here.
            let process = Process::watch(std::process::id()).unwrap();
            let joined = processes.join(Instant::now(), pid, process);
            processes.leave(joined);
            assert!(processes.fresh.len() <= MAX_FRESH);
            assert_eq!(processes.known.len(), processes.fresh.len());
        }
        assert!(processes.watchers.is_empty());
    }

    #[tokio::test]
    async fn ones_with_the_same_id_are_told_apart() {
        let mut processes = Processes::default();
        let now = Instant::now();
        let (mut child, process) = spawn();
        let pid = child.id();
        let first = processes.join(now, pid, process);
        processes.watch_fresh();
        drop(child.stdin.take());
        // `ended` has not returned its end yet.
        child.wait().unwrap();
        assert!(processes.find(pid).is_none());
        // In place of another process with the same ID.
        let (mut other, successor) = spawn();
        let second = processes.join(now, pid, successor);
        assert_ne!(first, second);
        assert_eq!(processes.ended().await, first);
        assert!(processes.find(pid).is_some(), "the second one");
        processes.leave(first);
        processes.watch_fresh();
        assert!(processes.find(pid).is_some(), "it has a connection still");
        other.kill().unwrap();
        other.wait().unwrap();
    }
}
