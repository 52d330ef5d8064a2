//! A journal checked from its first line to its last.

use std::collections::BTreeMap;
use std::io::{self, BufRead};

use super::chain::scan;
use super::line::LINE_CAP;

/// What a verified journal holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// How many events there are; their `seq` runs from 0.
    pub events: u64,
    /// The `seq` of the last event.
    pub last_seq: u64,
    /// The hash of the last line: kept elsewhere, it shows later that no tail was taken away.
    pub head: String,
    /// The chain's id.
    pub chain: Option<String>,
    /// Events by name.
    pub counts: BTreeMap<String, u64>,
    /// Ids of admissions that have no outcome: calls under way, or cut off by a kill.
    pub open: Vec<String>,
    /// Admissions without an outcome beyond the 65,536 that `open` can list.
    pub open_unlisted: u64,
}

/// Why a journal doesn't verify.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The file could not be read: nothing is said about its chain.
    #[error("the journal could not be read")]
    Read(#[source] io::Error),
    /// The chain breaks at a line.
    #[error("line {line} (byte {offset}): {why}")]
    Broken {
        /// The line, counted from 1.
        line: u64,
        /// Where the line starts, in bytes from the start of the file.
        offset: u64,
        /// What is wrong with it.
        why: Break,
    },
}

/// What breaks a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Break {
    /// The line does not end as a sealed one.
    #[error("the line was altered: it does not end with its hash")]
    NotSealed,
    /// The line's bytes are not those that were hashed.
    #[error("the line was altered: its hash does not match its bytes")]
    Hash,
    /// The line is no JSON object of a journal.
    #[error("the line is not a journal event")]
    NotJson,
    /// The line's number is not the next.
    #[error(
        "lines are missing, inserted or in another order: expected seq {expected}, found {found}"
    )]
    Sequence {
        /// The number that would follow.
        expected: u64,
        /// The number that stands there.
        found: u64,
    },
    /// The line follows another line than the one before it.
    #[error("the line does not follow the one before it: `prev` names another hash")]
    Previous,
    /// The file does not start with a genesis.
    #[error(
        "the file does not start with a `genesis` event: it is no journal, or its start is missing"
    )]
    NoGenesis,
    /// The line is longer than any that is written.
    #[error("the line is longer than {LINE_CAP} bytes")]
    TooLong,
    /// The file ends in the middle of a line: a write that was cut off, or a lost line feed.
    #[error("the last line is torn: {bytes} bytes without a line feed (a start mends this)")]
    Torn {
        /// The bytes after the last whole line.
        bytes: u64,
    },
}

/// Checks a journal: every line that was altered, removed, inserted or moved is found.
///
/// Lines missing from the very end can't be seen in the file itself: compare
/// [`Summary::head`] and [`Summary::events`] with ones that were kept elsewhere. Memory is
/// bounded whatever the file holds.
///
/// # Errors
/// [`VerifyError::Broken`] names the first line that does not verify; [`VerifyError::Read`] is
/// about the reader.
pub fn verify(mut reader: impl BufRead) -> Result<Summary, VerifyError> {
    let scan = scan(&mut reader)?;
    let events = scan.chain.next_seq;
    if let Some(torn) = scan.torn {
        let why = Break::Torn { bytes: torn.bytes };
        return Err(VerifyError::Broken { line: events.saturating_add(1), offset: scan.good, why });
    }
    let Some(last_seq) = events.checked_sub(1) else {
        return Err(VerifyError::Broken { line: 1, offset: 0, why: Break::NoGenesis });
    };
    Ok(Summary {
        events,
        last_seq,
        head: scan.chain.head,
        chain: scan.chain_id,
        counts: scan.counts,
        open: scan.open.into_iter().collect(),
        open_unlisted: scan.untracked,
    })
}
