//! Decisions as they stand in a journal, and what each says was permitted and what refused.

use jiff::tz::TimeZone;
use serde::Deserialize;

use crate::footprint::{Access, Action, Target};
use crate::org::Schema;
use crate::policy::{Agent, Channel, Environment, Facts, QueryFacts, time_zone};
use crate::salesforce::{FieldName, ObjectName};

/// An event of the journal. Members of other events may have the names of a decision's and another
/// type: they are not read.
#[derive(Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(super) enum Event {
    Admission(Line),
    Denial(Line),
    Throttled(Line),
    #[serde(other)]
    Other,
}

/// The line of a decision, as far as it is of interest.
#[derive(Deserialize)]
pub(super) struct Line {
    pub(super) time: String,
    pub(super) id: Option<String>,
    pub(super) agent: Option<String>,
    pub(super) tool: Option<String>,
    #[serde(default)]
    accesses: Vec<Group>,
    accesses_count: Option<u64>,
    #[serde(default)]
    denied: Vec<Group>,
    denied_count: Option<u64>,
    #[serde(default)]
    refused: Vec<Group>,
    refused_count: Option<u64>,
    #[serde(default)]
    maskable: Vec<Group>,
    maskable_count: Option<u64>,
    pub(super) asked_alone: Option<u64>,
    context: Option<Context>,
}

/// Accesses of one action on one object, or on fields of it.
#[derive(Deserialize)]
struct Group {
    action: String,
    object: String,
    fields: Vec<String>,
    fields_count: Option<u64>,
}

/// What policies could ask about.
#[derive(Deserialize)]
struct Context {
    issuer: String,
    subject: Option<String>,
    roles: Vec<String>,
    roles_count: Option<u64>,
    team: Option<String>,
    environment: String,
    time_zone: Option<String>,
    via: String,
    asked: Vec<Asked>,
    asked_count: Option<u64>,
}

#[derive(Deserialize)]
struct Asked {
    rows: Option<u32>,
    query: Option<Vec<String>>,
    limit: Option<u32>,
}

/// What became of an access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) access: Access,
    pub(super) permitted: bool,
}

/// What a line says of its accesses.
#[derive(Default)]
pub(super) struct Accesses {
    pub(super) told: Vec<Told>,
    /// Those that the line had no room for, or whose verdict it had none for.
    pub(super) cut: u64,
    /// Those on reports, whose ids no journal has.
    pub(super) reports: u64,
    /// Those whose names the org's schema doesn't have.
    pub(super) unknown: u64,
    /// Whether any of these was refused.
    pub(super) refused_untold: bool,
}

impl Line {
    /// The agent as the line records it.
    pub(super) fn recorded_agent(&self) -> Option<Agent> {
        let (id, context) = (self.agent.as_deref()?, self.context.as_ref()?);
        if context.roles_count.is_some() {
            return None;
        }
        let subject = context.subject.as_deref().unwrap_or(id);
        let roles = context.roles.iter().map(String::as_str);
        let agent = Agent::new(id, context.issuer.as_str(), subject, roles);
        Some(match &context.team {
            Some(team) => agent.with_team(team.as_str()),
            None => agent,
        })
    }

    pub(super) fn environment(&self) -> Option<Environment> {
        Environment::named(&self.context.as_ref()?.environment)
    }

    /// The zone that the hour was told in; UTC where the line has none.
    ///
    /// # Errors
    /// With a name that is not known here.
    pub(super) fn zone(&self) -> Result<TimeZone, &str> {
        let name = self.context.as_ref().and_then(|context| context.time_zone.as_deref());
        name.map_or(Ok(TimeZone::UTC), |name| time_zone(name).map_err(|_hint| name))
    }

    /// The facts that were asked about, where the line has all of them.
    pub(super) fn facts(&self) -> Option<Vec<Facts>> {
        let context = self.context.as_ref().filter(|context| context.asked_count.is_none())?;
        let via = Channel::named(&context.via)?;
        let facts = |asked: &Asked| Facts {
            via,
            rows: asked.rows,
            query: asked.query.as_ref().map(|words| {
                let has = |word: &str| words.iter().any(|one| one == word);
                QueryFacts {
                    filtered: has("where"),
                    deleted: has("deleted"),
                    limit: asked.limit,
                    aggregate: has("aggregate"),
                }
            }),
        };
        Some(context.asked.iter().map(facts).collect())
    }

