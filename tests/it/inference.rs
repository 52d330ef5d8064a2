//! A field that may not be filtered on can't be inferred: generated queries are sent to two demo
//! orgs that differ in nothing but `Contact.Salary__c`, and what is answered must be the same.

use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use fieldgate::demo_org::{DemoOrg, DemoSettings, schema_json};
use fieldgate::footprint::{self, Action, Target};
use fieldgate::limits::{LimitSettings, Limits, Printed, Rate};
use fieldgate::org::Schema;
use fieldgate::policy::{Agent, CallContext, Environment, Names, PolicySet};
use fieldgate::salesforce::Operation;
use fieldgate::salesforce::rest::ApiVersion;
use fieldgate::upstream::{ConnectionSettings, Credential, Upstream};
use fieldgate::{redact, soql};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

const QUERIES: usize = 500;

const OPEN: &str = r#"@id("read") permit (principal, action in Action::"read", resource);"#;
const CLOSED: &str = r#"
@id("read") permit (principal, action in Action::"read", resource);
@id("no-salary-filter")
forbid (principal, action == Action::"filter", resource == Field::"Contact.Salary__c");"#;

/// An org whose contacts have salaries that follow from `seed`.
async fn org(seed: u64) -> (DemoOrg, Arc<Upstream>) {
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let settings = DemoSettings { daily_limit: 1_000_000, ..DemoSettings::default() };
    let org = DemoOrg::bind(any, settings).await.unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let data = format!("{}/services/data/v68.0", org.base_url());
    let list = client
        .get(format!("{data}/query?q=SELECT+Id+FROM+Contact+ORDER+BY+Id"))
        .bearer_auth(org.access_token());
    let list = list.send().await.unwrap().bytes().await.unwrap();
    let list: serde_json::Value = serde_json::from_slice(&list).unwrap();
    let mut next = seed;
    for record in list["records"].as_array().unwrap() {
        // A step of a linear congruential generator is all the variety that is needed.
        next = next.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let salary = next % 200_000;
        let url = format!("{data}/sobjects/Contact/{}", record["Id"].as_str().unwrap());
        let body = serde_json::json!({ "Salary__c": salary });
        let patch = client
            .patch(url)
            .bearer_auth(org.access_token())
            .header("content-type", "application/json")
            .body(body.to_string());
        assert_eq!(patch.send().await.unwrap().status(), 204);
    }
    let upstream = Upstream::new(
        &ConnectionSettings {
            base_url: org.base_url().parse().unwrap(),
            authorities: None,
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(30),
            most_bytes: 64 * 1024 * 1024,
        },
        Credential::Bearer(org.access_token().into()),
        ApiVersion::parse("68.0").unwrap(),
    );
    (org, Arc::new(upstream.unwrap()))
}

/// One way from a query's text to what an agent is shown; `None` where it is refused.
async fn answer(
    text: &str,
    schema: &Schema,
    policies: &PolicySet,
    limits: &Limits,
    upstream: &Upstream,
) -> Option<(u16, String)> {
    let query = soql::parse(text).ok()?;
    let resolved = footprint::resolve(Operation::query(query), schema).ok()?;
    let agent = Agent::new("agent", "test", "agent", ["reader"]);
    let context = CallContext {
        tool: "executeQuery",
        environment: Environment::Developer,
        now: Timestamp::UNIX_EPOCH,
        zone: &TimeZone::UTC,
    };
    let permitted = policies.authorize(&agent, schema, &context, resolved).ok()?;
    let printed = Printed::of(permitted, upstream.version());
    let (admitted, _) = limits.admit(printed, "agent", "executeQuery", NonZeroU32::MIN).unwrap();
    let answer = upstream.send(admitted).await.unwrap();
    if answer.status != 200 {
        return Some((answer.status, String::new()));
    }
    let resolved = answer.admitted.permitted().resolved();
    let visible =
        |action: Action, target: &Target| answer.admitted.permitted().visible(action, target);
    let pruned =
        redact::prune(resolved.operation(), resolved.footprint(), &visible, &answer.body).unwrap();
    Some((200, pruned.json))
}

