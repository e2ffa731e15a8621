//! Publish and subscribe: each subscriber serves a small service, which the broker calls. The calls are one-way
//! and do not wait, so a subscriber that has stopped delays no other.
//!
//! ```text
//! cargo run --example pubsub                  # everything in one process
//! cargo run --example pubsub -- broker &
//! cargo run --example pubsub -- read calculus &
//! cargo run --example pubsub -- say calculus 'sqrt(2)'
//! ```

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::collections::HashMap;
use std::env;
use std::error::Error;
use std::path::Path;
use std::process;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domainsockets::{
    CallOptions, Client, Context, Error as RpcError, Server, ServerHandle, With, service,
};
use serde::{Deserialize, Serialize};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

const USAGE: &str = "usage: pubsub [broker | read TOPIC... | say TOPIC MESSAGE [TIMES]]";

/// The broker's name.
const BROKER: &str = "domainsockets-broker";

/// Passes messages on to subscribers.
#[service]
pub trait Broker {
    /// Subscribes the server with this name to topics, until it ends. The server must belong to the
    /// caller.
    async fn subscribe(&self, ctx: &Context, name: &Path, topics: &[String]) -> Result<(), String>;

    /// Sends a message to the subscribers of a topic, and returns how many got it.
    async fn publish(&self, topic: &str, message: &str) -> Delivery;
}

/// Receives messages.
#[service]
pub trait Subscriber {
    /// Receives a message.
    #[rpc(oneway)]
    async fn receive(&self, topic: &str, message: &str);
}

/// The numbers of subscribers of a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Delivery {
    /// How many subscribers the message was sent to.
    pub sent: usize,
    /// How many subscribers had no space for it.
    pub skipped: usize,
}

/// A stub whose calls fail instead of waiting for space.
type Subscription = SubscriberClient<With<Client>>;

/// The subscriptions by topics.
#[derive(Default)]
struct Topics(Mutex<HashMap<String, Vec<Arc<Subscription>>>>);

impl Topics {
    fn by_topic(&self) -> MutexGuard<'_, HashMap<String, Vec<Arc<Subscription>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Broker for Topics {
    async fn subscribe(&self, ctx: &Context, name: &Path, topics: &[String]) -> Result<(), String> {
        let dialled = Client::dial(name).await;
        let client = dialled.map_err(|error| error.to_string())?;
        let subscriber = client.ready().await;
        if subscriber.map_err(|error| error.to_string())? != *ctx.peer().ok_or("a remote caller")? {
            return Err(format!("{} is not yours", name.display()));
        }
        let subscriber = SubscriberClient::new(client);
        let subscription = Arc::new(subscriber.with(CallOptions::new().no_wait()));
        let mut by_topic = self.by_topic();
        for topic in topics {
            let subscriptions = by_topic.entry(topic.clone()).or_default();
            subscriptions.push(Arc::clone(&subscription));
        }
        Ok(())
    }

    async fn publish(&self, topic: &str, message: &str) -> Delivery {
        let subscriptions = self.by_topic().get(topic).cloned().unwrap_or_default();
        let mut delivery = Delivery::default();
        let mut gone = Vec::new();
        for subscription in &subscriptions {
            match subscription.receive(topic, message).await {
                Ok(()) => delivery.sent += 1,
                // It has not read the earlier messages. Another broker might end its subscription.
                Err(RpcError::Overloaded { .. }) => delivery.skipped += 1,
                Err(_) => gone.push(subscription),
            }
        }
        if let Some(subscriptions) = self.by_topic().get_mut(topic) {
            subscriptions.retain(|kept| !gone.iter().any(|gone| Arc::ptr_eq(gone, kept)));
        }
        delivery
    }
}

/// Describes each message that it receives.
struct Reader {
    name: &'static str,
    lines: UnboundedSender<String>,
}

