//! What came of tests, for build servers: JUnit's XML, a suite for each file.

use std::io::{self, Write};
use std::time::Duration;

use super::{Report, Timed, text};

pub(super) fn print(out: &mut impl Write, report: &Report<'_>) -> io::Result<()> {
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    let all: Vec<&Timed<'_>> = report.results.iter().collect();
    writeln!(out, "<testsuites name=\"fieldgate policy test\"{}>", sums(&all))?;
    let mut files: Vec<&str> = all.iter().map(|timed| timed.result.case.file()).collect();
    files.dedup();
    for file in files {
        let of_file = all.iter().filter(|timed| timed.result.case.file() == file);
        suite(out, file, &of_file.copied().collect::<Vec<_>>())?;
    }
    writeln!(out, "</testsuites>")
}

fn suite(out: &mut impl Write, file: &str, results: &[&Timed<'_>]) -> io::Result<()> {
    let file = escaped(file);
    writeln!(out, "  <testsuite name=\"{file}\"{}>", sums(results))?;
    for Timed { result, took } in results {
        let case = result.case;
        let name = escaped(&format!("{}, as {}", case.name(), case.agent().id()));
        let (line, _) = case.position();
        let time = seconds(*took);
        write!(
            out,
            "    <testcase name=\"{name}\" classname=\"{file}\" file=\"{file}\" line=\"{line}\" time=\"{time}\""
        )?;
        let Some(first) = result.failures.first() else {
            writeln!(out, "/>")?;
            continue;
        };
        let first = escaped(&first.to_string());
        let details = escaped(&text::details(result).join("\n"));
        writeln!(
            out,
            ">\n      <failure message=\"{first}\">{details}</failure>\n    </testcase>"
        )?;
    }
    writeln!(out, "  </testsuite>")
}

fn sums(results: &[&Timed<'_>]) -> String {
    let failures = results.iter().filter(|timed| !timed.result.passed()).count();
    let time = seconds(results.iter().map(|timed| timed.took).sum());
    format!(" tests=\"{}\" failures=\"{failures}\" errors=\"0\" time=\"{time}\"", results.len())
}

fn seconds(took: Duration) -> String {
    format!("{}.{:06}", took.as_secs(), took.subsec_micros())
}

/// A text between tags or quotes. What XML can't hold at all is replaced.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            '\t' => escaped.push_str("&#9;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}
