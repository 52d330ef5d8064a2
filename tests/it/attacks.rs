//! The tables of `tests/attacks`: hostile queries against the demo org's schema, and what a lying
//! Salesforce answers to calls that were permitted.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use fieldgate::audit::{DigestKey, Journal, JournalSettings, Start};
use fieldgate::demo_org::{DemoOrg, DemoSettings};
use fieldgate::footprint::{self, Resolved};
use fieldgate::identity::Agents;
use fieldgate::limits::{LimitSettings, Limits, Rate};
use fieldgate::org::Schema;
use fieldgate::policy::{Agent, Environment, Names, OnForbidden, PolicySet, Store};
use fieldgate::proxy::transport::{TransportSettings, serve};
use fieldgate::proxy::{Follows, Gate, SchemaStore, Server};
use fieldgate::redact::Masks;
use fieldgate::salesforce::Operation;
use fieldgate::salesforce::rest::ApiVersion;
use fieldgate::seal::{OneUse, Sealer};
use fieldgate::telemetry::{Clock, Spans};
use fieldgate::tools::{Offer, Seals};
use fieldgate::upstream::{ConnectionSettings, Credential, Upstream};
use fieldgate::{demo_org, tools};
use jiff::tz::TimeZone;
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::sync::watch;

/// The lines of a block that start with `mark`, without it.
fn marked<'a>(block: &'a str, mark: &'a str) -> impl Iterator<Item = &'a str> {
    block.lines().filter_map(move |line| line.strip_prefix(mark)).map(str::trim)
}

fn operation(asked: &str) -> Operation {
    let words: Vec<&str> = asked.split(' ').collect();
    let (tool, arguments) = match words.as_slice() {
        ["get", object, id, fields] => {
            let fields: Vec<&str> = fields.split(',').collect();
            ("getRecord", json!({"object": object, "id": id, "fields": fields}))
        }
        _ => ("executeQuery", json!({"query": asked})),
    };
    let tool = tools::known_as(tool).expect("the catalogue has the tool");
    tool.operation(&arguments.to_string(), &Seals::none())
        .unwrap_or_else(|error| panic!("{asked}: {error}"))
}

fn accesses(resolved: &Resolved) -> Vec<String> {
    let accesses = &resolved.footprint().accesses;
    let mut list: Vec<String> =
        accesses.iter().map(|a| format!("{} {}", a.action.name(), a.target)).collect();
    list.sort();
    list
}

