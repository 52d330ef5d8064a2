//! The attributes of a call's context and their values, from which come both what Cedar is asked with
//! and what its answers are kept by.

use std::cell::OnceCell;

use cedar_policy::Context;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use smol_str::SmolStr;

use super::context::{CallContext, Channel, Environment, Facts, QueryFacts};
use super::model::Model;

/// An attribute of the context.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Attribute {
    Tool,
    Via,
    Environment,
    Now,
    Hour,
    Weekday,
    Rows,
    Query,
}

impl Attribute {
    pub(super) const ALL: [Self; 8] = [
        Self::Tool,
        Self::Via,
        Self::Environment,
        Self::Now,
        Self::Hour,
        Self::Weekday,
        Self::Rows,
        Self::Query,
    ];

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|attribute| attribute.name() == name)
    }

    /// Its name in policies.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Tool => "tool",
            Self::Via => "via",
            Self::Environment => "environment",
            Self::Now => "now",
            Self::Hour => "hour",
            Self::Weekday => "weekday",
            Self::Rows => "rows",
            Self::Query => "query",
        }
    }

    /// Whether calls have it in common often enough to keep an answer by it.
    pub(super) fn recurs(self) -> bool {
        self != Self::Now
    }
}

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Circumstance {
    Tool(SmolStr),
    Via(Channel),
    Environment(Environment),
    Now(Timestamp),
    Hour(i64),
    Weekday(&'static str),
    Rows(u32),
    Query(QueryFacts),
}

impl Circumstance {
    pub(super) fn attribute(&self) -> Attribute {
        match self {
            Self::Tool(_) => Attribute::Tool,
            Self::Via(_) => Attribute::Via,
            Self::Environment(_) => Attribute::Environment,
            Self::Now(_) => Attribute::Now,
            Self::Hour(_) => Attribute::Hour,
            Self::Weekday(_) => Attribute::Weekday,
            Self::Rows(_) => Attribute::Rows,
            Self::Query(_) => Attribute::Query,
        }
    }

    /// What it takes in memory, at the most.
    pub(super) fn bytes(&self) -> usize {
        let text = match self {
            Self::Tool(tool) => tool.len(),
            Self::Via(_)
            | Self::Environment(_)
            | Self::Now(_)
            | Self::Hour(_)
            | Self::Weekday(_)
            | Self::Rows(_)
            | Self::Query(_) => 0,
        };
        size_of::<Self>().saturating_add(text)
    }

    /// All of a call: each attribute once, without those that it doesn't have.
    fn all(call: &CallContext<'_>, facts: Facts) -> Vec<Self> {
        let (hour, weekday) = call.hour_and_weekday();
        let mut all = vec![
            Self::Tool(SmolStr::new(call.tool)),
            Self::Via(facts.via),
            Self::Environment(call.environment),
            Self::Now(call.now),
            Self::Hour(hour),
            Self::Weekday(weekday),
        ];
        all.extend(facts.rows.map(Self::Rows));
        all.extend(facts.query.map(Self::Query));
        all
    }
}

/// The circumstances of one call, each form made when it is asked for.
#[derive(Debug)]
pub(super) struct Circumstances<'a> {
    call: CallContext<'a>,
    facts: Facts,
    all: OnceCell<Vec<Circumstance>>,
    /// `None` where Cedar doesn't take what we made.
    context: OnceCell<Option<Context>>,
}

impl<'a> Circumstances<'a> {
    pub(super) fn new(call: &CallContext<'a>, facts: Facts) -> Self {
        Self { call: call.clone(), facts, all: OnceCell::new(), context: OnceCell::new() }
    }

    pub(super) fn all(&self) -> &[Circumstance] {
        self.all.get_or_init(|| Circumstance::all(&self.call, self.facts))
    }

    /// Those of some attributes, in an order that is always the same.
    pub(super) fn of(&self, attributes: &[Attribute]) -> Box<[Circumstance]> {
        let meant = |one: &&Circumstance| attributes.contains(&one.attribute());
        self.all().iter().filter(meant).cloned().collect()
    }

    /// The whole context.
    pub(super) fn context(&self, model: &Model) -> Option<&Context> {
        self.context.get_or_init(|| model.context(self.all()).ok()).as_ref()
    }
}

/// Circumstances in which each channel, environment and weekday is, and what can be absent is there
/// or not.
pub(super) fn samples() -> impl Iterator<Item = Vec<Circumstance>> {
    const SECONDS_OF_A_DAY: i64 = 24 * 60 * 60;
    let environments = Environment::ALL.into_iter().cycle();
    let days = (0_i64..).map(|day| {
        Timestamp::from_second(day.saturating_mul(SECONDS_OF_A_DAY))
            .unwrap_or(Timestamp::UNIX_EPOCH)
    });
    let query = |limit| QueryFacts { filtered: true, deleted: false, limit, aggregate: false };
    let queries = [None, Some(query(None)), Some(query(Some(u32::MAX)))].into_iter().cycle();
    let rows = [None, Some(u32::MAX)].into_iter().cycle();
    let samples = Channel::ALL.into_iter().zip(environments).zip(days).zip(queries).zip(rows);
    samples.map(|((((via, environment), now), query), rows)| {
        let call = CallContext { tool: "any", environment, now, zone: &TimeZone::UTC };
        Circumstance::all(&call, Facts { via, rows, query })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_those_of_the_schema_and_each_circumstance_is_of_its_own() {
        let (fragment, _) =
            cedar_policy::SchemaFragment::from_cedarschema_str(crate::policy::SCHEMA).unwrap();
        let schema = fragment.to_json_value().unwrap();
        let call = schema[""]["commonTypes"]["Call"]["attributes"].as_object().unwrap();
        let mut names = Attribute::ALL.map(Attribute::name);
        names.sort_unstable();
        let mut declared: Vec<&str> = call.keys().map(String::as_str).collect();
        declared.sort_unstable();
        assert_eq!(names.as_slice(), declared);
        assert!(Attribute::ALL.into_iter().all(|a| Attribute::named(a.name()) == Some(a)));
        let whole = samples().find(|all| all.len() == Attribute::ALL.len()).unwrap();
        assert_eq!(whole.iter().map(Circumstance::attribute).collect::<Vec<_>>(), Attribute::ALL);
    }

    #[test]
    fn samples_have_every_value_of_which_there_are_few() {
        let all: std::collections::HashSet<Circumstance> = samples().flatten().collect();
        let count = |attribute| all.iter().filter(|one| one.attribute() == attribute).count();
        assert_eq!(count(Attribute::Via), Channel::ALL.len());
        assert_eq!(count(Attribute::Environment), Environment::ALL.len());
        assert_eq!(count(Attribute::Weekday), 7);
        assert_eq!(count(Attribute::Query), 2);
    }
}
