//! Reading an audit journal event by event, in bounded memory.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::Path;

use serde::de::DeserializeOwned;

use crate::audit::LINE_CAP;

/// Hands out each event of a journal. Returns whether the last line is one that was not written to
/// its end.
///
/// # Errors
/// When the file can't be read, or a line of it is no event.
pub(super) fn each<T: DeserializeOwned>(file: &Path, take: impl FnMut(T)) -> io::Result<bool> {
    let named = |error: io::Error| io::Error::other(format!("{}: {error}", file.display()));
    let journal = File::open(file).map_err(named)?;
    events(BufReader::with_capacity(64 * 1024, journal), take).map_err(named)
}

fn events<T: DeserializeOwned>(
    mut journal: impl BufRead,
    mut take: impl FnMut(T),
) -> io::Result<bool> {
    let cap = u64::try_from(LINE_CAP).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    for number in 1_u64.. {
        bytes.clear();
        let read = journal.by_ref().take(cap).read_until(b'\n', &mut bytes)?;
        let whole = bytes.last() == Some(&b'\n');
        // The end, or a line that is being written just now.
        if read == 0 || (!whole && read < LINE_CAP) {
            return Ok(read > 0);
        }
        let event = if whole { serde_json::from_slice(&bytes).ok() } else { None };
        take(event.ok_or_else(|| {
            io::Error::other(format!("line {number} is not an event of a journal"))
        })?);
    }
    Ok(false)
}
