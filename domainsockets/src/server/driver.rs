//! The task of a connection: it reads requests, checks timeouts, and sends replies that handlers could not send.

use std::future;
use std::hint;
use std::io;
use std::ops::ControlFlow;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::yield_now;
use tokio::time::{sleep, sleep_until};

use super::connection::{Connection, SendGuard};
use super::dispatch::Dispatcher;
use crate::driver::{
    BusyPoll, DESCRIPTOR_PAUSE, FlushState, LazyTimer, Next, may_poll_here, now, receive,
    receive_polled, spend,
};
use crate::proto::EndReason;
use crate::stats::ServerCounters;
use crate::transport::{Receiver, TryReceive, WriteReadiness};
use crate::wire::{Cause, trim_blocks};

/// The driver of a connection.
pub(super) struct ServerDriver {
    connection: Arc<Connection>,
    counters: Arc<ServerCounters>,
    dispatcher: Dispatcher,
    receiver: Receiver,
    lazy_timer: LazyTimer,
    /// When the timer fires. If the driver runs much later, the process was stopped or starved.
    timer_at: Instant,
    /// Whether requests are not read now: because of backpressure, or because the process has too few descriptors.
    paused: bool,
    /// The number of datagrams that were received since the client was lost.
    lost_datagrams: usize,
    busy_poll: BusyPoll,
}

/// The events that the driver waits for.
struct Interest {
    /// The time to set the timer to, if it is not set right.
    timer_at: Option<Instant>,
    /// Whether the driver reads requests.
    requests: bool,
    /// Whether the driver waits until the client's queue has room.
    writable: bool,
}

impl ServerDriver {
    pub(super) fn new(
        connection: Arc<Connection>,
        counters: Arc<ServerCounters>,
        dispatcher: Dispatcher,
        receiver: Receiver,
    ) -> Self {
        counters.opened();
        let busy_poll = BusyPoll::new(connection.busy_poll).hesitating();
        let now = now();
        Self {
            busy_poll,
            connection,
            counters,
            dispatcher,
            receiver,
            lazy_timer: LazyTimer::new(now),
            timer_at: now,
            paused: false,
            lost_datagrams: 0,
        }
    }

    /// Runs until the connection ends.
    ///
    /// Takes `&mut self`: a future that captured `self` by value would store the driver twice.
    pub(super) async fn run(&mut self) {
        let mut timer = pin!(sleep_until(now().into()));
        let mut write_readiness = WriteReadiness::default();
        let mut woken = false;
        // A client that has passed a socket has sent its hello, and often its first request, before.
        if !self.receiver.is_registered() {
            let next = self.receive();
            if next == Next::End || self.poll().await.is_break() {
                return;
            }
        }
        while let Some(Interest {
            timer_at,
            requests,
            writable,
        }) = self.next_interest(woken)
        {
            if let Some(at) = timer_at {
                timer.as_mut().reset(at.into());
            }
            woken = false;
            if requests && self.dispatcher.has_backlog() {
                self.dispatcher.begin_turn();
                match self.dispatcher.resume() {
                    Next::End => break,
                    _ => yield_now().await,
                }
                continue;
            }
            if !writable {
                write_readiness.leave();
            } else if let Err(error) = write_readiness.watch(&self.connection.sender) {
                // For example, the process is out of descriptors.
                let what = &format_args!("cannot wait until the client reads: {error}");
                self.connection.log_problem("writable", what);
                self.connection.lock().flush.pause(now());
                continue;
            }
            tokio::select! {
                biased;
                ready = self.readable(requests) => {
                    let next = if ready.is_ok() { self.receive() } else { Next::End };
                    match next {
                        Next::Receive | Next::Yield => yield_now().await,
                        Next::Wait if self.busy_poll.is_on() => {
                            if self.poll().await.is_break() {
                                break;
                            }
                        }
                        Next::Wait => {}
                        Next::Pause => {
                            sleep(DESCRIPTOR_PAUSE).await;
                            self.paused = true;
                        }
                        Next::End => break,
                    }
                }
                permit = write_readiness.permit() => match permit {
                    Ok(permit) => permit.fill(|| self.flush()),
                    Err(_) => break,
                },
                () = timer.as_mut() => {
                    trim_blocks();
                    woken = true;
                }
                () = self.connection.wake.notified() => woken = true,
            }
        }
    }

