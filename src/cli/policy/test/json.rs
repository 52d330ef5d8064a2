//! What came of tests, for programs.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::{Report, Timed};
use crate::policy::testing::Failure;

pub(super) fn print(out: &mut impl Write, report: &Report<'_>) -> io::Result<()> {
    let tests: Vec<Value> = report.results.iter().map(test).collect();
    let mut whole = json!({
        "passed": report.passed(),
        "failed": report.failed(),
        "tests": tests,
    });
    if let (Some(coverage), Some(members)) = (&report.coverage, whole.as_object_mut()) {
        let told = json!({
            "policies": coverage.policies,
            "percent": coverage.percent(),
            "undecided": coverage.undecided,
            "unaskedFields": coverage.unasked,
        });
        members.insert("coverage".to_owned(), told);
    }
    writeln!(out, "{whole}")
}

fn test(Timed { result, took }: &Timed<'_>) -> Value {
    let case = result.case;
    let (line, column) = case.position();
    json!({
        "file": case.file(),
        "line": line,
        "column": column,
        "name": case.name(),
        "agent": case.agent().id(),
        "tool": case.tool(),
        "passed": result.passed(),
        "failures": result.failures.iter().map(failure).collect::<Value>(),
        "policies": result.decided_by,
        "denial": result.denial,
        "micros": u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
    })
}

fn failure(failure: &Failure) -> Value {
    json!({
        "about": failure.about,
        "expected": failure.expected,
        "got": failure.got,
        "message": failure.to_string(),
    })
}
