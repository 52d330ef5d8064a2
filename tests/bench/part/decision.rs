//! What the policies say of a query of twenty fields, and what an agent is told where they refuse it.

use std::cell::OnceCell;
use std::path::Path;
use std::rc::Rc;

use fieldgate::footprint::{self, Resolved};
use fieldgate::org::Schema;
use fieldgate::policy::{Agent, CallContext, Denial, Environment, Names, PolicySet};
use fieldgate::salesforce::Operation;
use fieldgate::soql;

use super::policies::{self, CONDITIONAL, decide, set};
use super::{Part, queries};

const FIELDS: usize = 20;

pub(super) fn parts() -> Vec<Part> {
    let schema = Rc::new(policies::schema());
    let sizes = [("10 policies", 10), ("1,000 policies", 1_000), ("10,000 policies", 10_000)];
    let of = |(size, policies)| [warm(&schema, size, policies), cold(&schema, size, policies)];
    sizes.into_iter().flat_map(of).collect()
}

/// A set that is made when it is asked for: the largest takes a second.
fn later(
    schema: &Rc<Schema>,
    policies: usize,
    more: &'static str,
) -> impl Fn() -> Rc<PolicySet> + use<> {
    let (schema, made) = (Rc::clone(schema), OnceCell::new());
    move || Rc::clone(made.get_or_init(|| Rc::new(set(&schema, policies, more))))
}

fn warm(schema: &Rc<Schema>, size: &'static str, policies: usize) -> Part {
    let (asked, set) = (Rc::clone(schema), later(schema, policies, ""));
    let schema = Rc::clone(schema);
    Part::with(
        "decision, warm",
        size,
        move || (set(), policies::query(&asked, FIELDS)),
        move |(set, query)| decide(&set, &schema, query),
    )
}

fn cold(schema: &Rc<Schema>, size: &'static str, policies: usize) -> Part {
    let set = later(schema, policies, CONDITIONAL);
    Part::with(
        "decision, cold",
        size,
        // Of another describe of the objects nothing is kept.
        move || {
            let schema = policies::schema();
            let query = policies::query(&schema, FIELDS);
            (set(), schema, query)
        },
        |(set, schema, query)| {
            drop(decide(&set, &schema, query));
            (set, schema)
        },
    )
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
            "refusal: decision",
            "the shipped set",
            move || resolve(&schema, forbidden),
            move |query| refuse(&set, &of, query),
        ),
        Part::of("refusal: text", "2 fields", move || denial.sentence()),
    ]
}

fn resolve(schema: &Schema, query: &str) -> Resolved {
    footprint::resolve(Operation::query(soql::parse(query).unwrap()), schema).unwrap()
}

fn refuse(set: &PolicySet, schema: &Schema, query: Resolved) -> Box<Denial> {
    let call = CallContext {
        tool: "executeQuery",
        environment: Environment::Developer,
        now: jiff::Timestamp::UNIX_EPOCH,
        zone: &jiff::tz::TimeZone::UTC,
    };
    let agent = Agent::new("agent", "issuer", "agent", ["support"]);
    set.authorize(&agent, schema, &call, query).unwrap_err()
}