    /// Does everything that is due, and returns the events to wait for. Returns `None` if the connection has ended.
    fn next_interest(&mut self, woken: bool) -> Option<Interest> {
        let now = now();
        let mut state = self.connection.lock_to_send();
        state
            .machine
            .settle_eviction(|| self.connection.has_received() || !self.receiver.is_empty());
        if state.machine.is_drain_requested() {
            let has_unread = self.dispatcher.has_backlog() || !self.receiver.is_empty();
            if !has_unread || !state.machine.wants_input() {
                state.machine.drain(now);
            }
        }
        if state.flush.is_due(now, woken) {
            state.flush();
        }
        if state.machine.has_ended() || state.machine.is_lost() && !self.has_lost_requests() {
            return None;
        }
        let requests = state.machine.wants_input();
        if requests && self.paused {
            state.machine.resume_reading(now);
            let midway_since = self.dispatcher.resume_clock(now);
            state.machine.set_midway_since(midway_since);
        }
        self.paused = !requests;
        let was_stopped = LATE <= now.saturating_duration_since(self.timer_at);
        let (dispatcher, receiver) = (&mut self.dispatcher, &self.receiver);
        excuse(&mut state, dispatcher, receiver, was_stopped, now);
        if let Some(end) = state.machine.end_by_itself(now) {
            let was_lost = state.machine.is_lost();
            if end == EndReason::TimedOut && !was_lost {
                self.counters.timed_out();
                state.log_problem("progress", "dropped, since it made no progress");
            }
            if was_lost || !self.has_lost_requests() {
                return None;
            }
            // One-way calls that have returned may be unread.
            state.machine.say_bye(now);
            state.flush();
            state.lose();
            if state.machine.has_ended() {
                return None;
            }
            // Requests may be read again, since no replies are queued any more.
            self.connection.wake.notify_one();
        }
        let mut next = state.machine.next_time(now);
        if let Some(until) = state.flush.paused_until() {
            next = next.min(until);
        }
        let timer_at = self.lazy_timer.set(now, next);
        self.timer_at = timer_at.unwrap_or(self.timer_at);
        Some(Interest {
            timer_at,
            requests,
            writable: state.flush == FlushState::Blocked,
        })
    }

    /// Returns whether requests are unread that a lost client sent before. The number of datagrams is bounded, since
    /// the client or another process may go on sending.
    fn has_lost_requests(&self) -> bool {
        let may_receive = self.lost_datagrams < MAX_LOST_DATAGRAMS;
        self.dispatcher.has_backlog() || may_receive && !self.receiver.is_empty()
    }

    /// Receives at most [`DATAGRAMS_PER_YIELD`] datagrams, and sends the replies that are ready.
    fn receive(&mut self) -> Next {
        self.dispatcher.begin_turn();
        let before = self.dispatcher.datagrams();
        let next = receive(
            &mut self.receiver,
            DATAGRAMS_PER_YIELD,
            &mut self.dispatcher,
        );
        let mut state = self.connection.lock_to_send();
        // Requests that were received before the shutdown are still admitted.
        if state.machine.is_drain_requested() && next != Next::Yield {
            state.machine.drain(now());
        }
        if state.flush == FlushState::Idle {
            state.flush();
        }
        if state.machine.is_lost() {
            self.lost_datagrams += self.dispatcher.datagrams().wrapping_sub(before);
        }
        next
    }

