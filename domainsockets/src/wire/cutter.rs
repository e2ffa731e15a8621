//! Where the next datagram of a byte stream ends.

/// Cuts a queue of messages into datagrams of at most a given size.
///
/// A message that fits a datagram is never split: Go clients can only read whole replies, and a
/// receiver need not keep a part of it. A longer message starts right after what is before it, and
/// what follows it may share its last datagram.
///
/// # Examples
///
/// ```
/// use domainsockets::wire::Cutter;
///
/// let cutter = Cutter::new(4096);
/// // Two messages share a datagram, the third would not fit whole.
/// assert_eq!(cutter.next([1000, 2000, 1500]), 3000);
/// // A long message fills whatever room there is.
/// assert_eq!(cutter.next([1000, 9000]), 4096);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cutter {
    limit: usize,
}

impl Cutter {
    /// Cuts datagrams of at most `limit` bytes; a limit of zero counts as one.
    #[must_use]
    pub const fn new(limit: usize) -> Self {
        let limit = if limit == 0 { 1 } else { limit };
        Self { limit }
    }

    /// The largest datagram in bytes.
    #[must_use]
    pub const fn limit(self) -> usize {
        self.limit
    }

    /// The size in bytes of the next datagram, given how many bytes of each queued message are
    /// still to be sent. Zero only if there are none.
    pub fn next(self, unsent: impl IntoIterator<Item = usize>) -> usize {
        let mut size = 0;
        for len in unsent {
            let room = self.limit - size;
            if len <= room {
                size += len;
            } else if len > self.limit {
                return self.limit;
            } else {
                break;
            }
            if size == self.limit {
                break;
            }
        }
        size
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::{prop_assert, prop_assert_eq, proptest};

    use super::Cutter;

    proptest! {
        #[test]
        fn everything_goes_and_what_fits_stays_whole(
            lens in vec(1_usize..300, 0..40),
            limit in 1_usize..200,
        ) {
            let cutter = Cutter::new(limit);
            let (mut index, mut offset, mut datagrams) = (0, 0, 0);
            while index < lens.len() {
                let unsent = lens[index..].iter().enumerate();
                let mut size = cutter.next(unsent.map(|(n, len)| if n == 0 { len - offset } else { *len }));
                prop_assert!((1..=limit).contains(&size));
                datagrams += 1;
                while size > 0 {
                    let rest = lens[index] - offset;
                    if size < rest {
                        prop_assert!(lens[index] > limit, "split a message that fits");
                        offset += size;
                        size = 0;
                    } else {
                        size -= rest;
                        index += 1;
                        offset = 0;
                    }
                }
            }
            prop_assert!(datagrams <= lens.len() + lens.iter().sum::<usize>() / limit);
            prop_assert_eq!(cutter.next([]), 0);
        }
    }
}
