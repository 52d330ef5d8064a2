//! `fieldgate policy matrix`: what an agent may do at all.

use std::io::{self, Write};

use clap::Args;
use serde_json::{Value, json};

use crate::cli::asking::{Asker, Asking};
use crate::cli::rights;
use crate::policy::{Extent, ObjectRights};

const AFTER_HELP: &str = "\
Examples:
  fieldgate policy matrix --as support
  fieldgate policy matrix --as support-bot --config fieldgate.yaml --json

Without a configuration the agent is one of the demo (demo-support, …), or has the role of that
name. A policy that looks at a query sees none here.

Exit codes:
  0   printed
  1   the policies, the agent or the org's schema can't be used";

/// Prints what an agent may do: objects and actions, with the fields where it doesn't hold for all.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Matrix {
    /// The agent.
    #[arg(long = "as", value_name = "AGENT")]
    agent: String,
    #[command(flatten)]
    asking: Asking,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

impl Matrix {
    pub(super) fn run(&self, out: &mut impl Write) -> io::Result<u8> {
        let court = self.asking.court()?;
        let Asker { agent, policies } = self.asking.asker(&court, &self.agent)?;
        let matrix = policies.matrix(&agent, &court.schema, &court.call(""));
        let org: Vec<&str> = matrix.org.iter().map(|action| action.name()).collect();
        if self.json {
            let objects: Vec<Value> = matrix.objects.iter().map(to_json).collect();
            let whole = json!({ "agent": agent.id(), "org": org, "objects": objects });
            writeln!(out, "{whole}")?;
        } else {
            writeln!(out, "What {} may do:\n", agent.id())?;
            if !org.is_empty() {
                writeln!(out, "  {:<12} {}", "the org", org.join(", "))?;
            }
            rights::print(out, &matrix, usize::MAX)?;
        }
        Ok(0)
    }
}

fn to_json(object: &ObjectRights) -> Value {
    let right = |(action, extent): &(crate::footprint::Action, Extent)| {
        let (on, fields) = match extent {
            Extent::Nothing => ("nothing", &[][..]),
            Extent::All => ("all", &[][..]),
            Extent::Except(fields) => ("except", fields.as_slice()),
            Extent::Only(fields) => ("only", fields.as_slice()),
        };
        let fields: Vec<&str> = fields.iter().map(|field| field.as_str()).collect();
        json!({ "action": action.name(), "on": on, "fields": fields })
    };
    let rights: Vec<Value> = object.rights.iter().map(right).collect();
    let masked: Vec<&str> = object.masked.iter().map(|field| field.as_str()).collect();
    json!({ "object": object.object.as_str(), "rights": rights, "masked": masked })
}
