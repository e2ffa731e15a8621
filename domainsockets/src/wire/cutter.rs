//! The cutting of a byte stream into datagrams.

/// A rule that cuts a queue of messages into datagrams of at most a given size.
///
/// A message that fits into one datagram is never split: a Go client reads only whole replies, and a receiver
/// then needs no memory for partial messages. A longer message begins directly after the message in front of
/// it, and the next message may share its last datagram.
///
/// # Examples
///
/// ```
/// use domainsockets::wire::Cutter;
///
/// let cutter = Cutter::new(4096);
/// // Two messages share a datagram, which has no room for all of the third.
/// assert_eq!(cutter.next([1000, 2000, 1500]), 3000);
/// // A message that needs several datagrams fills the rest of this one.
/// assert_eq!(cutter.next([1000, 9000]), 4096);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cutter {
    limit: usize,
}

impl Cutter {
    /// Returns a rule for datagrams of at most `limit` bytes. A limit of 0 counts as 1.
    #[must_use]
    pub const fn new(limit: usize) -> Self {
        let limit = if limit == 0 { 1 } else { limit };
        Self { limit }
    }

    /// Returns the size limit of a datagram in bytes.
    #[must_use]
    pub const fn limit(self) -> usize {
        self.limit
    }

    /// Returns the size of the next datagram in bytes, given the unsent bytes of each queued message.
    ///
    /// It is zero only if there are no unsent bytes.
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
        fn all_bytes_are_sent_and_messages_that_fit_stay_whole(
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
