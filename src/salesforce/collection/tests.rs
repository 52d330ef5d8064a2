//! What is read of bodies of several records, and how it is printed again.

use super::read::{self, CollectionError};
use super::*;
use crate::salesforce::body::Rules;
use crate::salesforce::{Operation, rest};

const REFERENCES: Rules = Rules { references: true, node: false };

fn name(text: &str) -> ObjectName {
    ObjectName::parse(text).unwrap()
}

/// The request as it is sent, or why there is none.
fn said(read: Result<CollectionOperation, CollectionError>) -> String {
    match read {
        Ok(operation) => {
            let version = rest::ApiVersion::parse("68.0").unwrap();
            let request = rest::request(&Operation::Records(operation), &version);
            let path = request.path.strip_prefix("/services/data/v68.0/composite/").unwrap();
            let body = request.body.map_or(String::new(), |body| body.text);
            format!("{} {path} {body}", request.method.name())
        }
        Err(error) => error.to_string(),
    }
}

fn create(object: Option<&str>, records: &str) -> String {
    said(read::create(true, object.map(name).as_ref(), records, Rules::default()))
}

fn update(records: &str, rules: Rules) -> String {
    said(read::update(false, None, records, rules))
}

fn upsert(records: &str) -> String {
    let field = FieldName::parse("ExternalKey__c").unwrap();
    said(read::upsert(false, name("Account"), field, records, Rules::default()))
}

fn tree(records: &str) -> String {
    said(read::tree_body(name("Account"), records, Rules::default()))
}

