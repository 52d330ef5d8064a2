//! Texts of a query language, one a line, each answered by a line.

use std::fmt::Display;
use std::io::{self, BufRead, Read, Write};

use serde::Serialize;

use super::soql_explain::Refused;

/// Longest line that is read, in bytes: the longest query with every character escaped.
const LINE_BYTES: u64 = 2 * 1024 * 1024;

/// How the run went as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParseOutcome {
    /// Every line was a text that Fieldgate accepts.
    Accepted,
    /// At least one line was refused; the output says which and why.
    Refused,
}

/// One language: how it is read, and what is told of a text in JSON beside its canonical form.
pub(super) struct Language<R, D> {
    pub(super) read: R,
    pub(super) details: D,
}

impl<R, D> Language<R, D> {
    /// Answers every line of `input` on `out`: with the canonical text or the error with its place,
    /// or, where the lines are JSON strings, with an object.
    ///
    /// # Errors
    ///
    /// Only those of reading and writing; a line that is refused is part of the output.
    pub(super) fn answer<T: Display, S: Serialize>(
        &self,
        json: bool,
        input: &mut impl BufRead,
        out: &mut impl Write,
    ) -> io::Result<ParseOutcome>
    where
        R: Fn(&str) -> Result<T, Refused>,
        D: Fn(&T, &str) -> S,
    {
        let mut outcome = ParseOutcome::Accepted;
        while let Some(line) = read_line(input)? {
            let accepted = if json {
                let answer = self.in_json(&line);
                serde_json::to_writer(&mut *out, &answer)?;
                writeln!(out)?;
                matches!(answer, Answer::Accepted { .. })
            } else {
                let answer = line.text().and_then(&self.read);
                match &answer {
                    Ok(text) => writeln!(out, "{text}")?,
                    Err(refused) => {
                        let shown = refused.excerpt.as_ref().unwrap_or(&refused.message);
                        writeln!(out, "error: {shown}")?;
                    }
                }
                answer.is_ok()
            };
            if !accepted {
                outcome = ParseOutcome::Refused;
            }
        }
        out.flush()?;
        Ok(outcome)
    }

    fn in_json<T: Display, S: Serialize>(&self, line: &Line) -> Answer<S>
    where
        R: Fn(&str) -> Result<T, Refused>,
        D: Fn(&T, &str) -> S,
    {
        let source = line.text().and_then(|line| {
            serde_json::from_str::<String>(line)
                .ok()
                .ok_or_else(|| Refused::line("the line is not a JSON string"))
        });
        let read = source.and_then(|source| Ok(((self.read)(&source)?, source)));
        match read {
            Ok((text, source)) => Answer::Accepted {
                ok: true,
                canonical: text.to_string(),
                details: (self.details)(&text, &source),
            },
            Err(refused) => Answer::Refused { ok: false, error: refused.into() },
        }
    }
}

/// A line without its line feed.
enum Line {
    Text(String),
    TooLong,
    NotUtf8,
}

impl Line {
    fn text(&self) -> Result<&str, Refused> {
        match self {
            Self::Text(text) => Ok(text),
            Self::TooLong => Err(Refused::line("the line is too long to be a query")),
            Self::NotUtf8 => Err(Refused::line("the line is not UTF-8")),
        }
    }
}

impl Refused {
    fn line(message: &str) -> Self {
        Self { message: message.to_owned(), at: None, excerpt: None }
    }
}

/// Reads a line in bounded memory; `None` at the end.
fn read_line(input: &mut impl BufRead) -> io::Result<Option<Line>> {
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

/// One line of output.
#[derive(Serialize)]
#[serde(untagged)]
enum Answer<S> {
    Accepted {
        ok: bool,
        canonical: String,
        #[serde(flatten)]
        details: S,
    },
    Refused {
        ok: bool,
        error: Refusal,
    },
}

#[derive(Serialize)]
struct Refusal {
    message: String,
    offset: usize,
    line: usize,
    column: usize,
}

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Self {
        let (offset, line, column) =
            refused.at.map_or((0, 1, 1), |at| (at.offset, at.line, at.column));
        Self { message: refused.message, offset, line, column }
    }
}
