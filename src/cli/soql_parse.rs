//! `fieldgate soql parse`: reads queries, one a line, and prints each as Fieldgate understands it.
//!
//! Nothing is resolved and nothing decided: that is `soql explain`.

use std::io::{self, BufRead, Read, Write};

use serde::Serialize;

use crate::soql::scopes::{Scope, scopes};
use crate::soql::{self, Position, SoqlError};

/// Longest line that is read, in bytes: the longest query with every character escaped.
const LINE_BYTES: u64 = 2 * 1024 * 1024;

/// Prints queries from standard input in their canonical form, or says why they are refused.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct SoqlParse {
    /// Read one JSON string a line, print one JSON object a line.
    #[arg(long)]
    pub json: bool,
}

/// How the run went as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParseOutcome {
    /// Every line was a query that Fieldgate accepts.
    Accepted,
    /// At least one line was refused; the output says which and why.
    Refused,
}

impl SoqlParse {
    /// Answers every line of `input` on `out`.
    ///
    /// # Errors
    ///
    /// Only those of reading and writing; a line that is no query is part of the output.
    pub fn run(&self, input: &mut impl BufRead, out: &mut impl Write) -> io::Result<ParseOutcome> {
        let mut outcome = ParseOutcome::Accepted;
        while let Some(line) = read_line(input)? {
            let accepted =
                if self.json { answer_json(&line, out)? } else { answer_text(&line, out)? };
            if !accepted {
                outcome = ParseOutcome::Refused;
            }
        }
        out.flush()?;
        Ok(outcome)
    }
}

/// A line without its line feed.
pub(super) enum Line {
    Text(String),
    TooLong,
    NotUtf8,
}

impl Line {
    pub(super) fn text(&self) -> Result<&str, &'static str> {
        match self {
            Self::Text(text) => Ok(text),
            Self::TooLong => Err("the line is too long to be a query"),
            Self::NotUtf8 => Err("the line is not UTF-8"),
        }
    }
}

/// Reads a line in bounded memory; `None` at the end.
pub(super) fn read_line(input: &mut impl BufRead) -> io::Result<Option<Line>> {
    let mut bytes = Vec::new();
    if input.by_ref().take(LINE_BYTES).read_until(b'\n', &mut bytes)? == 0 {
        return Ok(None);
    }
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
        if bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
    } else if !input.fill_buf()?.is_empty() {
        input.skip_until(b'\n')?;
        return Ok(Some(Line::TooLong));
    }
    Ok(Some(String::from_utf8(bytes).map_or(Line::NotUtf8, Line::Text)))
}

fn answer_text(line: &Line, out: &mut impl Write) -> io::Result<bool> {
    let answer = match line.text() {
        Ok(text) => soql::parse(text)
            .map(|query| query.to_string())
            .map_err(|error| format!("error: {}", error.render(text))),
        Err(message) => Err(format!("error: {message}")),
    };
    let (Ok(text) | Err(text)) = &answer;
    writeln!(out, "{text}")?;
    Ok(answer.is_ok())
}

fn answer_json(line: &Line, out: &mut impl Write) -> io::Result<bool> {
    let source = line.text().map_err(|message| Refusal::of_line(message.to_owned()));
    let source = source.and_then(|line| {
        serde_json::from_str::<String>(line)
            .ok()
            .ok_or_else(|| Refusal::of_line("the line is not a JSON string".to_owned()))
    });
    let answer = match &source {
        Ok(text) => match soql::parse(text) {
            Ok(query) => {
                let canonical = query.to_string();
                let scopes = scopes(&query).iter().map(|scope| flat(scope, text)).collect();
                Answer::Accepted { ok: true, canonical, scopes }
            }
            Err(error) => Answer::Refused { ok: false, error: Refusal::of_query(&error, text) },
        },
        Err(error) => Answer::Refused { ok: false, error: error.clone() },
    };
    serde_json::to_writer(&mut *out, &answer)?;
    writeln!(out)?;
    Ok(matches!(answer, Answer::Accepted { .. }))
}

/// One line of output.
#[derive(Serialize)]
#[serde(untagged)]
enum Answer {
    Accepted { ok: bool, canonical: String, scopes: Vec<FlatScope> },
    Refused { ok: bool, error: Refusal },
}

#[derive(Serialize)]
struct FlatScope {
    kind: &'static str,
    from: Vec<String>,
    /// Clause, path, functions.
    refs: Vec<(&'static str, String, Vec<String>)>,
}

#[derive(Clone, Serialize)]
pub(super) struct Refusal {
    message: String,
    offset: usize,
    line: usize,
    column: usize,
}

impl Refusal {
    pub(super) fn of_line(message: String) -> Self {
        Self { message, offset: 0, line: 1, column: 1 }
    }

    fn of_query(error: &SoqlError, source: &str) -> Self {
        Self::at(error.to_string(), error.position(source))
    }

    pub(super) fn at(message: String, at: Position) -> Self {
        Self { message, offset: at.offset, line: at.line, column: at.column }
    }
}

fn flat(scope: &Scope<'_>, source: &str) -> FlatScope {
    let refs = scope
        .references
        .iter()
        .map(|r| (r.clause.name(), r.text(source), r.functions(source)))
        .collect();
    FlatScope { kind: scope.kind.name(), from: scope.from(), refs }
}
