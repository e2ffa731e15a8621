//! The handlers that scripts call.

use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use domainsockets::Request;
use domainsockets::test::Pair;
use tokio::time::sleep;

/// Shared by the futures of handlers; so its count says how many there are.
pub(super) type Running = Arc<()>;

/// What a reply is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) seed: u32,
    /// How many bytes there are to be, or milliseconds to be waited.
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
}

pub(super) fn register(pair: Pair, running: &Running) -> Pair {
    let running = Arc::clone(running);
    let run = move || Arc::clone(&running);
    let (sleeping, hanging) = (run.clone(), run.clone());
    let registered = pair
        .register("echo", move |request: Request| {
            let running = run();
            async move {
                drop(running);
                Ok::<_, Infallible>(request.into_data())
            }
        })
        .and_then(|pair| {
            pair.register("make", |request: Request| async move {
                let Order { seed, amount } = Order::read(&request);
                Ok::<_, Infallible>(pattern(seed, usize::try_from(amount).unwrap()))
            })
        })
        .and_then(|pair| {
            pair.register("fail", |request: Request| async move {
                let Order { amount, .. } = Order::read(&request);
                Err::<Vec<u8>, _>("x".repeat(usize::try_from(amount).unwrap()))
            })
        })
        .and_then(|pair| {
            pair.register("sleep", move |request: Request| {
                let running = sleeping();
                async move {
                    let Order { seed, amount } = Order::read(&request);
                    sleep(Duration::from_millis(amount.into())).await;
                    drop(running);
                    Ok::<_, Infallible>(pattern(seed, 16))
                }
            })
        })
        .and_then(|pair| {
            pair.register("hang", move |_| {
                let running = hanging();
                async move {
                    let reply = pending::<Result<Vec<u8>, Infallible>>().await;
                    drop(running);
                    reply
                }
            })
        });
    registered.unwrap()
}

/// Bytes that are no other call's. Their period is prime, so that no part of them is taken for another
/// where datagrams are cut.
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
