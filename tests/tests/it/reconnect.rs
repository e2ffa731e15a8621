//! Clients that find their server again: T-10.

use std::thread;
use std::time::Duration;

use domainsockets::{Client, Error, Reconnect};
use tests::guard;
use tests::raw::RawServer;
use tests::scratch::Scratch;

use crate::support::{SOON, error};

/// What has left may have run, so it is not sent again: the caller decides.
#[test]
fn t10_no_retry_after_send() {
    guard::run(|| async {
        let scratch = Scratch::new();
        let path = scratch.path("raw");
        let server = RawServer::bind(path.clone());
        let server = thread::spawn(move || {
            let mut connection = server.accept();
            assert_eq!(connection.request().handler, b"first");
            // It goes without an answer, and is there again at once.
            let path = server.path().to_owned();
            drop((connection, server));
            let server = RawServer::bind(path);
            let mut connection = server.accept();
            let request = connection.request();
            connection.reply(request.id, &request.handler);
            // Nor does a copy come later.
            let request = connection.request();
            connection.reply(request.id, &request.handler);
            (server, connection)
        });
        let client = Client::builder()
            .reconnect(Reconnect::default())
            .keepalive(Duration::from_millis(50))
            .deadline(SOON);
        let client = client.dial(&path).await.unwrap();
        let cut = error(client.call("first", "").await);
        let may_have_run = matches!(cut, Error::Disconnected { may_have_run: true });
        assert!(may_have_run, "{cut:?}");
        assert_eq!(client.call("second", "").await.unwrap(), "second");
        assert_eq!(client.call("third", "").await.unwrap(), "third");
        drop(client);
        drop(server.join().unwrap());
        scratch.leak_check();
    });
}
