//! `fieldgate soql parse`: reads queries, one a line, and prints each as Fieldgate understands it.
//!
//! Nothing is resolved and nothing decided: that is `soql explain`.

use std::io::{self, BufRead, Write};

use serde::Serialize;

use super::lines::{Language, ParseOutcome};
use super::soql_explain::read;
use crate::soql::ast::Query;
use crate::soql::scopes::{Scope, scopes};

/// Prints queries from standard input in their canonical form, or says why they are refused.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct SoqlParse {
    /// Read one JSON string a line, print one JSON object a line.
    #[arg(long)]
    pub json: bool,
}

impl SoqlParse {
    /// Answers every line of `input` on `out`.
    ///
    /// # Errors
    ///
    /// Only those of reading and writing; a line that is no query is part of the output.
    pub fn run(&self, input: &mut impl BufRead, out: &mut impl Write) -> io::Result<ParseOutcome> {
        Language { read, details }.answer(self.json, input, out)
    }
}

#[derive(Serialize)]
struct Details {
    scopes: Vec<FlatScope>,
}

#[derive(Serialize)]
struct FlatScope {
    kind: &'static str,
    from: Vec<String>,
    /// Clause, path, functions.
    refs: Vec<(&'static str, String, Vec<String>)>,
}

fn details(query: &Query, source: &str) -> Details {
    Details { scopes: scopes(query).iter().map(|scope| flat(scope, source)).collect() }
}

fn flat(scope: &Scope<'_>, source: &str) -> FlatScope {
    let refs = scope
        .references
        .iter()
        .map(|r| (r.clause.name(), r.text(source), r.functions(source)))
        .collect();
    FlatScope { kind: scope.kind.name(), from: scope.from(), refs }
}
