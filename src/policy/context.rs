//! The circumstances of a call, as policies see them.

use jiff::Timestamp;
use jiff::civil::Weekday;
use jiff::tz::{self, TimeZone};

use crate::footprint::Resolved;
use crate::org::nearest;
use crate::salesforce::Operation;
use crate::salesforce::envelope::Envelope;
use crate::soql::ast::{Query, SelectItem};
use crate::sosl::ast::Search;

/// What a call brings besides its operation.
#[derive(Clone, Debug)]
pub struct CallContext<'a> {
    /// The tool's name.
    pub tool: &'a str,
    /// Which kind of org is behind.
    pub environment: Environment,
    /// When the call came.
    pub now: Timestamp,
    /// The zone that `context.hour` and `context.weekday` are told in.
    pub zone: &'a TimeZone,
}

impl CallContext<'_> {
    /// The hour of the day, 0 to 23, and the day of the week.
    pub(super) fn hour_and_weekday(&self) -> (i64, &'static str) {
        let local = self.now.to_zoned(self.zone.clone());
        let weekday = match local.weekday() {
            Weekday::Monday => "mon",
            Weekday::Tuesday => "tue",
            Weekday::Wednesday => "wed",
            Weekday::Thursday => "thu",
            Weekday::Friday => "fri",
            Weekday::Saturday => "sat",
            Weekday::Sunday => "sun",
        };
        (i64::from(local.hour()), weekday)
    }
}

/// The zone of that IANA name.
///
/// # Errors
/// Where there is none, with what to write instead.
pub fn time_zone(name: &str) -> Result<TimeZone, String> {
    // `Etc/Unknown` is no zone: it stands for the want of one, and would go by UTC.
    let known = TimeZone::get(name).ok().filter(|zone| !zone.is_unknown());
    known.ok_or_else(|| {
        let names: Vec<String> = tz::db().available().map(|name| name.to_string()).collect();
        match nearest(name, names.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "write an IANA name such as Europe/Berlin".to_owned(),
        }
    })
}

/// The kind of an org.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// The one with the real records.
    Production,
    /// A copy for development or tests.
    Sandbox,
    /// A short-lived org.
    Scratch,
    /// A developer edition.
    Developer,
}

impl Environment {
    pub(super) const ALL: [Self; 4] =
        [Self::Production, Self::Sandbox, Self::Scratch, Self::Developer];

    /// The environment of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|environment| environment.name() == name)
    }

    /// Its name in policies.
    pub fn name(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Sandbox => "sandbox",
            Self::Scratch => "scratch",
            Self::Developer => "developer",
        }
    }
}

/// The part of Salesforce's API that an operation goes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Channel {
    /// One record.
    Record,
    /// A SOQL query.
    Soql,
    /// A SOSL search.
    Sosl,
    /// Descriptions of the org, its objects and its limits.
    Describe,
    /// Several operations or records in one request, of which one may use the answers of others.
    Composite,
    /// Several operations in one request that know nothing of each other.
    Batch,
    /// A bulk job.
    Bulk,
    /// A report.
    Report,
    /// The Tooling API.
    Tooling,
}

impl Channel {
    pub(super) const ALL: [Self; 9] = [
        Self::Record,
        Self::Soql,
        Self::Sosl,
        Self::Describe,
        Self::Composite,
        Self::Batch,
        Self::Bulk,
        Self::Report,
        Self::Tooling,
    ];

