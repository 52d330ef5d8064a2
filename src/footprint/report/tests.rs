//! Columns → fields, and reports → what they touch, on the demo org.

use serde_json::{Value, json};

use super::super::{Resolved, resolve};
use super::column::trace;
use super::*;
use crate::org::Schema;
use crate::salesforce::report::Column;

fn demo() -> Schema {
    Schema::from_json(&crate::demo_org::schema_json()).unwrap()
}

fn id() -> RecordId {
    RecordId::parse("00O000000000001EAA").unwrap()
}

#[test]
fn a_column_is_the_one_field_that_all_witnesses_name() {
    let schema = demo();
    for (report_type, token, sources, expected) in [
        // Its own name.
        ("x", "Contact.SSN__c", &[][..], "Contact.SSN__c?"),
        ("ContactList", "Contact.SSN__c", &[], "Contact.SSN__c"),
        ("x", "Contact.Account.Name", &[], "Contact.AccountId Account.Name"),
        ("x", "Account.Contacts$Owner.Email", &[], "Contact.AccountId Contact.OwnerId User.Email"),
        ("x", "Account$Name", &[], "Account.Name"),
        ("CustomEntity$Contact", "Contact.SSN__c", &[], "Contact.SSN__c"),
        // What the describe says.
        ("x", "FIRST_NAME", &["Contact.FirstName"], "Contact.FirstName?"),
        ("x", "FIRST_NAME", &["FIRST_NAME", "Name", "Contact.FirstName"], "Contact.FirstName?"),
        ("x", "A", &["Account.Name", "Contact.Account.Name"], "Contact.AccountId Account.Name"),
        // The table.
        ("ContactList", "EMAIL", &[], "Contact.Email"),
        ("ContactList", "ACCOUNT.NAME", &["Account.Name"], "Contact.AccountId Account.Name"),
        ("AccountList", "ACCOUNT.NAME", &["Account.Name"], "Account.Name"),
        ("Opportunity", "FULL_NAME", &["User.Name"], "Opportunity.OwnerId User.Name"),
        // None, or more than one.
        ("x", "EMAIL", &[], "-"),
        ("x", "ACCOUNT.NAME", &[], "-"),
        ("x", "contact.ssn__c", &[], "-"),
        ("x", "Contact.Nothing__c", &[], "-"),
        ("x", "Nothing__c.Name", &[], "-"),
        ("x", "Contact.Nothing.Name", &[], "-"),
        ("x", "Task.Who.Name", &[], "-"),
        ("x", "Contact.", &[], "-"),
        ("x", "$", &[], "-"),
        ("x", "Account.Nothing$Name", &[], "-"),
        ("x", "BucketField_1", &["BucketField_1"], "-"),
        ("x", "A", &["Contact.Email", "Contact.Phone"], "-"),
        ("x", "Contact.SSN__c", &["Contact.Email"], "-"),
        ("ContactList", "EMAIL", &["Contact.SSN__c"], "-"),
    ] {
        let sources = sources.iter().map(|&source| source.to_owned()).collect();
        let column = Column { token: token.to_owned(), sources };
        let found = trace(&schema, report_type, &column);
        let shown = found.map_or("-".to_owned(), |found| {
            let steps = found.steps.iter().map(|(o, f)| format!("{}.{} ", o.name, f.name));
            let sure = if found.sure { "" } else { "?" };
            let (object, field) = (&found.object.name, &found.field.name);
            format!("{}{object}.{field}{sure}", steps.collect::<String>())
        });
        assert_eq!(shown, expected, "{report_type} {token} {column:?}");
    }
}

/// The run of a report with this metadata.
fn run(others: &Value) -> Operation {
    let mut metadata = json!({
        "reportFormat": "SUMMARY", "reportType": { "type": "ContactList" },
        "detailColumns": ["FIRST_NAME"], "aggregates": ["RowCount"],
    });
    for (key, value) in others.as_object().unwrap() {
        metadata[key] = value.clone();
    }
    let answer = json!({ "reportMetadata": metadata }).to_string();
    let run = ReportOperation::run(id(), true).with_lookup(answer.as_bytes());
    Operation::Report(run.unwrap())
}

fn accesses(resolved: &Resolved) -> Vec<String> {
    let accesses = resolved.footprint().accesses.iter();
    let mut shown: Vec<String> =
        accesses.map(|a| format!("{} {}", a.action.name(), a.target)).collect();
    shown.sort();
    shown
}