    /// Polls for the next requests, as long as that pays off. Breaks if the connection has ended.
    async fn poll(&mut self) -> ControlFlow<()> {
        self.poll_unregistered().await?;
        if let Err(error) = self.receiver.register() {
            let what = &format_args!("cannot wait for requests: {error}");
            self.connection.log_problem("readable", what);
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }

    /// Polls without the runtime.
    async fn poll_unregistered(&mut self) -> ControlFlow<()> {
        while let Some(time) = self.polling_time() {
            self.receiver.unregister();
            self.dispatcher.begin_turn();
            let begun = Instant::now();
            let mut took = Duration::ZERO;
            let next = loop {
                match receive_polled(&mut self.receiver, &mut self.dispatcher) {
                    Next::Wait if took < time => hint::spin_loop(),
                    next => break next,
                }
                took = begun.elapsed();
            };
            match next {
                Next::Wait => {
                    self.busy_poll.miss();
                    spend(took, self.busy_poll.budget());
                    return ControlFlow::Continue(());
                }
                Next::End => return ControlFlow::Break(()),
                Next::Receive | Next::Yield | Next::Pause => self.busy_poll.hit(took),
            }
            self.flush_if_idle();
            if spend(took, self.busy_poll.budget()) {
                yield_now().await;
                return ControlFlow::Continue(());
            }
        }
        ControlFlow::Continue(())
    }

    /// Sends the replies that are ready, unless others wait for the client.
    fn flush_if_idle(&self) {
        let mut state = self.connection.lock_to_send();
        if state.flush == FlushState::Idle {
            state.flush();
        }
    }

    /// Returns for how long to poll for the next request now, if at all.
    fn polling_time(&mut self) -> Option<Duration> {
        // Several requests leave together, and the more the longer they are waited for.
        if !self.busy_poll.is_on() || 1 < self.dispatcher.requests() {
            return None;
        }
        let is_quiet =
            !self.dispatcher.has_backlog() && self.connection.lock().machine.awaits_client();
        if !is_quiet
            || !self.receiver.has_descriptor_room()
            || !may_poll_here(Arc::as_ptr(&self.connection).addr(), Instant::now())
        {
            return None;
        }
        self.busy_poll.begin()
    }

    async fn readable(&self, wanted: bool) -> io::Result<()> {
        if wanted {
            self.receiver.readable().await
        } else {
            future::pending().await
        }
    }

    /// Sends queued replies. Returns whether the client's queue is full.
    fn flush(&self) -> bool {
        let mut state = self.connection.lock_to_send();
        state.flush();
        state.flush == FlushState::Blocked
    }
}

/// Restarts a timeout that has passed while the server did not see what the client did: the client's datagrams are
/// unread, its queue may have room since, or this process was stopped. A process that continues may learn that its
/// timers are due before it learns that its sockets are readable.
fn excuse(
    state: &mut SendGuard<'_>,
    dispatcher: &mut Dispatcher,
    receiver: &Receiver,
    was_stopped: bool,
    now: Instant,
) {
    let is_unseen = || was_stopped || dispatcher.has_backlog() || !receiver.is_empty();
    if state.machine.excuse_silence(now, is_unseen) {
        let midway_since = dispatcher.resume_clock(now);
        state.machine.set_midway_since(midway_since);
    }
    if state.machine.is_stalled(now) {
        state.flush();
        if was_stopped {
            state.machine.excuse_stall(now);
        }
    }
}

impl Drop for ServerDriver {
    /// Stops the handlers of the connection, however the driver ends, and sends the client a goodbye if possible.
    fn drop(&mut self) {
        self.counters.closed();
        self.connection.info.closed.set();
        let now = now();
        let mut state = self.connection.lock_to_send();
        let running = state.machine.take_running();
        let is_client_gone = !state.machine.may_send();
        if state.machine.answers_stopped() {
            for (id, task) in &running {
                state
                    .machine
                    .reply(now, *id, &task.handler, Err(&Cause::ShuttingDown));
            }
        }
        if state.machine.may_send() {
            state.machine.say_bye(now);
            state.flush();
        }
        self.connection.release(&mut state);
        // Handlers that run on may keep the socket open.
        self.connection.sender.shut_down();
        // Payloads are dropped here.
        drop(state);
        for task in running.values() {
            if is_client_gone {
                task.stop_once_polled();
            } else {
                task.stop();
            }
        }
    }
}

/// How many datagrams are received before the task yields.
const DATAGRAMS_PER_YIELD: usize = 32;

/// About how many datagrams of a lost client the driver receives at most. The kernel queues 278 datagrams of a few bytes
/// by default, and 1366 of a client that sends large messages.
const MAX_LOST_DATAGRAMS: usize = 2048;

/// How late the driver runs if the process was stopped: later than on a busy machine.
const LATE: Duration = Duration::from_millis(500);

#[cfg(feature = "test")]
#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;
    use std::time::Duration;

