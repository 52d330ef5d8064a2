//! I4: what can't be read, resolved or bounded is denied, whoever asks, and nothing is sent.

use serde_json::{Value, json};

use crate::harness::{ADMIN, Site};

/// Queries and what the refusal has to name.
const QUERIES: &[(&str, &str)] = &[
    // Unknown names, each at another place.
    ("SELECT Id FROM Nothing__c LIMIT 1", "Nothing__c"),
    ("SELECT Nope__c FROM Contact LIMIT 1", "Nope__c"),
    ("SELECT Id FROM Contact WHERE Nope__c = 1 LIMIT 1", "Nope__c"),
    ("SELECT Id FROM Contact ORDER BY Nope__c LIMIT 1", "Nope__c"),
    ("SELECT COUNT(Id) FROM Contact GROUP BY Nope__c LIMIT 1", "Nope__c"),
    ("SELECT MAX(Nope__c) FROM Contact LIMIT 1", "Nope__c"),
    ("SELECT Id FROM Contact WHERE AccountId IN (SELECT Nope__c FROM Account) LIMIT 1", "Nope__c"),
    ("SELECT Id FROM Contact WHERE AccountId IN (SELECT Id FROM Nothing__c) LIMIT 1", "Nothing__c"),
    ("SELECT Nothing__r.Name FROM Contact LIMIT 1", "Nothing__r"),
    ("SELECT Owner.Nothing.Name FROM Contact LIMIT 1", "Nothing"),
    ("SELECT Id, (SELECT Id FROM Nothing__r) FROM Account LIMIT 1", "Nothing__r"),
    ("SELECT x.Name FROM Contact c LIMIT 1", "x"),
    (
        "SELECT ReportsTo.ReportsTo.ReportsTo.ReportsTo.ReportsTo.ReportsTo.Name FROM Contact LIMIT 1",
        "5 relationships",
    ),
    ("SELECT Owner.Queue__c FROM Case LIMIT 1", "Owner.Queue__c"),
    ("SELECT Id, Id FROM Contact LIMIT 1", "twice"),
    // What the language has and Fieldgate doesn't take (yet), by its name.
    ("SELECT TYPEOF What WHEN Account THEN Name END FROM Task LIMIT 1", "TYPEOF"),
    ("SELECT FIELDS(ALL) FROM Contact LIMIT 1", "FIELDS"),
    ("SELECT FIELDS(STANDARD) FROM Contact LIMIT 1", "FIELDS"),
    ("SELECT Id FROM Contact USING SCOPE mine LIMIT 1", "USING"),
    ("SELECT Id FROM Contact LIMIT 1 FOR UPDATE", "FOR"),
    ("SELECT Id FROM Contact LIMIT 1 ALL ROWS", "ALL"),
    ("SELECT Id FROM Contact WITH SECURITY_ENFORCED LIMIT 1", "WITH"),
    ("SELECT Name FROM Contact WHERE FORMULA('SSN__c') = '1' LIMIT 1", "FORMULA"),
    ("SELECT FORMULA(SSN__c) FROM Contact LIMIT 1", "FORMULA"),
    ("SELECT NOPE(Name) FROM Contact LIMIT 1", "NOPE"),
    // Other languages, and tricks.
    ("FIND {Ray} IN ALL FIELDS RETURNING Contact(SSN__c)", "FIND"),
    ("UPDATE Contact SET Name = 'x'", "UPDATE"),
    ("SELECT * FROM Contact LIMIT 1", "*"),
    ("SELECT Id FROM Contact LIMIT 1; SELECT SSN__c FROM Contact", ";"),
    ("SELECT Id FROM Contact -- LIMIT 1", "-"),
    ("SELECT Id FROM Contact /* x */ LIMIT 1", "/"),
    ("SELECT Id FROM Contact WHERE Name = 'open", "string"),
    ("SELECT Id FROM Contact WHERE Name = :bound LIMIT 1", ":"),
    ("SELECT Id FROM Contact LIMIT 1 LIMIT 2", "LIMIT"),
    ("SELECT Id FROM Contact LIMIT -1", "`-`"),
    ("SELECT Id FROM Contact LIMIT 99999999999999999999", "whole number"),
    ("SELECT Id FROM Contact LIMIT 1\u{0}", "U+0000"),
    ("SELECT Id FR\u{41e}M Contact LIMIT 1", "U+041E"),
    ("SELECT \u{ff29}d FROM Contact LIMIT 1", "U+FF29"),
    ("", "query"),
    (" ", "query"),
];

