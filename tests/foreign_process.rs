//! A process that sends, binds and connects sockets as the lines on its stdin say: see
//! `tests::foreign_process`.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "the test that has started it reports what is wrong"
)]

use std::fs::{self, Permissions};
use std::io;
use std::net::TcpStream;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::time::Duration;

use rustix::io::Errno;
use rustix::net::{SendFlags, SocketAddrUnix, UCred};
use rustix::process::{Gid, Pid, Uid};
use tests::fixtures::{hex, unhex};
use tests::raw::{
    Lingering, RawClient, RawConnection, RawServer, forge, pass_setup, socket_pair, stuff,
};
use uuid::Uuid;

/// The sockets that the process has open.
#[derive(Default)]
struct ForeignProcess {
    outgoing: Option<UnixDatagram>,
    bound: Option<UnixDatagram>,
    clients: Vec<RawClient>,
    /// A socket pair that is passed later.
    pair: Option<(OwnedFd, OwnedFd)>,
    server: Option<RawServer>,
    connection: Option<RawConnection>,
    /// The other ends of lingering sockets.
    other_ends: Vec<TcpStream>,
}

fn main() {
    let mut process = ForeignProcess::default();
    for line in io::stdin().lines() {
        let line = line.unwrap();
        let words: Vec<_> = line.split(' ').collect();
        match process.obey(&words) {
            Ok(answer) => println!("ok {answer}"),
            Err(error) => match error.raw_os_error() {
                Some(number) => println!("error {number}"),
                None => panic!("{line}: {error}"),
            },
        }
    }
}

impl ForeignProcess {
    fn obey(&mut self, words: &[&str]) -> io::Result<String> {
        let nothing = |()| String::new();
        match *words {
            ["connect", path] => self.connect(path).map(nothing),
            ["send", datagram, times] => Ok(self.send(&unhex(datagram), number(times))),
            ["stuff", datagram, descriptors] => {
                stuff(self.outgoing(), &unhex(datagram), number(descriptors)).map(nothing)
            }
            ["linger", kind, datagram] => {
                let kinds = Lingering::ALL.into_iter();
                let kind = kinds
                    .into_iter()
                    .find(|known| format!("{known:?}") == kind)
                    .unwrap();
                let other_end = kind.stuff(self.outgoing(), &unhex(datagram))?;
                self.other_ends.push(other_end);
                Ok(String::new())
            }
            ["forge", datagram, pid, uid, gid] => {
                let credentials = UCred {
                    pid: Pid::from_raw(number(pid)).unwrap(),
                    uid: Uid::from_raw(number(uid)),
                    gid: Gid::from_raw(number(gid)),
                };
                forge(self.outgoing(), &unhex(datagram), credentials).map(nothing)
            }
            ["bind", path, mode] => self.bind(path, mode).map(nothing),
            ["receive"] => self.receive(),
            ["dial", setup, times] => self
                .dial(setup, number(times), RawClient::try_connect)
                .map(nothing),
            ["dial-by-files", setup] => {
                self.dial(setup, 1, RawClient::try_connect_by_files)?;
                let last = self.clients.last().unwrap();
                Ok(last.peer().display().to_string())
            }
            ["call", handler, data] => Ok(self.call(handler, data)),
            ["pass-inherited", setup] => {
                pass_setup(Path::new(setup), &[io::stderr().as_fd()]).map(nothing)
            }
            ["make-pair"] => {
                self.pair = Some(socket_pair()?);
                Ok(String::new())
            }
            ["pass-pair", setup] => self.pass_pair(setup),
            ["bind-marked", path] => {
                let server = RawServer::bind_marked(path.into());
                fs::set_permissions(path, Permissions::from_mode(0o1666))?;
                self.server = Some(server);
                Ok(String::new())
            }
            ["accept"] => self.accept().map(nothing),
            ["accepted"] => Ok(self.accepted()),
            ["become", uid] => {
                let uid = Uid::from_raw(number(uid));
                rustix::thread::set_thread_res_uid(uid, uid, uid)?;
                Ok(String::new())
            }
            ["setups", times] => self.send_setups(number(times)).map(nothing),
            _ => panic!("what is {words:?}?"),
        }
    }

