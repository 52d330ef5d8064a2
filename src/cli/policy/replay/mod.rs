//! `fieldgate policy replay`: what the policies at hand would make of the decisions in a journal.

mod line;
mod print;
mod tally;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use self::line::{Event, Line, Told};
use self::tally::{Change, Kind, Tally};
use super::journal;
use crate::cli::asking::{Circumstances, Court};
use crate::footprint::Target;
use crate::policy::{Again, Agent, CallContext, Past, PolicySet, Untold};

/// Something that was refused would be permitted.
const OPENS: u8 = 3;

const AFTER_HELP: &str = "\
Examples:
  fieldgate policy replay --journal fieldgate-demo.journal.jsonl
  fieldgate policy replay --journal fieldgate.journal.jsonl --policies policies --config fieldgate.yaml

Each access that a decision of the journal was about is asked again: for the agent with the roles that
it had, at that time, in those circumstances; hours and weekdays are told in the zone of --config, else
in the one that the line records. Lines of older versions don't record roles and
circumstances; --config tells the roles of agents, and what such a line can't answer is said. So is
what no line records: which report was run, and what was left out of descriptions and lists.

Exit codes:
  0   nothing opens
  1   the journal, the policies or the org's schema can't be used
  3   something that was refused would be permitted, or could be: it can't be asked about";

/// Asks the policies again about every decision in an audit journal, and says which would change.
///
/// Whether the journal is whole is for `fieldgate audit verify` to say.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Replay {
    /// The journal; several, in the order of their making, where it was rotated.
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    journal: Vec<PathBuf>,
    /// The directory of the policies; by default that of the configuration, else `policies`.
    #[arg(long, value_name = "DIR")]
    policies: Option<PathBuf>,
    /// The configuration, for policies, time zone and schema, and for the roles of agents where a
    /// line doesn't record them.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A file of describe results; by default the schema that the configuration says, else the demo
    /// org's.
    #[arg(long, value_name = "FILE")]
    org_schema: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

impl Replay {
    pub(super) fn run(&self, out: &mut impl Write) -> io::Result<u8> {
        let circumstances = Circumstances::of(self.config.clone(), self.org_schema.clone());
        let court = circumstances.court()?;
        let given: Vec<PathBuf> = self.policies.iter().cloned().collect();
        let set = court.set(&given)?;
        let mut player = Player { court: &court, set: &set, tally: Tally::default() };
        for file in &self.journal {
            let torn = journal::each(file, |event: Event| player.play(&event))?;
            if torn {
                player.tally.torn.push(file.display().to_string());
            }
        }
        let tally = player.tally;
        if self.json {
            print::json(out, &tally)?;
        } else {
            print::text(out, &tally)?;
        }
        Ok(if tally.may_open { OPENS } else { 0 })
    }
}

/// Asks about one decision after the other.
struct Player<'a> {
    court: &'a Court,
    set: &'a PolicySet,
    tally: Tally,
}

impl Player<'_> {
    fn play(&mut self, event: &Event) {
        let (line, is_denial) = match event {
            Event::Admission(line) | Event::Throttled(line) => (line, false),
            Event::Denial(line) => (line, true),
            Event::Other => return,
        };
        let schema = &self.court.schema;
        let id = line.id.as_deref().unwrap_or_default();
        let accesses = line.accesses(schema, is_denial);
        let Some((agent, now, zone)) = self.asker(line, id) else {
            self.tally.may_open |=
                accesses.refused_untold || accesses.told.iter().any(|told| !told.permitted);
            return;
        };
        self.tally.may_open |= accesses.refused_untold;
        let tool = line.tool.as_deref().unwrap_or_default();
        let context = self.court.call(tool);
        let environment = line.environment().unwrap_or(context.environment);
        let context = CallContext { environment, now, zone: &zone, ..context };
        let facts = line.facts();
        let past = Past { agent: &agent, call: &context, facts: facts.as_deref() };
        let (asked, verdicts): (Vec<_>, Vec<_>) =
            accesses.told.into_iter().map(|told| (told.access, told.permitted)).unzip();
        let said = self.set.again(schema, &past, &asked);
        let told = asked.into_iter().zip(verdicts);
        let told = told.map(|(access, permitted)| Told { access, permitted });
        self.tally.decisions = self.tally.decisions.saturating_add(1);
        self.compare(line, id, told.zip(said));
        for (why, how_many) in [
            ("the line had no room for the access", accesses.cut),
            ("the journal does not record which report was run", accesses.reports),
            ("the org's schema has no such name", accesses.unknown),
            (
                "the journal does not record what a description or a list left out",
                line.asked_alone.map_or(0, |_| 1),
            ),
        ] {
            self.tally.missed(why, how_many, &line.time, id);
        }
    }

    /// Who asked, and when; in which zone, the configuration says first.
    fn asker(&mut self, line: &Line, id: &str) -> Option<(Agent, Timestamp, TimeZone)> {
        let name = line.agent.as_deref().unwrap_or_default();
        let agent = line.recorded_agent().or_else(|| self.court.agent(name));
        let Some(agent) = agent else {
            let why = format!(
                "the line does not record the roles of {name}, and no configuration names that agent"
            );
            self.tally.missed(&why, 1, &line.time, id);
            return None;
        };
        let Ok(now) = line.time.parse() else {
            self.tally.missed("the line has no time", 1, &line.time, id);
            return None;
        };
        let zone = self.court.zone().cloned().map_or_else(|| line.zone(), Ok);
        match zone {
            Ok(zone) => Some((agent, now, zone)),
            Err(name) => {
                let why = format!("the line's time zone {name:?} is not known");
                self.tally.missed(&why, 1, &line.time, id);
                None
            }
        }
    }

    /// Counts what is decided otherwise now; fields of an object stand together.
    fn compare(&mut self, line: &Line, id: &str, said: impl Iterator<Item = (Told, Again)>) {
        let mut kinds: BTreeMap<Kind, Vec<String>> = BTreeMap::new();
        for (Told { access, permitted }, said) in said {
            let (change, policies) = match said {
                Again::Permitted(policies) if !permitted => (Change::Opens, policies),
                Again::Refused(policies) if permitted => (Change::Closes, policies),
                Again::Permitted(_) | Again::Refused(_) => continue,
                Again::Untold(why) => {
                    self.tally.may_open |= !permitted;
                    self.tally.missed(reason(why), 1, &line.time, id);
                    continue;
                }
            };
            let kind = Kind {
                change,
                agent: line.agent.clone().unwrap_or_default(),
                tool: line.tool.clone().unwrap_or_default(),
                action: access.action.name().to_owned(),
                object: match &access.target {
                    Target::Org | Target::Report(_) => None,
                    Target::Object(object) | Target::Field(object, _) => Some(object.to_string()),
                },
                fields: Vec::new(),
                policies,
            };
            let fields = kinds.entry(kind).or_default();
            fields.extend(access.target.field().map(ToString::to_string));
        }
        self.tally.changed = self.tally.changed.saturating_add(u64::from(!kinds.is_empty()));
        for (kind, mut fields) in kinds {
            fields.sort();
            self.tally.change(Kind { fields, ..kind }, &line.time, id);
        }
    }
}

fn reason(why: Untold) -> &'static str {
    match why {
        Untold::Name => "the org's schema has no such name",
        Untold::Circumstances => {
            "a policy looks at circumstances of the call, which the line does not record"
        }
        Untold::Part => "it depends on which part of the call asked",
    }
}