/// Fields of Contact, the protected one often.
fn field() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        3 => Just("Salary__c"),
        1 => Just("sALARY__C"),
        4 => prop::sample::select(vec![
            "Id", "Name", "LastName", "Email", "Department", "Title", "AccountId", "CreatedDate",
            "LeadSource", "MailingCity", "Account.Name", "ReportsTo.Name",
        ]),
        1 => Just("ReportsTo.Salary__c"),
    ]
}

fn condition(qualifier: &'static str) -> impl Strategy<Value = String> {
    let literal = prop::sample::select(vec!["null", "50000", "100000", "150000", "'a%'", "'Z'"]);
    let op = prop::sample::select(vec!["=", "!=", "<", ">=", "LIKE"]);
    let leaf = (field(), op, literal).prop_map(move |(field, op, literal)| {
        // A number for a number and a text for a text, or the org refuses the query anyway.
        let numeric = field.to_ascii_lowercase().ends_with("salary__c");
        match (numeric, literal.starts_with('\''), op) {
            (true, true, _) | (true, _, "LIKE") => format!("{qualifier}{field} > 75000"),
            (false, false, _) if literal != "null" => format!("{qualifier}{field} != null"),
            (false, _, "<" | ">=" | "LIKE") => format!("{qualifier}{field} != null"),
            _ => format!("{qualifier}{field} {op} {literal}"),
        }
    });
    leaf.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4)
                .prop_map(|list| format!("({})", list.join(" AND "))),
            prop::collection::vec(inner.clone(), 2..4)
                .prop_map(|list| format!("({})", list.join(" OR "))),
            inner.prop_map(|inner| format!("(NOT {inner})")),
        ]
    })
}

/// Queries that reach the field in every position that the language has.
fn query() -> impl Strategy<Value = String> {
    let plain = prop::sample::select(vec!["Name", "Email", "Department", "Id", "Salary__c"]);
    let aggregate =
        prop::sample::select(vec!["COUNT", "MAX", "MIN", "SUM", "AVG", "COUNT_DISTINCT"]);
    let direction = prop::sample::select(vec!["", " DESC", " NULLS LAST"]);
    prop_oneof![
        (plain.clone(), condition("")).prop_map(|(f, c)| format!("SELECT Id, {f} f FROM Contact WHERE {c} LIMIT 50").replace(" f FROM", " FROM").replace("Id, Id", "Id")),
        (condition("c.")).prop_map(|c| format!("SELECT c.Name FROM Contact c WHERE {c} LIMIT 50")),
        condition("").prop_map(|c| format!("SELECT COUNT() FROM Contact WHERE {c}")),
        (field(), direction).prop_map(|(f, d)| format!("SELECT Name FROM Contact ORDER BY {f}{d} LIMIT 20")),
        (aggregate.clone(), field()).prop_map(|(a, f)| format!("SELECT {a}({f}) FROM Contact")),
        (aggregate.clone(), field(), condition("")).prop_map(|(a, f, c)| format!("SELECT Department, {a}({f}) x FROM Contact WHERE {c} GROUP BY Department")),
        (aggregate.clone(), field()).prop_map(|(a, f)| format!("SELECT Department FROM Contact GROUP BY Department HAVING {a}({f}) > 90000")),
        (aggregate, field()).prop_map(|(a, f)| format!("SELECT Department FROM Contact GROUP BY Department ORDER BY {a}({f}) LIMIT 5")),
        field().prop_map(|f| format!("SELECT {f}, COUNT(Id) FROM Contact GROUP BY {f} LIMIT 20")),
        condition("").prop_map(|c| format!("SELECT Name FROM Account WHERE Id IN (SELECT AccountId FROM Contact WHERE {c}) LIMIT 50")),
        condition("").prop_map(|c| format!("SELECT Name FROM Account WHERE Id NOT IN (SELECT AccountId FROM Contact WHERE {c}) LIMIT 50")),
        condition("").prop_map(|c| format!("SELECT Name, (SELECT LastName FROM Contacts WHERE {c}) FROM Account LIMIT 30")),
        field().prop_map(|f| format!("SELECT Name, (SELECT LastName FROM Contacts ORDER BY {f} LIMIT 2) FROM Account LIMIT 30")),
        (prop::sample::select(vec!["ALL", "STANDARD", "CUSTOM"]), condition(""))
            .prop_map(|(set, c)| format!("SELECT FIELDS({set}) FROM Contact WHERE {c} LIMIT 20")),
        (field(), field()).prop_map(|(a, b)| {
            format!("SELECT Name FROM Contact WHERE {a} + {b} > 150000 LIMIT 50")
        }),
        condition("").prop_map(|c| {
            format!("SELECT Name, MailingAddress FROM Contact WHERE {c} ORDER BY Name LIMIT 20")
        }),
        condition("Contact.").prop_map(|c| format!("SELECT CaseNumber FROM Case WHERE {c} LIMIT 50")),
        condition("p.").prop_map(|c| format!("SELECT CaseNumber FROM Case k, k.Contact p WHERE {c} LIMIT 50")),
    ]
}

