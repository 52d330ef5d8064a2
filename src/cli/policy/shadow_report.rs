//! `fieldgate policy shadow-report`: what would change if the shadow policies were enforced.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use serde::{Deserialize, Serialize};

use super::{journal, table};
use crate::cli::REFUSED;

const AFTER_HELP: &str = "\
Examples:
  fieldgate policy shadow-report --journal fieldgate.journal.jsonl

Whether the journal is whole is for `fieldgate audit verify` to say.

Exit codes:
  0   the shadow policies agree with every decision
  1   the journal can't be read
  2   they differ, or could not be asked";

/// Sums up where the shadow policies would have decided otherwise, out of an audit journal.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct ShadowReport {
    /// The journal of a server that has `policies.shadow` in its configuration.
    #[arg(long, value_name = "FILE")]
    journal: PathBuf,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// The most kinds of difference that are told apart; a journal with more was made for that.
const MOST_KINDS: usize = 10_000;

/// A line of the journal, as far as it is of interest.
#[derive(Deserialize)]
struct Line {
    time: String,
    event: String,
    id: Option<String>,
    agent: Option<String>,
    shadow_set: Option<String>,
    shadow: Option<Shadow>,
}

#[derive(Deserialize)]
struct Shadow {
    verdict: String,
    #[serde(default)]
    roles: Vec<String>,
    #[serde(default)]
    differs: Vec<Differs>,
    #[serde(default)]
    differs_count: u64,
}

#[derive(Deserialize)]
struct Differs {
    would: String,
    action: String,
    object: String,
    fields: Vec<String>,
    #[serde(default)]
    fields_count: u64,
    policies: Vec<String>,
}

/// What tells one kind of difference from another.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Kind {
    would: String,
    agent: String,
    roles: Vec<String>,
    action: String,
    target: String,
    policies: Vec<String>,
}

/// The calls that differ in one way.
#[derive(Serialize)]
struct Calls {
    count: u64,
    first: String,
    last: String,
    example: String,
}

/// What a journal says of the shadow policies.
#[derive(Default)]
struct Report {
    /// Decisions that were made while there was a shadow set.
    compared: u64,
    differing: u64,
    not_asked: u64,
    /// Differences that a line had no room for, or that are of too many kinds.
    untold: u64,
    kinds: BTreeMap<Kind, Calls>,
}

impl ShadowReport {
    pub(super) fn run(&self, out: &mut impl Write) -> io::Result<u8> {
        let report = Report::read(&self.journal)?;
        if self.json {
            report.json(out)?;
        } else {
            report.text(out)?;
        }
        let agree = report.differing == 0 && report.not_asked == 0;
        Ok(if agree { 0 } else { REFUSED })
    }
}

impl Report {
    fn read(file: &Path) -> io::Result<Self> {
        let mut report = Self::default();
        let mut shadowed = false;
        journal::each(file, |line: Line| match line.event.as_str() {
            "genesis" => shadowed = false,
            "shadow_set" => shadowed = line.shadow_set.is_some(),
            "admission" | "denial" | "throttled" => {
                report.compared = report.compared.saturating_add(u64::from(shadowed));
                report.add(line);
            }
            _other_events => {}
        })?;
        Ok(report)
    }

    fn add(&mut self, line: Line) {
        let Some(shadow) = line.shadow else { return };
        match shadow.verdict.as_str() {
            "allow" | "deny" => self.differing = self.differing.saturating_add(1),
            _not_asked => self.not_asked = self.not_asked.saturating_add(1),
        }
        let (agent, example) = (line.agent.unwrap_or_default(), line.id.unwrap_or_default());
        let told = u64::try_from(shadow.differs.len()).unwrap_or(u64::MAX);
        self.untold = self.untold.saturating_add(shadow.differs_count.saturating_sub(told));
        for differs in shadow.differs {
            let told = u64::try_from(differs.fields.len()).unwrap_or(u64::MAX);
            self.untold = self.untold.saturating_add(differs.fields_count.saturating_sub(told));
            let targets = if differs.fields.is_empty() && differs.fields_count == 0 {
                let whole = if differs.object.is_empty() { "the org" } else { &differs.object };
                vec![whole.to_owned()]
            } else {
                let field = |field: &String| format!("{}.{field}", differs.object);
                differs.fields.iter().map(field).collect()
            };
            for target in targets {
                let kind = Kind {
                    would: differs.would.clone(),
                    agent: agent.clone(),
                    roles: shadow.roles.clone(),
                    action: differs.action.clone(),
                    target,
                    policies: differs.policies.clone(),
                };
                self.count(kind, &line.time, &example);
            }
        }
    }

    fn count(&mut self, kind: Kind, time: &str, example: &str) {
        if let Some(calls) = self.kinds.get_mut(&kind) {
            calls.count = calls.count.saturating_add(1);
            time.clone_into(&mut calls.last);
        } else if self.kinds.len() < MOST_KINDS {
            let (first, last) = (time.to_owned(), time.to_owned());
            self.kinds.insert(kind, Calls { count: 1, first, last, example: example.to_owned() });
        } else {
            self.untold = self.untold.saturating_add(1);
        }
    }

    fn json(&self, out: &mut impl Write) -> io::Result<()> {
        #[derive(Serialize)]
        struct Row<'a> {
            #[serde(flatten)]
            kind: &'a Kind,
            #[serde(flatten)]
            calls: &'a Calls,
        }
        let rows: Vec<Row<'_>> =
            self.kinds.iter().map(|(kind, calls)| Row { kind, calls }).collect();
        let Self { compared, differing, not_asked, untold, kinds: _ } = self;
        let report = serde_json::json!({
            "compared": compared, "differing": differing, "notAsked": not_asked,
            "untold": untold, "differences": rows,
        });
        writeln!(out, "{report}")
    }

    fn text(&self, out: &mut impl Write) -> io::Result<()> {
        let Self { compared, differing, not_asked, untold, kinds } = self;
        write!(out, "{compared} decisions compared, {differing} differ")?;
        if *not_asked > 0 {
            write!(out, ", {not_asked} could not be compared")?;
        }
        writeln!(out)?;
        if kinds.is_empty() {
            return Ok(());
        }
        let head = [
            "WOULD",
            "AGENT",
            "ROLES",
            "ACTION",
            "TARGET",
            "REFUSED BY",
            "CALLS",
            "FIRST",
            "LAST",
            "EXAMPLE",
        ];
        let mut rows = vec![head.map(str::to_owned)];
        rows.extend(kinds.iter().map(|(kind, calls)| row(kind, calls)));
        writeln!(out)?;
        table::print(out, &rows)?;
        if *untold > 0 {
            writeln!(out, "and {untold} more that the journal's lines had no room for")?;
        }
        Ok(())
    }
}

fn row(kind: &Kind, calls: &Calls) -> [String; 10] {
    let refused_by = match kind.would.as_str() {
        "hide" | "show" => "-".to_owned(),
        _ if kind.policies.is_empty() => "(no policy permits it)".to_owned(),
        _ => kind.policies.join(", "),
    };
    [
        kind.would.clone(),
        kind.agent.clone(),
        kind.roles.join(", "),
        kind.action.clone(),
        kind.target.clone(),
        refused_by,
        calls.count.to_string(),
        calls.first.clone(),
        calls.last.clone(),
        calls.example.clone(),
    ]
}
