//! Hostile clients, and control processes that use as much of the machine.

use std::collections::VecDeque;
use std::fs;
use std::hint::black_box;
use std::io::ErrorKind;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::net::sockopt;
use tests::wire::{ClientMsg, KEEPALIVE};
use uuid::Uuid;

use crate::child::READY;
use crate::histogram::Histogram;
use crate::print;
use crate::raw::{Raw, connected};
use crate::readings::Readings;
use crate::settings::Settings;

/// Attacks until it is ended or gets the order that the role knows.
pub(super) fn run(role: &str, path: &Path, settings: &Settings, orders: &Receiver<String>) {
    match role {
        "burn" => burn(),
        "flood" => flood(path, &settings.or("kind", String::new())),
        "unread" => unread(path, settings, orders),
        "trickle" => trickle(path, settings, orders),
        "inject" => inject(&settings.value::<PathBuf>("target").unwrap(), orders),
        "victim" => victim(path, orders),
        other => panic!("there is no role {other}"),
    }
}

/// Keeps a core busy.
fn burn() {
    print(&format!("{READY}\n"));
    let mut state = 1_u64;
    loop {
        state = black_box(state.wrapping_mul(3));
    }
}

/// Sends setup messages as fast as the server accepts them.
fn flood(path: &Path, kind: &str) {
    let sender = UnixDatagram::unbound().unwrap();
    sender.connect(path).unwrap();
    print(&format!("{READY}\n"));
    // Sockets that the server is told of, and that never send to it. Few, since a server may keep
    // something for each.
    let mut silent = VecDeque::new();
    for times in 0_u64.. {
        let sent = match kind {
            // Names of the right form that no socket has.
            "absent" => sender.send(Uuid::new_v4().to_string().as_bytes()),
            "silent" => {
                let name = Uuid::new_v4().to_string();
                let file = path.with_file_name(&name);
                let Ok(socket) = UnixDatagram::bind(&file) else {
                    return;
                };
                let sent = sender.send(name.as_bytes());
                silent.push_back((socket, file));
                if silent.len() > 64 {
                    let _ = silent.pop_front().map(|(_, file)| fs::remove_file(file));
                }
                sent
            }
            "garbage" => sender.send(&[0x80; 36][..(times % 37) as usize]),
            other => panic!("there is no flood of {other}"),
        };
        if sent.is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused) {
            return;
        }
    }
}

/// Sends many requests and reads no replies.
fn unread(path: &Path, settings: &Settings, orders: &Receiver<String>) {
    let size = settings.or("size", 4096).to_string();
    let connections: Vec<Raw> = (0..settings.or("connections", 1))
        .map(|_| {
            let raw = connected(path);
            raw.announce().unwrap();
            raw.request("size", size.as_bytes(), settings.or("requests", 1000))
                .unwrap();
            raw
        })
        .collect();
    print(&format!("{READY}\n"));
    let _ = orders.recv();
    drop(connections);
}

/// Sends keep-alives until the order `trickle`, then a large request at a byte a second. On the order
/// `ends MS` it waits at most that long until the server has closed all connections, and prints when it
/// did.
fn trickle(path: &Path, settings: &Settings, orders: &Receiver<String>) {
    let connections: Vec<Raw> = (0..settings.or("connections", 1))
        .map(|_| {
            let raw = connected(path);
            // A server keeps few half-open connections.
            raw.outgoing.send(&KEEPALIVE).unwrap();
            raw
        })
        .collect();
    print(&format!("{READY}\n"));
    let request = ClientMsg::request(1, "echo", &vec![0; 1 << 20]).encode();
    let mut begun = None;
    let mut closed = vec![None; connections.len()];
    let mut until = None;
    let mut at = 0;
    let mut tick = Instant::now();
    loop {
        match orders.recv_timeout(tick.saturating_duration_since(Instant::now())) {
            Ok(order) if order == "trickle" => {
                for raw in &connections {
                    let _ = raw.outgoing.send(&KEEPALIVE);
                }
                begun = Some(Instant::now());
                tick = Instant::now();
            }
            Ok(order) => {
                let millis = order.strip_prefix("ends ").map(str::parse);
                let Some(Ok(millis)) = millis else { return };
                until = Some(Instant::now() + Duration::from_millis(millis));
            }
            Err(RecvTimeoutError::Disconnected) => return,
            Err(RecvTimeoutError::Timeout) => {}
        }
        let ticks = tick <= Instant::now();
        if ticks {
            tick += Duration::from_millis(if begun.is_some() { 100 } else { 5000 });
        }
        for (number, raw) in connections.iter().enumerate() {
            match begun {
                None if ticks => {
                    let _ = raw.outgoing.send(&KEEPALIVE);
                }
                // Each connection sends in a different tenth of a second.
                Some(begun) if ticks && closed[number].is_none() => {
                    let byte = &request[at / 10..=at / 10];
                    let sends = number % 10 == at % 10;
                    // Checks often only when the end is near, since each check costs the server
                    // something.
                    let asks = begun.elapsed() > Duration::from_secs(25);
                    if sends && raw.outgoing.send(byte).is_err() || asks && raw.is_closed() {
                        closed[number] = Some(begun.elapsed());
                    }
                }
                _ => {}
            }
        }
        at += usize::from(ticks && begun.is_some());
        let all = closed.iter().all(Option::is_some);
        if until.is_some_and(|until| all || until <= Instant::now()) {
            let seconds = closed.iter().flatten().map(Duration::as_secs_f64);
            let readings = Readings::default()
                .with("closed", closed.iter().flatten().count() as f64)
                .with("earliest", seconds.clone().fold(f64::NAN, f64::min))
                .with("latest", seconds.fold(f64::NAN, f64::max));
            print(&format!("{readings}\n"));
            until = None;
        }
    }
}

