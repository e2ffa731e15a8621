//! The task of a connection: it reads requests, checks timeouts, and sends replies that handlers could not send.

use std::future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Instant;

use tokio::task::yield_now;
use tokio::time::{sleep, sleep_until};

use super::connection::Connection;
use super::dispatch::Dispatcher;
use crate::driver::{DESCRIPTOR_PAUSE, FlushState, LazyTimer, Next, now, receive};
use crate::proto::EndReason;
use crate::stats::ServerCounters;
use crate::transport::{Receiver, WriteReadiness};
use crate::wire::{Cause, trim_blocks};

/// The driver of a connection.
pub(super) struct ServerDriver {
    connection: Arc<Connection>,
    counters: Arc<ServerCounters>,
    dispatcher: Dispatcher,
    receiver: Receiver,
    lazy_timer: LazyTimer,
    /// Whether requests are not read now (backpressure).
    paused: bool,
    /// How often the driver has received datagrams since the client was lost.
    lost_receives: usize,
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
        Self {
            connection,
            counters,
            dispatcher,
            receiver,
            lazy_timer: LazyTimer::new(now()),
            paused: false,
            lost_receives: 0,
        }
    }

    /// Runs until the connection ends.
    ///
    /// Takes `&mut self`: a future that captured `self` by value would store the driver twice.
    pub(super) async fn run(&mut self) {
        let mut timer = pin!(sleep_until(now().into()));
        let mut write_readiness = WriteReadiness::default();
        let mut woken = false;
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
                        Next::Wait => {}
                        Next::Pause => sleep(DESCRIPTOR_PAUSE).await,
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
            state
                .machine
                .set_midway_since(self.dispatcher.resume_clock(now));
        }
        self.paused = !requests;
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
        Some(Interest {
            timer_at: self.lazy_timer.set(now, next),
            requests,
            writable: state.flush == FlushState::Blocked,
        })
    }

    /// Returns whether requests are unread that a lost client sent before. The number of datagrams is bounded, since
    /// the client or another process may go on sending.
    fn has_lost_requests(&self) -> bool {
        let may_receive = self.lost_receives < MAX_LOST_RECEIVES;
        self.dispatcher.has_backlog() || may_receive && !self.receiver.is_empty()
    }

    /// Receives at most [`DATAGRAMS_PER_YIELD`] datagrams, and sends the replies that are ready.
    fn receive(&mut self) -> Next {
        self.dispatcher.begin_turn();
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
        if state.machine.is_lost() && next != Next::Pause {
            self.lost_receives += 1;
        }
        next
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

/// How often at most the driver receives datagrams of a lost client. The kernel queues 278 datagrams of a few bytes by
/// default, and 1366 of a client that sends large messages.
const MAX_LOST_RECEIVES: usize = 64;

#[cfg(feature = "test")]
#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;
    use std::time::Duration;

    use tokio::task::yield_now;
    use tokio::time::{sleep, timeout};

    use super::{DATAGRAMS_PER_YIELD, MAX_LOST_RECEIVES};
    use crate::server::in_memory::Served;
    use crate::server::{Methods, ServerBuilder};
    use crate::transport::{
        MemoryConfig, MemoryEnd, MemoryLink, Receiver, SendError, Sender, connect, this_process,
    };
    use crate::wire::extension::BYE;
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
            let kind = if handler == BYE {
                ClientMsgType::KeepAlive
            } else {
                ClientMsgType::Data
            };
            let data = b"";
            ClientMsg {
                id,
                kind,
                handler,
                data,
            }
            .encode(&mut bytes);
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
        assert!(lost.counted() <= MAX_LOST_RECEIVES * DATAGRAMS_PER_YIELD);
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
}
