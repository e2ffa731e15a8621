//! What works in large numbers: H-5 and H-7.

use std::convert::Infallible;

use domainsockets::{Bytes, Client, Request, Server};
use tests::guard;
use tests::process::Process;
use tests::scratch::Scratch;
use tests::wire::pattern;
use tokio::task::JoinSet;

use crate::support::{Pair, peer};

#[test]
fn h05_concurrent_large_unary() {
    guard::run(|| async {
        let scratch = Scratch::new();
        let server = Process::serve(peer(), scratch.dir(), "server");
        let client = Client::dial(scratch.path("server")).await.unwrap();
        // The larger of the two sizes both ways, since the peer's replies are as large as its data.
        let data = Bytes::from(pattern(314_159));
        client.call("echo", data.clone()).await.unwrap();
        let mut calls = JoinSet::new();
        for _ in 0..1000 {
            let (client, data) = (client.clone(), data.clone());
            calls.spawn(async move {
                let reply = client.call("echo", data.clone()).await.unwrap();
                assert!(reply == data);
            });
        }
        calls.join_all().await;
        let bound = 1000 * (314_159 + 314_159) + (64 << 20);
        let peak = server.peak_resident();
        assert!(peak < bound, "{peak} bytes");
        drop(client);
        assert!(server.terminate().success());
        scratch.leak_check();
    });
}

#[test]
fn h07_many_channels() {
    guard::run(|| async {
        let pair = Pair::bound(|path| {
            let twice = |request: Request| async move {
                Ok::<_, Infallible>([&request.data()[..], request.data()].concat())
            };
            let server = Server::bind(path).unwrap();
            server.register("twice", twice).unwrap()
        })
        .await;
        let mut clients = JoinSet::new();
        for number in 0..100 {
            let client = Client::dial(pair.path()).await.unwrap();
            clients.spawn(async move {
                let mut calls = JoinSet::new();
                for call in 0..100 {
                    let client = client.clone();
                    calls.spawn(async move {
                        let own = format!("client {number} call {call};");
                        let reply = client.call("twice", own.clone()).await.unwrap();
                        assert_eq!(reply, own.repeat(2));
                    });
                }
                calls.join_all().await;
            });
        }
        clients.join_all().await;
        pair.end().await;
    });
}
