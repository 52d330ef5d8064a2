//! `fieldgate sosl explain`: the footprint of one search, without asking any policy.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;

use super::soql_explain::{Refused, answer};
use crate::salesforce::Operation;
use crate::sosl;
use crate::sosl::ast::Search;

const AFTER_HELP: &str = "\
Examples:
  fieldgate sosl explain \"FIND {Ada} IN NAME FIELDS RETURNING Contact(Name)\"

Exit codes:
  0   explained
  1   the org's schema can't be read
  2   the search is refused";

/// Prints the canonical search and every access: which fields it looks in, what it returns and
/// filters on, and the bound on rows.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct SoslExplain {
    /// The search.
    search: String,
    /// A file of describe results; by default the demo org's schema.
    #[arg(long, value_name = "FILE")]
    org_schema: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

impl SoslExplain {
    /// Runs the command, printing to `out`.
    ///
    /// # Errors
    /// When the schema can't be read or `out` can't be written.
    pub fn run(&self, out: &mut impl Write) -> io::Result<u8> {
        let read = |text: &str| read(text).map(Box::new).map(Operation::Search);
        answer(&self.search, read, self.org_schema.as_deref(), self.json, out)
    }
}

/// Reads a search.
pub(super) fn read(text: &str) -> Result<Search, Refused> {
    sosl::parse(text).map_err(|error| Refused {
        message: error.to_string(),
        at: Some(error.position(text)),
        excerpt: Some(error.render(text)),
    })
}
