//! I8: bad input gets a clear error, in bounded time and memory, and nobody else notices.

use std::fs;
use std::time::Duration;

use fieldgate::telemetry::Clock;
use serde_json::{Value, json};

use crate::harness::{ADMIN, Answer, Product, SUPPORT, Site, call};

/// The longest that an answer to bad input may take here, with an unoptimised build.
const SOON: Duration = Duration::from_secs(5);

fn timed(product: &Product, body: &str) -> Answer {
    let clock = Clock::system();
    let begun = clock.monotonic();
    let answer = product.post(ADMIN, body);
    let took = clock.monotonic().saturating_sub(begun);
    let short: String = body.chars().take(120).collect();
    assert!(took < SOON, "{short} took {took:?}");
    answer
}

/// The most memory that the product has used, in KiB.
fn peak(product: &Product) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", product.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// Messages that no agent's library sends: the status and the JSON-RPC code of the answer.
fn messages() -> Vec<(String, u16, i64)> {
    let deep = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000));
    let objects = format!("{}1{}", "{\"a\":".repeat(200), "}".repeat(200));
    let tool = |arguments: &str| {
        format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"executeQuery","arguments":{arguments}}}}}"#
        )
    };
    vec![
        (String::new(), 400, -32700),
        ("{".into(), 400, -32700),
        ("null".into(), 400, -32600),
        ("[".repeat(100_000), 400, -32600),
        (deep.clone(), 400, -32600),
        (tool(&deep), 400, -32600),
        (tool(&objects), 400, -32600),
        (tool(&format!("[{}0]", "0,".repeat(100_000))), 400, -32600),
        (tool(r#"{"query":"a","query":"b"}"#), 400, -32600),
        (tool(r#"{"query":"\ud800"}"#), 400, -32700),
        (tool(r#"{"query":1e999999}"#), 400, -32700),
        (format!("[{}]", tool("{}")), 400, -32600),
        (" ".repeat(2 * 1024 * 1024), 413, -32600),
        (tool(&format!("{{\"query\":\"{}\"}}", "x".repeat(2 * 1024 * 1024))), 413, -32600),
        (r#"{"jsonrpc":"2.0","id":1,"method":"nope"}"#.into(), 200, -32601),
        (call("nope", &json!({})), 200, -32602),
        (call(&"n".repeat(100_000), &json!({})), 200, -32602),
    ]
}

#[test]
fn messages_that_are_wrong_are_answered_at_once() {
    let site = Site::new();
    let product = site.start();
    for (body, status, code) in messages() {
        let answer = timed(&product, &body);
        let short: String = body.chars().take(120).collect();
        assert_eq!(answer.status, status, "{short}: {answer:?}");
        assert_eq!(answer.json["error"]["code"], code, "{short}: {answer:?}");
        let message = answer.json["error"]["message"].as_str().unwrap();
        assert!((5..500).contains(&message.len()), "{short}: {message}");
    }
    is_well(&site, &product);
}

/// Arguments that cost something to read.
fn arguments() -> Vec<(&'static str, Value)> {
    let query = |soql: String| ("executeQuery", json!({ "query": soql }));
    let rows =
        |condition: String| query(format!("SELECT Id FROM Contact WHERE {condition} LIMIT 1"));
    let many = |one: &'static str, count: usize| vec![one; count];
    let id = "003000000000001AAA";
    let fields: serde_json::Map<String, Value> =
        (0..5_000).map(|n| (format!("Field{n}__c"), json!(1))).collect();
    vec![
        query("SELECT Id FROM Contact WHERE Name = '".to_owned() + &"x".repeat(200_000) + "'"),
        query("x".repeat(900_000)),
        query("(".repeat(50_000)),
        query("SELECT ".repeat(20_000)),
        query("'".repeat(90_001)),
        query("\u{1f600}".repeat(20_000)),
        rows("(".repeat(20_000) + "Name = 'a'" + &")".repeat(20_000)),
        rows("NOT ".repeat(20_000) + "Name = 'a'"),
        rows(many("Nope__c = 'a'", 5_000).join(" OR ")),
        rows(format!("Nope__c IN ({})", many("'a'", 15_000).join(","))),
        query(format!("SELECT {} FROM Contact LIMIT 1", many("Nope__c", 9_000).join(","))),
        query(format!("SELECT {}Name FROM Contact LIMIT 1", "ReportsTo.".repeat(5_000))),
        query(format!(
            "SELECT {}Name{} FROM Contact LIMIT 1",
            "MAX(".repeat(5_000),
            ")".repeat(5_000)
        )),
        query(
            "SELECT Id, (".repeat(3_000)
                + "SELECT Id FROM Contacts"
                + &") FROM Account".repeat(3_000),
        ),
        rows(
            "AccountId IN (SELECT Id FROM Account WHERE ".repeat(1_000)
                + "Id = '1'"
                + &")".repeat(1_000),
        ),
        query(format!(
            "SELECT Id FROM Contact ORDER BY {} LIMIT 1",
            many("Nope__c", 9_000).join(",")
        )),
        query(format!(
            "SELECT Id FROM Contact, {} LIMIT 1",
            many("Contact.Owner o", 4_000).join(",")
        )),
        query(format!("SELECT Id FROM Contact LIMIT {}", "9".repeat(50_000))),
        ("getRecord", json!({ "object": "Contact", "id": id, "fields": many("Nope", 15_000) })),
        ("getRecord", json!({ "object": "x".repeat(500_000), "id": id, "fields": ["Id"] })),
        ("getRecord", json!({ "object": "Contact", "id": "x".repeat(500_000), "fields": ["Id"] })),
        ("createRecord", json!({ "object": "Task", "fields": fields })),
        ("createRecord", json!({ "object": "Task", "fields": "[".repeat(100_000) })),
        ("createRecord", json!({ "object": "Task", "fields": "{\"a\":".repeat(50_000) })),
        ("describeObject", json!({ "object": "Contact", "nope": 1, "nopes": 2 })),
        ("listAllObjects", json!({ "nope": 1 })),
        ("executeQuery", json!(5)),
        ("executeQuery", json!({})),
        ("executeQuery", json!({ "query": null })),
        ("executeQuery", json!({ "query": ["SELECT Id FROM Contact"] })),
    ]
}

#[test]
fn arguments_that_are_wrong_are_refused_at_once() {
    let site = Site::new();
    let product = site.start();
    is_well(&site, &product);
    let before = peak(&product);
    for (tool, arguments) in arguments() {
        let body = call(tool, &arguments);
        let answer = timed(&product, &body);
        let short: String = body.chars().take(200).collect();
        assert!(answer.status == 200 && answer.refused(), "{short}: {answer:?}");
        let known = ["invalid_arguments", "unknown_name"];
        assert!(known.contains(&answer.code()), "{short}: {answer:?}");
        assert!((10..1_000).contains(&answer.text().len()), "{short}: {}", answer.text());
        assert_eq!(site.received(), [], "{short}");
    }
    is_well(&site, &product);
    let grown = peak(&product).saturating_sub(before);
    assert!(grown < 64 * 1024, "{grown} KiB more than before");
}

#[track_caller]
fn is_well(site: &Site, product: &Product) {
    product.query(SUPPORT, "SELECT Name FROM Account LIMIT 1").data();
    assert_eq!(site.received().len(), 1);
    site.org.forget_requests();
}
