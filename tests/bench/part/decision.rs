//! What the policies say of a query of twenty fields, and what an agent is told where they refuse it.

use std::path::Path;
use std::rc::Rc;

use fieldgate::footprint::{self, Resolved};
use fieldgate::policy::{Agent, CallContext, Denial, Environment, Names, PolicySet};
use fieldgate::salesforce::Operation;
use fieldgate::soql;

use super::policies::{self, CONDITIONAL, decide, set};
use super::{Part, queries};

const FIELDS: usize = 20;

pub(super) fn parts() -> Vec<Part> {
    let schema = Rc::new(policies::schema());
    let sizes = [("10 policies", 10), ("1,000 policies", 1_000), ("10,000 policies", 10_000)];
    let parts = sizes.into_iter().flat_map(|(size, policies)| {
        let (warm, warm_schema) = (set(&schema, policies, ""), Rc::clone(&schema));
        let cold = set(&schema, policies, CONDITIONAL);
        let asked = Rc::clone(&schema);
        [
            Part::with(
                "decision, warm",
                size,
                move || policies::query(&asked, FIELDS),
                move |query| decide(&warm, &warm_schema, query),
            ),
            Part::with(
                "decision, cold",
                size,
                // Of another describe of the objects nothing is kept.
                || {
                    let schema = policies::schema();
                    let query = policies::query(&schema, FIELDS);
                    (schema, query)
                },
                move |(schema, query)| {
                    drop(decide(&cold, &schema, query));
                    schema
                },
            ),
        ]
    });
    parts.collect()
}

/// A query that the shipped policies refuse.
pub(super) fn refusals() -> Vec<Part> {
    let schema = Rc::new(queries::schema());
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
    let set = PolicySet::load(folder, &Names::new(&schema)).unwrap();
    let forbidden = "SELECT Name, Email, SSN__c FROM Contact WHERE Salary__c > 1 LIMIT 5";
    let denial = refuse(&set, &schema, resolve(&schema, forbidden));
    let of = Rc::clone(&schema);
    vec![
        Part::with(
            "decision, refused",
            "the shipped set",
            move || resolve(&schema, forbidden),
            move |query| refuse(&set, &of, query),
        ),
        Part::of("refusal text", "2 fields", move || denial.sentence()),
    ]
}

fn resolve(schema: &fieldgate::org::Schema, query: &str) -> Resolved {
    footprint::resolve(Operation::query(soql::parse(query).unwrap()), schema).unwrap()
}

fn refuse(set: &PolicySet, schema: &fieldgate::org::Schema, query: Resolved) -> Box<Denial> {
    let call = CallContext {
        tool: "executeQuery",
        environment: Environment::Developer,
        now: jiff::Timestamp::UNIX_EPOCH,
        zone: &jiff::tz::TimeZone::UTC,
    };
    let agent = Agent::new("agent", "issuer", "agent", ["support"]);
    set.authorize(&agent, schema, &call, query).unwrap_err()
}
