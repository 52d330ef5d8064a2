//! `fieldgate explain`: the footprint of any call, and with `--as` what the policies say of it.

use std::io::{self, Write};

use clap::Args;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use super::REFUSED;
use super::asking::Asking;
use super::judged::Judged;
use super::soql_explain::{accesses, print_accesses};
use crate::footprint::{self, Footprint, PartFootprint, Resolved};
use crate::org::Schema;
use crate::salesforce::Operation;
use crate::salesforce::envelope::{Envelope, Part};
use crate::salesforce::part::{self, RestRequest, Setting};
use crate::salesforce::rest::{self, ApiVersion};
use crate::tools::{self, Seals};

const AFTER_HELP: &str = "\
Examples:
  fieldgate explain --tool getRecord --args '{\"object\":\"Account\",\"id\":\"001Dm0000000001IAA\",\"fields\":[\"Name\"]}'
  fieldgate explain --as support --tool executeQuery --args '{\"query\":\"SELECT SSN__c FROM Contact\"}'
  fieldgate explain --rest '{\"method\":\"GET\",\"url\":\"/services/data/v68.0/sobjects/Account/001Dm0000000001IAA?fields=Name\"}'

With --as it also says what the policies make of each access: permitted or refused, by which, and
the permits that would match but for their condition. Without a configuration the agent is one
of the demo (demo-support, …), or has the role of that name.

Exit codes:
  0   explained; with --as, permitted
  1   can't be told: a file, the policies, the agent
  2   refused, or denied";

/// Prints what a tool call, or a REST request as a part of a composite or a batch, touches: every
/// access of every part, the bound on rows, and what would be sent.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct Explain {
    /// The tool, by either of its names.
    #[arg(long, value_name = "NAME", required_unless_present = "rest")]
    tool: Option<String>,
    /// The tool's arguments.
    #[arg(long, value_name = "JSON", default_value = "{}", conflicts_with = "rest")]
    args: String,
    /// A request: `{"method":…,"url":…,"body":…}`.
    #[arg(long, value_name = "JSON", conflicts_with = "tool")]
    rest: Option<String>,
    /// Decide as for this agent.
    #[arg(long = "as", value_name = "AGENT")]
    agent: Option<String>,
    #[command(flatten)]
    asking: Asking,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// What there is to say of a call.
struct Explained {
    /// What was asked for.
    kind: &'static str,
    /// What it touches; of a call that must look something up first, what that touches.
    resolved: Resolved,
    /// What is looked up first, by its operation's name.
    lookup: Option<&'static str>,
    sends: rest::Request,
}

impl Explain {
    /// Runs the command, printing to `out`.
    ///
    /// # Errors
    /// When the schema can't be read or `out` can't be written.
    pub fn run(&self, out: &mut impl Write) -> io::Result<u8> {
        let court = self.asking.court()?;
        match self.operation().and_then(|operation| explained(operation, &court.schema)) {
            Ok(explained) => {
                let tool = tools::known_as(self.tool.as_deref().unwrap_or_default());
                let tool = tool.map_or("", |tool| tool.name);
                let judge = |agent: &String| {
                    Judged::of(&self.asking, &court, agent, tool, &explained.resolved)
                };
                let judged = self.agent.as_ref().map(judge).transpose()?;
                if self.json {
                    writeln!(out, "{}", explained.to_json(judged.as_ref()))?;
                } else {
                    explained.print(out)?;
                    judged.iter().try_for_each(|judged| judged.print(out))?;
                }
                let denied = judged.is_some_and(|judged| !judged.is_permitted());
                Ok(if denied { REFUSED } else { 0 })
            }
            Err(message) => {
                if self.json {
                    writeln!(out, "{}", json!({ "error": { "message": message } }))?;
                } else {
                    writeln!(out, "refused: {message}")?;
                }
                Ok(REFUSED)
            }
        }
    }

