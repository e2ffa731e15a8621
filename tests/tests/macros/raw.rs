//! Methods whose data no codec reads or writes.

use std::convert::Infallible;
use std::fmt;

use domainsockets::{Bytes, Client, Context, Error, Request, Server, service};
use tests::gopeer::{GoServer, Outcome};
use tests::scratch::Scratch;
use tests::watchdog;

use crate::macros::recorder::Recorder;

/// An error that cannot be serialized, but has a text.
#[derive(Debug)]
struct Odd(usize);

impl fmt::Display for Odd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes are odd", self.0)
    }
}

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

#[service]
trait Legacy {
    #[rpc(raw, name = "HelloWorld")]
    async fn hello(&self) -> Vec<u8>;
    #[rpc(raw, name = "echo")]
    async fn echo(&self, data: &[u8]) -> Vec<u8>;
    #[rpc(raw, name = "share")]
    fn share(&self, data: Bytes) -> Bytes;
    #[rpc(raw, name = "half")]
    async fn half(&self, ctx: &Context, data: Vec<u8>) -> std::result::Result<Bytes, Odd>;
    #[rpc(raw, name = "fail")]
    fn fail(&self, data: &[u8]) -> Result<()>;
    #[rpc(raw, name = "forget")]
    async fn forget(&self, data: Bytes);
    /// Is not raw, unlike the other methods.
    async fn len(&self, data: &[u8]) -> u64;
}

struct Machine;

impl Legacy for Machine {
    async fn hello(&self) -> Vec<u8> {
        b"Hello, World".to_vec()
    }
    async fn echo(&self, data: &[u8]) -> Vec<u8> {
        data.to_vec()
    }
    fn share(&self, data: Bytes) -> Bytes {
        data
    }
    async fn half(&self, ctx: &Context, data: Vec<u8>) -> std::result::Result<Bytes, Odd> {
        tokio::task::yield_now().await;
        assert_eq!(ctx.handler(), "half");
        if data.len().is_multiple_of(2) {
            Ok(Bytes::from(data).slice(..1))
        } else {
            Err(Odd(data.len()))
        }
    }
    fn fail(&self, data: &[u8]) -> Result<()> {
        Err(String::from_utf8(data.to_vec())?.into())
    }
    async fn forget(&self, _data: Bytes) {}
    async fn len(&self, data: &[u8]) -> u64 {
        data.len() as u64
    }
}

fn text(called: std::result::Result<impl fmt::Debug, Error>) -> String {
    match called {
        Err(Error::Handler(text)) => text,
        other => panic!("not the method's own error: {other:?}"),
    }
}

#[tokio::test]
async fn data_are_sent_and_received_unchanged() {
    let legacy = LegacyClient::new(Recorder::replying(b"\xffreply"));
    assert_eq!(legacy.hello().await.unwrap(), b"\xffreply");
    assert_eq!(legacy.echo(b"\0ab").await.unwrap(), b"\xffreply");
    let shared = legacy.share(Bytes::from_static(b"c")).await.unwrap();
    assert_eq!(shared, &b"\xffreply"[..]);
    assert_eq!(
        legacy.half(b"dd".to_vec()).await.unwrap(),
        &b"\xffreply"[..]
    );
    legacy.forget(Bytes::from_static(b"e")).await.unwrap();
    legacy.fail(b"f").await.unwrap();

    let calls = legacy.into_inner().into_calls();
    let calls: Vec<_> = calls
        .iter()
        .map(|(handler, data)| (handler.as_str(), &data[..]))
        .collect();
    assert_eq!(
        calls,
        [
            ("HelloWorld", &b""[..]),
            ("echo", b"\0ab"),
            ("share", b"c"),
            ("half", b"dd"),
            ("forget", b"e"),
            ("fail", b"f"),
        ]
    );
}

#[test]
fn raw_calls_reach_raw_methods() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let server = Server::bind(scratch.path("machine"))
            .unwrap()
            .add_service(LegacyServer::new(Machine))
            .unwrap()
            .start()
            .unwrap();
        let client = Client::dial(server.path()).await.unwrap();
        assert_eq!(client.call("HelloWorld", "").await.unwrap(), "Hello, World");
        assert_eq!(
            client.call("HelloWorld", "what it ignores").await.unwrap(),
            "Hello, World"
        );
        assert_eq!(client.call("echo", "\0x").await.unwrap(), "\0x");
        assert_eq!(client.call("half", "dd").await.unwrap(), "d");
        assert_eq!(text(client.call("half", "d").await), "1 bytes are odd");
        assert_eq!(client.call("forget", "e").await.unwrap(), "");

        let legacy = LegacyClient::new(client);
        let large = vec![7; 100_000];
        assert_eq!(legacy.echo(&large).await.unwrap(), large);
        assert_eq!(legacy.share(large.clone().into()).await.unwrap(), large);
        assert_eq!(text(legacy.half(b"d".to_vec()).await), "1 bytes are odd");
        assert_eq!(text(legacy.fail(b"because").await), "because");
        legacy.forget(Bytes::new()).await.unwrap();
        assert_eq!(legacy.len(b"abc").await.unwrap(), 3);
        drop(legacy);
        server.close().await.unwrap();
        scratch.leak_check();
    });
}

#[test]
fn trait_describes_existing_handlers() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let raw = Server::bind(scratch.path("raw"))
            .unwrap()
            .register("HelloWorld", |_: Request| async {
                Ok::<_, Infallible>("Hello, raw World")
            })
            .unwrap()
            .start()
            .unwrap();
        let legacy = LegacyClient::dial(raw.path()).await.unwrap();
        assert_eq!(legacy.hello().await.unwrap(), b"Hello, raw World");
        drop(legacy);
        raw.close().await.unwrap();

        let go = GoServer::builder()
            .standard_handlers()
            .handler("HelloWorld", |_| Outcome::Data(b"Hello, Go".to_vec()))
            .start(scratch.path("go"));
        let legacy = LegacyClient::dial(go.path()).await.unwrap();
        assert_eq!(legacy.hello().await.unwrap(), b"Hello, Go");
        assert_eq!(legacy.echo(b"data").await.unwrap(), b"data");
        assert_eq!(text(legacy.fail(b"not here").await), "not here");
        assert_eq!(go.fatal(), None);
        drop(legacy);
        go.stop_and_clean();
        scratch.leak_check();
    });
}