    use tokio::task::yield_now;
    use tokio::time::{advance, sleep, timeout};

    use super::{DATAGRAMS_PER_YIELD, MAX_LOST_DATAGRAMS};
    use crate::server::in_memory::Served;
    use crate::server::{Methods, ServerBuilder};
    use crate::transport::{
        MemoryConfig, MemoryEnd, MemoryLink, Receiver, SendError, Sender, connect, this_process,
    };
    use crate::wire::extension::{BYE, CANCEL, HELLO, META};
    use crate::wire::{ClientMsg, ClientMsgType};
    use crate::{Peer, Request};

    /// The number of datagrams that the server's queue holds.
    const CAPACITY: usize = 100;

    /// A server, the client's end of its connection, and what the handlers have counted.
    struct Lost {
        sender: Sender,
        receiver: Option<Receiver>,
        link: MemoryLink,
        served: Served,
        /// How often `count`, `slow` and `finish` ran.
        counted: Arc<AtomicUsize>,
        /// Each running handler of `hang` has a reference.
        hanging: Arc<()>,
    }

    impl Lost {
        fn new() -> Self {
            Self::with(ServerBuilder::default())
        }

        fn with(builder: ServerBuilder) -> Self {
            let (counted, hanging) = (Arc::new(AtomicUsize::new(0)), Arc::new(()));
            let mut methods = Methods::default();
            let count = Arc::clone(&counted);
            let counts = move |_: Request| {
                count.fetch_add(1, Ordering::Relaxed);
                async { Ok::<_, String>("") }
            };
            methods.add_raw("count", counts).unwrap();
            let count = Arc::clone(&counted);
            let slow = move |_: Request| {
                let count = Arc::clone(&count);
                async move {
                    thread::sleep(Duration::from_millis(1));
                    count.fetch_add(1, Ordering::Relaxed);
                    Ok::<_, String>("")
                }
            };
            methods.add_raw("slow", slow).unwrap();
            let count = Arc::clone(&counted);
            let finish = move |_: Request| {
                let count = Arc::clone(&count);
                async move {
                    thread::sleep(Duration::from_millis(1));
                    yield_now().await;
                    count.fetch_add(1, Ordering::Relaxed);
                    Ok::<_, String>("")
                }
            };
            methods.add_raw("finish", finish).unwrap();
            methods.set_no_cancel("finish").unwrap();
            let held = Arc::clone(&hanging);
            let hang = move |_: Request| {
                let held = Arc::clone(&held);
                async move {
                    pending::<()>().await;
                    drop(held);
                    Ok::<_, String>("")
                }
            };
            methods.add_raw("hang", hang).unwrap();
            let config = MemoryConfig {
                capacity: CAPACITY,
                max_datagram_size: 65_536,
            };
            let (client, end, link) = connect(config, config);
            let MemoryEnd {
                sender, receiver, ..
            } = client;
            let peer = Peer::new(this_process(), None);
            let served = builder.serve(methods, peer, end);
            Self {
                sender,
                receiver: Some(receiver),
                link,
                served,
                counted,
                hanging,
            }
        }

