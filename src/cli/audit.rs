//! `fieldgate audit`: what can be done with a journal from outside.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Write};
use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::Serialize;

use crate::audit::{Break, Summary, VerifyError, verify};

/// Look into an audit journal.
#[derive(Debug, Args)]
pub struct AuditCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Check every line of a journal against its hash chain
    ///
    /// Exits with 0 if the chain verifies, 2 if it is broken, 1 if the file can't be read.
    Verify(Verify),
}

#[derive(Debug, Args)]
struct Verify {
    /// The journal
    file: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// How the command ended; its number is the process's exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditExit {
    /// The chain verifies.
    Verified,
    /// The file can't be read.
    Unreadable,
    /// The chain is broken.
    Broken,
}

impl AuditExit {
    /// 0, 1 or 2.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Verified => 0,
            Self::Unreadable => 1,
            Self::Broken => 2,
        }
    }
}

impl AuditCommand {
    /// Runs the command, printing to `out`.
    ///
    /// # Errors
    /// When `out` can't be written.
    pub fn run(self, out: &mut impl Write) -> io::Result<AuditExit> {
        match self.action {
            Action::Verify(verify) => verify.run(out),
        }
    }
}

#[derive(Serialize)]
#[serde(untagged)]
enum Report<'a> {
    Verified {
        ok: bool,
        events: u64,
        last_seq: u64,
        head: &'a str,
        chain: Option<&'a str>,
        counts: &'a BTreeMap<String, u64>,
        open_admissions: u64,
        open_ids: &'a [String],
    },
    Broken {
        ok: bool,
        line: u64,
        offset: u64,
        torn: bool,
        why: String,
    },
    Unreadable {
        ok: bool,
        why: String,
    },
}

impl Verify {
    fn run(self, out: &mut impl Write) -> io::Result<AuditExit> {
        let result = File::open(&self.file)
            .map_err(VerifyError::Read)
            .and_then(|file| verify(BufReader::with_capacity(64 * 1024, file)));
        match result {
            Ok(summary) => {
                self.verified(out, &summary)?;
                Ok(AuditExit::Verified)
            }
            Err(VerifyError::Broken { line, offset, why }) => {
                if self.json {
                    let torn = matches!(why, Break::Torn { .. });
                    let why = why.to_string();
                    print(out, &Report::Broken { ok: false, line, offset, torn, why })?;
                } else {
                    writeln!(out, "broken: line {line} (byte {offset}): {why}")?;
                }
                Ok(AuditExit::Broken)
            }
            Err(VerifyError::Read(error)) => {
                if self.json {
                    print(out, &Report::Unreadable { ok: false, why: error.to_string() })?;
                } else {
                    writeln!(out, "`{}` could not be read: {error}", self.file.display())?;
                }
                Ok(AuditExit::Unreadable)
            }
        }
    }

    fn verified(&self, out: &mut impl Write, summary: &Summary) -> io::Result<()> {
        let Summary { events, last_seq, head, chain, counts, open, open_unlisted } = summary;
        let open_admissions =
            u64::try_from(open.len()).unwrap_or(u64::MAX).saturating_add(*open_unlisted);
        if self.json {
            return print(
                out,
                &Report::Verified {
                    ok: true,
                    events: *events,
                    last_seq: *last_seq,
                    head,
                    chain: chain.as_deref(),
                    counts,
                    open_admissions,
                    open_ids: open.get(..100).unwrap_or(open),
                },
            );
        }
        writeln!(out, "ok: {events} events, seq 0..{last_seq}, head {head}")?;
        let counts: Vec<_> = counts.iter().map(|(event, n)| format!("{event} {n}")).collect();
        writeln!(out, "{}", counts.join(", "))?;
        if open_admissions > 0 {
            writeln!(
                out,
                "{open_admissions} admissions have no outcome: calls under way, or cut off"
            )?;
        }
        Ok(())
    }
}

fn print(out: &mut impl Write, report: &Report<'_>) -> io::Result<()> {
    serde_json::to_writer(&mut *out, report)?;
    writeln!(out)
}
