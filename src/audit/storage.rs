//! Where lines go: one file, or in tests one that fails on demand.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// Append-only bytes. Every method may block; only who has the writer calls them.
pub(super) trait Storage: Send {
    /// One write at the end; fewer bytes than given may be taken.
    fn append(&mut self, bytes: &[u8]) -> io::Result<usize>;
    /// Cuts everything behind `len` bytes.
    fn truncate(&mut self, len: u64) -> io::Result<()>;
    /// Returns when what was appended would survive the loss of power.
    fn sync(&mut self) -> io::Result<()>;
}

/// A journal's file. The lock goes when it is closed.
pub(super) struct JournalFile(pub(super) File);

impl JournalFile {
    /// Opens or makes the file: append-only, readable by its owner alone.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path).map(Self)
    }
}

impl Storage for JournalFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match self.0.write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => return other,
            }
        }
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.sync_data()
    }
}
