//! The start of a journal: the file found, locked and checked, and what a kill left behind mended.

use std::fs::{File, TryLockError};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use super::chain::{Chain, Scan, scan};
use super::digest::hex;
use super::journal::{JournalSettings, Wall};
use super::line::{self, Genesis};
use super::storage::{JournalFile, Storage};
use super::verify::VerifyError;
use super::writer::timestamp;

/// What the `genesis` event says of the process that starts.
#[derive(Debug, Clone, Copy)]
pub struct Start<'a> {
    /// The program's version.
    pub version: &'a str,
    /// The hash of the policy set that decides from now on.
    pub policy_set: &'a str,
    /// The hash of the tool catalogue.
    pub catalogue: &'a str,
    /// The id of the key of keyed digests ([`DigestKey::id`](super::DigestKey::id)).
    pub digest_key: Option<&'a str>,
}

/// Why a journal can't be opened. Nothing starts without one.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file or its directory gave an error.
    #[error("the journal `{path}` could not be opened")]
    Io {
        /// The file that was named.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The path is a directory, a pipe or a device.
    #[error("the journal `{0}` is not a regular file")]
    NotAFile(PathBuf),
    /// Another process writes to it.
    #[error("the journal `{0}` is locked by another process; each process needs its own")]
    Locked(PathBuf),
    /// Its chain doesn't verify: an operator has to look at it.
    #[error(
        "the journal `{path}` does not verify: {broken}; move the file away to start a new one"
    )]
    Broken {
        /// The file that was named.
        path: PathBuf,
        /// Which line, and why.
        broken: VerifyError,
    },
    /// Its first event could not be written.
    #[error("the journal `{path}` could not be written: {why}")]
    Write {
        /// The file that was named.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
}

/// Opens, locks and reads the file at `path`.
pub(super) fn file(path: &Path) -> Result<(Box<dyn Storage>, Scan), OpenError> {
    let io = |source| OpenError::Io { path: path.to_owned(), source };
    let file = JournalFile::open(path).map_err(io)?;
    if !file.0.metadata().map_err(io)?.is_file() {
        return Err(OpenError::NotAFile(path.to_owned()));
    }
    file.0.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => OpenError::Locked(path.to_owned()),
        TryLockError::Error(source) => io(source),
    })?;
    let scan = scan(&mut BufReader::with_capacity(64 * 1024, &file.0))
        .map_err(|broken| OpenError::Broken { path: path.to_owned(), broken })?;
    sync_directory(path).map_err(io)?;
    Ok((Box::new(file), scan))
}

/// Cuts a torn tail and writes the first lines. Returns the chain, and the bytes that it fills.
pub(super) fn begin(
    storage: &mut dyn Storage,
    scan: Scan,
    settings: &JournalSettings,
    start: &Start<'_>,
    wall: &Wall,
) -> Result<(Chain, u64), OpenError> {
    let failed = |why| OpenError::Write { path: settings.path.clone(), why };
    let good = scan.good;
    if scan.torn.is_some() {
        storage.truncate(good).map_err(|error| failed(error.to_string()))?;
    }
    let mut chain = scan.chain.clone();
    let mut bytes = Vec::new();
    for fragment in first_lines(scan, settings, start).map_err(failed)? {
        chain.seal(&timestamp(wall()), &fragment, &mut bytes);
    }
    let written = match storage.append(&bytes) {
        Ok(taken) if taken == bytes.len() => storage.sync().map_err(|error| error.to_string()),
        Ok(taken) => Err(format!("short write of {taken} of {} bytes", bytes.len())),
        Err(error) => Err(error.to_string()),
    };
    if let Err(why) = written {
        // What can't be cut off is a torn tail, which the next start mends.
        let _ = storage.truncate(good);
        return Err(failed(why));
    }
    Ok((chain, good.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX))))
}

/// The lines that a start writes: genesis, recovery, and the calls that were cut off.
fn first_lines(
    scan: Scan,
    settings: &JournalSettings,
    start: &Start<'_>,
) -> Result<Vec<String>, String> {
    let continues = (scan.chain.next_seq > 0).then_some(scan.chain.head.as_str());
    let chain = match scan.chain_id {
        Some(chain) => chain,
        None => {
            let mut id = [0_u8; 16];
            getrandom::fill(&mut id).map_err(|error| error.to_string())?;
            hex(&id)
        }
    };
    let mut lines = vec![line::genesis(&Genesis {
        chain: &chain,
        version: start.version,
        policy_set: start.policy_set,
        catalogue: start.catalogue,
        mode: settings.mode.as_str(),
        digest_key: start.digest_key,
        continues,
    })];
    if let Some(torn) = &scan.torn {
        tracing::warn!(bytes = torn.bytes, "journal had a torn tail, it was cut");
        lines.push(line::recovered(torn.bytes, &torn.sha256));
    }
    lines.extend(scan.open.iter().map(|id| line::outcome_unknown(id)));
    Ok(lines)
}

/// Makes the file's name as durable as its content.
fn sync_directory(path: &Path) -> io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
}
