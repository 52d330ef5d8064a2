//! `fieldgate soql explain`: the footprint of one query, without asking any policy.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use super::{REFUSED, schema_file};
use crate::footprint::{self, Access, Footprint, Target};
use crate::org::Schema;
use crate::salesforce::Operation;
use crate::soql::ast::Query;
use crate::soql::{self, Position};

const AFTER_HELP: &str = "\
Examples:
  fieldgate soql explain \"SELECT Name FROM Contact WHERE Email = 'a' LIMIT 5\"

Exit codes:
  0   explained
  1   the org's schema can't be read
  2   the query is refused";

/// Prints the canonical query and every access: what is selected, what is filtered on, and the
/// bound on rows.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct SoqlExplain {
    /// The query.
    query: String,
    /// A file of describe results; by default the demo org's schema.
    #[arg(long, value_name = "FILE")]
    org_schema: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Why there is nothing to explain.
pub(super) struct Refused {
    pub(super) message: String,
    pub(super) at: Option<Position>,
    pub(super) excerpt: Option<String>,
}

impl SoqlExplain {
    /// Runs the command, printing to `out`.
    ///
    /// # Errors
    /// When the schema can't be read or `out` can't be written.
    pub fn run(&self, out: &mut impl Write) -> io::Result<u8> {
        let read = |text: &str| read(text).map(Operation::query);
        answer(&self.query, read, self.org_schema.as_deref(), self.json, out)
    }
}

/// Reads a query.
pub(super) fn read(text: &str) -> Result<Query, Refused> {
    soql::parse(text).map_err(|error| Refused {
        message: error.to_string(),
        at: Some(error.position(text)),
        excerpt: Some(error.render(text)),
    })
}

/// Explains `text`, which `read` makes an operation of, and prints the answer; for both languages.
pub(super) fn answer(
    text: &str,
    read: impl FnOnce(&str) -> Result<Operation, Refused>,
    org_schema: Option<&Path>,
    json: bool,
    out: &mut impl Write,
) -> io::Result<u8> {
    let schema = schema_file::read(org_schema)?;
    match read(text).and_then(|operation| resolve(operation, text, &schema)) {
        Ok((canonical, footprint)) => {
            if json {
                writeln!(out, "{}", to_json(&canonical, &footprint))?;
            } else {
                print(out, &canonical, &footprint)?;
            }
            Ok(0)
        }
        Err(refused) => {
            if json {
                writeln!(out, "{}", refused.to_json())?;
            } else {
                refused.print(out)?;
            }
            Ok(REFUSED)
        }
    }
}

/// The canonical text and the footprint.
fn resolve(
    operation: Operation,
    text: &str,
    schema: &Schema,
) -> Result<(String, Footprint), Refused> {
    let resolved = footprint::resolve(operation, schema).map_err(|error| Refused {
        message: error.to_string(),
        at: error.span.map(|span| Position::of(span, text)),
        excerpt: error.span.map(|span| soql::render(&error, span, text)),
    })?;
    let operation = resolved.operation();
    let canonical = if let Operation::Search(search) = operation {
        search.to_string()
    } else {
        operation.as_query().map(ToString::to_string).unwrap_or_default()
    };
    Ok((canonical, resolved.footprint().clone()))
}

impl Refused {
    fn to_json(&self) -> Value {
        let mut error = json!({ "message": self.message });
        if let (Some(at), Some(members)) = (&self.at, error.as_object_mut()) {
            members.insert("offset".to_owned(), json!(at.offset));
            members.insert("line".to_owned(), json!(at.line));
            members.insert("column".to_owned(), json!(at.column));
        }
        json!({ "error": error })
    }

    fn print(&self, out: &mut impl Write) -> io::Result<()> {
        match (&self.excerpt, &self.at) {
            (Some(excerpt), _) => writeln!(out, "refused: {excerpt}"),
            (None, Some(at)) => {
                writeln!(out, "refused: line {}, column {}: {}", at.line, at.column, self.message)
            }
            (None, None) => writeln!(out, "refused: {}", self.message),
        }
    }
}

fn to_json(canonical: &str, footprint: &Footprint) -> Value {
    json!({ "canonical": canonical, "accesses": accesses(footprint), "rows": footprint.rows })
}

/// Each access as JSON.
pub(super) fn accesses(footprint: &Footprint) -> Vec<Value> {
    let each = |access: &Access| {
        let mut json = json!({
            "action": access.action.name(),
            "object": access.target.object().map(|object| object.as_str()),
            "field": access.target.field().map(|field| field.as_str()),
            "path": access.path,
        });
        if let (Target::Report(id), Some(members)) = (&access.target, json.as_object_mut()) {
            members.insert("report".to_owned(), json!(id.as_str()));
        }
        json
    };
    footprint.accesses.iter().map(each).collect()
}

fn print(out: &mut impl Write, canonical: &str, footprint: &Footprint) -> io::Result<()> {
    writeln!(out, "{canonical}\n")?;
    print_accesses(out, footprint)
}

/// The table of accesses and the bound on rows.
pub(super) fn print_accesses(out: &mut impl Write, footprint: &Footprint) -> io::Result<()> {
    let targets: Vec<String> = footprint.accesses.iter().map(|a| a.target.to_string()).collect();
    let width = targets.iter().map(String::len).max().unwrap_or_default().max(6);
    writeln!(out, "{:<8} {:<width$} PATH", "ACTION", "TARGET")?;
    for (access, target) in footprint.accesses.iter().zip(&targets) {
        let path = if access.path == *target { "" } else { access.path.as_str() };
        let line = format!("{:<8} {target:<width$} {path}", access.action.name());
        writeln!(out, "{}", line.trim_end())?;
    }
    match footprint.rows {
        Some(rows) => writeln!(out, "\nat most {rows} rows"),
        None => writeln!(out, "\nno bound on rows: the query has no LIMIT"),
    }
}
