//! What came of tests, for people.

use std::io::{self, Write};
use std::time::Duration;

use super::{Report, Timed};
use crate::policy::testing::{CaseResult, Coverage};

const RED: &str = "\x1b[31m";
const GREEN: &str = "\x1b[32m";
const PLAIN: &str = "\x1b[0m";

pub(super) fn print(
    out: &mut impl Write,
    report: &Report<'_>,
    verbose: bool,
    in_colour: bool,
) -> io::Result<()> {
    let paint = |colour: &str, text: &str| {
        if in_colour { format!("{colour}{text}{PLAIN}") } else { text.to_owned() }
    };
    for Timed { result, took } in &report.results {
        if !result.passed() {
            writeln!(out, "{}  {}", paint(RED, "FAIL"), title(result))?;
            for line in details(result) {
                writeln!(out, "      {line}")?;
            }
        } else if verbose {
            let took = milliseconds(*took);
            writeln!(out, "{}    {} ({took})", paint(GREEN, "ok"), title(result))?;
        }
    }
    if let Some(told) = &report.coverage {
        coverage(out, told)?;
    }
    if let Some(short) = report.falls_short() {
        writeln!(out, "{}", paint(RED, &short))?;
    }
    let failed = report.failed();
    let colour = if failed == 0 { GREEN } else { RED };
    let sum = format!("{} passed, {failed} failed", report.passed());
    writeln!(out, "{}", paint(colour, &sum))
}

fn title(result: &CaseResult<'_>) -> String {
    let case = result.case;
    let (line, _) = case.position();
    format!("{}:{line}: {}, as {}", case.file(), shown(case.name()), case.agent().id())
}

/// What failed, and what the agent would read.
pub(super) fn details(result: &CaseResult<'_>) -> Vec<String> {
    let mut lines: Vec<String> = result.failures.iter().map(ToString::to_string).collect();
    if let Some(denial) = &result.denial {
        lines.push(format!("{} would read: {denial}", result.case.agent().id()));
    }
    lines
}

fn milliseconds(took: Duration) -> String {
    let micros = took.as_micros();
    format!("{}.{:03} ms", micros / 1000, micros % 1000)
}

fn coverage(out: &mut impl Write, coverage: &Coverage) -> io::Result<()> {
    let Coverage { policies, undecided, unasked } = coverage;
    for id in undecided {
        writeln!(out, "decides in no test: {id}")?;
    }
    for field in unasked {
        writeln!(out, "named by a policy, asked about by no test: {field}")?;
    }
    let decided = policies.saturating_sub(undecided.len());
    writeln!(out, "{decided} of {policies} policies decide in some test ({} %)", coverage.percent())
}

/// A name as a terminal may show it.
fn shown(name: &str) -> String {
    name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
