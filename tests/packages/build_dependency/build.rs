//! Uses a server and an asynchronous client.

#[domainsockets::service]
trait Daemon {
    async fn version(&self) -> String;
}

struct Build;

impl Daemon for Build {
    async fn version(&self) -> String {
        "1".to_owned()
    }
}

fn main() {
    drop(DaemonServer::new(Build));
    assert_eq!(DaemonClient::HANDLERS, ["Daemon.version"]);
}
