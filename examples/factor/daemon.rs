//! The daemon.

use std::error::Error;
use std::io::{self, Write};

use domainsockets::{Context, Server};
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::spawn_blocking;

use crate::NAME;
use crate::service::{Factor, FactorError, FactorServer};

/// Divides by one candidate after the other.
struct TrialDivision;

impl Factor for TrialDivision {
    async fn factor(&self, ctx: &Context, number: u128) -> Result<Vec<u128>, FactorError> {
        let caller = ctx.metadata("caller").unwrap_or(b"someone");
        let caller = String::from_utf8_lossy(caller).into_owned();
        log(&format!("{caller} asks for {number}"));
        // The server drops this future when the call is cancelled, but cannot stop the thread.
        let ctx = ctx.clone();
        let factoring = spawn_blocking(move || {
            let factors = factor(number, || ctx.is_cancelled());
            if factors == Err(FactorError::Stopped) {
                log(&format!("{caller} does not wait for {number} any longer"));
            }
            factors
        });
        factoring.await.unwrap_or(Err(FactorError::Stopped))
    }
}

/// Serves until SIGTERM.
pub(crate) async fn serve() -> Result<(), Box<dyn Error>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let server = Server::bind(NAME)?
        .add_service(FactorServer::new(TrialDivision))?
        .start()?;
    log("ready");
    server
        .run_until(async { _ = terminate.recv().await })
        .await?;
    Ok(())
}

/// Factors a number, and asks now and then whether to stop.
fn factor(number: u128, should_stop: impl Fn() -> bool) -> Result<Vec<u128>, FactorError> {
    if number == 0 {
        return Err(FactorError::Zero);
    }
    let mut factors = Vec::new();
    let mut rest = number;
    let mut candidate = 2;
    while candidate <= rest / candidate {
        if candidate % CANDIDATES_BETWEEN_QUESTIONS == 0 && should_stop() {
            return Err(FactorError::Stopped);
        }
        while rest.is_multiple_of(candidate) {
            factors.push(candidate);
            rest /= candidate;
        }
        candidate += 1;
    }
    if rest > 1 {
        factors.push(rest);
    }
    Ok(factors)
}

fn log(line: &str) {
    // If stdout fails, there is nowhere to report it.
    let _ = writeln!(io::stdout(), "{line}");
}

/// A few milliseconds of work.
const CANDIDATES_BETWEEN_QUESTIONS: u128 = 1 << 16;
