//! What a replay found, for people and for programs.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Value, json};

use super::tally::{Calls, Change, Kind, Tally};
use crate::cli::policy::table;

/// The most fields that a row names.
const MOST_FIELDS: usize = 6;

pub(super) fn json(out: &mut impl Write, tally: &Tally) -> io::Result<()> {
    #[derive(Serialize)]
    struct Row<'a> {
        #[serde(flatten)]
        kind: &'a Kind,
        #[serde(flatten)]
        calls: &'a Calls,
    }
    let rows: Vec<Row<'_>> = tally.kinds.iter().map(|(kind, calls)| Row { kind, calls }).collect();
    let missed = tally.not_replayed.iter().map(|(why, calls)| {
        json!({
            "why": why, "count": calls.count, "first": calls.first, "last": calls.last,
            "example": calls.example,
        })
    });
    let report = json!({
        "decisions": tally.decisions,
        "changed": tally.changed,
        "opens": tally.may_open,
        "changes": rows,
        "untold": tally.untold,
        "notReplayed": missed.collect::<Value>(),
        "torn": tally.torn,
    });
    writeln!(out, "{report}")
}

pub(super) fn text(out: &mut impl Write, tally: &Tally) -> io::Result<()> {
    let Tally { decisions, changed, kinds, untold, not_replayed, torn, may_open: _ } = tally;
    writeln!(out, "{decisions} decisions asked about again, {changed} would change")?;
    if !kinds.is_empty() {
        let head = [
            "CHANGE",
            "AGENT",
            "TOOL",
            "ACTION",
            "TARGET",
            "DECIDED BY",
            "CALLS",
            "FIRST",
            "LAST",
            "EXAMPLE",
        ];
        let mut rows = vec![head.map(str::to_owned)];
        rows.extend(kinds.iter().map(|(kind, calls)| row(kind, calls)));
        writeln!(out)?;
        table::print(out, &rows)?;
    }
    if *untold > 0 {
        writeln!(out, "and {untold} more, of too many kinds")?;
    }
    if !not_replayed.is_empty() {
        writeln!(out)?;
    }
    for (why, calls) in not_replayed {
        writeln!(out, "not asked about: {why} ({} times, as in {})", calls.count, calls.example)?;
    }
    for file in torn {
        writeln!(out, "{file}: the last line was not written to its end, and is left out")?;
    }
    Ok(())
}

fn row(kind: &Kind, calls: &Calls) -> [String; 10] {
    let target = match (&kind.object, kind.fields.as_slice()) {
        (None, _) => "the org".to_owned(),
        (Some(object), []) => object.clone(),
        (Some(object), fields) => {
            let named: Vec<&str> = fields.iter().take(MOST_FIELDS).map(String::as_str).collect();
            let more = fields.len().saturating_sub(named.len());
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("{object}: {}{more}", named.join(", "))
        }
    };
    let decided_by = match (kind.change, kind.policies.as_slice()) {
        (Change::Closes, []) => "(no policy permits it)".to_owned(),
        (Change::Opens | Change::Closes, policies) => policies.join(", "),
    };
    [
        kind.change.name().to_owned(),
        kind.agent.clone(),
        kind.tool.clone(),
        kind.action.clone(),
        target,
        decided_by,
        calls.count.to_string(),
        calls.first.clone(),
        calls.last.clone(),
        calls.example.clone(),
    ]
}