/// Sends garbage to a socket of another process's connection, a hundred thousand datagrams a second from
/// `begin` to `end`.
fn inject(target: &Path, orders: &Receiver<String>) {
    let socket = UnixDatagram::unbound().unwrap();
    socket.set_nonblocking(true).unwrap();
    socket.connect(target).unwrap();
    print(&format!("{READY}\n"));
    while orders.recv().is_ok_and(|order| order == "begin") {
        let begun = Instant::now();
        let (mut tried, mut taken, mut denied) = (0_u64, 0.0, 0.0);
        while orders.try_recv().is_err() {
            for _ in 0..100 {
                tried += 1;
                match socket.send(&[0xff; 64]).map_err(|error| error.kind()) {
                    Ok(_) => taken += 1.0,
                    Err(ErrorKind::PermissionDenied) => denied += 1.0,
                    Err(_) => {}
                }
            }
            let due = Duration::from_micros(tried * 10);
            thread::sleep(due.saturating_sub(begun.elapsed()));
        }
        let readings = Readings::default()
            .with("tried", tried as f64)
            .with("taken", taken)
            .with("denied", denied)
            .with("rate", tried as f64 / begun.elapsed().as_secs_f64());
        print(&format!("{readings}\n"));
    }
}

/// Is the client of an attacked connection. Prints the path of its server socket before it sends anything,
/// and echoes from `begin` to `end`.
fn victim(path: &Path, orders: &Receiver<String>) {
    let raw = connected(path);
    raw.incoming
        .set_read_timeout(Some(Duration::from_secs(1)))
        .unwrap();
    // The kernel attaches credentials even where the server sends none.
    sockopt::set_socket_passcred(&raw.incoming, true).unwrap();
    print(&format!("{}\n", raw.peer.display()));
    let mut id = 1;
    let mut buffer = vec![0; 1 << 16];
    while orders.recv().is_ok_and(|order| order == "begin") {
        let mut durations = Histogram::new();
        let mut bad = 0.0;
        let window = Instant::now();
        while orders.try_recv().is_err() {
            let begun = Instant::now();
            let request = ClientMsg::request(id, "echo", &id.to_be_bytes()).encode();
            let sent = raw.outgoing.send(&request);
            let reply = sent.and_then(|_| raw.incoming.recv(&mut buffer));
            let good = reply.is_ok_and(|len| buffer[..len].ends_with(&id.to_be_bytes()));
            if good {
                durations.add(begun.elapsed().as_nanos() as u64);
            } else {
                bad += 1.0;
                thread::sleep(Duration::from_millis(1));
            }
            id += 1;
        }
        let readings = Readings::default()
            .with("calls", durations.count() as f64)
            .with("bad", bad)
            .with(
                "rate",
                durations.count() as f64 / window.elapsed().as_secs_f64(),
            )
            .with("p50", durations.quantile(0.5) / 1e3)
            .with("p99", durations.quantile(0.99) / 1e3);
        print(&format!("{readings}\n"));
    }
}
