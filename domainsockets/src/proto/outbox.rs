//! The send queue of a connection: messages that are not sent completely.

use std::collections::VecDeque;
use std::mem;
use std::time::Instant;

use bytes::Bytes;

use super::datagram::{Datagram, QueueView};
use super::queued_message::QueuedMessage;
use crate::wire::{Cutter, GO_DATAGRAM, Hello, Payload, kept_copy};

/// A payload up to this size is copied behind its header, so that small messages are contiguous and need not be
/// gathered. A longer one stays where it is.
const INLINE_LIMIT: usize = 4096;

/// The number of messages, or of bytes, that are worth a datagram while more are being written. The cost of a datagram
/// is small compared with that of its contents then.
const BATCH_MESSAGES: usize = 16;
const BATCH_BYTES: usize = 16 * 1024;

/// The memory that an empty outbox keeps for the next messages, in bytes.
const KEPT_CAPACITY: usize = 64 * 1024;

/// The number of messages that an empty outbox keeps the memory of.
const KEPT_MESSAGES: usize = 1024;

/// How many withdrawn messages are kept, in addition to half of all messages, before their memory is freed.
const WITHDRAWN_KEPT: usize = 64;

/// Messages in the order of their sending.
#[derive(Debug)]
pub(crate) struct Outbox {
    /// The headers and small payloads of the messages, in order.
    inline: Vec<u8>,
    /// Where in `inline` the first message begins.
    start: usize,
    messages: VecDeque<QueuedMessage>,
    /// The number of withdrawn messages.
    withdrawn: usize,
    /// The number of messages that need work after sending: those with a payload of their own, and those that are
    /// reported. Withdrawn messages are not counted.
    tracked: usize,
    /// The bytes that are not sent yet.
    len: usize,
    /// The largest datagram that this side sends, in bytes.
    max_datagram_size: usize,
    cutter: Cutter,
    /// When bytes were last sent, or the outbox began to fill.
    progress: Instant,
    /// When bytes were last sent.
    last_sent: Option<Instant>,
    /// Payloads that are no longer needed. Dropping one may run code of the owner of its memory.
    released: Vec<Bytes>,
    /// The IDs of messages that are [reported](Self::report_last) and were sent as a whole.
    sent: Vec<u64>,
}

impl Outbox {
    /// Returns an empty outbox. Datagrams to a Rust peer may have `max_datagram_size` bytes; until the peer has announced
    /// itself, they have 4096.
    pub(crate) fn new(now: Instant, max_datagram_size: usize) -> Self {
        Self {
            inline: Vec::new(),
            start: 0,
            messages: VecDeque::new(),
            withdrawn: 0,
            tracked: 0,
            len: 0,
            max_datagram_size,
            cutter: Hello::UNANNOUNCED.cutter(max_datagram_size),
            progress: now,
            last_sent: None,
            released: Vec::new(),
            sent: Vec::new(),
        }
    }

    /// Cuts datagrams for this peer from now on.
    pub(crate) fn fit(&mut self, peer: &Hello) {
        self.cutter = peer.cutter(self.max_datagram_size);
    }

    /// Halves the size of datagrams, since the kernel does not carry them. Returns whether they were above the smallest
    /// size.
    pub(crate) fn shrink_datagrams(&mut self) -> bool {
        let limit = self.cutter.limit();
        self.max_datagram_size = (limit / 2).max(GO_DATAGRAM);
        self.cutter = Cutter::new(self.max_datagram_size);
        GO_DATAGRAM < limit
    }

