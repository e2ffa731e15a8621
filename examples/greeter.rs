//! A service and its caller in one process: a typed call, a typed error, and the same method called raw.
//!
//! ```text
//! cargo run --example greeter
//! ```

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::fmt;

use domainsockets::{CallError, Client, Server, service};
use serde::{Deserialize, Serialize};

/// Greets people.
#[service]
pub trait Greeter {
    /// Returns a greeting for `name`.
    async fn greet(&self, name: &str) -> Result<String, Refusal>;
}

/// Why the service refuses to greet.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Refusal {
    /// The name is empty.
    Nameless,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name is empty")
    }
}

impl Error for Refusal {}

struct Polite;

impl Greeter for Polite {
    async fn greet(&self, name: &str) -> Result<String, Refusal> {
        if name.is_empty() {
            return Err(Refusal::Nameless);
        }
        Ok(format!("Hello, {name}!"))
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // A daemon has a fixed name. Here a separate directory keeps two runs apart.
    let dir = tempfile::tempdir()?;
    let name = dir.path().join("greeter");

    let server = Server::bind(&name)?
        .add_service(GreeterServer::new(Polite))?
        .start()?;

    let client = Client::dial(&name).await?;
    let greeter = GreeterClient::new(client.clone());
    println!(
        "typed: greet(\"world\") = {:?}",
        greeter.greet("world").await?
    );

    match greeter.greet("").await {
        Err(CallError::Method(refusal)) => println!("typed error: greet(\"\") = {refusal:?}"),
        other => return Err(format!("expected a refusal, got {other:?}").into()),
    }

    // The data of the raw call are the bytes that the stub sends: a length, then the text.
    let reply = client.call(GreeterClient::GREET, "\x03raw").await?;
    println!("raw: {} {:?} = {reply:?}", GreeterClient::GREET, "\x03raw");

    server.close().await?;
    Ok(())
}