#[test]
fn every_attack_is_broken_into_all_that_it_touches_or_refused() {
    let schema = Schema::from_json(&demo_org::schema_json()).expect("the demo org's schema");
    let mut seen = 0;
    let mut failed = Vec::new();
    for block in include_str!("../attacks/queries.txt").split("\n\n") {
        let asked = marked(block, "?").next().unwrap_or_else(|| panic!("no query in {block}"));
        seen += 1;
        let mut expected: Vec<String> = marked(block, "=")
            .flat_map(|line| {
                let (action, targets) = line.split_once(' ').expect("an action and its targets");
                targets.split(' ').map(move |target| format!("{action} {target}"))
            })
            .collect();
        expected.sort();
        match footprint::resolve(operation(asked), &schema) {
            Ok(resolved) => {
                let found = accesses(&resolved);
                if found != expected {
                    failed.push(format!("{asked}\n  touches {found:?}"));
                }
                for text in marked(block, ">") {
                    let Operation::Query(call) = resolved.operation() else { panic!("{asked}") };
                    if call.query.to_string() != text {
                        failed.push(format!("{asked}\n  is sent as {}", call.query));
                    }
                }
            }
            Err(error) => {
                let error = error.to_string();
                let why = marked(block, "!").next();
                if why.is_none_or(|why| !error.contains(why)) {
                    failed.push(format!("{asked}\n  is refused: {error}"));
                }
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert!(seen > 20, "the table was not read: {seen}");
}

/// A gate before a demo org, with an agent who may read and change everything but `SSN__c`.
struct Front {
    org: DemoOrg,
    address: SocketAddr,
    _stop: watch::Sender<bool>,
    _directory: tempfile::TempDir,
}

const POLICIES: &str = r#"
@id("all") permit (principal, action, resource);
@id("ssn") forbid (principal, action, resource == Field::"Contact.SSN__c");
"#;

impl Front {
    async fn start() -> Self {
        Self::with(POLICIES).await
    }

    async fn with(policies: &str) -> Self {
        fieldgate::telemetry::install_crypto_provider();
        let org = DemoOrg::bind("127.0.0.1:0".parse().unwrap(), DemoSettings::default());
        let org = org.await.unwrap();
        let directory = tempfile::tempdir().unwrap();
        let schema = Schema::from_json(&demo_org::schema_json()).unwrap();
        let tools: Vec<&str> = tools::CATALOG.iter().map(|tool| tool.name).collect();
        let names = Names { schema: &schema, tools: Some(&tools), roles: None };
        let set = PolicySet::from_texts([("all.cedar", policies)], &names).unwrap();
        let clock = Clock::system();
        let digest_key = DigestKey::random().unwrap();
        let start = Start { version: "0", policy_set: "0", catalogue: "0", digest_key: None };
        let settings = JournalSettings::new(directory.path().join("journal.jsonl"));
        let many = NonZeroU32::new(1000).unwrap();
        let limits = LimitSettings::new(Rate::per_second(many, many).unwrap());
        let connection = ConnectionSettings {
            base_url: org.base_url().parse().unwrap(),
            authorities: None,
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(5),
            most_bytes: 1024 * 1024,
        };
        let credential = Credential::Bearer(SecretString::from(org.access_token()));
        let version = ApiVersion::parse("68.0").unwrap();
        let gate = Gate {
            policies: Store::fixed(set),
            schema: SchemaStore::new(schema, Follows::Nothing),
            limits: Limits::new(&limits, clock.monotonic_source()),
            journal: Journal::open(&settings, &start, clock.wall_source()).unwrap(),
            digest_key,
            sealer: Sealer::random().unwrap(),
            upstream: Arc::new(Upstream::new(&connection, credential, version).unwrap()),
            spans: Spans::off(),
            clock,
            environment: Environment::Developer,
            zone: TimeZone::UTC,
            max_rows: 200,
            max_answer_text: 256 * 1024,
            bulk_rows: 1_000_000,
            one_use: OneUse::default(),
            public_url: "http://127.0.0.1".to_owned(),
            on_forbidden: OnForbidden::default(),
            masks: Masks::default(),
        };
        let agents = Agents::new([], Some(Agent::new("eve", "test", "eve", ["eve"])));
        let server = Arc::new(Server::new(gate, agents, Offer::default(), false));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(serve(listener, TransportSettings::default(), server, stopped));
        Self { org, address, _stop: stop, _directory: directory }
    }

    /// The result of a tool call.
    async fn call(&self, tool: &str, arguments: &Value) -> Value {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call",
            "params": {"name": tool, "arguments": arguments}});
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = client.post(format!("http://{}/mcp", self.address));
        let request = request.header("content-type", "application/json").body(body.to_string());
        let answer = request.send().await.unwrap().bytes().await.unwrap();
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        answer["result"].clone()
    }
}

#[tokio::test]
async fn no_answer_of_salesforce_shows_what_was_not_permitted() {
    let front = Front::start().await;
    let table: Vec<Value> =
        serde_json::from_str(include_str!("../attacks/answers.json")).expect("a table");
    assert!(table.len() > 10);
    for row in &table {
        let text = |key: &str| row[key].as_str().unwrap_or_default();
        front.org.faults().next(
            1,
            demo_org::Fault::Raw {
                status: row["status"].as_u64().and_then(|status| status.try_into().ok()).unwrap(),
                content_type: "application/json".to_owned(),
                body: text("body").to_owned(),
            },
        );
        let result = front.call(text("tool"), &row["arguments"]).await;
        let shown = result.to_string();
        assert!(!shown.contains("LEAK"), "{}: {shown}", text("what"));
        assert!(shown.contains(text("shows")), "{}: {shown}", text("what"));
        let code = result["_meta"]["fieldgate/code"].as_str().unwrap_or_default();
        assert_eq!(code, text("code"), "{}: {shown}", text("what"));
    }
}

#[tokio::test]
async fn what_is_refused_never_reaches_salesforce() {
    let front = Front::start().await;
    front.org.forget_requests();
    let names: Vec<String> = (0..3000).map(|n| format!("'{n:018}'")).collect();
    let long = format!("SELECT Id FROM Contact WHERE Name IN ({})", names.join(","));
    for (tool, arguments, code) in [
        ("executeQuery", json!({"query": "SELECT SSN__c FROM Contact"}), "policy_denied"),
        ("executeQuery", json!({"query": "SELECT SSN_Last4__c FROM Contact"}), "policy_denied"),
        (
            "executeQuery",
            json!({"query": "SELECT Id FROM Contact WHERE SSN__c LIKE '1%'"}),
            "policy_denied",
        ),
        ("executeQuery", json!({"query": long}), "query_too_long"),
        ("executeQuery", json!({"query": "SELECT Nope FROM Contact"}), "unknown_name"),
        (
            "getRecord",
            json!({"object": "Contact", "id": "003000000000001", "fields": ["ssn__c"]}),
            "policy_denied",
        ),
        (
            "createRecord",
            json!({"object": "Contact", "fields": {"LastName": "x", "SSN__C": "1"}}),
            "policy_denied",
        ),
        (
            "createRecord",
            json!({"object": "Contact", "fields": r#"{"LastName":"x","\u0053SN__c":"1"}"#}),
            "policy_denied",
        ),
        (
            "createRecord",
            json!({"object": "Contact", "fields": r#"{"Salary__c":12345678901234567890}"#}),
            "",
        ),
        (
            "createRecord",
            json!({"object": "Contact", "fields": r#"{"Salary__c":1234567890123456.78}"#}),
            "invalid_arguments",
        ),
        (
            "createRecord",
            json!({"object": "Contact", "fields": r#"{"Salary__c":123456789012345678901}"#}),
            "invalid_arguments",
        ),
        (
            "createRecord",
            json!({"object": "Contact", "fields": r#"{"Salary__c":1e400}"#}),
            "invalid_arguments",
        ),
    ] {
        let result = front.call(tool, &arguments).await;
        let found = result["_meta"]["fieldgate/code"].as_str().unwrap_or_default();
        if code.is_empty() {
            // An integer of 64 bits is exact: the org refuses it, not we.
            assert_eq!(front.org.requests().len(), 1, "{result}");
            front.org.forget_requests();
        } else {
            assert_eq!(found, code, "{arguments:.200}: {result}");
        }
    }
    assert_eq!(front.org.requests().len(), 0, "{:?}", front.org.requests().first());
}

/// Fifty-five guesses at keys, and a record that always fails, so that nothing is written and the
/// guess that some record has fails with a code of its own.
#[tokio::test]
async fn a_key_that_may_be_written_and_not_read_cannot_be_guessed_by_writing_it() {
    const WRITES: &str = r#"@id("writes") permit (principal, action == Action::"create", resource)
        when { resource in [Field::"Contact.LastName", Field::"Contact.ExternalKey__c"] };"#;
    const READS: &str = r#"@id("reads") permit (principal, action in Action::"read", resource)
        when { resource == Field::"Contact.ExternalKey__c" };"#;
    let keys = (1..=55).map(|n| format!("{}-{n:04}", if n % 2 == 0 { "C" } else { "free" }));
    let guesses = keys.map(|key| json!({"LastName": "x", "ExternalKey__c": key}));
    let fails = json!({"LastName": "x".repeat(81)});
    let records: Vec<Value> = guesses.chain([fails]).collect();
    let call = json!({"object": "Contact", "allOrNone": true, "records": records});

    let front = Front::with(WRITES).await;
    front.org.forget_requests();
    let result = front.call("createRecords", &call).await;
    assert_eq!(result["_meta"]["fieldgate/code"], "policy_denied", "{result}");
    let told = result.to_string();
    let why = "Denied by policy: filter, sort or group by Contact.ExternalKey__c (no policy";
    assert!(told.contains(why), "{told}");
    assert_eq!(front.org.requests().len(), 0);
    let plain = json!({"object": "Contact", "records": [{"LastName": "x"}]});
    let result = front.call("createRecords", &plain).await;
    assert_ne!(result["isError"], true, "{result}");

    // Whoever may filter on it could ask for it outright.
    let front = Front::with(&format!("{WRITES}\n{READS}")).await;
    let told = front.call("createRecords", &call).await.to_string();
    assert!(told.contains("DUPLICATE_VALUE"), "{told}");
    assert!(told.contains("ALL_OR_NONE_OPERATION_ROLLED_BACK"), "{told}");
}

#[tokio::test]
async fn a_lying_org_shows_no_field_that_was_not_permitted() {
    let front = Front::start().await;
    front.org.faults().lie(true);
    for (tool, arguments) in [
        ("executeQuery", json!({"query": "SELECT Title, Account.Name FROM Contact LIMIT 3"})),
        (
            "executeQuery",
            json!({"query": "SELECT Name, (SELECT Title FROM Contacts) FROM Account LIMIT 3"}),
        ),
        ("executeQuery", json!({"query": "SELECT Title, COUNT(Id) FROM Contact GROUP BY Title"})),
        ("describeObject", json!({"object": "Contact"})),
        ("listAllObjects", json!({})),
        ("getOrganizationLimits", json!({})),
    ] {
        let shown = front.call(tool, &arguments).await.to_string();
        for leak in ["987-00-4321", "SSN__c", "Unasked", "not part of any"] {
            assert!(!shown.contains(leak), "{tool} {arguments}: {shown:.2000}");
        }
    }
}

#[tokio::test]
async fn a_permitted_change_is_carried_out() {
    let front = Front::start().await;
    let made = front
        .call("createRecord", &json!({"object": "task", "fields": {"subject": "x", "Status": "Not Started", "Priority": "Normal"}}))
        .await;
    let shown: Value = serde_json::from_str(made["content"][0]["text"].as_str().unwrap()).unwrap();
    let id = &shown["id"];
    for (tool, arguments) in [
        ("updateRecord", json!({"object": "Task", "id": id, "fields": {"Subject": "y"}})),
        ("getRecord", json!({"object": "Task", "id": id, "fields": ["Subject"]})),
        ("deleteRecord", json!({"object": "Task", "id": id})),
    ] {
        let result = front.call(tool, &arguments).await;
        assert_ne!(result["isError"], true, "{tool}: {result}");
    }
}