        fn send(&self, id: u64, handler: &str) -> Result<(), SendError> {
            let mut bytes = Vec::new();
            extend(&mut bytes, id, handler, b"");
            self.sender.try_send(&bytes)
        }

        fn counted(&self) -> usize {
            self.counted.load(Ordering::Relaxed)
        }

        async fn ends(&self) {
            while self.served.stats().connections > 0 {
                yield_now().await;
            }
        }
    }

    /// Appends a message. Handlers of extensions begin with `$`.
    fn extend(bytes: &mut Vec<u8>, id: u64, handler: &str, data: &[u8]) {
        let kind = if handler.starts_with('$') {
            ClientMsgType::KeepAlive
        } else {
            ClientMsgType::Data
        };
        ClientMsg {
            id,
            kind,
            handler,
            data,
        }
        .encode(bytes);
    }

    #[tokio::test]
    async fn a_lost_clients_queued_requests_are_dispatched() {
        for is_process_ended in [false, true] {
            let mut lost = Lost::new();
            for id in 0..50 {
                lost.send(id, if id % 2 == 0 { "count" } else { "hang" })
                    .unwrap();
            }
            if is_process_ended {
                lost.served.lose();
            }
            // Its socket is closed.
            lost.receiver = None;
            lost.ends().await;
            assert_eq!(lost.counted(), 25, "{is_process_ended}");
            while Arc::strong_count(&lost.hanging) > 2 {
                yield_now().await;
            }
        }
    }

    #[tokio::test]
    async fn a_lost_client_that_goes_on_sending_is_left() {
        let lost = Lost::new();
        lost.send(0, "count").unwrap();
        lost.served.lose();
        let mut id = 1;
        while lost.served.stats().connections > 0 {
            while lost.send(id, "count").is_ok() {
                id += 1;
            }
            yield_now().await;
        }
        assert!(CAPACITY < lost.counted());
        assert!(lost.counted() <= MAX_LOST_DATAGRAMS + DATAGRAMS_PER_YIELD);
    }

    #[tokio::test(start_paused = true)]
    async fn queued_requests_of_a_client_that_does_not_read_are_dispatched_at_the_write_timeout() {
        let builder = ServerBuilder::default()
            .write_timeout(Duration::from_secs(1))
            .max_queued_reply_bytes(1);
        let lost = Lost::with(builder);
        lost.link.to_client().fill(true);
        for id in 0..50 {
            lost.send(id, "count").unwrap();
        }
        sleep(Duration::from_millis(500)).await;
        assert_eq!(lost.counted(), 1, "backpressure");
        sleep(Duration::from_secs(1)).await;
        assert_eq!(lost.counted(), 50);
        let stats = lost.served.stats();
        assert_eq!((stats.connections, stats.timeouts), (0, 1));
    }

    #[tokio::test]
    async fn a_slow_handler_runs_although_its_client_has_said_goodbye() {
        for handler in ["slow", "finish"] {
            let lost = Lost::new();
            for id in 0..10 {
                lost.send(id, handler).unwrap();
            }
            lost.send(0, BYE).unwrap();
            lost.ends().await;
            let all = async {
                while lost.counted() < 10 {
                    yield_now().await;
                }
            };
            let limit = Duration::from_secs(5);
            assert!(timeout(limit, all).await.is_ok(), "{handler}");
        }
    }

