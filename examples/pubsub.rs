//! Topics: whoever subscribes serves a small service of its own, which the broker calls. All of it runs
//! in one command here; each part could as well be a process.
//!
//! ```text
//! cargo run --example pubsub
//! ```

#![expect(clippy::print_stdout, reason = "it is what an example is for")]

use std::collections::HashMap;
use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use domainsockets::{Context, Server, ServerHandle, service};
use tokio::sync::Mutex;

/// Tells subscribers what publishers say.
#[service]
pub trait Broker {
    /// Has the server of this name told of everything that is said on these topics, until it ends. It has
    /// to be the caller's.
    async fn subscribe(&self, ctx: &Context, name: &Path, topics: &[String]) -> Result<(), String>;

    /// Says something, and returns how many were told.
    async fn publish(&self, topic: &str, message: &str) -> usize;
}

/// Is told what is said.
#[service]
pub trait Subscriber {
    /// Takes a message.
    async fn receive(&self, topic: &str, message: &str);
}

/// The subscribers by topics.
#[derive(Default)]
struct Topics(Mutex<HashMap<String, Vec<Arc<SubscriberClient>>>>);

impl Broker for Topics {
    async fn subscribe(&self, ctx: &Context, name: &Path, topics: &[String]) -> Result<(), String> {
        let subscriber = SubscriberClient::dial(name)
            .await
            .map_err(|error| error.to_string())?;
        if Some(&subscriber.carrier().peer()) != ctx.peer() {
            return Err(format!("{} is not yours", name.display()));
        }
        let subscriber = Arc::new(subscriber);
        let mut by_topic = self.0.lock().await;
        for topic in topics {
            let subscribers = by_topic.entry(topic.clone()).or_default();
            subscribers.push(Arc::clone(&subscriber));
        }
        Ok(())
    }

    async fn publish(&self, topic: &str, message: &str) -> usize {
        let subscribers = self.0.lock().await.get(topic).cloned().unwrap_or_default();
        let mut gone = Vec::new();
        for subscriber in &subscribers {
            if subscriber.receive(topic, message).await.is_err() {
                gone.push(subscriber);
            }
        }
        if let Some(subscribers) = self.0.lock().await.get_mut(topic) {
            subscribers.retain(|kept| !gone.iter().any(|gone| Arc::ptr_eq(gone, kept)));
        }
        subscribers.len() - gone.len()
    }
}

/// Prints what it is told.
struct Reader(&'static str);

impl Subscriber for Reader {
    async fn receive(&self, topic: &str, message: &str) {
        println!("{} reads on {topic}: {message}", self.0);
    }
}

/// Serves a reader, and subscribes it to topics.
async fn subscribe(
    broker: &BrokerClient,
    dir: &Path,
    reader: &'static str,
    topics: &[&str],
) -> Result<ServerHandle, Box<dyn Error>> {
    let server = Server::bind(dir.join(reader))?
        .add_service(SubscriberServer::new(Reader(reader)))?
        .start()?;
    let topics: Vec<_> = topics.iter().map(|&topic| topic.to_owned()).collect();
    let subscribed = broker.subscribe(server.path(), &topics).await;
    subscribed.map_err(|error| error.to_string())?;
    Ok(server)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // Any names would do; a directory of its own keeps one run out of another's way.
    let dir = tempfile::tempdir()?;
    let name = dir.path().join("broker");
    let server = Server::bind(&name)?
        .add_service(BrokerServer::new(Topics::default()))?
        .start()?;
    let broker = BrokerClient::dial(&name).await?;

    let alice = subscribe(&broker, dir.path(), "alice", &["calculus", "cool shorts"]).await?;
    let bob = subscribe(&broker, dir.path(), "bob", &["cool shorts"]).await?;

    let say = async |topic: &str, message: &str| {
        let told = broker.publish(topic, message).await?;
        println!("{told} told of {message:?}");
        Ok::<_, Box<dyn Error>>(())
    };
    say("calculus", "sqrt(2)").await?;
    say("cool shorts", "hello to all").await?;
    say("history", "napoleon").await?;
    alice.close().await?;
    say("cool shorts", "hello to who remains").await?;

    bob.close().await?;
    server.close().await?;
    Ok(())
}
