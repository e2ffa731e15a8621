//! Connections in memory behave as sockets do.

use std::io::IoSlice;

use super::{
    AnyProcess, AnyReceiver, AnySender, AnyWriteReadiness, Fault, MemoryConfig, MemoryEnd,
    MemoryLink, connect,
};
use crate::transport::{Received, SendError, TryReceive};

const SMALL: MemoryConfig = MemoryConfig {
    capacity: 2,
    max_datagram_size: 10,
};

fn pair() -> (MemoryEnd, MemoryEnd, MemoryLink) {
    connect(SMALL, SMALL)
}

fn receive(receiver: &mut AnyReceiver) -> Received {
    receiver.try_receive(&mut [], &mut [0; 100]).unwrap()
}

fn is_pending(future: impl Future) -> bool {
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    std::pin::pin!(future).poll(&mut cx).is_pending()
}

/// Runs a test under virtual time, without sockets.
fn run(test: impl Future<Output = ()>) {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let limit = std::time::Duration::from_secs(1);
        tokio::time::timeout(limit, test).await.unwrap();
    });
}

#[test]
fn datagrams_keep_their_order_and_bounds() {
    run(async {
        let (client, mut server, link) = pair();
        client.sender.try_send(b"abcdef").unwrap();
        let parts = [IoSlice::new(b"g"), IoSlice::new(b""), IoSlice::new(b"h")];
        client.sender.try_send_parts(&parts).unwrap();
        assert_eq!(link.to_server().len(), 2);
        server.receiver.readable().await.unwrap();
        let (mut room, mut buffer) = ([0; 4], [0; 4]);
        let mut receive = || server.receiver.try_receive(&mut room, &mut buffer).unwrap();
        assert_eq!(receive(), Received::Datagram(6));
        assert_eq!(receive(), Received::Datagram(2));
        assert_eq!(receive(), Received::Empty);
        assert_eq!((&room, &buffer), (b"ghcd", b"ef\0\0"));
        client.sender.try_send(b"0123456789").unwrap();
        let received = server.receiver.try_receive(&mut room, &mut buffer);
        assert_eq!(received.unwrap(), Received::Truncated(10));
        assert!(is_pending(server.receiver.readable()));
    });
}

#[test]
fn full_queue_is_waited_for() {
    run(async {
        let (client, mut server, _link) = pair();
        let mut room = AnyWriteReadiness::default();
        assert!(is_pending(room.permit()), "nothing is watched");
        for _ in 0..2 {
            client.sender.try_send(b"x").unwrap();
        }
        assert!(matches!(client.sender.try_send(b"x"), Err(SendError::Full)));
        room.watch(&client.sender).unwrap();
        assert!(is_pending(room.permit()));
        let read = async {
            tokio::task::yield_now().await;
            receive(&mut server.receiver)
        };
        let (permit, received) = tokio::join!(room.permit(), read);
        assert_eq!(received, Received::Datagram(1));
        let mut sent = None;
        permit.unwrap().fill(|| {
            sent = Some(client.sender.try_send(b"y"));
            false
        });
        assert!(matches!(sent, Some(Ok(()))));
        room.leave();
        assert!(is_pending(room.permit()), "it is left");
    });
}

#[test]
fn reader_is_woken_by_what_arrives() {
    run(async {
        let (client, mut server, _link) = pair();
        let send = async {
            tokio::task::yield_now().await;
            client.sender.try_send(b"x").unwrap();
        };
        let (ready, ()) = tokio::join!(server.receiver.readable(), send);
        ready.unwrap();
        assert_eq!(receive(&mut server.receiver), Received::Datagram(1));
    });
}