    /// Connects a socket: to a path, or, behind an `@`, to a name in the abstract namespace.
    fn connect(&mut self, path: &str) -> io::Result<()> {
        let socket = UnixDatagram::unbound()?;
        let address = match path.strip_prefix('@') {
            Some(name) => SocketAddrUnix::new_abstract_name(name.as_bytes()),
            None => SocketAddrUnix::new(path),
        };
        rustix::net::connect(&socket, &address?)?;
        self.outgoing = Some(socket);
        Ok(())
    }

    /// Sends a datagram `times` times without waiting. Returns how many sends succeeded, and the error
    /// of the first that did not.
    fn send(&self, datagram: &[u8], times: usize) -> String {
        let outgoing = self.outgoing();
        let (mut sent, mut failed) = (0, 0);
        for _ in 0..times {
            match rustix::net::send(outgoing, datagram, SendFlags::DONTWAIT) {
                Ok(_) => sent += 1,
                Err(error) if failed == 0 => failed = error.raw_os_error(),
                Err(_) => {}
            }
        }
        format!("{sent} {failed}")
    }

    fn bind(&mut self, path: &str, mode: &str) -> io::Result<()> {
        let socket = UnixDatagram::bind(path)?;
        socket.set_nonblocking(true)?;
        self.bound = Some(socket);
        let mode = u32::from_str_radix(mode, 8).unwrap();
        fs::set_permissions(path, Permissions::from_mode(mode))
    }

    /// Returns a datagram that the bound socket has received, if there is one.
    fn receive(&self) -> io::Result<String> {
        let bound = self.bound.as_ref().unwrap();
        let mut buffer = [0; 4096];
        let len = bound.recv(&mut buffer)?;
        Ok(hex(buffer.get(..len).unwrap()))
    }

    /// Makes `times` connections.
    fn dial(&mut self, setup: &str, times: usize, connect: Connect) -> io::Result<()> {
        for _ in 0..times {
            let client = connect(Path::new(setup), Duration::from_millis(500))?;
            let client = client.ok_or(Errno::TIMEDOUT)?;
            self.outgoing = Some(client.socket().try_clone()?);
            self.clients.push(client);
        }
        Ok(())
    }

    /// Passes one end of the pair, and returns the text of the refusal.
    fn pass_pair(&mut self, setup: &str) -> io::Result<String> {
        let (own, passed) = self.pair.take().unwrap();
        pass_setup(Path::new(setup), &[passed.as_fd()])?;
        drop(passed);
        let refusal = RawClient::over(own).message(Duration::from_secs(5));
        Ok(refusal.unwrap().text())
    }

    fn accept(&mut self) -> io::Result<()> {
        let connection = self.server.as_ref().unwrap().accept();
        self.outgoing = Some(connection.socket().try_clone()?);
        self.connection = Some(connection);
        Ok(())
    }

    /// Returns all bytes that the accepted client has sent, until it has closed its end.
    fn accepted(&mut self) -> String {
        let mut connection = self.connection.take().unwrap();
        assert!(connection.is_closed_within(Duration::from_secs(5)));
        let mut received = Vec::new();
        while let Some(datagram) = connection.receive(Duration::from_millis(1)) {
            received.extend(datagram);
        }
        hex(&received)
    }

    /// Makes a call on the last connection.
    fn call(&mut self, handler: &str, data: &str) -> String {
        let client = self.clients.last_mut().unwrap();
        client.request(1, handler, data.as_bytes());
        match client.message(Duration::from_secs(1)) {
            None => String::new(),
            Some(reply) => String::from_utf8(reply.data).unwrap(),
        }
    }

    fn outgoing(&self) -> &UnixDatagram {
        self.outgoing.as_ref().unwrap()
    }

    /// Sends setup messages that name no socket, and waits while the queue is full.
    fn send_setups(&self, times: usize) -> io::Result<()> {
        let outgoing = self.outgoing();
        for _ in 0..times {
            outgoing.send(Uuid::new_v4().to_string().as_bytes())?;
        }
        Ok(())
    }
}

/// Connects to a setup socket, and waits for an answer for this time.
type Connect = fn(&Path, Duration) -> io::Result<Option<RawClient>>;

fn number<N: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> N {
    text.parse().unwrap()
}
