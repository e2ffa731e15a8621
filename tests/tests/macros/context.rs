//! What a method learns about its call.

use std::process;

use domainsockets::{Context, Peer, Server, service};
use tests::scratch::Scratch;
use tests::watchdog;

use crate::macros::recorder::Recorder;

#[service]
trait Audit {
    fn pid(&self, ctx: Context) -> u32;
    fn handler(&self, ctx: &Context, prefix: &str) -> String;
    #[rpc(name = "Log")]
    async fn log(&self, ctx: &Context, line: &str, level: u8) -> String;
    async fn later(&self, ctx: ::domainsockets::Context) -> Result<String, String>;
    async fn without(&self, level: u8) -> u8;
}

struct Journal;

impl Audit for Journal {
    fn pid(&self, ctx: Context) -> u32 {
        ctx.peer().and_then(Peer::pid).unwrap()
    }
    fn handler(&self, ctx: &Context, prefix: &str) -> String {
        format!("{prefix}{}", ctx.handler())
    }
    async fn log(&self, ctx: &Context, line: &str, level: u8) -> String {
        tokio::task::yield_now().await;
        format!("{}: {line} ({level})", ctx.handler())
    }
    async fn later(&self, ctx: Context) -> Result<String, String> {
        // An owned context can outlive the method's future.
        let later = tokio::spawn(async move { ctx.handler().to_owned() });
        later.await.map_err(|error| error.to_string())
    }
    async fn without(&self, level: u8) -> u8 {
        level
    }
}

#[test]
fn methods_receive_the_context_of_their_call() {
    watchdog::run(|| async {
        let scratch = Scratch::new();
        let server = Server::bind(scratch.path("audit"))
            .unwrap()
            .add_service(AuditServer::new(Journal))
            .unwrap()
            .start()
            .unwrap();
        let audit = AuditClient::dial(server.path()).await.unwrap();

        assert_eq!(audit.pid().await.unwrap(), process::id());
        assert_eq!(audit.handler("> ").await.unwrap(), "> Audit.handler");
        assert_eq!(audit.log("hi", 7).await.unwrap(), "Log: hi (7)");
        assert_eq!(audit.later().await.unwrap(), "Audit.later");
        assert_eq!(audit.without(3).await.unwrap(), 3);
        drop(audit);
        server.close().await.unwrap();
        scratch.leak_check();
    });
}

#[tokio::test]
async fn context_is_no_part_of_the_request() {
    let audit = AuditClient::new(Recorder::replying(b"\0"));
    audit.pid().await.unwrap();
    audit.log("hi", 7).await.unwrap();
    let calls = audit.into_inner().into_calls();
    let calls: Vec<_> = calls
        .iter()
        .map(|(handler, data)| (handler.as_str(), &data[..]))
        .collect();
    assert_eq!(calls, [("Audit.pid", &b""[..]), ("Log", b"\x02hi\x07")]);
}

mod sixteen {
    /// A request with the most arguments, after the context.
    #[domainsockets::service]
    pub(crate) trait Sum {
        #[rustfmt::skip]
        #[expect(clippy::too_many_arguments, reason = "these are the most that there can be")]
        fn sum(
            &self, ctx: &domainsockets::Context,
            a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8,
            i: u8, j: u8, k: u8, l: u8, m: u8, n: u8, o: u8, p: u8,
        ) -> u8;
    }
}

mod own {
    use serde::{Deserialize, Serialize};

    #[derive(Debug, PartialEq, Deserialize, Serialize)]
    pub(super) struct Context<T>(pub(super) T);

    /// A type with brackets is a context only in the place of one.
    #[domainsockets::service]
    pub(super) trait Graph {
        fn visit(&self, depth: u8, from: &Context<u8>) -> Context<u8>;
    }
}

#[tokio::test]
async fn custom_type_with_brackets_is_sent() {
    let graph = own::GraphClient::new(Recorder::replying(b"\x05"));
    let found = graph.visit(1, &own::Context(2)).await.unwrap();
    assert_eq!(found, own::Context(5));
    let calls = graph.into_inner().into_calls();
    assert_eq!(&calls[0].1[..], b"\x01\x02");
}

#[test]
fn context_does_not_count_as_an_argument() {
    assert_eq!(sixteen::SumClient::HANDLERS, ["Sum.sum"]);
}