/// What is shown without the protected field's own values, which may be selected.
fn without_salary(json: &str) -> serde_json::Value {
    fn strip(value: &mut serde_json::Value) {
        match value {
            serde_json::Value::Object(members) => {
                members.retain(|key, _| !key.eq_ignore_ascii_case("salary__c"));
                members.values_mut().for_each(strip);
            }
            serde_json::Value::Array(list) => list.iter_mut().for_each(strip),
            serde_json::Value::Null
            | serde_json::Value::Bool(_)
            | serde_json::Value::Number(_)
            | serde_json::Value::String(_) => {}
        }
    }
    let mut value = serde_json::from_str(json).unwrap();
    strip(&mut value);
    value
}

#[tokio::test(flavor = "multi_thread")]
async fn no_query_tells_two_orgs_apart_by_a_field_that_may_not_be_filtered_on() {
    fieldgate::telemetry::install_crypto_provider();
    let schema = Schema::from_json(&schema_json()).unwrap();
    let names = Names::new(&schema);
    let closed = PolicySet::from_texts([("closed.cedar", CLOSED)], &names).unwrap();
    let open = PolicySet::from_texts([("open.cedar", OPEN)], &names).unwrap();
    let rate = Rate::per_second(NonZeroU32::new(1_000_000).unwrap(), NonZeroU32::MAX);
    let limits = Limits::new(&LimitSettings::new(rate.unwrap()), || Duration::ZERO);
    let (one, two) = tokio::join!(org(1), org(2));
    let mut runner = TestRunner::deterministic();
    let (mut answered, mut refused, mut would_differ) = (0usize, 0usize, 0usize);
    for _ in 0..QUERIES {
        let text = query().new_tree(&mut runner).unwrap().current();
        let ask = async |policies: &PolicySet| {
            let first = answer(&text, &schema, policies, &limits, &one.1).await;
            let second = answer(&text, &schema, policies, &limits, &two.1).await;
            (first, second)
        };
        let differs =
            |first: &Option<(u16, String)>, second: &Option<(u16, String)>| match (first, second) {
                (Some((200, first)), Some((200, second))) => {
                    without_salary(first) != without_salary(second)
                }
                (first, second) => first != second,
            };
        let (first, second) = ask(&closed).await;
        assert!(!differs(&first, &second), "{text}\n{first:?}\n{second:?}");
        if first.is_some() {
            answered = answered.saturating_add(1);
            continue;
        }
        refused = refused.saturating_add(1);
        let (first, second) = ask(&open).await;
        would_differ = would_differ.saturating_add(usize::from(differs(&first, &second)));
    }
    // The generator must reach both sides, or the test shows nothing.
    assert!(answered > QUERIES / 10, "only {answered} of {QUERIES} were answered");
    assert!(refused > QUERIES / 10, "only {refused} of {QUERIES} were refused");
    assert!(would_differ > QUERIES / 10, "only {would_differ} of {QUERIES} would tell them apart");
    println!("{answered} answered alike, {refused} refused, {would_differ} would tell them apart");
}
