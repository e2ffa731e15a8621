//! Bare sockets with and without checking the credentials of each datagram: the cost of that check
//! without the library.

use std::io;
use std::mem::MaybeUninit;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use rustix::io::IoSliceMut;
use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg, sockopt};
use rustix::process::getuid;

use crate::child::{READY, until};
use crate::print;
use crate::readings::Readings;
use crate::settings::Settings;

/// Answers each datagram.
pub(super) fn pong(path: &Path, settings: &Settings, orders: &Receiver<String>) {
    let name = settings.or("name", String::new());
    let receiver = Credentialed::bind(&path.with_file_name(format!("{name}-pong")), settings);
    print(&format!("{READY}\n"));
    let sender = UnixDatagram::unbound().unwrap();
    // The order is sent once its peer has bound.
    if orders.recv().is_err() {
        return;
    }
    sender
        .connect(path.with_file_name(format!("{name}-ping")))
        .unwrap();
    let mut buffer = [0; 256];
    while let Ok(len) = receiver.receive(&mut buffer) {
        if sender.send(&buffer[..len]).is_err() {
            return;
        }
    }
}

/// Sends datagrams of 64 bytes and waits for their return, with up to `window` in flight. On `run MS` it
/// prints how many came back a second.
pub(super) fn ping(path: &Path, settings: &Settings, orders: Receiver<String>) {
    let name = settings.or("name", String::new());
    let receiver = Credentialed::bind(&path.with_file_name(format!("{name}-ping")), settings);
    let sender = UnixDatagram::unbound().unwrap();
    let peer = path.with_file_name(format!("{name}-pong"));
    assert!(until(Duration::from_secs(5), || sender.connect(&peer).is_ok()).0);
    print(&format!("{READY}\n"));
    let mut buffer = [0; 256];
    for order in orders {
        let words: Vec<&str> = order.split(' ').collect();
        let ["run", millis, window] = words.as_slice() else {
            return;
        };
        let duration = Duration::from_millis(millis.parse().unwrap());
        let window: u64 = window.parse().unwrap();
        for _ in 1..window {
            sender.send(&[7; 64]).unwrap();
        }
        let begun = Instant::now();
        let mut times = 0_u64;
        while begun.elapsed() < duration {
            for _ in 0..64 {
                sender.send(&[7; 64]).unwrap();
                receiver.receive(&mut buffer).unwrap();
                times += 1;
            }
        }
        let rate = times as f64 / begun.elapsed().as_secs_f64();
        for _ in 1..window {
            receiver.receive(&mut buffer).unwrap();
        }
        print(&format!("{}\n", Readings::default().with("rate", rate)));
    }
}

/// A socket that can check the credentials of each datagram.
struct Credentialed {
    socket: UnixDatagram,
    looks: bool,
}

impl Credentialed {
    fn bind(file: &Path, settings: &Settings) -> Self {
        let socket = UnixDatagram::bind(file).unwrap();
        socket
            .set_read_timeout(Some(Duration::from_secs(5)))
            .unwrap();
        let looks = settings.or("credentials", false);
        sockopt::set_socket_passcred(&socket, looks).unwrap();
        Self { socket, looks }
    }

    fn receive(&self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.looks {
            return self.socket.recv(buffer);
        }
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmCredentials(1))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let parts = &mut [IoSliceMut::new(buffer)];
        let len = recvmsg(&self.socket, parts, &mut control, RecvFlags::CMSG_CLOEXEC)?.bytes;
        let known = control.drain().any(|message| {
            matches!(message, RecvAncillaryMessage::ScmCredentials(from) if from.uid == getuid())
        });
        if known {
            Ok(len)
        } else {
            Err(io::ErrorKind::PermissionDenied.into())
        }
    }
}
