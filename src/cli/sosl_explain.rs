//! `fieldgate sosl explain`: the footprint of one search, without asking any policy.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;

use super::soql_explain::{Refused, print, to_json};
use super::{REFUSED, schema_file};
use crate::footprint::{self, Footprint};
use crate::org::Schema;
use crate::salesforce::Operation;
use crate::soql::{self, Position};
use crate::sosl;

/// Prints the canonical search and every access: which fields it looks in, what it returns and
/// filters on, and the bound on rows.
///
/// Exits with 0, or with 2 for a search that is refused.
#[derive(Debug, Args)]
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
        let schema = schema_file::read(self.org_schema.as_deref())?;
        match explain(&self.search, &schema) {
            Ok((canonical, footprint)) => {
                if self.json {
                    writeln!(out, "{}", to_json(&canonical, &footprint))?;
                } else {
                    print(out, &canonical, &footprint)?;
                }
                Ok(0)
            }
            Err(refused) => {
                if self.json {
                    writeln!(out, "{}", refused.to_json())?;
                } else {
                    refused.print(out)?;
                }
                Ok(REFUSED)
            }
        }
    }
}

fn explain(text: &str, schema: &Schema) -> Result<(String, Footprint), Refused> {
    let search = sosl::parse(text).map_err(|error| Refused {
        message: error.to_string(),
        at: Some(error.position(text)),
        excerpt: Some(error.render(text)),
    })?;
    let resolved =
        footprint::resolve(Operation::Search(Box::new(search)), schema).map_err(|error| {
            Refused {
                message: error.to_string(),
                at: error.span.map(|span| Position::of(span, text)),
                excerpt: error.span.map(|span| soql::render(&error, span, text)),
            }
        })?;
    let Operation::Search(search) = resolved.operation() else {
        return Err(Refused { message: "not a search".to_owned(), at: None, excerpt: None });
    };
    Ok((search.to_string(), resolved.footprint().clone()))
}
