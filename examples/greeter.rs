//! Both sides of a service in one command: a typed call, a typed error, and the same method called
//! raw.
//!
//! ```text
//! cargo run --example greeter
//! ```

#![expect(clippy::print_stdout, reason = "it is what an example is for")]

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

/// Why somebody was not greeted.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Refusal {
    /// They gave no name.
    Nameless,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("whoever gives no name is not greeted")
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
    // Any name would do; a directory of its own keeps one run out of another's way.
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

    // The argument of the raw call is what the stub sends: a length, and the text.
    let reply = client.call(GreeterClient::GREET, "\x03raw").await?;
    println!("raw: {} {:?} = {reply:?}", GreeterClient::GREET, "\x03raw");

    server.close().await?;
    Ok(())
}
