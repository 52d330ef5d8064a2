//! Which keys of an answer stay, for the parts of SOQL whose keys are not simply their paths.

use fieldgate::footprint;
use fieldgate::org::Schema;
use fieldgate::redact;
use fieldgate::salesforce::Operation;
use fieldgate::soql;

/// What stays of the one row `row` in the answer to a query against the demo org's schema, without
/// `attributes`.
fn kept(query: &str, row: &str) -> String {
    let schema = Schema::from_json(&fieldgate::demo_org::schema_json()).unwrap();
    let query = soql::parse(query).unwrap();
    let resolved = footprint::resolve(Operation::query(query), &schema).unwrap();
    let body = format!("{{\"totalSize\":1,\"done\":true,\"records\":[{row}]}}");
    let pruned =
        redact::prune(resolved.operation(), resolved.footprint(), &|_, _| false, body.as_bytes())
            .unwrap();
    let (_, rows) = pruned.json.split_once("\"records\":[").unwrap();
    rows.trim_end_matches(['}', ']']).to_owned() + "}"
}

#[test]
fn type_of_keeps_what_any_branch_may_read_and_no_more() {
    let query = "SELECT Id, TYPEOF What WHEN Account THEN Phone, Owner.Email WHEN Opportunity \
                 THEN Amount ELSE Name END FROM Task";
    let row = r#"{"Id":"1","What":{"Phone":"2","Amount":3,"Name":"4","Fax":"5","Owner":{"Email":"6","Phone":"7"}},"WhatId":"8"}"#;
    let left = r#"{"Id":"1","What":{"Phone":"2","Amount":3,"Name":"4","Owner":{"Email":"6"}}}"#;
    let shown = kept(query, row);
    assert_eq!(shown.trim_end_matches('}'), left.trim_end_matches('}'));
}

#[test]
fn type_of_behind_a_parent_stands_below_it() {
    let query = "SELECT TYPEOF Parent.Owner WHEN User THEN Email END FROM Case";
    let row =
        r#"{"Parent":{"Owner":{"Email":"1","Phone":"2"},"Subject":"3"},"Owner":{"Email":"4"}}"#;
    let shown = kept(query, row);
    assert_eq!(shown.trim_end_matches('}'), r#"{"Parent":{"Owner":{"Email":"1""#);
}

#[test]
fn a_distance_stands_under_its_alias_or_a_number() {
    let distance = "DISTANCE(BillingAddress, GEOLOCATION(1, 2), 'mi')";
    let query = format!("SELECT Id, {distance}, {distance} far FROM Account");
    let row = r#"{"Id":"1","expr0":2.5,"far":2.5,"expr1":3,"BillingAddress":{"city":"x"}}"#;
    assert_eq!(kept(&query, row), r#"{"Id":"1","expr0":2.5,"far":2.5}"#);
}

#[test]
fn fields_written_out_keep_their_own_keys() {
    let query = "SELECT FIELDS(CUSTOM) FROM Contact LIMIT 1";
    let row = r#"{"SSN__c":"1","Salary__c":2,"LastName":"3","FIELDS(CUSTOM)":"4"}"#;
    assert_eq!(kept(query, row), r#"{"SSN__c":"1","Salary__c":2}"#);
}
