use std::sync::Arc;

use hyper::HeaderMap;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::{Value, json};

use super::super::DemoSettings;
use super::super::rest::{Org, Request};

/// An org that is asked without HTTP.
fn org() -> Org {
    super::super::org(DemoSettings::default(), "").unwrap()
}

fn ask(org: &mut Org, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, format!("Bearer {}", org.session.token).parse().unwrap());
    headers.insert(CONTENT_TYPE, "application/json".parse().unwrap());
    let request = Request {
        method: method.to_owned(),
        path: format!("/services/data/v68.0/{path}"),
        query: query.to_owned(),
        headers,
        body: body.to_string().into_bytes(),
    };
    let answer = org.answer(&request);
    (answer.status, serde_json::to_value(answer.body).unwrap())
}

const ACCOUNT: &str = "001Dm0000000001IAA";

/// Calls that change, create and delete records before one of their parts fails.
fn failing() -> Vec<(&'static str, &'static str, Value)> {
    let rows = "/services/data/v68.0/sobjects";
    let sub = |method: &str, url: String, id: &str, body: Value| json!({"method": method, "url": url, "referenceId": id, "body": body});
    let chain = json!([
        sub("POST", format!("{rows}/Account"), "a", json!({"Name": "New"})),
        sub("PATCH", format!("{rows}/Account/{ACCOUNT}"), "b", json!({"Name": "Changed"})),
        sub("DELETE", format!("{rows}/Account/{ACCOUNT}"), "c", Value::Null),
        sub("POST", format!("{rows}/Contact"), "d", json!({"AccountId": "@{a.id}"})),
    ]);
    let records = json!([
        {"attributes": {"type": "Account", "referenceId": "a"}, "id": ACCOUNT, "Name": "New"},
        {"attributes": {"type": "Account", "referenceId": "b"}, "id": ACCOUNT, "Name": ""},
    ]);
    let created = json!([
        {"attributes": {"type": "Account", "referenceId": "a"}, "Name": "New", "Contacts": {"records": [
            {"attributes": {"type": "Contact", "referenceId": "c"}, "LastName": "One"},
            {"attributes": {"type": "Contact", "referenceId": "d"}, "FirstName": "Two"},
        ]}},
    ]);
    vec![
        ("POST", "composite", json!({"allOrNone": true, "compositeRequest": chain})),
        (
            "POST",
            "composite/graph",
            json!({"graphs": [{"graphId": "1", "compositeRequest": chain}]}),
        ),
        ("POST", "composite/tree/Account", json!({"records": created})),
        ("PATCH", "composite/sobjects", json!({"allOrNone": true, "records": records})),
        (
            "DELETE",
            "composite/sobjects?allOrNone=true&ids=001Dm0000000001IAA,001Dm00000zzzzz",
            Value::Null,
        ),
    ]
}

#[test]
fn the_store_is_the_same_to_the_byte_after_an_all_or_none_failure() {
    let mut org = org();
    let whole = |org: &Org| format!("{:?}", org.store);
    let before = whole(&org);
    for (method, path, body) in failing() {
        let (_, answer) = ask(&mut org, method, path, &body);
        let told = answer.to_string();
        let failed = ["REQUIRED_FIELD_MISSING", "INVALID_CROSS_REFERENCE_KEY"];
        assert!(failed.iter().any(|code| told.contains(code)), "{path}: {told}");
        assert!(before == whole(&org), "{path} left something: {told}");
    }
    // Otherwise the comparison would not see a change.
    let (status, _) = ask(&mut org, "DELETE", &format!("sobjects/Account/{ACCOUNT}"), &Value::Null);
    assert_eq!(status, 204);
    assert!(before != whole(&org));
}

#[test]
fn a_snapshot_of_the_store_shares_what_nobody_writes() {
    let mut org = org();
    let before = org.store.clone();
    let contacts = Arc::clone(before.catalog().object("Contact").unwrap());
    let leads = Arc::clone(before.catalog().object("Lead").unwrap());
    ask(&mut org, "POST", "sobjects/Contact", &json!({"LastName": "x"}));
    let same = |object| std::ptr::eq(before.records(object), org.store.records(object));
    assert!(!same(&contacts) && same(&leads));
}

#[test]
fn references_fill_a_subrequest_only_up_to_a_bound() {
    let mut org = org();
    let long = json!({"Name": "x", "Description": "y".repeat(30_000)});
    let body = json!({"compositeRequest": [
        {"method": "POST", "url": "/services/data/v68.0/sobjects/Account", "referenceId": "a", "body": long},
        {"method": "GET", "url": "/services/data/v68.0/sobjects/Account/@{a.id}", "referenceId": "b"},
        {"method": "POST", "url": "/services/data/v68.0/sobjects/Account", "referenceId": "c",
            "body": {"Name": "@{b.Description}".repeat(40)}},
    ]});
    let (status, answer) = ask(&mut org, "POST", "composite", &body);
    let codes: Vec<&Value> = answer["compositeResponse"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["httpStatusCode"])
        .collect();
    assert_eq!((status, codes), (200, vec![&json!(201), &json!(200), &json!(413)]));
}
