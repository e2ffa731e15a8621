//! The file behind the store: records, each of which is on the disk before it is confirmed.
//!
//! Once [`Log::append`] has returned, its record survives the end of the process. It also survives the
//! end of the machine, as far as its disk keeps what was synced. An interrupted record is there
//! completely or not at all: opening the log truncates what is left of it at the end of the file. Damage
//! anywhere else is reported, never skipped.

use std::fmt;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::record::{self, Change, Found};

/// An open log, locked against other processes.
#[derive(Debug)]
pub(crate) struct Log {
    path: PathBuf,
    file: File,
    /// Whether a write has failed. Then it is not known what is at the end of the file.
    broken: bool,
}

/// Why a log could not be opened.
#[derive(Debug)]
pub(crate) enum OpenError {
    /// Another process has it open.
    InUse,
    /// Another program wrote the file.
    Foreign,
    /// The bytes at this offset are not a record.
    Damaged { offset: usize },
    /// The system refused an operation.
    Io(io::Error),
}

impl Log {
    /// Opens the log, or creates it, and passes its changes to `replay` in order. Also returns how many bytes of an
    /// interrupted write were truncated.
    pub(crate) fn open(
        path: &Path,
        replay: impl FnMut(Change<'_>),
    ) -> Result<(Self, usize), OpenError> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory(path))?;
        let mut file = options().create(true).open(path)?;
        lock(&file)?;
        // Another process may have replaced the file after it was opened and before it was locked.
        if fs::metadata(path)?.ino() != file.metadata()?.ino() {
            return Err(OpenError::InUse);
        }
        let path = path.to_owned();
        remove_if_there(&aside(&path))?;

        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let whole = replay_all(&bytes, replay)?;
        if whole < bytes.len() {
            file.set_len(u64::try_from(whole).map_err(io::Error::other)?)?;
        }
        if whole == 0 {
            file.write_all(MAGIC)?;
            sync_directory(&path)?;
        }
        file.sync_all()?;
        let log = Self {
            path,
            file,
            broken: false,
        };
        Ok((log, bytes.len() - whole))
    }

    /// Writes a record to the disk. After one failure every call fails.
    pub(crate) fn append(&mut self, record: &[u8]) -> io::Result<()> {
        if self.broken {
            return Err(io::Error::other("an earlier write has failed"));
        }
        let written = self.file.write_all(record);
        let written = written.and_then(|()| self.file.sync_data());
        self.broken = written.is_err();
        written
    }

    /// Replaces the log by one with only these changes.
    pub(crate) fn rewrite<'a>(
        &mut self,
        changes: impl Iterator<Item = Change<'a>>,
    ) -> Result<(), OpenError> {
        let aside = aside(&self.path);
        let file = options().create_new(true).open(&aside)?;
        lock(&file)?;
        let mut writer = BufWriter::new(&file);
        writer.write_all(MAGIC)?;
        for change in changes {
            writer.write_all(&record::encode(&[change]))?;
        }
        writer.flush()?;
        drop(writer);
        file.sync_all()?;
        fs::rename(aside, &self.path)?;
        sync_directory(&self.path)?;
        self.file = file;
        Ok(())
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InUse => f.write_str("another process has it open"),
            Self::Foreign => f.write_str("it is no kv store"),
            Self::Damaged { offset } => write!(f, "it is damaged at byte {offset}"),
            Self::Io(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for OpenError {}

impl From<io::Error> for OpenError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Passes the changes of all complete records to `replay`, and returns where these end.
fn replay_all(bytes: &[u8], mut replay: impl FnMut(Change<'_>)) -> Result<usize, OpenError> {
    let Some(mut rest) = bytes.strip_prefix(MAGIC) else {
        // The interrupted write may have been the first one.
        let unwritten = MAGIC.starts_with(bytes) || bytes.iter().all(|byte| *byte == 0);
        return if unwritten {
            Ok(0)
        } else {
            Err(OpenError::Foreign)
        };
    };
    loop {
        let offset = bytes.len() - rest.len();
        match record::decode(rest) {
            Found::Whole {
                changes,
                rest: more,
            } => {
                changes.into_iter().for_each(&mut replay);
                rest = more;
            }
            Found::Torn | Found::End => return Ok(offset),
            Found::Damaged => return Err(OpenError::Damaged { offset }),
        }
    }
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).append(true).mode(0o600);
    options
}

fn lock(file: &File) -> Result<(), OpenError> {
    file.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => OpenError::InUse,
        TryLockError::Error(error) => error.into(),
    })
}

/// Syncs the names of the files in the log's directory.
fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(directory(path))?.sync_all()
}

fn directory(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Returns where a new log is written before it replaces the old one.
fn aside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    name.into()
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The first bytes of every log.
const MAGIC: &[u8] = b"kv log 1\n";