    /// What was permitted and what refused.
    pub(super) fn accesses(&self, schema: &Schema, is_denial: bool) -> Accesses {
        let mut all = Accesses::default();
        // A call that went through names what was left out of it; one that didn't, what it was
        // refused for.
        let (refused, count) = if is_denial {
            (&self.denied, self.denied_count)
        } else {
            (&self.refused, self.refused_count)
        };
        let refused = all.read(schema, refused, count, true);
        let all_refused_are_known = all.cut == 0;
        let asked = all.read(schema, &self.accesses, self.accesses_count, false);
        let masked = self.masked(schema, &refused, &asked);
        let is_refused = |access: &Access| refused.iter().any(|refused| refused.is_like(access));
        let permitted: Vec<Access> = asked.into_iter().filter(|one| !is_refused(one)).collect();
        if is_denial && !all_refused_are_known {
            let untold = u64::try_from(permitted.len()).unwrap_or(u64::MAX);
            all.cut = all.cut.saturating_add(untold);
        } else {
            all.told.extend(permitted.into_iter().map(|access| Told { access, permitted: true }));
        }
        all.told.extend(refused.into_iter().map(|access| Told { access, permitted: false }));
        all.told.extend(masked);
        all
    }

    /// Whether what was refused could be seen masked; nothing where the line doesn't say.
    fn masked(&self, schema: &Schema, refused: &[Access], asked: &[Access]) -> Vec<Told> {
        if self.context.is_none() || self.maskable_count.is_some() {
            return Vec::new();
        }
        let maskable = Accesses::default().read(schema, &self.maskable, None, false);
        let selected = refused
            .iter()
            .filter(|one| one.action == Action::Select && one.target.field().is_some())
            .map(|one| Access { action: Action::SelectMasked, ..one.clone() })
            .filter(|one| !asked.iter().any(|asked| asked.is_like(one)));
        let told = |access: Access| Told {
            permitted: maskable.iter().any(|maskable| maskable.is_like(&access)),
            access,
        };
        selected.map(told).collect()
    }
}

impl Accesses {
    fn read(
        &mut self,
        schema: &Schema,
        groups: &[Group],
        count: Option<u64>,
        refused: bool,
    ) -> Vec<Access> {
        let told = u64::try_from(groups.len()).unwrap_or(u64::MAX);
        let mut cut = count.unwrap_or(told).saturating_sub(told);
        let (mut reports, mut unknown) = (0_u64, 0_u64);
        let mut accesses = Vec::new();
        for group in groups {
            let told = u64::try_from(group.fields.len()).unwrap_or(u64::MAX);
            cut = cut.saturating_add(group.fields_count.unwrap_or(told).saturating_sub(told));
            let Some(action) = Action::named(&group.action) else {
                unknown = unknown.saturating_add(told.max(1));
                continue;
            };
            if group.object.is_empty() && action == Action::RunReport {
                reports = reports.saturating_add(1);
            } else if group.object.is_empty() {
                accesses.push(Access::plain(action, Target::Org));
            } else if group.fields.is_empty() && group.fields_count.is_none() {
                match ObjectName::parse(&group.object) {
                    Ok(object) if schema.object(&object).is_some() => {
                        accesses.push(Access::plain(action, Target::Object(object)));
                    }
                    Ok(_) | Err(_) => unknown = unknown.saturating_add(1),
                }
            } else {
                for field in &group.fields {
                    match of_field(schema, action, &group.object, field) {
                        Some(access) => accesses.push(access),
                        None => unknown = unknown.saturating_add(1),
                    }
                }
            }
        }
        self.refused_untold |= refused && (cut > 0 || reports > 0 || unknown > 0);
        self.cut = self.cut.saturating_add(cut);
        self.reports = self.reports.saturating_add(reports);
        self.unknown = self.unknown.saturating_add(unknown);
        accesses
    }
}

fn of_field(schema: &Schema, action: Action, object: &str, field: &str) -> Option<Access> {
    let object = schema.object(&ObjectName::parse(object).ok()?)?;
    let field = object.field(&FieldName::parse(field).ok()?)?;
    Some(Access::of_field(action, object, field))
}
