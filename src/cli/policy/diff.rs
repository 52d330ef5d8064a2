//! `fieldgate policy diff`: what a change of policies opens and closes.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use crate::cli::asking::Circumstances;
use crate::footprint::Target;
use crate::policy::{Shift, Shifts};

/// Something is open that was not.
const OPENS: u8 = 3;

const AFTER_HELP: &str = "\
Examples:
  fieldgate policy diff main/policies policies --org-schema org-schema.json

Both sets are asked about each role, action, object and field, with no query, at the time of --at. A
changed policy that looks at the circumstances, or at a single agent or team, is named instead.

Exit codes:
  0   nothing opens
  1   a set, or the org's schema, can't be used
  3   something opens, or could";

/// Says what the policies in NEW open and close beside those in OLD.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Diff {
    /// The directory of the policies as they were.
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// The directory of the policies as they are to be.
    #[arg(value_name = "NEW")]
    new: PathBuf,
    #[command(flatten)]
    circumstances: Circumstances,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

impl Diff {
    pub(super) fn run(&self, out: &mut impl Write) -> io::Result<u8> {
        let court = self.circumstances.court()?;
        let (old, new) = (court.policies(&self.old)?, court.policies(&self.new)?);
        let shifts = new.shifts(&old, &court.roles(), &court.schema, &court.call(""));
        if self.json {
            writeln!(out, "{}", to_json(&shifts))?;
        } else {
            print(out, &shifts)?;
        }
        Ok(if shifts.opens() { OPENS } else { 0 })
    }
}

fn to_json(shifts: &Shifts) -> Value {
    let shift = |shift: &Shift| {
        json!({
            "change": word(shift),
            "role": shift.role,
            "action": shift.action.name(),
            "object": shift.target.object().map(|object| object.as_str()),
            "field": shift.target.field().map(|field| field.as_str()),
        })
    };
    let told: Vec<Value> = shifts.told.iter().map(shift).collect();
    json!({ "opens": shifts.opens(), "changes": told, "mayOpen": shifts.may_open })
}

fn word(shift: &Shift) -> &'static str {
    if shift.opens { "opens" } else { "closes" }
}

/// One line for each role, action and object; what opens comes first.
fn print(out: &mut impl Write, shifts: &Shifts) -> io::Result<()> {
    let mut lines: Vec<([String; 4], Vec<&str>)> = Vec::new();
    let (opens, closes): (Vec<&Shift>, Vec<&Shift>) = shifts.told.iter().partition(|s| s.opens);
    for shift in opens.into_iter().chain(closes) {
        let role = shift.role.clone().unwrap_or_else(|| "(no role)".to_owned());
        let object = shift.target.object().map_or("the org", |object| object.as_str());
        let head =
            [word(shift).to_owned(), role, shift.action.name().to_owned(), object.to_owned()];
        let what = match &shift.target {
            Target::Field(_, field) => field.as_str(),
            Target::Object(_) => "(the object)",
            Target::Org | Target::Report(_) => "",
        };
        match lines.last_mut() {
            Some((last, fields)) if *last == head => fields.push(what),
            Some(_) | None => lines.push((head, vec![what])),
        }
    }
    let widths: Vec<usize> = (0..4)
        .map(|at| lines.iter().filter_map(|(head, _)| head.get(at)).map(String::len).max())
        .map(Option::unwrap_or_default)
        .collect();
    for (head, fields) in &lines {
        for (text, width) in head.iter().zip(&widths) {
            write!(out, "{text:<width$}  ")?;
        }
        writeln!(out, "{}", fields.join(", "))?;
    }
    for id in &shifts.may_open {
        writeln!(out, "may open  policy {id} looks at more than was asked here")?;
    }
    if lines.is_empty() && shifts.may_open.is_empty() {
        writeln!(out, "nothing opens or closes")?;
    }
    Ok(())
}
