//! The work of a computing handler: a fixed amount that takes [`COMPUTE`] on an idle core.

use std::hint::black_box;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// How long a computing handler computes on an idle core.
pub(crate) const COMPUTE: Duration = Duration::from_micros(50);

/// Computes for [`COMPUTE`], and longer if other processes use the core.
pub(crate) fn compute() {
    spin(calibrated());
}

/// Measures the amount of work, which a server does before it serves.
pub(crate) fn calibrated() -> u64 {
    static STEPS: OnceLock<u64> = OnceLock::new();
    *STEPS.get_or_init(|| {
        const TRIAL: u64 = 100_000;
        let fastest = (0..20)
            .map(|_| {
                let begun = Instant::now();
                spin(TRIAL);
                begun.elapsed()
            })
            .min()
            .unwrap_or(COMPUTE);
        let steps = u128::from(TRIAL) * COMPUTE.as_nanos() / fastest.as_nanos().max(1);
        u64::try_from(steps).unwrap_or(TRIAL)
    })
}

fn spin(steps: u64) {
    let mut state = black_box(0x9e37_79b9_7f4a_7c15_u64);
    for _ in 0..steps {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
    }
    black_box(state);
}