    /// Appends what `encode_head` writes, and `payload` behind it, which is left as it is if it is copied.
    /// `id` names it for [`withdraw`](Self::withdraw).
    pub(crate) fn push(
        &mut self,
        now: Instant,
        id: Option<u64>,
        payload: &mut Payload<'_>,
        encode_head: impl FnOnce(&mut Vec<u8>),
    ) {
        if self.is_empty() {
            self.progress = now;
        }
        let Payload { head, body, .. } = payload;
        let before = self.inline.len();
        encode_head(&mut self.inline);
        self.inline.extend_from_slice(head);
        let payload = if body.bytes().len() <= INLINE_LIMIT {
            self.inline.extend_from_slice(body.bytes());
            Bytes::new()
        } else {
            body.take(kept_copy)
        };
        let message = QueuedMessage {
            id,
            inline_len: self.inline.len() - before,
            payload,
            sent: 0,
            is_reported: false,
            withdrawn: false,
        };
        self.len += message.len();
        self.tracked += usize::from(message.is_tracked());
        self.messages.push_back(message);
    }

    /// Withdraws a message unless a part of it was sent. Returns whether it was withdrawn.
    pub(crate) fn withdraw(&mut self, id: u64) -> bool {
        let waiting = |message: &&mut QueuedMessage| {
            message.id == Some(id) && message.sent == 0 && !message.withdrawn
        };
        let Some(message) = self.messages.iter_mut().find(waiting) else {
            return false;
        };
        self.len -= message.len();
        self.tracked -= usize::from(message.is_tracked());
        self.released.extend(message.release());
        message.withdrawn = true;
        self.withdrawn += 1;
        self.pass_over();
        if self.withdrawn > self.messages.len() / 2 + WITHDRAWN_KEPT {
            self.compact();
        }
        true
    }

    /// Returns the IDs of the messages of which nothing was sent.
    pub(crate) fn unsent_ids(&self) -> impl Iterator<Item = u64> {
        let unsent = self
            .messages
            .iter()
            .filter(|message| message.sent == 0 && !message.withdrawn);
        unsent.filter_map(|message| message.id)
    }

    /// Reports the message that was pushed last in [`sent`](Self::sent), once the kernel has all of it.
    pub(super) fn report_last(&mut self) {
        if let Some(last) = self.messages.back_mut() {
            self.tracked += usize::from(!last.is_tracked());
            last.is_reported = true;
        }
    }

    /// Returns the IDs of reported messages that were sent, to be taken.
    pub(super) const fn sent(&mut self) -> &mut Vec<u64> {
        &mut self.sent
    }

    /// Returns whether a reported message was sent that has not been taken.
    pub(super) const fn has_sent(&self) -> bool {
        !self.sent.is_empty()
    }

    /// Counts the progress of `begun` as that of `now`.
    pub(crate) fn redate(&mut self, begun: Instant, now: Instant) {
        if self.progress == begun {
            self.progress = now;
        }
    }