#[test]
fn stopped_reader_sees_nothing_until_it_reads_on() {
    run(async {
        let (client, mut server, link) = pair();
        client.sender.try_send(b"x").unwrap();
        link.to_server().stop_reader(true);
        assert_eq!(receive(&mut server.receiver), Received::Empty);
        assert!(is_pending(server.receiver.readable()));
        let resume_reading = async {
            tokio::task::yield_now().await;
            link.to_server().stop_reader(false);
        };
        let (ready, ()) = tokio::join!(server.receiver.readable(), resume_reading);
        ready.unwrap();
        assert_eq!(receive(&mut server.receiver), Received::Datagram(1));
    });
}

#[test]
fn filled_queue_is_read_and_has_no_room() {
    run(async {
        let (client, mut server, link) = pair();
        client.sender.try_send(b"x").unwrap();
        link.to_server().fill(true);
        assert_eq!(receive(&mut server.receiver), Received::Datagram(1));
        assert!(matches!(client.sender.try_send(b"x"), Err(SendError::Full)));
        let mut room = AnyWriteReadiness::default();
        room.watch(&client.sender).unwrap();
        assert!(is_pending(room.permit()));
        let drain = async {
            tokio::task::yield_now().await;
            link.to_server().fill(false);
        };
        let (permit, ()) = tokio::join!(room.permit(), drain);
        permit.unwrap();
        client.sender.try_send(b"x").unwrap();
    });
}

#[test]
fn chosen_results_come_in_their_order() {
    let (client, _server, link) = pair();
    link.to_server().fail(Fault::Full, 1);
    link.to_server().fail(Fault::NoMemory, 2);
    link.to_server().fail(Fault::TooLong, 1);
    link.to_server().fail(Fault::Interrupted, 3);
    link.to_server().fail(Fault::Refused, 1);
    let send = || client.sender.try_send(b"x");
    assert!(matches!(send(), Err(SendError::Full)));
    assert!(matches!(send(), Err(SendError::NoMemory)));
    assert!(matches!(send(), Err(SendError::NoMemory)));
    assert!(matches!(send(), Err(SendError::TooLong)));
    assert!(matches!(send(), Err(SendError::Gone)), "after EINTR thrice");
    assert!(matches!(send(), Ok(())));
    let too_long = client.sender.try_send(&[0; 11]);
    assert!(matches!(too_long, Err(SendError::TooLong)));
}

#[test]
fn closed_socket_refuses_and_wakes_who_waits_for_room() {
    run(async {
        let (client, server, _link) = pair();
        for _ in 0..2 {
            client.sender.try_send(b"x").unwrap();
        }
        let mut room = AnyWriteReadiness::default();
        room.watch(&client.sender).unwrap();
        let close = async {
            tokio::task::yield_now().await;
            drop(server);
        };
        let (permit, ()) = tokio::join!(room.permit(), close);
        permit.unwrap();
        assert!(matches!(client.sender.try_send(b"x"), Err(SendError::Gone)));
        assert!(
            is_pending(client.process.ended()),
            "a closed socket is no end"
        );
    });
}

#[test]
fn process_that_ends_leaves_what_it_has_sent() {
    run(async {
        let (mut client, server, link) = pair();
        server.sender.try_send(b"last").unwrap();
        let end = async {
            tokio::task::yield_now().await;
            link.end_server();
        };
        tokio::join!(client.process.ended(), end);
        assert!(matches!(client.sender.try_send(b"x"), Err(SendError::Gone)));
        assert!(matches!(server.sender.try_send(b"x"), Err(SendError::Gone)));
        assert!(server.receiver.readable().await.is_err());
        assert_eq!(receive(&mut client.receiver), Received::Datagram(4));
        assert!(is_pending(client.receiver.readable()));
        assert!(is_pending(server.process.ended()), "the client lives");
    });
}

/// What has been asserted of queues is not true of sockets by this, but by their own tests.
#[test]
fn ends_are_of_the_kind_that_drivers_use() {
    let (client, ..) = pair();
    assert!(matches!(client.sender, AnySender::Memory(_)));
    assert!(matches!(client.process, AnyProcess::Memory(_)));
}
