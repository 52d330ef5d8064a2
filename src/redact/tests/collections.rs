//! Answers to requests on several records, and about the user that all agents share.

use super::*;
use crate::salesforce::body::Rules;
use crate::salesforce::collection::{CollectionOperation, read};
use crate::salesforce::{Fault, FieldName};
use crate::soql::ast::Path;

fn shown(operation: Operation, body: &str) -> Option<String> {
    let resolved = resolve(operation, &SCHEMA).unwrap();
    let out = prune(resolved.operation(), resolved.footprint(), &|_, _| false, body.as_bytes());
    out.ok().map(|out| out.json)
}

fn name(text: &str) -> ObjectName {
    ObjectName::parse(text).unwrap()
}

const IDS: [&str; 2] = ["003000000000001", "003000000000002"];

fn get() -> Operation {
    Operation::Records(CollectionOperation::GetMany {
        object: name("Contact"),
        ids: read::ids(IDS).unwrap(),
        fields: vec![Path::read("Title").unwrap(), Path::read("Account.Name").unwrap()],
    })
}

fn update() -> Operation {
    let records = r#"[{"id":"003000000000001","Title":"x"},{"id":"003000000000002","Title":"x"}]"#;
    let read = read::update(false, Some(&name("Contact")), records, Rules::default());
    Operation::Records(read.unwrap())
}

fn create() -> Operation {
    let records = r#"[{"Title":"x"}]"#;
    let read = read::create(false, Some(&name("Contact")), records, Rules::default());
    Operation::Records(read.unwrap())
}

fn tree() -> Operation {
    let records = r#"[{"attributes":{"referenceId":"a"},"Name":"x","Contacts":{"records":[{"attributes":{"referenceId":"b"},"LastName":"y"}]}}]"#;
    Operation::Records(read::tree(name("Account"), records, Rules::default()).unwrap())
}

fn comes_out(answers: &[(Operation, &str, Option<&str>)]) {
    let value = |text: &str| -> Value { serde_json::from_str(text).unwrap() };
    for (operation, body, expected) in answers {
        let shown = shown(operation.clone(), body);
        assert_eq!(shown.as_deref().map(value), expected.map(value), "{body}");
    }
}