    /// Returns the next datagram, or `None` if there is nothing to send.
    pub(crate) fn datagram(&self) -> Option<Datagram<'_>> {
        let view = QueueView {
            messages: &self.messages,
            inline: self.inline.get(self.start..).unwrap_or_default(),
            cutter: &self.cutter,
        };
        view.datagram()
    }

    /// Marks the first `size` bytes as sent.
    pub(crate) fn advance(&mut self, now: Instant, mut size: usize) {
        self.progress = now;
        self.last_sent = Some(now);
        self.len -= size;
        if self.len == 0 && self.tracked == 0 {
            // All small messages at once, which is how most are sent.
            self.pass_over();
            return;
        }
        while size > 0
            && let Some(message) = self.messages.front_mut()
        {
            let step = size.min(message.unsent());
            self.start += message.inline_unsent().min(step);
            message.sent += step;
            size -= step;
            if message.unsent() > 0 {
                break;
            }
            self.tracked -= usize::from(message.is_tracked());
            self.released.extend(message.release());
            if message.is_reported {
                self.sent.extend(message.id);
            }
            self.messages.pop_front();
            self.skip_withdrawn();
        }
        self.pass_over();
        if self.start > KEPT_CAPACITY && self.start > self.inline.len() / 2 {
            self.inline.drain(..self.start);
            self.start = 0;
        }
    }

    /// Drops the messages in front that were withdrawn.
    fn skip_withdrawn(&mut self) {
        while let Some(message) = self.messages.front()
            && message.withdrawn
        {
            self.start += message.inline_len;
            self.withdrawn -= 1;
            self.messages.pop_front();
        }
    }

    /// Drops the messages in front that were withdrawn, and everything if nothing else is left.
    fn pass_over(&mut self) {
        self.skip_withdrawn();
        if self.len == 0 {
            self.messages.clear();
            self.withdrawn = 0;
        }
        if self.messages.is_empty() {
            self.messages.shrink_to(KEPT_MESSAGES);
            self.start = 0;
            self.inline.clear();
            self.inline.shrink_to(KEPT_CAPACITY);
        }
    }

    /// Removes all messages.
    pub(crate) fn clear(&mut self) {
        let messages = mem::take(&mut self.messages).into_iter();
        let released = messages.filter_map(|mut message| message.release());
        self.released.extend(released);
        self.withdrawn = 0;
        self.tracked = 0;
        self.inline = Vec::new();
        self.start = 0;
        self.len = 0;
    }

    /// Returns the payloads that are no longer needed. The caller drops them without a lock, since that may run code of
    /// their owners.
    pub(crate) const fn released(&mut self) -> &mut Vec<Bytes> {
        &mut self.released
    }

    /// Returns the number of queued messages. May include withdrawn ones.
    pub(crate) fn messages(&self) -> usize {
        self.messages.len()
    }

    /// Returns the number of bytes that are not sent yet.
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// Returns the number of bytes of the next message that are not sent yet.
    pub(crate) fn next_message(&self) -> usize {
        self.messages.front().map_or(0, QueuedMessage::unsent)
    }

    /// Returns the approximate memory of the queue in bytes.
    pub(crate) fn weight(&self) -> usize {
        self.len + self.messages.len() * size_of::<QueuedMessage>()
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns whether enough is queued to send it now, so that the peer works while more is written.
    pub(crate) fn has_batch(&self) -> bool {
        BATCH_MESSAGES <= self.messages.len() || BATCH_BYTES <= self.len || self.is_full()
    }

    /// Returns whether to send without waiting for more: a single message (the first one together with the hello), or a
    /// batch.
    pub(crate) fn is_lone_or_batch(&self) -> bool {
        let lone = if self.last_sent.is_none() { 2 } else { 1 };
        self.messages.len() <= lone || self.has_batch()
    }

    fn is_full(&self) -> bool {
        self.cutter.limit() <= self.len
    }

    /// Returns the time since which nothing was sent, if anything is queued.
    pub(crate) fn stalled_since(&self) -> Option<Instant> {
        (!self.is_empty()).then_some(self.progress)
    }

    /// When bytes were last sent.
    pub(crate) const fn last_sent(&self) -> Option<Instant> {
        self.last_sent
    }

    /// Frees the memory of what was withdrawn.
    fn compact(&mut self) {
        let mut begin = self.start;
        let mut inline = Vec::new();
        for message in &self.messages {
            let end = begin + message.inline_unsent();
            if !message.withdrawn {
                inline.extend_from_slice(self.inline.get(begin..end).unwrap_or_default());
            }
            begin = end;
        }
        self.messages.retain(|message| !message.withdrawn);
        self.withdrawn = 0;
        self.inline = inline;
        self.start = 0;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use bytes::Bytes;
    use proptest::collection::vec;
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

    use super::{Datagram, Hello, KEPT_CAPACITY, KEPT_MESSAGES, Outbox, Payload};

    fn outbox(now: Instant, max_datagram_size: usize) -> Outbox {
        let mut outbox = Outbox::new(now, max_datagram_size);
        outbox.fit(&Hello::new(1 << 20, 1 << 20));
        outbox
    }

    #[test]
    fn small_messages_leave_in_a_row() {
        let now = Instant::now();
        let mut outbox = outbox(now, 65_536);
        for id in 0..3 {
            outbox.push(
                now,
                Some(id),
                &mut Bytes::from_static(b"payload").into(),
                |out| {
                    out.push(b'#');
                },
            );
        }
        let datagram = outbox.datagram().unwrap();
        assert!(matches!(
            datagram,
            Datagram::Plain(b"#payload#payload#payload")
        ));
    }

    #[test]
    fn memory_of_a_burst_of_messages_is_freed() {
        const MESSAGES: usize = 100_000;

        let now = Instant::now();
        for is_cleared in [false, true] {
            let mut outbox = outbox(now, 65_536);
            for _ in 0..MESSAGES {
                let payload = &mut Bytes::from_static(b"payload").into();
                outbox.push(now, None, payload, |out| out.push(b'#'));
            }
            assert!(MESSAGES <= outbox.messages.capacity());
            if is_cleared {
                outbox.clear();
            }
            while !outbox.is_empty() {
                let size = outbox.datagram().unwrap().len();
                outbox.advance(now, size);
            }
            assert!(outbox.messages.capacity() <= KEPT_MESSAGES);
            assert!(outbox.inline.capacity() <= KEPT_CAPACITY);
        }
    }

    #[test]
    fn first_message_does_not_wait_behind_the_announcement() {
        let now = Instant::now();
        let mut outbox = outbox(now, 65_536);
        let push = |outbox: &mut Outbox| {
            outbox.push(now, None, &mut Payload::default(), |out| out.push(b'#'));
        };
        push(&mut outbox);
        push(&mut outbox);
        assert!(outbox.is_lone_or_batch());
        outbox.advance(now, 2);
        push(&mut outbox);
        assert!(outbox.is_lone_or_batch());
        push(&mut outbox);
        assert!(!outbox.is_lone_or_batch(), "the two wait for more");
    }

    #[test]
    fn what_was_withdrawn_never_leaves() {
        let now = Instant::now();
        let mut outbox = outbox(now, 65_536);
        for id in 0..4_u8 {
            outbox.push(now, Some(id.into()), &mut Payload::default(), |out| {
                out.extend([id; 3]);
            });
        }
        outbox.advance(now, 1);
        assert!(!outbox.withdraw(0), "a part of it has left");
        assert!(outbox.withdraw(2));
        assert!(!outbox.withdraw(2));
        let datagram = outbox.datagram().unwrap();
        assert_eq!(datagram.to_vec(), [0, 0, 1, 1, 1, 3, 3, 3]);
    }

    #[test]
    fn a_message_is_reported_once_all_of_it_was_sent() {
        let now = Instant::now();
        let mut outbox = outbox(now, 65_536);
        outbox.push(
            now,
            None,
            &mut Bytes::from_static(b"keepalive").into(),
            |_| {},
        );
        for id in 0..3 {
            outbox.push(
                now,
                Some(id),
                &mut Bytes::from_static(b"call").into(),
                |_| {},
            );
            outbox.report_last();
        }
        outbox.advance(now, 9 + 3);
        assert!(!outbox.has_sent(), "a part of it is queued");
        outbox.advance(now, 1);
        assert_eq!(std::mem::take(outbox.sent()), [0]);
        assert!(outbox.withdraw(1));
        assert!(!outbox.has_sent());
        outbox.advance(now, 4);
        assert_eq!(*outbox.sent(), [2]);
    }

    #[test]
    fn each_message_of_a_datagram_is_reported_and_releases_its_payload() {
        let now = Instant::now();
        let mut outbox = outbox(now, 65_536);
        for id in 0..3 {
            outbox.push(now, Some(id), &mut vec![7; 5000].into(), |out| {
                out.push(b'#');
            });
            outbox.report_last();
        }
        outbox.advance(now, outbox.len());
        assert_eq!(*outbox.sent(), [0, 1, 2]);
        // None is dropped where its owner must not run code.
        assert_eq!(outbox.released().len(), 3);
    }

    #[test]
    fn withdrawn_messages_do_not_pile_up() {
        let now = Instant::now();
        let mut outbox = outbox(now, 65_536);
        outbox.push(now, None, &mut Bytes::from_static(b"stuck").into(), |_| {});
        outbox.advance(now, 1);
        for id in 0..10_000 {
            outbox.push(
                now,
                Some(id),
                &mut Bytes::from_static(b"call").into(),
                |_| {},
            );
            assert!(outbox.withdraw(id));
            assert!(outbox.messages.len() < 200 && outbox.inline.len() < 2000);
        }
        outbox.push(now, None, &mut Bytes::from_static(b"!").into(), |_| {});
        assert_eq!(outbox.datagram().unwrap().to_vec(), b"tuck!");
    }

    #[test]
    fn large_payload_leaves_in_whole_pages_behind_a_short_lead() {
        let now = Instant::now();
        let mut outbox = outbox(now, 65_536);
        let payload = Bytes::from(vec![7; 200_000]);
        outbox.push(now, None, &mut payload.clone().into(), |out| {
            out.extend(b"head");
        });
        let mut sizes = Vec::new();
        while let Some(datagram) = outbox.datagram() {
            let size = datagram.len();
            outbox.advance(now, size);
            sizes.push(size);
        }
        assert!((4096 + 4..2 * 4096 + 4).contains(&sizes[0]), "{sizes:?}");
        assert_eq!(payload[sizes[0] - 4..].as_ptr().addr() % 4096, 0);
        assert_eq!(sizes[1..3], [65_536, 65_536]);
        assert_eq!(sizes.len(), 4);
    }

    #[test]
    fn many_messages_between_payloads_are_few_parts() {
        let now = Instant::now();
        let mut outbox = outbox(now, 65_536);
        outbox.push(now, None, &mut vec![7; 30_000].into(), |out| out.push(b'#'));
        for id in 0..3000 {
            outbox.push(now, Some(id), &mut Payload::default(), |out| {
                out.extend(b"reply");
            });
        }
        for id in [10, 20, 2999] {
            assert!(outbox.withdraw(id));
        }
        let datagram = outbox.datagram().unwrap();
        assert!(matches!(&datagram, Datagram::Gathered(parts) if parts.len() == 5));
        assert_eq!(datagram.len(), 30_001 + 2997 * 5);
    }

    proptest! {
        #[test]
        fn bytes_leave_once_and_in_order(
            messages in vec((1_usize..20, 0_usize..90_000, 0_u8..10, any::<bool>()), 0..12),
            limit in 4096_usize..70_000,
        ) {
            let now = Instant::now();
            let mut outbox = outbox(now, limit);
            let (mut expected, mut actual, mut counter) = (Vec::<u8>::new(), Vec::new(), 0_u8);
            let mut take = |len: usize| -> Vec<u8> {
                (0..len).map(|_| { counter = counter.wrapping_add(1); counter }).collect()
            };
            for (id, (head, payload, sends, withdraws)) in messages.into_iter().enumerate() {
                let message = head + payload;
                let (head, payload) = (take(head), take(payload));
                expected.extend(&head);
                expected.extend(&payload);
                outbox.push(now, Some(id as u64), &mut payload.into(), |out| out.extend(&head));
                for _ in 0..sends {
                    let Some(datagram) = outbox.datagram() else { break };
                    let bytes = datagram.to_vec();
                    prop_assert!(!bytes.is_empty() && bytes.len() <= limit);
                    outbox.advance(now, bytes.len());
                    actual.extend(bytes);
                }
                if withdraws && outbox.withdraw(id as u64) {
                    expected.truncate(expected.len() - message);
                }
                prop_assert_eq!(actual.len() + outbox.len(), expected.len());
            }
            while let Some(datagram) = outbox.datagram() {
                let bytes = datagram.to_vec();
                outbox.advance(now, bytes.len());
                actual.extend(bytes);
            }
            prop_assert_eq!(actual, expected);
            prop_assert!(outbox.is_empty());
        }
    }
}
