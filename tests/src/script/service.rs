//! The handlers that scripts call.

use std::convert::Infallible;
use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domainsockets::Request;
use domainsockets::test::Pair;
use tokio::time::sleep;

/// What handlers have done, except those that echo.
#[derive(Debug, Default)]
pub(super) struct Log {
    /// Each future of a handler holds a clone.
    running: Arc<()>,
    /// The calls whose handlers were called, in order.
    ran: Mutex<Vec<u32>>,
}

impl Log {
    /// Returns how many futures of handlers exist.
    pub(super) fn running(&self) -> usize {
        Arc::strong_count(&self.running) - 1
    }

    /// Returns how often the handler of this call was called.
    pub(super) fn runs(&self, seed: u32) -> usize {
        let ran = self.ran.lock().unwrap();
        ran.iter().filter(|ran| **ran == seed).count()
    }

    /// Records that a handler has begun. The handler keeps the returned `Arc` until it ends.
    fn begin(&self, request: &Request) -> (Order, Arc<()>) {
        let order = Order::read(request);
        self.ran.lock().unwrap().push(order.seed);
        (order, Arc::clone(&self.running))
    }
}

/// What a reply consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Order {
    /// Identifies the call.
    pub(super) seed: u32,
    /// The number of bytes, or of milliseconds to wait.
    pub(super) amount: u32,
}

impl Order {
    pub(super) fn bytes(self) -> [u8; 8] {
        (u64::from(self.seed) << 32 | u64::from(self.amount)).to_be_bytes()
    }

    fn read(request: &Request) -> Self {
        let both = u64::from_be_bytes(request.data()[..].try_into().unwrap());
        let low = both & u64::from(u32::MAX);
        Self {
            seed: u32::try_from(both >> 32).unwrap(),
            amount: u32::try_from(low).unwrap(),
        }
    }

    fn size(self) -> usize {
        usize::try_from(self.amount).unwrap()
    }
}

pub(super) fn register(mut pair: Pair, log: &Arc<Log>) -> Pair {
    pair = pair
        .register("echo", |request: Request| async {
            Ok::<_, Infallible>(request.into_data())
        })
        .unwrap();
    let made = Arc::clone(log);
    pair = pair
        .register("make", move |request: Request| {
            let (order, _) = made.begin(&request);
            async move { Ok::<_, Infallible>(pattern(order.seed, order.size())) }
        })
        .unwrap();
    let failed = Arc::clone(log);
    pair = pair
        .register("fail", move |request: Request| {
            let (order, _) = failed.begin(&request);
            async move { Err::<Vec<u8>, _>("x".repeat(order.size())) }
        })
        .unwrap();
    let slept = Arc::clone(log);
    pair = pair
        .register("sleep", move |request: Request| {
            let (order, running) = slept.begin(&request);
            async move {
                sleep(Duration::from_millis(order.amount.into())).await;
                drop(running);
                Ok::<_, Infallible>(pattern(order.seed, 16))
            }
        })
        .unwrap();
    let hung = Arc::clone(log);
    pair.register("hang", move |request: Request| {
        let (_, running) = hung.begin(&request);
        async move {
            let reply = pending::<Result<Vec<u8>, Infallible>>().await;
            drop(running);
            reply
        }
    })
    .unwrap()
}

/// Returns bytes that belong to this call alone. Their period is prime, so that a part in the wrong
/// place shows.
pub(super) fn pattern(seed: u32, size: usize) -> Vec<u8> {
    let mut state = seed;
    let period: Vec<u8> = (0..PERIOD)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        })
        .collect();
    let mut bytes = period.repeat(size.div_ceil(PERIOD));
    bytes.truncate(size);
    bytes
}

const PERIOD: usize = 251;