#[test]
fn what_comes_back_is_selected_and_what_rows_go_by_is_filtered() {
    let schema = demo();
    for (others, expected) in [
        (json!({}), &[][..]),
        (
            json!({ "detailColumns": ["FIRST_NAME", "Contact.Salary__c"] }),
            &["select Contact.Salary__c"],
        ),
        // A formula shows what it is computed from.
        (
            json!({ "detailColumns": ["FIRST_NAME", "Contact.SSN_Last4__c"] }),
            &["select Contact.SSN_Last4__c", "select Contact.SSN__c"],
        ),
        // A name comes with an id, and by a lookup.
        (
            json!({ "detailColumns": ["FIRST_NAME", "ACCOUNT.NAME"] }),
            &["select Account.Id", "select Account.Name", "select Contact.AccountId"],
        ),
        // A lookup is shown by the name of the record that it leads to.
        (
            json!({ "detailColumns": ["FIRST_NAME", "Contact.AccountId"] }),
            &["select Account.Name", "select Contact.AccountId"],
        ),
        (
            json!({ "groupingsDown": [{ "name": "Contact.Salary__c" }] }),
            &["filter Contact.Salary__c", "select Contact.Salary__c"],
        ),
        (
            json!({ "groupingsAcross": [{ "name": "EMAIL", "sortAggregate": "s!Contact.Salary__c" }] }),
            &["filter Contact.Email", "filter Contact.Salary__c", "select Contact.Email"],
        ),
        (
            json!({ "aggregates": ["mx!Contact.Salary__c"] }),
            &["filter Contact.Salary__c", "select Contact.Salary__c"],
        ),
        (
            json!({ "reportFilters": [{ "column": "Contact.Salary__c", "operator": "greaterThan", "value": "1" }] }),
            &["filter Contact.Salary__c"],
        ),
        (
            json!({ "reportFilters": [{ "column": "EMAIL", "operator": "equals", "value": "Contact.SSN__c", "filterType": "fieldToField" }] }),
            &["filter Contact.Email", "filter Contact.SSN__c"],
        ),
        (
            json!({ "standardDateFilter": { "column": "Contact.Birthdate", "durationValue": "CUSTOM" } }),
            &["filter Contact.Birthdate"],
        ),
        (json!({ "sortBy": [{ "sortColumn": "Contact.SSN__c" }] }), &["filter Contact.SSN__c"]),
        // Where the describe doesn't say by which lookup, it could be any.
        (
            json!({ "detailColumns": ["FIRST_NAME", "Account.Rating"] }),
            &["select Account.Rating", "select Contact.AccountId"],
        ),
    ] {
        let resolved = resolve(run(&others), &schema).unwrap();
        let plain = ["runReport report 00O000000000001EAA", "select Contact.FirstName"];
        let mut all: Vec<&str> = plain.iter().chain(expected).copied().collect();
        all.sort_unstable();
        assert_eq!(accesses(&resolved), all, "{others}");
        assert_eq!(resolved.footprint().rows, Some(2_000));
    }
}

#[test]
fn standard_filters_choose_by_the_fields_that_are_known_of_them() {
    let schema = demo();
    let of = |name: &str, value: &str| {
        run(&json!({
            "reportType": { "type": "Opportunity" }, "detailColumns": ["AMOUNT"],
            "standardFilters": [{ "name": name, "value": value }],
        }))
    };
    let open = resolve(of("open", "closedwon"), &schema).unwrap();
    assert!(accesses(&open).contains(&"filter Opportunity.IsWon".to_owned()));
    let all = resolve(of("terr", "all"), &schema).unwrap();
    assert_eq!(accesses(&all).len(), 2);
    let error = resolve(of("terr", "mine"), &schema).unwrap_err();
    assert!(error.to_string().contains("`terr`"), "{error}");
}

#[test]
fn a_report_that_is_not_understood_has_no_footprint() {
    let schema = demo();
    let describe = |id: &str| {
        Operation::Report(ReportOperation::Describe { id: RecordId::parse(id).unwrap() })
    };
    let described = resolve(describe("00O000000000001"), &schema).unwrap();
    assert_eq!(accesses(&described), ["runReport report 00O000000000001EAA"]);
    for (operation, says) in [
        (describe("003000000000001"), "start with 00O"),
        (describe("00o000000000001"), "start with 00O"),
        (Operation::Report(ReportOperation::run(id(), true)), "looked up first"),
        (run(&json!({ "buckets": [{ "developerName": "B1" }] })), "`B1`"),
        (run(&json!({ "detailColumns": ["NOBODY_KNOWS"] })), "`NOBODY_KNOWS`"),
        (run(&json!({ "sortBy": [{ "sortColumn": "NOBODY_KNOWS" }] })), "`NOBODY_KNOWS`"),
    ] {
        let error = resolve(operation, &schema).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
}
