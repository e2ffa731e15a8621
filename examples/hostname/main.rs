//! A D-Bus interface without a bus, `org.freedesktop.hostname1`: its daemon, and a tool like hostnamectl.
//! Properties become methods, and a signal becomes a call that waits.
//!
//! ```text
//! cargo run --example hostname -- serve &
//! cargo run --example hostname -- watch &
//! cargo run --example hostname -- set-pretty-hostname "The machine under the stairs"
//! ```

mod machine;
mod service;

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use domainsockets::{Error as RpcError, Server};
use lexopt::{Arg, Parser, ValueExt};
use tokio::signal::unix::{SignalKind, signal};

use crate::machine::Machine;
use crate::service::{Chassis, Description, Hostname1Client, Hostname1Server};

const USAGE: &str = "\
Usage: hostname serve | status | watch [CHANGES]
       hostname set-static-hostname NAME | set-pretty-hostname NAME | set-chassis CHASSIS

`serve` prints `ready`, and answers until SIGTERM or SIGINT. `watch` prints the properties, and prints them
again at each change, up to CHANGES times.";

const CHASSIS: [Chassis; 6] = [
    Chassis::Unknown,
    Chassis::Desktop,
    Chassis::Laptop,
    Chassis::Server,
    Chassis::Vm,
    Chassis::Container,
];

const NAME: &str = "domainsockets-hostname";

#[tokio::main]
async fn main() -> ExitCode {
    let (code, text) = match run(Parser::from_env()).await {
        Ok(()) => return ExitCode::SUCCESS,
        Err(error) if error.is::<lexopt::Error>() => (2, format!("{error}\n\n{USAGE}")),
        Err(error) => (1, error.to_string()),
    };
    // If stderr fails, there is nowhere to report it.
    let _ = writeln!(io::stderr(), "hostname: {text}");
    ExitCode::from(code)
}

async fn run(mut parser: Parser) -> Result<(), Box<dyn Error>> {
    let mut words = Vec::new();
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Value(word) => words.push(word.string()?),
            other => return Err(other.unexpected().into()),
        }
    }
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    if words == ["serve"] {
        return serve().await;
    }
    let machine = Hostname1Client::dial(NAME).await?;
    match *words {
        ["status"] => print(&machine.describe().await?)?,
        ["watch"] => watch(&machine, u64::MAX).await?,
        ["watch", changes] => watch(&machine, changes.parse()?).await?,
        ["set-static-hostname", name] => machine.set_static_hostname(name).await?,
        ["set-pretty-hostname", name] => machine.set_pretty_hostname(name).await?,
        ["set-chassis", name] => {
            let known = CHASSIS.into_iter().find(|known| known.to_string() == name);
            let chassis = known.ok_or_else(|| format!("there is no chassis {name:?}"))?;
            machine.set_chassis(chassis).await?;
        }
        _ => return Err(lexopt::Error::from("that is no command").into()),
    }
    Ok(())
}

async fn serve() -> Result<(), Box<dyn Error>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let server = Server::bind(NAME)?
        .add_service(Hostname1Server::new(Machine::read()))?
        .start()?;
    writeln!(io::stdout(), "ready")?;
    let stopped = async {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    };
    server.run_until(stopped).await?;
    Ok(())
}

/// Prints the properties, and prints them again at each of the next `changes` changes.
async fn watch(machine: &Hostname1Client, changes: u64) -> Result<(), Box<dyn Error>> {
    let mut properties = machine.describe().await?;
    print(&properties)?;
    for _ in 0..changes {
        properties = loop {
            match machine.changed(properties.revision).await {
                // Nothing changed before the call's deadline.
                Err(RpcError::DeadlineExceeded { .. }) => {}
                newer => break newer?,
            }
        };
        print(&properties)?;
    }
    Ok(())
}

fn print(properties: &Description) -> io::Result<()> {
    let Description {
        hostname,
        static_hostname,
        pretty_hostname,
        chassis,
        operating_system,
        kernel_release,
        revision: _,
    } = properties;
    let mut out = io::stdout().lock();
    writeln!(out, "  Static hostname: {static_hostname}")?;
    writeln!(out, "  Pretty hostname: {pretty_hostname}")?;
    writeln!(out, "Transient hostname: {hostname}")?;
    writeln!(out, "          Chassis: {chassis}")?;
    writeln!(out, " Operating System: {operating_system}")?;
    writeln!(out, "           Kernel: Linux {kernel_release}\n")
}