#[test]
fn records_are_printed_with_their_object_and_what_names_them() {
    for (said, expected) in [
        (
            create(
                None,
                r#"[{"attributes":{"type":"Task"},"Subject":"a"},{"Name":1,"attributes":{"type":"Account"}}]"#,
            ),
            r#"POST sobjects {"allOrNone":true,"records":[{"attributes":{"type":"Task"},"Subject":"a"},{"attributes":{"type":"Account"},"Name":1}]}"#,
        ),
        (
            create(
                Some("Task"),
                r#"[{"Subject":"a","What":{"ExternalKey__c":"A-1","attributes":{"type":"Account"}}}]"#,
            ),
            r#"POST sobjects {"allOrNone":true,"records":[{"attributes":{"type":"Task"},"Subject":"a","What":{"attributes":{"type":"Account"},"ExternalKey__c":"A-1"}}]}"#,
        ),
        (
            update(
                r#"[{"attributes":{"type":"Task"},"Subject":null,"\u0049D":"00T000000000001"}]"#,
                Rules::default(),
            ),
            r#"PATCH sobjects {"allOrNone":false,"records":[{"attributes":{"type":"Task"},"id":"00T000000000001EAA","Subject":null}]}"#,
        ),
        (
            upsert(r#"[{"externalKEY__C":"A-1","Name":"a"},{"ExternalKey__c":2}]"#),
            r#"PATCH sobjects/Account/ExternalKey__c {"allOrNone":false,"records":[{"attributes":{"type":"Account"},"ExternalKey__c":"A-1","Name":"a"},{"attributes":{"type":"Account"},"ExternalKey__c":2}]}"#,
        ),
        (
            tree(
                r#"{"records":[{"attributes":{"type":"Account","referenceId":"a"},"Name":"x","Contacts":{"records":[{"attributes":{"referenceId":"b","type":"Contact"},"LastName":"y"}]}}]}"#,
            ),
            r#"POST tree/Account {"records":[{"attributes":{"type":"Account","referenceId":"a"},"Name":"x","Contacts":{"records":[{"attributes":{"type":"Contact","referenceId":"b"},"LastName":"y"}]}}]}"#,
        ),
    ] {
        assert_eq!(said, expected);
    }
    let ids = read::ids(["00T000000000001", "001000000000001AAA"]).unwrap();
    assert_eq!(
        said(Ok(CollectionOperation::DeleteMany { all_or_none: true, ids: ids.clone() })),
        "DELETE sobjects?ids=00T000000000001EAA,001000000000001AAA&allOrNone=true "
    );
    let fields = vec![Path::read("Name").unwrap(), Path::read("Owner.Name").unwrap()];
    assert_eq!(
        said(Ok(CollectionOperation::GetMany { object: name("Account"), ids, fields })),
        r#"POST sobjects/Account {"ids":["00T000000000001EAA","001000000000001AAA"],"fields":["Name","Owner.Name"]}"#
    );
}

fn all_say(refusals: &[(String, &str)]) {
    for (said, why) in refusals {
        assert!(said.contains(why), "{said}\n  should say: {why}");
    }
}

#[test]
fn a_new_record_that_could_be_understood_in_two_ways_is_refused() {
    all_say(&[
        (create(None, r#"[{"Subject":"a"}]"#), "record 1: say its object"),
        (
            create(Some("Task"), r#"[{"attributes":{"type":"Account"}}]"#),
            "record 1: `attributes.type` is `Account`",
        ),
        (
            create(Some("Task"), r#"[{},{"Subject":"a","SUBJECT":"b"}]"#),
            "record 2: `SUBJECT` stands twice",
        ),
        (create(Some("Task"), r#"[{"Subject":"a","s\u0075bject":"b"}]"#), "stands twice"),
        (
            create(
                Some("Task"),
                r#"[{"attributes":{"type":"Task"},"attributes":{"type":"Account"}}]"#,
            ),
            "stands twice",
        ),
        (
            create(Some("Task"), r#"[{"Attributes":{"type":"Account"}}]"#),
            "`Attributes` is not the name",
        ),
        (
            create(Some("Task"), r#"[{"attributes":{"type":"Task","url":"/x","x":1}}]"#),
            "`attributes` may hold only",
        ),
        (create(Some("Task"), r#"[{"Notes":{"records":[]}}]"#), "only in a tree"),
        (create(Some("Task"), r#"[{"Who":[1]}]"#), "only in a tree"),
        (create(Some("Task"), r#"{"Subject":"a"}"#), "a list of records"),
        (create(Some("Task"), "[1]"), "record 1: a record is an object"),
        (create(Some("Task"), "[{}"), "a list of records"),
        (create(Some("Task"), r#"[{"A":12345678901234567890.5}]"#), "would lose digits"),
    ]);
}

#[test]
fn a_change_that_does_not_say_of_which_record_is_refused() {
    all_say(&[
        (
            update(r#"[{"attributes":{"type":"Task"},"Subject":"a"}]"#, Rules::default()),
            "record 1: give `id`",
        ),
        (
            update(r#"[{"attributes":{"type":"Task"},"id":5}]"#, Rules::default()),
            "record 1: give `id`",
        ),
        (
            update(r#"[{"attributes":{"type":"Task"},"id":"x"}]"#, Rules::default()),
            "record 1: a record id has",
        ),
        (
            update(
                r#"[{"attributes":{"type":"Task"},"id":"00T000000000001","Id":"00T000000000002"}]"#,
                Rules::default(),
            ),
            "stands twice",
        ),
        // What another part answers with can't say which record is changed here.
        (
            update(r#"[{"attributes":{"type":"Task"},"id":"@{a.id}"}]"#, REFERENCES),
            "record 1: give `id`",
        ),
        (
            update(
                r#"[{"attributes":{"type":"Task"},"id":"00T000000000001","Subject":"x@{a.id}"}]"#,
                REFERENCES,
            ),
            "one whole reference",
        ),
        (upsert(r#"[{"Name":"a"}]"#), "record 1: give `ExternalKey__c`"),
        (upsert(r#"[{"ExternalKey__c":null}]"#), "record 1: give `ExternalKey__c`"),
        (
            upsert(r#"[{"attributes":{"type":"Contact"},"ExternalKey__c":"1"}]"#),
            "`attributes.type` is `Contact`",
        ),
    ]);
}

#[test]
fn a_tree_that_could_be_understood_in_two_ways_is_refused() {
    all_say(&[
        (
            tree(r#"{"records":[{"Name":"x"}]}"#),
            "record 1: give `attributes` with `type` and a `referenceId`",
        ),
        (
            tree(
                r#"{"records":[{"attributes":{"referenceId":"a"}},{"attributes":{"referenceId":"a"}}]}"#,
            ),
            "`a` stands twice",
        ),
        (tree(r#"{"records":[],"x":1}"#), "nothing else"),
        (tree(r#"{"Records":[]}"#), "nothing else"),
        (
            tree(
                r#"{"records":[{"attributes":{"referenceId":"a"},"Contacts":{"records":[],"done":true}}]}"#,
            ),
            "only in a tree",
        ),
        (
            tree(
                r#"{"records":[{"attributes":{"referenceId":"a"},"Contacts":{"records":[]},"contacts":{"records":[]}}]}"#,
            ),
            "stands twice",
        ),
    ]);
}

#[test]
fn a_tree_that_is_too_deep_is_not_walked() {
    let tree_of = |levels: usize| {
        let mut json = String::from("null");
        for level in 0..levels {
            let below = if level == 0 {
                String::new()
            } else {
                format!(r#","Kids":{{"records":[{json}]}}"#)
            };
            json = format!(r#"{{"attributes":{{"referenceId":"r{level}"}}{below}}}"#);
        }
        tree(&format!(r#"{{"records":[{json}]}}"#))
    };
    assert!(tree_of(5).starts_with("POST tree/Account"));
    assert_eq!(tree_of(6), "a tree has at most 5 levels");
    // Deeper than the reader of JSON goes.
    assert!(tree_of(60).contains("at most 5 levels"));
}

#[test]
fn around_the_records_stands_nothing_unknown() {
    assert_eq!(read::body(r#"{"records":[1],"allOrNone":true}"#), Ok((true, "[1]")));
    assert_eq!(read::body(r#"{"records":[]}"#), Ok((false, "[]")));
    for json in [
        "{}",
        "[]",
        r#"{"records":[],"allOrNone":"true"}"#,
        r#"{"records":[],"AllOrNone":true}"#,
        r#"{"records":[],"Records":[1]}"#,
        r#"{"records":[],"records":[1]}"#,
        r#"{"records":[],"x":1}"#,
    ] {
        assert!(read::body(json).is_err(), "{json}");
    }
    let id = r#""001000000000001""#;
    assert!(read::wanted(&format!(r#"{{"ids":[{id}],"fields":["Name"]}}"#)).is_ok());
    for (ids, fields) in [
        (id, r#""a b""#),
        (id, ""),
        (id, r#""Name,SSN__c""#),
        (r#""1""#, r#""Name""#),
        ("1", r#""Name""#),
        (id, r#""Name"],"FIELDS":["SSN__c""#),
        (id, r#""Name"],"x":["SSN__c""#),
    ] {
        let json = format!(r#"{{"ids":[{ids}],"fields":[{fields}]}}"#);
        assert!(read::wanted(&json).is_err(), "{json}");
    }
}

#[test]
fn a_write_costs_as_much_as_its_records_up_to_25() {
    let records = |n: usize| vec![RecordId::parse("001000000000001").unwrap(); n];
    for (operation, cost) in [
        (CollectionOperation::DeleteMany { all_or_none: true, ids: records(3) }, 3),
        (CollectionOperation::DeleteMany { all_or_none: true, ids: records(200) }, 25),
        (
            CollectionOperation::GetMany {
                object: name("Account"),
                ids: records(200),
                fields: Vec::new(),
            },
            1,
        ),
    ] {
        assert_eq!(operation.cost(), cost, "{operation:?}");
    }
}
