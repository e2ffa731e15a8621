//! The commands that call the daemon.

use std::error::Error;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use domainsockets::Client;

use crate::args::Command;
use crate::service::KvClient;
use crate::{lines, raw};

/// Runs a command against the daemon behind `client`.
pub(crate) async fn run(client: Client, command: Command) -> Result<(), Box<dyn Error>> {
    let kv = KvClient::new(client);
    let mut out = io::stdout();
    match command {
        Command::Load { file } => load(&kv, &file).await?,
        Command::Raw { key } => raw::get(kv.carrier(), &key).await?,
        Command::List { prefix } => list(&kv, &prefix).await?,
        Command::Get { key } => {
            let value = kv.get(&key).await?.ok_or("no such key")?;
            out.write_all(&value)?;
            writeln!(out)?;
        }
        Command::Put { key, value } => {
            let new = kv.put(&key, value.as_bytes()).await?;
            writeln!(out, "{}", if new { "new" } else { "replaced" })?;
        }
        Command::Remove { key } => {
            if !kv.remove(&key).await? {
                return Err("no such key".into());
            }
            writeln!(out, "removed")?;
        }
        Command::Help | Command::Serve { .. } => return Err("that is no call".into()),
    }
    Ok(())
}

/// Stores the lines of a file, with one call for each chunk of them.
async fn load(kv: &KvClient, file: &Path) -> Result<(), Box<dyn Error>> {
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let entries: Vec<_> = lines::parse(&text).into_iter().collect();
    let mut new = 0;
    for chunk in entries.chunks(CHUNK) {
        let chunk = chunk
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_bytes()));
        new += kv.put_all(chunk.collect()).await?;
    }
    let total = kv.count().await?;
    let loaded = entries.len();
    writeln!(
        io::stdout(),
        "loaded {loaded} keys, {new} of them new; the store has {total}"
    )?;
    Ok(())
}

/// Prints entries, one line for each line of their values.
async fn list(kv: &KvClient, prefix: &str) -> Result<(), Box<dyn Error>> {
    let mut last: Option<String> = None;
    loop {
        let page = kv.list(prefix, last.as_deref()).await?;
        let mut out = io::stdout().lock();
        for (key, value) in &page {
            for line in String::from_utf8_lossy(value).split('\n') {
                writeln!(out, "{key}\t{line}")?;
            }
        }
        match page.into_iter().next_back() {
            Some((key, _)) => last = Some(key),
            None => return Ok(()),
        }
    }
}

/// How many lines one call stores. In most files that many fit into a message.
const CHUNK: usize = 200;
