//! Callers that call one after the other's reply, and what is counted of them.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use crate::peers::Peer;
use crate::process::cpu_time;

/// What the message limits of all peers are raised to, in bytes.
pub(crate) const MAX_MESSAGE_SIZE: usize = 32 << 20;

/// How long is called before it counts, and while it counts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    pub(crate) warm: Duration,
    pub(crate) window: Duration,
}

/// What a caller does over and over.
pub(crate) enum Call<P: Peer> {
    Echo(P::Connection, Bytes),
    Compute(P::Connection),
    /// Connects, echoes, and gives the connection up.
    Dial(PathBuf, Bytes),
}

/// One who calls, as a task of its own.
pub(crate) struct Caller<P: Peer> {
    call: Call<P>,
    clock: Arc<Clock>,
}

/// How long each of a caller's counted calls took, in nanoseconds.
#[derive(Debug)]
pub(crate) struct Tally(Vec<u64>);

/// What was counted of all callers.
#[derive(Debug)]
pub(crate) struct Measured {
    /// In the order of the calls given.
    pub(crate) tallies: Vec<Tally>,
    pub(crate) elapsed: Duration,
    /// Of both processes.
    pub(crate) cpu: Duration,
}

/// Has every call made over and over by a task of its own.
pub(crate) async fn measure<P: Peer>(
    calls: Vec<Call<P>>,
    pace: Pace,
    server: u32,
) -> anyhow::Result<Measured> {
    let count = calls.len();
    let clock = Arc::new(Clock {
        phase: AtomicU8::new(WARM),
        warm: Semaphore::new(0),
    });
    let callers: Vec<JoinHandle<_>> = calls
        .into_iter()
        .map(|call| {
            let clock = Arc::clone(&clock);
            P::spawn(Caller { call, clock })
        })
        .collect();
    tokio::time::sleep(pace.warm).await;
    // The first call may take far longer than any other. A caller that failed has no more of them.
    let warm = clock.warm.acquire_many(u32::try_from(count)?).await?;
    let cpu = both_cpu_times(server)?;
    let begun = Instant::now();
    clock.phase.store(COUNT, Ordering::Relaxed);
    tokio::time::sleep(pace.window).await;
    clock.phase.store(STOP, Ordering::Relaxed);
    let elapsed = begun.elapsed();
    let cpu = both_cpu_times(server)?.saturating_sub(cpu);
    drop(warm);
    let mut tallies = Vec::with_capacity(callers.len());
    for caller in callers {
        tallies.push(caller.await??);
    }
    Ok(Measured {
        tallies,
        elapsed,
        cpu,
    })
}

impl<P: Peer> Caller<P> {
    /// Calls until the clock stops it.
    pub(crate) async fn run(self) -> anyhow::Result<Tally> {
        let mut durations = Vec::with_capacity(1 << 12);
        // Given once the first call is done, or has failed.
        let mut first = Some(Warm(Arc::clone(&self.clock)));
        loop {
            let begun = Instant::now();
            let dialed = self.call().await?;
            let duration = begun.elapsed();
            // Looked at before the first call is said to be over, after which counting may begin.
            let phase = self.clock.phase.load(Ordering::Relaxed);
            drop((dialed, first.take()));
            match phase {
                WARM => {}
                COUNT => durations.push(u64::try_from(duration.as_nanos())?),
                _ if durations.is_empty() => {
                    // Longer than the whole window: it counts all the same.
                    durations.push(u64::try_from(duration.as_nanos())?);
                    return Ok(Tally(durations));
                }
                _ => return Ok(Tally(durations)),
            }
            if matches!(self.call, Call::Dial(..)) && durations.len() == DIALS {
                return Ok(Tally(durations));
            }
        }
    }

    async fn call(&self) -> anyhow::Result<Option<P::Connection>> {
        match &self.call {
            Call::Echo(connection, data) => P::echo(connection, data.clone()).await?,
            Call::Compute(connection) => P::compute(connection).await?,
            Call::Dial(socket, data) => {
                let connection = P::connect(socket).await?;
                P::echo(&connection, data.clone()).await?;
                return Ok(Some(connection));
            }
        }
        Ok(None)
    }
}

impl Tally {
    pub(crate) fn calls(&self) -> f64 {
        self.0.len() as f64
    }

    /// The whole time of all calls, in seconds.
    pub(crate) fn seconds(&self) -> f64 {
        self.0.iter().sum::<u64>() as f64 / 1e9
    }

    /// The duration that this share of the calls does not exceed, in microseconds.
    pub(crate) fn quantile(&self, share: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let last = sorted.len().saturating_sub(1);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of an index is an index"
        )]
        let index = (last as f64 * share).round() as usize;
        sorted
            .get(index)
            .map_or(f64::NAN, |&nanos| nanos as f64 / 1e3)
    }
}

impl Measured {
    /// Calls of all callers.
    pub(crate) fn calls(&self) -> f64 {
        self.tallies.iter().map(Tally::calls).sum()
    }
}

/// Tells the callers what their calls are.
#[derive(Debug)]
struct Clock {
    phase: AtomicU8,
    /// Has a permit for each caller whose first call is over.
    warm: Semaphore,
}

/// A caller that is about to make its first call.
struct Warm(Arc<Clock>);

impl Drop for Warm {
    fn drop(&mut self) {
        self.0.warm.add_permits(1);
    }
}

const WARM: u8 = 0;
const COUNT: u8 = 1;
const STOP: u8 = 2;

/// How often is dialed at most: a server may keep for a while what its clients have given up.
const DIALS: usize = 500;

fn both_cpu_times(server: u32) -> anyhow::Result<Duration> {
    Ok(cpu_time(server)? + cpu_time(std::process::id())?)
}