    fn operation(&self) -> Result<Operation, String> {
        if let Some(request) = &self.rest {
            object("--rest", request)?;
            let request: RestRequest<'_> = serde_json::from_str(request)
                .map_err(|error| format!("--rest is not a request: {error}"))?;
            return part::read(&request, Setting::Alone).map_err(|error| error.to_string());
        }
        let name = self.tool.as_deref().unwrap_or_default();
        let tool = tools::known_as(name)
            .ok_or_else(|| format!("`{name}` is no tool: there are {}", tools::NAMES.join(", ")))?;
        object("--args", &self.args)?;
        tool.operation(&self.args, &Seals::none()).map_err(|error| error.to_string())
    }
}

/// Whether a text is a JSON object.
fn object(argument: &str, text: &str) -> Result<(), String> {
    let read = serde_json::from_str::<IgnoredAny>(text);
    read.map_err(|error| format!("{argument} is not JSON: {error}"))?;
    if text.trim_start().starts_with('{') {
        Ok(())
    } else {
        Err(format!("{argument} is not a JSON object"))
    }
}

fn explained(operation: Operation, schema: &Schema) -> Result<Explained, String> {
    let kind = operation.kind();
    let first = operation.lookup();
    let lookup = first.as_ref().map(Operation::kind);
    let resolved = footprint::resolve(first.unwrap_or(operation), schema)
        .map_err(|error| error.to_string())?;
    let version = ApiVersion::parse(schema.api_version())
        .ok_or_else(|| "the org schema's version is not one that can be used".to_owned())?;
    let sends = rest::request(resolved.operation(), &version);
    Ok(Explained { kind, resolved, lookup, sends })
}

impl Explained {
    fn envelope(&self) -> Option<&Envelope> {
        if let Operation::Envelope(envelope) = self.resolved.operation() {
            return Some(envelope);
        }
        None
    }

    /// The parts, and what each touches.
    fn parts(&self) -> Vec<(&Part, &PartFootprint)> {
        let parts = self.envelope().map(Envelope::parts).unwrap_or_default();
        parts.into_iter().zip(&self.resolved.footprint().parts).collect()
    }

    fn to_json(&self, judged: Option<&Judged>) -> Value {
        let footprint = self.resolved.footprint();
        let all = |footprint: &Footprint, part: Option<&str>| {
            let mut shown = Value::from(accesses(footprint));
            if let Some(judged) = judged {
                judged.add_to_accesses(&mut shown, &footprint.accesses, part);
            }
            shown
        };
        let mut json = json!({
            "operation": self.kind,
            "accesses": all(footprint, None),
            "rows": footprint.rows,
            "sends": {
                "method": self.sends.method.name(),
                "path": self.sends.path,
                "body": self.sends.body.as_ref().map(|body| {
                    serde_json::from_str(&body.text).unwrap_or_else(|_| Value::from(body.text.as_str()))
                }),
            },
        });
        let parts =
            self.parts().into_iter().map(|(part, PartFootprint { reference, footprint })| {
                json!({
                    "ref": part.reference,
                    "operation": part.operation.kind(),
                    "accesses": all(footprint, Some(reference)),
                    "rows": footprint.rows,
                })
            });
        if let (Some(_), Some(members)) = (self.envelope(), json.as_object_mut()) {
            members.insert("parts".to_owned(), parts.collect());
        }
        if let (Some(lookup), Some(members)) = (self.lookup, json.as_object_mut()) {
            members.insert("lookup".to_owned(), json!(lookup));
        }
        if let Some(judged) = judged {
            judged.add_to(&mut json);
        }
        json
    }

    fn print(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "{}: {} {}", self.kind, self.sends.method.name(), self.sends.path)?;
        if let Some(lookup) = self.lookup {
            writeln!(out, "{lookup} comes first, and says what the rest touches")?;
        }
        if let Some(body) = &self.sends.body {
            writeln!(out, "{}", body.text)?;
        }
        let parts = self.parts();
        for (part, PartFootprint { reference, footprint }) in &parts {
            writeln!(out, "\npart {reference}: {}\n", part.operation.kind())?;
            print_accesses(out, footprint)?;
        }
        if parts.is_empty() {
            writeln!(out)?;
            return print_accesses(out, self.resolved.footprint());
        }
        match self.resolved.footprint().rows {
            Some(rows) => writeln!(out, "\ntogether at most {rows} rows"),
            None => writeln!(out, "\ntogether no bound on rows"),
        }
    }
}