    /// A list of IDs or fields takes the time of as many messages.
    #[tokio::test]
    async fn a_turn_is_bounded_by_its_ids_and_fields() {
        let ids = vec![1; 1024];
        let fields = b"\x7f\0".repeat(64);
        let entries: Vec<_> = (0..32).flat_map(|key| [2, 2, 1, b'A' + key]).collect();
        for (extension, data, lists) in [
            (CANCEL, ids, 1),
            (HELLO, fields, 1024 / 64),
            (META, entries, 1024 / 32),
        ] {
            let lost = Lost::new();
            for id in 0..20 {
                let mut datagram = Vec::new();
                for _ in 0..lists {
                    extend(&mut datagram, 0, extension, &data);
                }
                extend(&mut datagram, id, "count", b"");
                lost.sender.try_send(&datagram).unwrap();
            }
            let mut turns = Vec::new();
            while lost.counted() < 20 {
                let before = lost.counted();
                yield_now().await;
                turns.push(lost.counted() - before);
            }
            assert!(turns.iter().all(|turn| *turn <= 2), "{extension} {turns:?}");
        }
    }

    const IDLE: Duration = Duration::from_secs(30);

    #[tokio::test(start_paused = true)]
    async fn a_client_is_not_idle_while_its_datagrams_are_unread() {
        let lost = Lost::new();
        lost.link.to_server().stop_reader(true);
        lost.send(1, "count").unwrap();
        sleep(IDLE * 3 / 2).await;
        lost.link.to_server().stop_reader(false);
        sleep(IDLE / 2).await;
        assert_eq!(lost.counted(), 1);
        let stats = lost.served.stats();
        assert_eq!((stats.connections, stats.timeouts), (1, 0));
        let reply = lost.link.to_client();
        assert_ne!(reply.len(), 0, "it is not lost");
        sleep(IDLE).await;
        assert_eq!(lost.served.stats().connections, 0, "now it is idle");
    }

    #[tokio::test(start_paused = true)]
    async fn a_message_whose_rest_is_unread_does_not_time_out() {
        let builder = ServerBuilder::default().read_timeout(IDLE / 3);
        let lost = Lost::with(builder);
        let mut request = Vec::new();
        extend(&mut request, 1, "count", &[7; 1000]);
        let (begin, rest) = request.split_at(500);
        let (middle, end) = rest.split_at(300);
        lost.sender.try_send(begin).unwrap();
        sleep(IDLE / 6).await;
        lost.link.to_server().stop_reader(true);
        lost.sender.try_send(middle).unwrap();
        sleep(IDLE / 4).await;
        lost.link.to_server().stop_reader(false);
        sleep(IDLE / 6).await;
        lost.sender.try_send(end).unwrap();
        sleep(IDLE / 6).await;
        assert_eq!((lost.counted(), lost.served.stats().timeouts), (1, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn unread_datagrams_without_a_message_extend_a_connection_once() {
        let lost = Lost::new();
        lost.link.to_server().stop_reader(true);
        for _ in 0..CAPACITY {
            lost.sender.try_send(b"").unwrap();
        }
        sleep(IDLE * 3 / 2).await;
        assert_eq!(lost.served.stats().connections, 1);
        lost.link.to_server().stop_reader(false);
        sleep(IDLE).await;
        assert_eq!(lost.served.stats().connections, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn the_time_in_which_the_process_was_stopped_is_not_a_clients_silence() {
        let lost = Lost::new();
        lost.send(1, "count").unwrap();
        yield_now().await;
        // No task runs in between.
        advance(IDLE * 2).await;
        sleep(IDLE / 2).await;
        assert_eq!(lost.served.stats().connections, 1);
        sleep(IDLE).await;
        assert_eq!(lost.served.stats().connections, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn the_time_in_which_the_process_was_stopped_does_not_count_for_the_write_timeout() {
        let lost = Lost::with(ServerBuilder::default().write_timeout(IDLE / 2));
        lost.link.to_client().fill(true);
        lost.send(1, "count").unwrap();
        sleep(IDLE / 6).await;
        advance(IDLE / 2).await;
        sleep(IDLE / 6).await;
        lost.link.to_client().fill(false);
        sleep(IDLE / 6).await;
        assert_eq!(lost.served.stats().timeouts, 0);
        assert_ne!(lost.link.to_client().len(), 0, "the reply");
    }
}