    /// The channel of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.name() == name)
    }

    /// The channel of an operation.
    pub fn of(operation: &Operation) -> Self {
        match operation {
            Operation::Query(_) => Self::Soql,
            Operation::Search(_) => Self::Sosl,
            Operation::GetRecord { .. }
            | Operation::GetRelated { .. }
            | Operation::CreateRecord { .. }
            | Operation::UpdateRecord { .. }
            | Operation::UpsertRecord { .. }
            | Operation::DeleteRecord { .. }
            | Operation::RecentlyViewed { .. } => Self::Record,
            Operation::GetLimits
            | Operation::ListObjects
            | Operation::DescribeObject { .. }
            | Operation::CurrentUser => Self::Describe,
            Operation::Envelope(Envelope::Batch { .. }) => Self::Batch,
            Operation::Records(_)
            | Operation::Envelope(Envelope::Composite { .. } | Envelope::Graph { .. }) => {
                Self::Composite
            }
            Operation::Bulk(_) => Self::Bulk,
            Operation::Report(_) => Self::Report,
            Operation::Metadata(_) => Self::Tooling,
        }
    }

    /// Its name in policies.
    pub fn name(self) -> &'static str {
        match self {
            Self::Record => "record",
            Self::Soql => "soql",
            Self::Sosl => "sosl",
            Self::Describe => "describe",
            Self::Composite => "composite",
            Self::Batch => "batch",
            Self::Bulk => "bulk",
            Self::Report => "report",
            Self::Tooling => "tooling",
        }
    }
}

/// What policies may ask about a call's operation as a whole. Made from the operation itself, so
/// that a caller can't tell a policy anything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The way that it goes.
    pub via: Channel,
    /// The bound on its rows.
    pub rows: Option<u32>,
    /// What it asks, where it is a query or a search.
    pub query: Option<QueryFacts>,
}

/// What policies may ask about a query or a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct QueryFacts {
    /// It has a condition.
    pub filtered: bool,
    /// It finds deleted records too.
    pub deleted: bool,
    /// Its own bound on rows.
    pub limit: Option<u32>,
    /// It counts, groups or aggregates.
    pub aggregate: bool,
}

impl Facts {
    /// Those of an operation; of each of its parts, where it has parts. Equal ones stand here once.
    pub fn all(resolved: &Resolved) -> Vec<Self> {
        let (operation, footprint) = (resolved.operation(), resolved.footprint());
        let Operation::Envelope(envelope) = operation else {
            return vec![Self::of(operation, footprint.rows)];
        };
        let via = Channel::of(operation);
        let mut all: Vec<Self> = Vec::new();
        for (part, asked) in envelope.parts().iter().zip(&footprint.parts) {
            let facts = Self::of_part(&part.operation, asked.footprint.rows, via);
            if !all.contains(&facts) {
                all.push(facts);
            }
        }
        all
    }

    pub(super) fn of(operation: &Operation, rows: Option<u32>) -> Self {
        let query = if let Operation::Search(search) = operation {
            Some(QueryFacts::of_search(search))
        } else if let Operation::Bulk(bulk) = operation {
            bulk.query().map(|bulk| {
                let deleted = bulk.all_rows;
                QueryFacts { deleted, ..QueryFacts::of(&bulk.query) }
            })
        } else {
            operation.as_query().map(|query| {
                let deleted = matches!(operation, Operation::Query(call) if call.all_rows);
                QueryFacts { deleted, ..QueryFacts::of(query) }
            })
        };
        Self { via: Channel::of(operation), rows, query }
    }

    /// The facts of a part: its own, but that it goes the way of the whole.
    pub(super) fn of_part(part: &Operation, rows: Option<u32>, whole: Channel) -> Self {
        Self { via: whole, ..Self::of(part, rows) }
    }
}

impl QueryFacts {
    fn of(query: &Query) -> Self {
        Self {
            filtered: query.filter.is_some(),
            deleted: false,
            limit: query.limit,
            aggregate: query.group_by.is_some() || query.select.iter().any(aggregates),
        }
    }
}

impl QueryFacts {
    fn of_search(search: &Search) -> Self {
        Self {
            filtered: search.returning.iter().any(|object| object.filter.is_some()),
            deleted: false,
            limit: search.limit,
            aggregate: false,
        }
    }
}

fn aggregates(item: &SelectItem) -> bool {
    match item {
        SelectItem::Count => true,
        SelectItem::Field { expr, .. } => expr.is_aggregate(),
        SelectItem::Child { .. } | SelectItem::Fields { .. } | SelectItem::Typeof { .. } => false,
    }
}
