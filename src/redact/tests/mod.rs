//! Answers that lie: whatever Salesforce sends, only what was permitted comes out of it.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::footprint::{Footprint, Resolved, resolve};
use crate::org::Schema;
use crate::salesforce::ObjectName;
use crate::salesforce::metadata::{FieldRef, MetadataOperation, Sought};
use crate::soql;

static SCHEMA: LazyLock<Schema> =
    LazyLock::new(|| Schema::from_json(&crate::demo_org::schema_json()).unwrap());

/// A query's answer, pruned.
fn pruned(text: &str, body: &str) -> Result<Pruned, RedactError> {
    let resolved = resolved(text);
    prune(resolved.operation(), resolved.footprint(), &|_, _| false, body.as_bytes())
}

fn resolved(text: &str) -> Resolved {
    let query = soql::parse(text).unwrap();
    resolve(Operation::query(query), &SCHEMA).unwrap()
}

fn rows(records: &str) -> String {
    format!(r#"{{"totalSize":1,"done":true,"records":[{records}]}}"#)
}

const PARENT: &str = "SELECT Name, MailingAddress, Account.Industry FROM Contact";
const CHILD: &str = "SELECT Name, (SELECT Title FROM Contacts) FROM Account";
const GROUPED: &str = "SELECT Title t, COUNT(Id), MAX(Name) FROM Contact GROUP BY Title";

#[test]
fn of_a_record_only_what_was_asked_for_comes_out() {
    for (query, sent, shown) in [
        // Keys that nobody asked for, in any spelling, at any level.
        (PARENT, r#"{"Name":"a","SSN__c":"1"}"#, r#"{"Name":"a"}"#),
        (PARENT, r#"{"Name":"a","\u0053SN__c":"1","Id":"2"}"#, r#"{"Name":"a"}"#),
        (
            PARENT,
            r#"{"Account":{"Industry":"x","Name":"y","Owner":{"Name":"z"}}}"#,
            r#"{"Account":{"Industry":"x"}}"#,
        ),
        (PARENT, r#"{"Industry":"x"}"#, "{}"),
        (PARENT, r#"{"Account.Industry":"x"}"#, "{}"),
        // The first of several spellings of one key.
        (PARENT, r#"{"Name":"a","name":"b","NAME":"c"}"#, r#"{"Name":"a"}"#),
        (PARENT, r#"{"\u004eame":"a"}"#, r#"{"Name":"a"}"#),
        // A Kelvin sign or a dotless i is no letter of a name.
        (PARENT, r#"{"Accou\u0274t":{},"ſsn":1}"#, "{}"),
        // The type, of objects that were touched, and nothing else of `attributes`.
        (
            PARENT,
            r#"{"attributes":{"type":"Contact","url":"/x/003","SSN__c":1},"Name":"a"}"#,
            r#"{"attributes":{"type":"Contact"},"Name":"a"}"#,
        ),
        (PARENT, r#"{"attributes":{"type":"Opportunity"},"Name":"a"}"#, r#"{"Name":"a"}"#),
        (PARENT, r#"{"attributes":{"type":"123-45-6789"}}"#, "{}"),
        (
            PARENT,
            r#"{"attributes":{"type":"Contact"},"Attributes":{"type":"Account"}}"#,
            r#"{"attributes":{"type":"Contact"}}"#,
        ),
        // No parent, and no children.
        (PARENT, r#"{"Account":null}"#, r#"{"Account":null}"#),
        (CHILD, r#"{"Contacts":null}"#, r#"{"Contacts":null}"#),
        (
            CHILD,
            r#"{"Contacts":{"totalSize":1,"done":true,"nextRecordsUrl":"/q","records":[{"Title":"a","Email":"b"}]}}"#,
            r#"{"Contacts":{"totalSize":1,"done":true,"records":[{"Title":"a"}]}}"#,
        ),
        // Compound values have their own parts.
        (
            PARENT,
            r#"{"MailingAddress":{"city":"a","SSN__c":"b","city":"c","geocodeAccuracy":null}}"#,
            r#"{"MailingAddress":{"city":"a","geocodeAccuracy":null}}"#,
        ),
        // Aggregates come under aliases and numbers.
        (
            GROUPED,
            r#"{"attributes":{"type":"AggregateResult"},"t":"a","expr0":3,"expr1":"b","expr2":9,"Title":"x"}"#,
            r#"{"attributes":{"type":"AggregateResult"},"t":"a","expr0":3,"expr1":"b"}"#,
        ),
        // Numbers pass as they stand, texts without what hides.
        (PARENT, r#"{"Name":1234567890123456.78}"#, r#"{"Name":1234567890123456.78}"#),
        (PARENT, r#"{"Name":-0.0E1}"#, r#"{"Name":-0.0E1}"#),
        (
            PARENT,
            "{\"Name\":\"a\u{202e}b\u{200b}\u{e0041}\\u001b[1m\\tc\"}",
            r#"{"Name":"ab[1m\tc"}"#,
        ),
    ] {
        let out = pruned(query, &rows(sent)).unwrap_or_else(|_| panic!("{sent}"));
        assert_eq!(out.json, rows(shown), "{sent}");
    }
}

#[test]
fn an_answer_of_another_form_is_refused_whole() {
    for (query, body) in [
        (PARENT, String::new()),
        (PARENT, "null".to_owned()),
        (PARENT, "[]".to_owned()),
        (PARENT, "{}".to_owned()),
        (PARENT, "\u{feff}{\"totalSize\":0,\"done\":true,\"records\":[]}".to_owned()),
        (PARENT, r#"{"totalSize":0,"done":true,"records":[]} x"#.to_owned()),
        (PARENT, r#"{"totalSize":0,"done":true,"records":[]"#.to_owned()),
        (PARENT, r#"{"totalSize":0,"done":true}"#.to_owned()),
        (PARENT, r#"{"totalSize":"0","done":true,"records":[]}"#.to_owned()),
        (PARENT, r#"{"totalSize":-1,"done":true,"records":[]}"#.to_owned()),
        (PARENT, r#"{"totalSize":0,"done":true,"records":null}"#.to_owned()),
        (PARENT, r#"{"totalSize":0,"done":true,"records":[],"records":[{"Name":"a"}]}"#.to_owned()),
        (PARENT, rows("null")),
        (PARENT, rows("[]")),
        (PARENT, rows("\"a\"")),
        (PARENT, rows(r#"{"Name":["a"]}"#)),
        (PARENT, rows(r#"{"Name":1e400}"#)),
        (PARENT, rows(&format!(r#"{{"Name":{}}}"#, "9".repeat(400)))),
        (PARENT, rows(&format!(r#"{{"Name":{}e99}}"#, "9".repeat(250)))),
        (PARENT, rows(r#"{"Name":"\ud800"}"#)),
        (PARENT, rows(r#"{"Account":"a"}"#)),
        (PARENT, rows(r#"{"Account":[{"Industry":"a"}]}"#)),
        (PARENT, rows(r#"{"MailingAddress":{"city":{"city":"a"}}}"#)),
        (PARENT, rows(r#"{"attributes":"Contact"}"#)),
        (CHILD, rows(r#"{"Contacts":[{"Title":"a"}]}"#)),
        (CHILD, rows(r#"{"Contacts":{"Title":"a"}}"#)),
        (PARENT, "<html>SSN 123-45-6789</html>".to_owned()),
    ] {
        assert!(pruned(query, &body).is_err(), "{body}");
    }
    let invalid =
        [br#"{"totalSize":0,"done":true,"records":[{"Name":""#.as_slice(), b"\xff\"}]}"].concat();
    let resolved = resolved(PARENT);
    assert!(prune(resolved.operation(), resolved.footprint(), &|_, _| true, &invalid).is_err());
}

#[test]
fn what_is_dropped_may_be_as_deep_and_as_large_as_it_likes() {
    let deep = format!(r#"{{"X":{}{},"Name":"a"}}"#, "[".repeat(100_000), "]".repeat(100_000));
    let out = pruned(PARENT, &rows(&deep)).unwrap();
    assert_eq!((out.json, out.dropped), (rows(r#"{"Name":"a"}"#), 1));
    let nested = format!("{}1{}", r#"{"Account":"#.repeat(90), "}".repeat(90));
    assert_eq!(pruned(PARENT, &rows(&nested)).unwrap().json, rows(r#"{"Account":{}}"#));
    let wide: String = (0..50_000).map(|n| format!(r#""K{n}":{n},"#)).collect();
    let out = pruned(PARENT, &rows(&format!(r#"{{{wide}"Name":"a"}}"#))).unwrap();
    assert_eq!(out.dropped, 50_000);
}

fn listing(operation: &Operation, visible: &[&str], body: &Value) -> Result<Value, RedactError> {
    let seen = |_: Action, target: &Target| visible.contains(&target.to_string().as_str());
    prune(operation, &Footprint::default(), &seen, body.to_string().as_bytes())
        .map(|out| tree(&out))
}

fn tree(out: &Pruned) -> Value {
    serde_json::from_str(&out.json).unwrap()
}

#[test]
fn a_describe_shows_neither_formulas_nor_defaults_nor_help_nor_hidden_names() {
    let object = ObjectName::parse("Contact").unwrap();
    let describe = Operation::DescribeObject { object };
    let body = json!({
        "name": "Contact", "label": "Con\u{202e}tact", "keyPrefix": "123-45-6789", "urls": {"sobject": "/x"},
        "fields": [
            {"name": "Title", "label": "T\u{200b}", "type": "string", "calculatedFormula": "SSN__c",
             "defaultValueFormula": "SSN__c", "inlineHelpText": "SSN__c", "controllerName": "SSN__c",
             "referenceTo": ["Account", "Secret__c"], "compoundFieldName": "SSN__c",
             "picklistValues": [{"value": "a", "label": "A", "active": true, "validFor": "SSN__c"},
                                {"value": "old", "active": false}]},
            {"name": "SSN__c", "label": "SSN", "type": "string"},
            {"name": "Other_Object_Field__c", "label": "x", "type": "string"},
        ],
        "childRelationships": [
            {"relationshipName": "Cases", "childSObject": "Case", "field": "ContactId"},
            {"relationshipName": "Secrets__r", "childSObject": "Secret__c", "field": "Up__c"},
            {"relationshipName": "Kids", "childSObject": "Case", "field": "SSN__c"},
            {"relationshipName": null, "childSObject": "Case", "field": "ContactId"},
        ],
        "recordTypeInfos": [{"name": "SSN__c"}],
    });
    let visible = ["Contact", "Contact.Title", "Account", "Case", "Case.ContactId"];
    let shown = listing(&describe, &visible, &body).unwrap();
    assert_eq!(shown["label"], "Contact");
    assert_eq!(shown.get("keyPrefix"), None);
    assert_eq!(shown["fields"].as_array().unwrap().len(), 1);
    assert_eq!(shown["fields"][0]["label"], "T");
    assert_eq!(shown["fields"][0]["referenceTo"], json!(["Account"]));
    assert_eq!(shown["fields"][0]["picklistValues"], json!([{"value": "a", "label": "A"}]));
    assert_eq!(
        shown["childRelationships"],
        json!([{"relationshipName": "Cases", "childSObject": "Case", "field": "ContactId"}])
    );
    let text = shown.to_string();
    assert!(!text.contains("SSN") && !text.contains("Secret"), "{text}");
}

#[test]
fn a_list_or_describe_of_another_form_is_refused() {
    let object = ObjectName::parse("Contact").unwrap();
    let describe = Operation::DescribeObject { object };
    let field = json!({"name": "Title", "label": "", "type": "string"});
    for (operation, body) in [
        (&describe, json!({"name": "User", "fields": [field], "childRelationships": []})),
        (&describe, json!({"name": "Contact", "childRelationships": []})),
        (&describe, json!({"name": "Contact", "fields": {}, "childRelationships": []})),
        (
            &describe,
            json!({"name": "Contact", "fields": [{"name": "a b", "type": ""}], "childRelationships": []}),
        ),
        (&Operation::ListObjects, json!({})),
        (&Operation::ListObjects, json!({"sobjects": [{"name": "a b"}]})),
        (&Operation::GetLimits, json!([])),
        (&Operation::GetLimits, json!({"DailyApiRequests": {"Max": "secret", "Remaining": 1}})),
        (&Operation::GetLimits, json!({"123-45-6789": {"Max": 1, "Remaining": 1}})),
    ] {
        assert!(listing(operation, &["Contact", "Contact.Title"], &body).is_err(), "{body}");
    }
    let limits = json!({"PermissionSets": {"Max": 5, "Remaining": 4, "CreateCustom": {"Max": 1, "Remaining": 1}, "x": "SSN"}});
    let shown = listing(&Operation::GetLimits, &[], &limits).unwrap();
    assert_eq!(shown, json!({"PermissionSets": {"Max": 5, "Remaining": 4}}));
}

#[test]
fn a_record_counts_as_created_only_where_salesforce_says_so() {
    let object = ObjectName::parse("Contact").unwrap();
    let create = Operation::CreateRecord { object, body: Vec::new().into() };
    for (body, shown) in [
        (
            r#"{"id":"003000000000001","success":true,"errors":["SSN"]}"#,
            Some(r#"{"id":"003000000000001AAA","success":true}"#),
        ),
        (r#"{"id":"003000000000001","success":false,"errors":[]}"#, None),
        (r#"{"id":"<script>","success":true}"#, None),
        (r#"{"success":true}"#, None),
        ("", None),
    ] {
        let out = prune(&create, &Footprint::default(), &|_, _| true, body.as_bytes());
        assert_eq!(out.ok().map(|out| out.json).as_deref(), shown, "{body}");
    }
}

/// JSON whose keys are often those of the answer.
fn answers() -> impl Strategy<Value = Value> {
    let key = prop::sample::select(vec![
        "Name",
        "name",
        "Account",
        "Industry",
        "Contacts",
        "Title",
        "records",
        "totalSize",
        "done",
        "attributes",
        "type",
        "SSN__c",
        "Owner",
        "city",
        "expr0",
        "nextRecordsUrl",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0u32..9).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,6}".prop_map(Value::from),
        Just(Value::from("Contact")),
    ];
    leaf.prop_recursive(6, 60, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..6)
                .prop_map(|members| members.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()),
        ]
    })
}

fn keys(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                found.insert(key.to_ascii_lowercase());
                keys(value, found);
            }
        }
        Value::Array(elements) => elements.iter().for_each(|value| keys(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

proptest! {
    #[test]
    fn no_answer_brings_a_key_that_was_not_asked_for(record in answers(), whole in any::<bool>()) {
        let body = if whole { record.to_string() } else { rows(&record.to_string()) };
        for (query, allowed) in [
            (PARENT, ["name", "mailingaddress", "city", "account", "industry"].as_slice()),
            (CHILD, ["name", "contacts", "title", "city"].as_slice()),
        ] {
            let Ok(out) = pruned(query, &body) else { continue };
            let shown: Value = serde_json::from_str(&out.json).expect("JSON comes out");
            let mut found = BTreeSet::new();
            keys(&shown, &mut found);
            let always = ["totalsize", "done", "records", "attributes", "type"];
            for key in &found {
                prop_assert!(allowed.contains(&key.as_str()) || always.contains(&key.as_str()), "{}", key);
            }
        }
    }

    #[test]
    fn no_bytes_break_the_pruning(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let text = String::from_utf8_lossy(&body);
        let _refused = pruned(PARENT, &text);
        let _refused = pruned(CHILD, &rows(&text));
    }
}

mod definitions;
mod collections;
mod granted;
mod masks;
mod tables;
mod windows;
