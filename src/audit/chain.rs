//! The hash chain: lines sealed one after the other, and a file of them checked again.

use std::collections::{BTreeMap, BTreeSet};
use std::io::BufRead;

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::digest::hex;
use super::line::LINE_CAP;
use super::verify::{Break, VerifyError};

/// What stands between a line's hashed bytes and its hash.
const SEAL: &str = ",\"hash\":\"";
/// What ends a line, before its line feed.
const END: &str = "\"}";
/// The hex digits of a hash.
const HASH_LEN: usize = 64;
/// Admissions without an outcome that are remembered by id; more than this are only counted.
const OPEN_CAP: usize = 65_536;
/// How a journal starts; a file that starts otherwise isn't ours to mend.
const FIRST: &[u8] = b"{\"seq\":0,\"time\":\"";

/// The end of a chain: what the next line has to follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chain {
    /// The next line's `seq`.
    pub(super) next_seq: u64,
    /// The hash of the last line.
    pub(super) head: String,
}

impl Chain {
    /// A chain without a line.
    pub(super) fn new() -> Self {
        Self { next_seq: 0, head: "0".repeat(HASH_LEN) }
    }

    /// Appends one sealed line to `out`, and returns its `seq`.
    pub(super) fn seal(&mut self, time: &str, fragment: &str, out: &mut Vec<u8>) -> u64 {
        let seq = self.next_seq;
        let body =
            format!("{{\"seq\":{seq},\"time\":\"{time}\",{fragment},\"prev\":\"{}\"", self.head);
        let hash = hex(&Sha256::digest(body.as_bytes()));
        for part in [body.as_str(), SEAL, hash.as_str(), END, "\n"] {
            out.extend_from_slice(part.as_bytes());
        }
        self.head = hash;
        self.next_seq = seq.saturating_add(1);
        seq
    }

    /// Checks that `line` (without its line feed) is sealed and follows this chain.
    fn follow(&mut self, line: &[u8]) -> Result<Header, Break> {
        let rest = line.strip_suffix(END.as_bytes()).ok_or(Break::NotSealed)?;
        let cut = rest.len().checked_sub(HASH_LEN).ok_or(Break::NotSealed)?;
        let (rest, found) = rest.split_at_checked(cut).ok_or(Break::NotSealed)?;
        let body = rest.strip_suffix(SEAL.as_bytes()).ok_or(Break::NotSealed)?;
        let hash = hex(&Sha256::digest(body));
        if hash.as_bytes() != found {
            return Err(Break::Hash);
        }
        let header: Header = serde_json::from_slice(line).map_err(|_unsaid| Break::NotJson)?;
        if header.seq != self.next_seq {
            return Err(Break::Sequence { expected: self.next_seq, found: header.seq });
        }
        if header.prev != self.head {
            return Err(Break::Previous);
        }
        if header.seq == 0 && header.event != "genesis" {
            return Err(Break::NoGenesis);
        }
        self.head = hash;
        self.next_seq = header.seq.saturating_add(1);
        Ok(header)
    }
}

#[derive(Deserialize)]
struct Header {
    seq: u64,
    event: String,
    id: Option<String>,
    chain: Option<String>,
    prev: String,
}

/// Bytes after the last whole line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Torn {
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

/// What a file of lines holds, read once from its start, in bounded memory.
#[derive(Debug)]
pub(super) struct Scan {
    pub(super) chain: Chain,
    pub(super) chain_id: Option<String>,
    /// The bytes of all whole lines.
    pub(super) good: u64,
    pub(super) counts: BTreeMap<String, u64>,
    pub(super) open: BTreeSet<String>,
    /// Admissions beyond those that `open` has room for.
    pub(super) untracked: u64,
    pub(super) torn: Option<Torn>,
}

impl Scan {
    fn note(&mut self, header: Header) {
        if let Some(id) = header.id {
            match header.event.as_str() {
                "admission" if self.open.len() < OPEN_CAP => {
                    self.open.insert(id);
                }
                "admission" => self.untracked = self.untracked.saturating_add(1),
                "outcome" | "outcome_unknown" => {
                    self.open.remove(&id);
                }
                _ => {}
            }
        }
        if self.chain_id.is_none() {
            self.chain_id = header.chain;
        }
        let count = self.counts.entry(header.event).or_default();
        *count = count.saturating_add(1);
    }
}

/// Reads lines to the end. A tail without a line feed is reported, not judged.
pub(super) fn scan(reader: &mut impl BufRead) -> Result<Scan, VerifyError> {
    let mut scan = Scan {
        chain: Chain::new(),
        chain_id: None,
        good: 0,
        counts: BTreeMap::new(),
        open: BTreeSet::new(),
        untracked: 0,
        torn: None,
    };
    let mut number = 1_u64;
    loop {
        let at = |why| VerifyError::Broken { line: number, offset: scan.good, why };
        match next_line(reader).map_err(VerifyError::Read)? {
            Piece::End => return Ok(scan),
            Piece::TooLong => return Err(at(Break::TooLong)),
            Piece::Torn { bytes, sha256, start } => {
                let ours = scan.good > 0
                    || start.iter().zip(FIRST).all(|(found, expected)| found == expected);
                if !ours {
                    return Err(at(Break::NoGenesis));
                }
                scan.torn = Some(Torn { bytes, sha256 });
                return Ok(scan);
            }
            Piece::Line(line) => {
                let header = scan.chain.follow(&line).map_err(at)?;
                let len = u64::try_from(line.len()).unwrap_or(u64::MAX).saturating_add(1);
                scan.good = scan.good.saturating_add(len);
                scan.note(header);
                number = number.saturating_add(1);
            }
        }
    }
}

enum Piece {
    Line(Vec<u8>),
    TooLong,
    Torn { bytes: u64, sha256: String, start: Vec<u8> },
    End,
}

/// One line of at most [`LINE_CAP`] bytes; of a longer one only the start is kept.
fn next_line(reader: &mut impl BufRead) -> std::io::Result<Piece> {
    let mut line = Vec::new();
    let mut bytes = 0_u64;
    let mut hash = Sha256::new();
    loop {
        let buffer = match reader.fill_buf() {
            Ok(buffer) => buffer,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if buffer.is_empty() {
            return Ok(if bytes == 0 {
                Piece::End
            } else {
                Piece::Torn { bytes, sha256: hex(&hash.finalize()), start: line }
            });
        }
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let (taken, used) = match end {
            Some(end) => (buffer.get(..end).unwrap_or_default(), end.saturating_add(1)),
            None => (buffer, buffer.len()),
        };
        bytes = bytes.saturating_add(u64::try_from(taken.len()).unwrap_or(u64::MAX));
        let room = LINE_CAP.saturating_sub(line.len());
        line.extend(taken.iter().take(room));
        if end.is_none() {
            hash.update(taken);
        }
        reader.consume(used);
        if end.is_some() {
            let whole = usize::try_from(bytes).is_ok_and(|bytes| bytes < LINE_CAP);
            return Ok(if whole { Piece::Line(line) } else { Piece::TooLong });
        }
    }
}
