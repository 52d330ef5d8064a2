//! `fieldgate sosl parse`: reads searches, one a line, and prints each as Fieldgate understands
//! it.
//!
//! Nothing is resolved and nothing decided: that is `sosl explain`.

use std::io::{self, BufRead, Write};

use serde::Serialize;

use super::soql_parse::{Line, ParseOutcome, Refusal, read_line};
use crate::soql::scopes::references;
use crate::sosl;
use crate::sosl::ast::{ReturnField, Returning, Search};

/// Prints searches from standard input in their canonical form, or says why they are refused.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct SoslParse {
    /// Read one JSON string a line, print one JSON object a line.
    #[arg(long)]
    pub json: bool,
}

impl SoslParse {
    /// Answers every line of `input` on `out`.
    ///
    /// # Errors
    ///
    /// Only those of reading and writing; a line that is no search is part of the output.
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

fn answer_text(line: &Line, out: &mut impl Write) -> io::Result<bool> {
    let answer = match line.text() {
        Ok(text) => sosl::parse(text)
            .map(|search| search.to_string())
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
    let answer = match source {
        Ok(text) => match sosl::parse(&text) {
            Ok(search) => Answer::of(&search, &text),
            Err(error) => Answer::Refused {
                ok: false,
                error: Refusal::at(error.to_string(), error.position(&text)),
            },
        },
        Err(error) => Answer::Refused { ok: false, error },
    };
    serde_json::to_writer(&mut *out, &answer)?;
    writeln!(out)?;
    Ok(matches!(answer, Answer::Accepted { .. }))
}

/// One line of output.
#[derive(Serialize)]
#[serde(untagged)]
enum Answer {
    Accepted {
        ok: bool,
        canonical: String,
        /// The search group; null without `IN`.
        r#in: Option<&'static str>,
        objects: Vec<FlatObject>,
    },
    Refused {
        ok: bool,
        error: Refusal,
    },
}

#[derive(Serialize)]
struct FlatObject {
    object: String,
    /// The field list as it is printed.
    fields: Vec<String>,
    /// Clause, path, functions.
    refs: Vec<(&'static str, String, Vec<String>)>,
}

impl Answer {
    fn of(search: &Search, source: &str) -> Self {
        Self::Accepted {
            ok: true,
            canonical: search.to_string(),
            r#in: search.scope.map(|group| group.name()),
            objects: search.returning.iter().map(|object| flat(object, source)).collect(),
        }
    }
}

fn flat(returning: &Returning, source: &str) -> FlatObject {
    let refs = references(&returning.query())
        .into_iter()
        .map(|r| (r.clause.name(), r.text(source), r.functions(source)))
        .collect();
    FlatObject {
        object: returning.object.to_string(),
        fields: returning.fields.iter().map(ReturnField::to_string).collect(),
        refs,
    }
}
