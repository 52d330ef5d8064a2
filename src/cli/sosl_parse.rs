//! `fieldgate sosl parse`: reads searches, one a line, and prints each as Fieldgate understands
//! it.
//!
//! Nothing is resolved and nothing decided: that is `sosl explain`.

use std::io::{self, BufRead, Write};

use serde::Serialize;

use super::lines::{Language, ParseOutcome};
use super::sosl_explain::read;
use crate::soql::scopes::references;
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
        Language { read, details }.answer(self.json, input, out)
    }
}

#[derive(Serialize)]
struct Details {
    /// The search group; null without `IN`.
    r#in: Option<&'static str>,
    objects: Vec<FlatObject>,
}

#[derive(Serialize)]
struct FlatObject {
    object: String,
    /// The field list as it is printed.
    fields: Vec<String>,
    /// Clause, path, functions.
    refs: Vec<(&'static str, String, Vec<String>)>,
}

fn details(search: &Search, source: &str) -> Details {
    Details {
        r#in: search.scope.map(|group| group.name()),
        objects: search.returning.iter().map(|object| flat(object, source)).collect(),
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