impl Subscriber for Reader {
    async fn receive(&self, topic: &str, message: &str) {
        let line = format!("{} reads on {topic}: {message}", self.name);
        // It fails when the program ends.
        let _ = self.lines.send(line);
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        [] => demonstrate().await,
        ["broker"] => serve().await,
        ["read", ref topics @ ..] if !topics.is_empty() => read(topics).await,
        ["say", topic, message] => say(topic, message, 1).await,
        ["say", topic, message, times] => say(topic, message, times.parse()?).await,
        _ => Err(USAGE.into()),
    }
}

/// Runs the broker until SIGTERM.
async fn serve() -> Result<(), Box<dyn Error>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let server = Server::bind(BROKER)?
        .add_service(BrokerServer::new(Topics::default()))?
        .start()?;
    println!("ready");
    server
        .run_until(async { _ = terminate.recv().await })
        .await?;
    Ok(())
}

/// Prints messages on these topics until SIGTERM.
async fn read(topics: &[&str]) -> Result<(), Box<dyn Error>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let broker = BrokerClient::dial(BROKER).await?;
    let name = format!("{BROKER}-reader-{}", process::id());
    let (server, mut lines) = subscribe(&broker, Path::new(&name), "someone", topics).await?;
    println!("ready");
    loop {
        tokio::select! {
            Some(line) = lines.recv() => println!("{line}"),
            _ = terminate.recv() => break,
        }
    }
    server.close().await?;
    Ok(())
}

/// Publishes a message, and prints how many subscribers got it.
async fn say(topic: &str, message: &str, times: u32) -> Result<(), Box<dyn Error>> {
    let broker = BrokerClient::dial(BROKER).await?;
    let mut total = Delivery::default();
    for _ in 0..times {
        let Delivery { sent, skipped } = broker.publish(topic, message).await?;
        total.sent += sent;
        total.skipped += skipped;
    }
    println!("sent {}, skipped {}", total.sent, total.skipped);
    Ok(())
}

/// Serves a reader, and subscribes it to topics. The receiver gets a line for each message.
async fn subscribe(
    broker: &BrokerClient,
    path: &Path,
    name: &'static str,
    topics: &[&str],
) -> Result<(ServerHandle, UnboundedReceiver<String>), Box<dyn Error>> {
    let (sender, lines) = unbounded_channel();
    let reader = Reader {
        name,
        lines: sender,
    };
    let server = Server::bind(path)?
        .add_service(SubscriberServer::new(reader))?
        .start()?;
    let topics: Vec<_> = topics.iter().map(|&topic| topic.to_owned()).collect();
    broker.subscribe(server.path(), &topics).await?;
    Ok((server, lines))
}

/// Runs a broker, two readers and a publisher in this process.
async fn demonstrate() -> Result<(), Box<dyn Error>> {
    // A daemon has a fixed name. Here a separate directory keeps two runs apart.
    let dir = tempfile::tempdir()?;
    let name = dir.path().join("broker");
    let server = Server::bind(&name)?
        .add_service(BrokerServer::new(Topics::default()))?
        .start()?;
    let broker = BrokerClient::dial(&name).await?;

    let path = |name| dir.path().join(name);
    let topics = ["calculus", "cool shorts"];
    let (alice, mut to_alice) = subscribe(&broker, &path("alice"), "alice", &topics).await?;
    let (bob, mut to_bob) = subscribe(&broker, &path("bob"), "bob", &topics[1..]).await?;

    println!("{:?}", broker.publish("calculus", "sqrt(2)").await?);
    println!("{}", to_alice.recv().await.ok_or("alice has ended")?);

    println!("{:?}", broker.publish("cool shorts", "hello to all").await?);
    println!("{}", to_alice.recv().await.ok_or("alice has ended")?);
    println!("{}", to_bob.recv().await.ok_or("bob has ended")?);

    println!("{:?}", broker.publish("history", "napoleon").await?);

    alice.close().await?;
    println!("{:?}", broker.publish("cool shorts", "hello, bob").await?);
    println!("{}", to_bob.recv().await.ok_or("bob has ended")?);

    bob.close().await?;
    server.close().await?;
    Ok(())
}