#[test]
fn a_query_that_is_not_understood_is_refused_by_name() {
    let site = Site::new();
    let product = site.start();
    let mut wrong = Vec::new();
    for (soql, names) in QUERIES {
        let answer = product.query(ADMIN, soql);
        assert!(answer.status == 200 && answer.refused(), "{soql}: {answer:?}");
        let known = ["invalid_arguments", "unknown_name"];
        assert!(known.contains(&answer.code()), "{soql}: {answer:?}");
        if !answer.text().contains(names) {
            wrong.push(format!("{soql}: `{names}` is not in `{}`", answer.text()));
        }
        assert_eq!(site.received(), [], "{soql}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn calls() -> Vec<(&'static str, Value, &'static str)> {
    let id = "003000000000001AAA";
    let get = |object: &str, id: &str, fields: Value| {
        ("getRecord", json!({ "object": object, "id": id, "fields": fields }))
    };
    let with = |(tool, arguments): (&'static str, Value), names| (tool, arguments, names);
    let create = |fields: Value| ("createRecord", json!({ "object": "Task", "fields": fields }));
    vec![
        with(get("Nothing", id, json!(["Id"])), "Nothing"),
        with(get("Contact", id, json!(["Nope"])), "Nope"),
        with(get("Contact", id, json!(["Nope.Name"])), "Nope"),
        with(get("Contact", id, json!([])), "empty"),
        with(get("Contact", id, json!("Id")), "sequence"),
        with(get("Contact", id, json!(["Id,SSN__c"])), "Id,SSN__c"),
        with(get("Contact", id, json!(["Id&q=x"])), "Id&q=x"),
        with(get("Contact", "1", json!(["Id"])), "15 or 18"),
        with(get("Contact", "003000000000001AAB", json!(["Id"])), "suffix"),
        with(get("Contact", "../../limits/x", json!(["Id"])), "15 or 18"),
        with(get("Contact/describe", id, json!(["Id"])), "Contact/describe"),
        with(get("Contact?x=", id, json!(["Id"])), "Contact?x="),
        ("describeObject", json!({ "object": "Nothing" }), "Nothing"),
        ("describeObject", json!({ "object": "" }), "API name"),
        ("describeObject", json!({ "object": "../query" }), "../query"),
        ("deleteRecord", json!({ "object": "Nothing", "id": id }), "Nothing"),
        with(create(json!({ "Nope__c": 1 })), "Nope__c"),
        with(create(json!({})), "no field"),
        with(create(json!({ "Subject": { "a": 1 } })), "Subject"),
        with(create(json!({ "Subject": ["a"] })), "Subject"),
        with(create(json!({ "Subject": "a", "SUBJECT": "b" })), "twice"),
        with(create(json!({ "Id": id })), "Id"),
        with(create(json!({ "attributes": { "type": "Contact" } })), "attributes"),
        with(create(json!({ "Who": { "SSN__c": "1" } })), "Who"),
        with(create(json!({ "Who.LastName": "Ray" })), "Who.LastName"),
        ("updateRecord", json!({ "object": "Contact", "id": id, "fields": {} }), "no field"),
        ("updateRecord", json!({ "object": "Contact", "id": id, "fields": { "Nope": 1 } }), "Nope"),
    ]
}

#[test]
fn a_call_that_is_not_understood_is_refused_by_name() {
    let site = Site::new();
    let product = site.start();
    let mut wrong = Vec::new();
    for (tool, arguments, names) in calls() {
        let answer = product.call(ADMIN, tool, &arguments);
        let what = format!("{tool} {arguments}");
        assert!(answer.status == 200 && answer.refused(), "{what}: {answer:?}");
        let known = ["invalid_arguments", "unknown_name"];
        assert!(known.contains(&answer.code()), "{what}: {answer:?}");
        if !answer.text().contains(names) {
            wrong.push(format!("{what}: `{names}` is not in `{}`", answer.text()));
        }
        assert_eq!(site.received(), [], "{what}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn rows_are_bounded_whatever_the_query_says() {
    let site = Site::new();
    let product = site.start_with(&crate::harness::Setup {
        rest: "max_rows: 7\n",
        ..crate::harness::Setup::default()
    });
    for (soql, sent) in [
        ("SELECT Name FROM Contact", "SELECT Name FROM Contact LIMIT 7"),
        ("SELECT Name FROM Contact LIMIT 2000", "SELECT Name FROM Contact LIMIT 7"),
        ("SELECT Name FROM Contact LIMIT 5", "SELECT Name FROM Contact LIMIT 5"),
    ] {
        let answer = product.query(ADMIN, soql);
        let rows = answer.data()["records"].as_array().unwrap().len();
        assert!(rows <= 7, "{rows}");
        let received = site.received();
        assert!(crate::harness::line(&received[0]).ends_with(sent), "{received:?}");
        assert_eq!(answer.meta("fieldgate/rowLimit").is_u64(), !soql.ends_with('5'), "{answer:?}");
        site.org.forget_requests();
    }
}
