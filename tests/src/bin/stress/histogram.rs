//! Millions of durations in constant memory, to within one percent.

/// How often each duration occurred.
#[derive(Clone, Debug)]
pub(crate) struct Histogram {
    buckets: Vec<u64>,
    count: u64,
    largest: u64,
}

impl Histogram {
    pub(crate) fn new() -> Self {
        Self {
            buckets: vec![0; BUCKETS],
            count: 0,
            largest: 0,
        }
    }

    pub(crate) fn add(&mut self, nanos: u64) {
        self.buckets[bucket(nanos)] += 1;
        self.count += 1;
        self.largest = self.largest.max(nanos);
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (own, other) in self.buckets.iter_mut().zip(&other.buckets) {
            *own += other;
        }
        self.count += other.count;
        self.largest = self.largest.max(other.largest);
    }

    pub(crate) const fn count(&self) -> u64 {
        self.count
    }

    pub(crate) const fn largest(&self) -> u64 {
        self.largest
    }

    /// Returns the duration that this share of all does not exceed, in nanoseconds.
    pub(crate) fn quantile(&self, share: f64) -> f64 {
        let rank = (self.count as f64 * share).ceil().max(1.0) as u64;
        let mut before = 0;
        for (index, times) in self.buckets.iter().enumerate() {
            before += times;
            if before >= rank {
                return middle(index);
            }
        }
        f64::NAN
    }
}

/// The number of buckets in an octave, as a power of two.
const BITS: u32 = 7;

const BUCKETS: usize = ((64 - BITS as usize) + 1) << BITS;

fn bucket(nanos: u64) -> usize {
    if nanos < 1 << BITS {
        return nanos as usize;
    }
    let octave = nanos.ilog2() - BITS;
    // The leading bit selects the octave, and the next seven a bucket in it.
    let within = (nanos >> octave) as usize - (1 << BITS);
    ((octave as usize + 1) << BITS) + within
}

fn middle(index: usize) -> f64 {
    let (octave, within) = (index >> BITS, index & ((1 << BITS) - 1));
    if octave == 0 {
        return within as f64;
    }
    let width = f64::from(1u32 << (octave - 1).min(31))
        * f64::from(1u32 << (octave - 1).saturating_sub(31));
    (within as f64 + f64::from(1u32 << BITS) + 0.5) * width
}

#[cfg(test)]
mod tests {
    use super::Histogram;

    #[test]
    fn quantiles_are_within_one_percent() {
        let mut histogram = Histogram::new();
        for nanos in 1..=100_000 {
            histogram.add(nanos * 37);
        }
        for share in [0.01, 0.5, 0.99, 1.0] {
            let exact = share * 100_000.0 * 37.0;
            let found = histogram.quantile(share);
            assert!((found / exact - 1.0).abs() < 0.01, "{share}: {found}");
        }
        assert_eq!(histogram.largest(), 3_700_000);
    }

    #[test]
    fn the_longest_durations_have_a_bucket() {
        let mut histogram = Histogram::new();
        histogram.add(0);
        histogram.add(u64::MAX);
        assert!(histogram.quantile(0.5) < 1.0);
        assert!(histogram.quantile(1.0) > 1e19);
        assert_eq!(histogram.count(), 2);
    }
}
