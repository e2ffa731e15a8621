//! The daemon.

use std::error::Error;
use std::ffi::OsStr;
use std::io::{self, Write};
use std::path::Path;

use domainsockets::Server;
use tokio::signal::unix::{SignalKind, signal};

use crate::service::{Kv, KvServer};
use crate::store::Store;

/// Serves the store in a file until SIGTERM or SIGINT.
pub(crate) async fn serve(name: &OsStr, file: &Path) -> Result<(), Box<dyn Error>> {
    // Registered first, so that no signal after `ready` kills the process.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let (store, cut) = Store::open(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let mut log = io::stderr();
    if 0 < cut {
        writeln!(
            log,
            "kv: cut off {cut} bytes of a write that was interrupted"
        )?;
    }
    let server = Server::bind(name)?
        .add_service(KvServer::new(store.clone()))?
        .start()?;
    let (keys, file, path) = (store.count(), file.display(), server.path().display());
    writeln!(log, "kv: {keys} keys of {file} at {path}")?;
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
