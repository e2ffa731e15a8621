//! How many calls may be in flight, and the waiting of those beyond.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use tokio::runtime::Handle;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout_at;

use crate::Error;

/// The turns of a connection's calls, taken in the order of asking.
#[derive(Debug)]
pub(super) struct Turns {
    free: Semaphore,
    count: usize,
    /// How many turns of calls in flight are not to come back, because the server has announced
    /// fewer than there were.
    owed: AtomicUsize,
}

/// A call's turn, which comes back when it is dropped.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    turns: &'a Turns,
    permit: Option<SemaphorePermit<'a>>,
}

impl Turns {
    pub(super) fn new(count: usize) -> Self {
        Self {
            free: Semaphore::new(count),
            count,
            owed: AtomicUsize::new(0),
        }
    }

    /// Takes a turn if one is free and nobody waits for it.
    pub(super) fn try_take(&self) -> Option<Turn<'_>> {
        let permit = self.free.try_acquire().ok()?;
        Some(Turn {
            turns: self,
            permit: Some(permit),
        })
    }

    /// Waits for a turn, but not beyond the deadline. The timer is one of `runtime`, wherever this
    /// is awaited.
    pub(super) async fn take(
        &self,
        deadline: Option<Instant>,
        runtime: &Handle,
    ) -> Result<Turn<'_>, Error> {
        let permit = self.free.acquire();
        let permit = match deadline {
            Some(deadline) => {
                let permit = {
                    let _entered = runtime.enter();
                    timeout_at(deadline.into(), permit)
                };
                permit.await.map_err(|_| Error::DeadlineExceeded)?
            }
            None => permit.await,
        };
        // Turns are never closed.
        let permit = permit.map_err(|_| Error::Disconnected {
            may_have_run: false,
        })?;
        Ok(Turn {
            turns: self,
            permit: Some(permit),
        })
    }

    /// Keeps to what the server has announced, which it does once.
    pub(super) fn limit(&self, announced: u64) {
        let announced = usize::try_from(announced).unwrap_or(usize::MAX).max(1);
        let excess = self.count.saturating_sub(announced);
        self.owed.store(excess, Ordering::Relaxed);
        let forgotten = self.free.forget_permits(excess);
        // Calls that ended meanwhile may have paid a part already.
        let paid = self.pay(forgotten);
        self.free.add_permits(forgotten - paid);
    }

    /// Reduces what is owed by up to `count`, and returns by how much.
    fn pay(&self, count: usize) -> usize {
        let owed = self
            .owed
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |owed| {
                (owed != 0).then(|| owed.saturating_sub(count))
            })
            .unwrap_or_default();
        owed.min(count)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if let Some(permit) = self.permit.take()
            && self.turns.pay(1) == 1
        {
            permit.forget();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Handle, Turns};

    #[tokio::test]
    async fn turns_in_use_are_not_given_again_beyond_the_limit() {
        let turns = Turns::new(5);
        let mut taken = Vec::new();
        for _ in 0..4 {
            taken.push(turns.take(None, &Handle::current()).await.unwrap());
        }
        turns.limit(2);
        assert_eq!(turns.free.available_permits(), 0);
        taken.pop();
        taken.pop();
        assert_eq!(turns.free.available_permits(), 0);
        taken.pop();
        assert_eq!(turns.free.available_permits(), 1);
        taken.pop();
        assert_eq!(turns.free.available_permits(), 2);
    }

    #[tokio::test]
    async fn waiting_ends_with_the_deadline() {
        let turns = Turns::new(1);
        let _turn = turns.take(None, &Handle::current()).await.unwrap();
        let deadline = Instant::now() + Duration::from_millis(1);
        let error = turns
            .take(Some(deadline), &Handle::current())
            .await
            .unwrap_err();
        assert_eq!(error.cause(), "DeadlineExceeded");
    }
}