#[test]
fn of_several_records_only_what_was_asked_for_comes_out() {
    comes_out(&[
        (
            get(),
            r#"[{"attributes":{"type":"Contact","url":"/x"},"Title":"a","SSN__c":"1","Account":{"Name":"b","Industry":"c"}},null]"#,
            Some(
                r#"{"records":[{"attributes":{"type":"Contact"},"Title":"a","Account":{"Name":"b"}},null]}"#,
            ),
        ),
        (
            get(),
            r#"[{"attributes":{"type":"Secret__c"},"TITLE":"a"}]"#,
            Some(r#"{"records":[{"TITLE":"a"}]}"#),
        ),
        (get(), "[]", Some(r#"{"records":[]}"#)),
        // More than was asked for, and other forms.
        (get(), r#"[null,null,null]"#, None),
        (get(), r#"{"records":[]}"#, None),
        (get(), r#"[["a"]]"#, None),
        (get(), r#"["123-45-6789"]"#, None),
        (get(), "null", None),
    ]);
}

#[test]
fn of_a_change_of_several_records_only_ids_and_codes_come_out() {
    comes_out(&[
        (
            update(),
            r#"[{"id":"003000000000001AAA","success":true,"errors":[]},
                {"success":false,"errors":[{"statusCode":"FIELD_CUSTOM_VALIDATION_EXCEPTION","message":"SSN is 123","fields":["Title","SSN__c"]}]}]"#,
            Some(
                r#"{"results":[{"id":"003000000000001AAA","success":true},{"id":"003000000000002AAA","success":false,"errors":[{"fields":["Title"],"message":"a validation rule of the org refused the values","statusCode":"FIELD_CUSTOM_VALIDATION_EXCEPTION"}]}]}"#,
            ),
        ),
        (update(), r#"[{"id":"003000000000001AAA","success":true,"errors":[]}]"#, None),
        (update(), r#"[{"id":"x","success":true},{"success":true}]"#, None),
        (
            create(),
            r#"[{"id":"003000000000009AAA","success":true,"created":true,"errors":["SSN"],"SSN__c":"1"}]"#,
            Some(r#"{"results":[{"id":"003000000000009AAA","success":true,"created":true}]}"#),
        ),
        // The id of the record that this one would duplicate is not told, nor a code that is none.
        (
            create(),
            r#"[{"id":"003000000000009AAA","success":false,"errors":[{"statusCode":"DUPLICATES_DETECTED","message":"003000000000009AAA"},{"statusCode":"ssn 123-45-6789"},5]}]"#,
            Some(
                r#"{"results":[{"success":false,"errors":[{"fields":[],"message":"the org holds a record that this one would duplicate","statusCode":"DUPLICATES_DETECTED"},{"fields":[],"message":"the org refused the call","statusCode":"UNKNOWN_EXCEPTION"},{"fields":[],"message":"the org refused the call","statusCode":"UNKNOWN_EXCEPTION"}]}]}"#,
            ),
        ),
        (create(), r#"[{"success":true,"errors":[]}]"#, None),
    ]);
}

#[test]
fn of_a_new_tree_only_ids_and_references_come_out() {
    comes_out(&[
        (
            tree(),
            r#"{"hasErrors":false,"results":[{"referenceId":"a","id":"001000000000001"},{"referenceId":"b","id":"003000000000001","SSN__c":"1"}]}"#,
            Some(
                r#"{"hasErrors":false,"results":[{"referenceId":"a","id":"001000000000001AAA"},{"referenceId":"b","id":"003000000000001AAA"}]}"#,
            ),
        ),
        (
            tree(),
            r#"{"hasErrors":false,"results":[{"referenceId":"a","id":"001000000000001"}]}"#,
            None,
        ),
        (
            tree(),
            r#"{"hasErrors":true,"results":[{"referenceId":"a","id":"001000000000001"},{"referenceId":"b","id":"003000000000001"}]}"#,
            None,
        ),
        (
            tree(),
            r#"{"hasErrors":false,"results":[{"referenceId":"a","id":"001000000000001"},{"referenceId":"a","id":"003000000000001"}]}"#,
            None,
        ),
        (
            tree(),
            r#"{"hasErrors":false,"results":[{"referenceId":"a","id":"001000000000001"},{"referenceId":"123-45-6789","id":"003000000000001"}]}"#,
            None,
        ),
    ]);
}

#[test]
fn a_tree_that_failed_is_read_for_its_codes_alone() {
    let body = r#"{"hasErrors":true,"results":[{"referenceId":"b","errors":[{"statusCode":"REQUIRED_FIELD_MISSING","message":"123-45-6789","fields":["LastName","SSN__c"]}]}]}"#;
    let fault = Fault::read(400, body.as_bytes());
    assert_eq!(fault.code.as_deref(), Some("REQUIRED_FIELD_MISSING"));
    let (reference, of_record) = &fault.records[0];
    assert_eq!(reference, "b");
    assert_eq!(
        of_record.told(&|name| name == "LastName"),
        json!({
            "statusCode": "REQUIRED_FIELD_MISSING",
            "message": "a required field has no value",
            "fields": ["LastName"],
        })
    );
    // The other forms still are what they were.
    let fault = Fault::read(400, br#"[{"errorCode":"INVALID_FIELD","message":"x"}]"#);
    assert_eq!((fault.code.as_deref(), fault.records.len()), (Some("INVALID_FIELD"), 0));
    let fault = Fault::read(400, br#"[{"success":false,"errors":[{"statusCode":"NOT_FOUND"}]}]"#);
    assert_eq!(fault.code.as_deref(), Some("NOT_FOUND"));
}

#[test]
fn recently_viewed_records_are_those_of_the_objects_that_were_asked_for() {
    let recent =
        |limit| Operation::RecentlyViewed { objects: vec![name("case"), name("Account")], limit };
    let body = r#"[{"attributes":{"type":"Contact"},"Id":"003000000000001","Name":"secret"},
        {"attributes":{"type":"Case"},"Id":"500000000000001","Name":"00001","SSN__c":"1"},
        {"attributes":{"type":"Account"},"Id":"001000000000001"}]"#;
    let account = r#",{"attributes":{"type":"Account"},"Id":"001000000000001AAA","Name":null}"#;
    let case = r#"{"attributes":{"type":"Case"},"Id":"500000000000001AAA","Name":"00001"}"#;
    assert_eq!(shown(recent(5), body).unwrap(), format!("{{\"records\":[{case}{account}]}}"));
    assert_eq!(shown(recent(1), body).unwrap(), format!("{{\"records\":[{case}]}}"));
    for bad in [
        "{}",
        r#"[{"Id":"500000000000001"}]"#,
        r#"[{"attributes":{"type":"Case"},"Id":"500000000000001","Name":["x"]}]"#,
    ] {
        assert_eq!(shown(recent(5), bad), None, "{bad}");
    }
    let resolved = resolve(recent(5), &SCHEMA).unwrap();
    let touched: Vec<String> = resolved
        .footprint()
        .accesses
        .iter()
        .map(|a| format!("{} {}", a.action.name(), a.target))
        .collect();
    assert_eq!(
        touched,
        ["select Case.Id", "select Case.CaseNumber", "select Account.Id", "select Account.Name"]
    );
}

#[test]
fn of_the_user_only_what_may_be_seen_comes_out() {
    let body = json!({
        "user_id": "005000000000001", "name": "Ada Lark", "given_name": "Ada", "family_name": "Lark",
        "email": "ada@example.com", "preferred_username": "ada", "organization_id": "00D000000000001",
        "urls": {"rest": "https://x"}, "locale": ["x"], "zoneinfo": "a\u{202e}b",
    });
    for (forbidden, expected) in [
        (
            &[][..],
            json!({"Id": "005000000000001AAA", "Name": "Ada Lark", "FirstName": "Ada", "LastName": "Lark",
                   "Email": "ada@example.com", "Username": "ada"}),
        ),
        // The whole name would tell its parts.
        (
            &["LastName", "Email"],
            json!({"Id": "005000000000001AAA", "FirstName": "Ada", "Username": "ada"}),
        ),
        (
            &["Name", "Username", "Email"],
            json!({"Id": "005000000000001AAA", "FirstName": "Ada", "LastName": "Lark"}),
        ),
    ] {
        let resolved = resolve(Operation::CurrentUser, &SCHEMA).unwrap();
        let visible = |_: Action, target: &Target| {
            let field = target.field().map(FieldName::as_str).unwrap();
            !forbidden.contains(&field)
        };
        let out = prune(
            resolved.operation(),
            resolved.footprint(),
            &visible,
            body.to_string().as_bytes(),
        );
        let mut out = tree_of(&out.unwrap());
        out.as_object_mut().unwrap().retain(|key, _| !key.ends_with("Key"));
        assert_eq!(out, expected, "{forbidden:?}");
    }
}

fn tree_of(out: &Pruned) -> Value {
    serde_json::from_str(&out.json).unwrap()
}
