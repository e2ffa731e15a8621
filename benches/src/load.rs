//! Callers that make one call after the other, and their counts.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use crate::peers::Peer;
use crate::process::cpu_time;

/// The message limit that all peers are raised to, in bytes.
pub(crate) const MAX_MESSAGE_SIZE: usize = 32 << 20;

/// How long callers call before and during the measurement.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    pub(crate) warm: Duration,
    pub(crate) window: Duration,
}

/// What a caller does repeatedly.
pub(crate) enum Call<P: Peer> {
    Echo(P::Connection, Bytes),
    Compute(P::Connection),
    /// Connects, echoes, and closes the connection.
    Dial(PathBuf, Bytes),
}

/// A task that calls.
pub(crate) struct Caller<P: Peer> {
    call: Call<P>,
    clock: Arc<Clock>,
}

/// The durations of a caller's counted calls, in nanoseconds.
#[derive(Debug)]
pub(crate) struct Tally(Vec<u64>);

/// The counts of all callers.
#[derive(Debug)]
pub(crate) struct Measured {
    /// One tally for each call, in the order of the calls.
    pub(crate) tallies: Vec<Tally>,
    pub(crate) elapsed: Duration,
    /// The CPU time of both processes.
    pub(crate) cpu: Duration,
}

/// Runs a task for each call, which makes that call repeatedly.
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
    // The first call may take far longer than any other. A failed caller makes no further calls.
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
    /// Makes calls until the clock stops it.
    pub(crate) async fn run(self) -> anyhow::Result<Tally> {
        let mut durations = Vec::with_capacity(1 << 12);
        // Dropped once the first call has succeeded or failed.
        let mut first = Some(Warm(Arc::clone(&self.clock)));
        loop {
            let begun = Instant::now();
            let dialed = self.call().await?;
            let duration = begun.elapsed();
            // Read before `first` is dropped, after which counting may begin.
            let phase = self.clock.phase.load(Ordering::Relaxed);
            drop((dialed, first.take()));
            match phase {
                WARM => {}
                COUNT => durations.push(u64::try_from(duration.as_nanos())?),
                _ if durations.is_empty() => {
                    // A call longer than the whole window counts as well.
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

    /// Returns the total duration of all calls, in seconds.
    pub(crate) fn seconds(&self) -> f64 {
        self.0.iter().sum::<u64>() as f64 / 1e9
    }

    /// Returns the duration that this share of the calls does not exceed, in microseconds.
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
    /// Returns the number of calls of all callers.
    pub(crate) fn calls(&self) -> f64 {
        self.tallies.iter().map(Tally::calls).sum()
    }
}

/// Tells the callers whether their calls count.
#[derive(Debug)]
struct Clock {
    phase: AtomicU8,
    /// Has a permit for each caller whose first call has ended.
    warm: Semaphore,
}

/// A caller that has not finished its first call.
struct Warm(Arc<Clock>);

impl Drop for Warm {
    fn drop(&mut self) {
        self.0.warm.add_permits(1);
    }
}

const WARM: u8 = 0;
const COUNT: u8 = 1;
const STOP: u8 = 2;

/// The most dials of a caller: a server may keep closed connections for a while.
const DIALS: usize = 500;

fn both_cpu_times(server: u32) -> anyhow::Result<Duration> {
    Ok(cpu_time(server)? + cpu_time(std::process::id())?)
}
