use serde_json::{Value, json};

use super::*;
use crate::salesforce::Operation;
use crate::salesforce::rest::{self, ApiVersion, Method};

fn id() -> RecordId {
    RecordId::parse("00O000000000001EAA").unwrap()
}

/// The metadata of a grouped report, with other members instead.
fn metadata(others: &Value) -> Value {
    let mut metadata = json!({
        "id": "00O000000000001EAA", "name": "Contacts", "developerName": "Contacts",
        "reportFormat": "SUMMARY", "reportType": { "type": "ContactList", "label": "Contacts" },
        "detailColumns": ["FIRST_NAME", "Contact.Level__c"],
        "groupingsDown": [{ "name": "ACCOUNT.NAME", "sortOrder": "Asc", "dateGranularity": "None",
            "sortAggregate": "s!SALES" }],
        "groupingsAcross": [],
        "aggregates": ["RowCount", "a!SALES"],
        "reportFilters": [
            { "column": "EMAIL", "operator": "notEqual", "value": "", "filterType": "fieldValue",
              "isRunPageEditable": true },
            { "column": "CREATED_DATE", "operator": "equals", "value": "LAST_UPDATE",
              "filterType": "fieldToField", "isRunPageEditable": false }],
        "reportBooleanFilter": "1 AND (NOT 2)",
        "standardDateFilter": { "column": "BIRTHDATE", "durationValue": "CUSTOM",
            "startDate": "1980-01-01", "endDate": null },
        "standardFilters": [{ "name": "open", "value": "all" }],
        "scope": "organization",
        "sortBy": [{ "sortColumn": "LAST_NAME", "sortOrder": "Desc" }],
        "topRows": { "rowLimit": 10, "direction": "Desc" },
        "currency": "EUR", "chart": { "groupings": ["ACCOUNT.NAME"] }, "description": null,
        "buckets": [], "crossFilters": [], "customSummaryFormula": null, "customDetailFormula": {},
        "historicalSnapshotDates": [], "division": null, "userOrHierarchyFilterId": null,
        "presentationOptions": { "hasStackedSummaries": true }, "showGrandTotal": true,
        "supportsRoleHierarchy": false, "folderId": "00l000000000001AAA", "newFlag": true,
    });
    for (key, value) in others.as_object().unwrap() {
        metadata[key] = value.clone();
    }
    metadata
}

fn read(metadata: &Value) -> Definition {
    let answer = json!({
        "reportMetadata": metadata,
        "reportExtendedMetadata": {
            "detailColumnInfo": { "FIRST_NAME": { "fullyQualifiedName": "Contact.FirstName",
                "entityColumnName": "FirstName", "label": "First Name" } },
            "groupingColumnInfo": {}, "aggregateColumnInfo": {} },
        "reportTypeMetadata": { "categories": [{ "label": "Contact", "columns": {
            "EMAIL": { "entityColumnName": "Contact.Email", "label": "Email" } } }] },
    });
    let run = ReportOperation::run(id(), true);
    match run.with_lookup(answer.to_string().as_bytes()).unwrap() {
        ReportOperation::Run { definition, .. } => definition,
        ReportOperation::Describe { .. } => panic!("a run stays one"),
    }
}

fn known(others: &Value) -> ReportMetadata {
    let definition = read(&metadata(others));
    let Definition::Read(metadata) = definition else { panic!("{definition:?}") };
    *metadata
}

#[test]
fn a_run_looks_the_report_up_once() {
    let run = ReportOperation::run(id(), false);
    assert_eq!(run.lookup(), Some(ReportOperation::Describe { id: id() }));
    assert_eq!(ReportOperation::Describe { id: id() }.lookup(), None);
    let answer = json!({ "reportMetadata": metadata(&json!({})) }).to_string();
    let read = run.clone().with_lookup(answer.as_bytes()).unwrap();
    assert_eq!(read.lookup(), None);
    for unlike in ["", "{}", "[]", r#"{"reportMetadata":[]}"#, r#"{"reportMetadata":{}"#] {
        assert_eq!(run.clone().with_lookup(unlike.as_bytes()), None, "{unlike}");
    }
}

#[test]
fn every_column_that_is_shown_or_gone_by_is_listed() {
    let metadata = known(&json!({}));
    let columns = metadata.columns();
    let listed: Vec<_> = columns.iter().map(|(used, column)| (*used, &*column.token)).collect();
    assert_eq!(
        listed,
        [
            (Use::Detail, "FIRST_NAME"),
            (Use::Detail, "Contact.Level__c"),
            (Use::Group, "ACCOUNT.NAME"),
            (Use::Aggregate, "SALES"),
            (Use::Choose, "SALES"),
            (Use::Choose, "LAST_NAME"),
            (Use::Choose, "EMAIL"),
            (Use::Choose, "CREATED_DATE"),
            (Use::Choose, "LAST_UPDATE"),
            (Use::Choose, "BIRTHDATE"),
        ]
    );
    let sources = |token: &str| {
        columns.iter().find(|(_, column)| column.token == token).unwrap().1.sources.clone()
    };
    assert_eq!(sources("FIRST_NAME"), ["Contact.FirstName", "FirstName"]);
    assert_eq!(sources("EMAIL"), ["Contact.Email"]);
    assert!(sources("SALES").is_empty());
    assert_eq!(
        metadata.aggregates.iter().map(Aggregate::text).collect::<Vec<_>>(),
        ["RowCount", "a!SALES"]
    );
}

#[test]
fn what_runs_is_printed_from_what_was_read_and_says_what_it_must_not_have() {
    let run = |details| {
        let metadata = Box::new(known(&json!({})));
        let definition = Definition::Read(metadata);
        Operation::Report(ReportOperation::Run { id: id(), definition, details, limit: 5 })
    };
    let version = ApiVersion::parse("68.0").unwrap();
    let request = rest::request(&run(true), &version);
    let path = "/services/data/v68.0/analytics/reports/00O000000000001EAA?includeDetails=";
    assert_eq!((request.method, request.path), (Method::Post, format!("{path}true")));
    assert_eq!(rest::request(&run(false), &version).path, format!("{path}false"));
    let body: Value = serde_json::from_str(&request.body.unwrap().text).unwrap();
    let printed = &body["reportMetadata"];
    let read_back = metadata(&json!({ "newFlag": false }));
    for member in [
        "reportFormat",
        "detailColumns",
        "groupingsDown",
        "groupingsAcross",
        "aggregates",
        "reportFilters",
        "reportBooleanFilter",
        "standardDateFilter",
        "standardFilters",
        "scope",
        "sortBy",
        "topRows",
        "currency",
        "buckets",
        "crossFilters",
        "historicalSnapshotDates",
        "division",
        "userOrHierarchyFilterId",
        "customDetailFormula",
    ] {
        assert_eq!(printed[member], read_back[member], "{member}");
    }
    assert_eq!(printed["reportType"], json!({ "type": "ContactList" }));
    assert_eq!(printed["customSummaryFormula"], json!({}));
    assert_eq!(printed["chart"], Value::Null);
    // What is printed reads as what was judged.
    let again = known(printed);
    assert!(again.is_like(&known(&json!({}))));
    let describe = Operation::Report(ReportOperation::Describe { id: id() });
    assert_eq!(
        rest::request(&describe, &version).path,
        "/services/data/v68.0/analytics/reports/00O000000000001EAA/describe"
    );
}

fn refused(table: &[(Value, &str)]) {
    for (others, says) in table {
        let definition = read(&metadata(others));
        let Definition::Refused(refusal) = definition else { panic!("{others}: {definition:?}") };
        let text = refusal.to_string();
        assert!(text.contains(says), "{others}: {text}");
    }
}

#[test]
fn what_cannot_be_traced_to_fields_is_refused_by_its_name() {
    refused(&[
        (json!({ "reportFormat": "MULTI_BLOCK" }), "format is MULTI_BLOCK"),
        (json!({ "reportFormat": null }), "format is "),
        (json!({ "reportType": null }), "`reportType`"),
        (json!({ "reportType": { "label": "Contacts" } }), "`reportType`"),
        (
            json!({ "buckets": [{ "developerName": "BucketField_1" }] }),
            "`BucketField_1` in its buckets",
        ),
        (
            json!({ "customSummaryFormula": { "FORMULA1": {} } }),
            "`FORMULA1` in its customSummaryFormula",
        ),
        (json!({ "customDetailFormula": { "CDF1": {} } }), "`CDF1` in its customDetailFormula"),
        (json!({ "crossFilters": [{ "relatedEntity": "Case" }] }), "crossFilters is not empty"),
        (json!({ "historicalSnapshotDates": ["2026-01-01"] }), "historicalSnapshotDates"),
        (json!({ "division": "EMEA" }), "division is EMEA"),
        (json!({ "userOrHierarchyFilterId": "005000000000001" }), "userOrHierarchyFilterId"),
        (json!({ "scope": "user" }), "scope is user"),
        (json!({ "aggregates": ["FORMULA1"] }), "`FORMULA1` in its aggregates"),
        (json!({ "aggregates": ["z!SALES"] }), "`z!SALES` in its aggregates"),
        (json!({ "aggregates": ["s!"] }), "aggregates, which is not a column"),
        (json!({ "aggregates": [{}] }), "no text` in its aggregates"),
        (json!({ "aggregates": "RowCount" }), "`aggregates` is not understood"),
        (json!({ "detailColumns": [null] }), "no text` in its detailColumns"),
        (json!({ "detailColumns": vec!["EMAIL"; 101] }), "more than 100 detailColumns"),
        (json!({ "reportBooleanFilter": "1 AND SSN = 5" }), "`reportBooleanFilter`"),
        (json!({ "partialFilters": [{ "column": "SSN" }] }), "`partialFilters` is not understood"),
        (json!({ "newMember": 5 }), "`newMember`"),
        (json!({ "newMember\u{202e}": "SSN" }), "`newMember\\u{202e}`"),
    ]);
}

#[test]
fn what_is_not_understood_in_a_grouping_a_filter_or_an_order_is_refused_by_its_name() {
    refused(&[
        (json!({ "groupingsDown": ["EMAIL"] }), "`groupingsDown` is not understood"),
        (
            json!({ "groupingsDown": vec![json!({ "name": "EMAIL" }); 4] }),
            "more than 3 groupingsDown",
        ),
        (json!({ "groupingsAcross": [{ "name": 5 }] }), "groupingsAcross, which is not a column"),
        (json!({ "groupingsDown": [{ "name": "EMAIL", "also": "SSN" }] }), "`groupingsDown.also`"),
        (
            json!({ "groupingsDown": [{ "name": "EMAIL", "sortAggregate": "FORMULA1" }] }),
            "`FORMULA1`",
        ),
        (
            json!({ "groupingsDown": [{ "name": "EMAIL", "dateGranularity": "a b" }] }),
            "`dateGranularity`",
        ),
        (json!({ "reportFilters": [{ "column": "EMAIL" }] }), "`reportFilters`"),
        (
            json!({ "reportFilters": [{ "column": "EMAIL", "operator": "equals", "filterType": "other" }] }),
            "`filterType`",
        ),
        (
            json!({ "reportFilters": [{ "column": "EMAIL", "operator": "equals", "value": ["x"] }] }),
            "`value`",
        ),
        (
            json!({ "reportFilters": [{ "column": "EMAIL", "operator": "equals", "filterType": "fieldToField" }] }),
            "reportFilters, which is not a column",
        ),
        (
            json!({ "reportFilters": [{ "column": "EMAIL", "operator": "equals", "and": { "column": "SSN" } }] }),
            "`reportFilters.and`",
        ),
        (
            json!({ "standardDateFilter": { "column": "BIRTHDATE", "other": ["x"] } }),
            "`standardDateFilter.other`",
        ),
        (json!({ "standardDateFilter": [] }), "`standardDateFilter`"),
        (json!({ "standardFilters": [{ "name": "open" }] }), "`standardFilters`"),
        (json!({ "sortBy": [{ "sortColumn": null }] }), "sortBy, which is not a column"),
        (json!({ "topRows": { "direction": "Asc" } }), "`topRows`"),
    ]);
}

#[test]
fn what_says_nothing_is_no_reason_to_refuse() {
    for others in [
        json!({ "newMember": null, "partialFilters": [], "dashboardSetting": {} }),
        json!({ "standardDateFilter": { "column": null, "durationValue": "CUSTOM" } }),
        json!({ "standardDateFilter": null, "standardFilters": null, "topRows": null }),
        json!({ "reportBooleanFilter": " ", "scope": null, "sortBy": null }),
        json!({ "aggregates": ["RowCount", "s!A", "mx!A", "mn!A", "x!A", "m!A", "u!A", "med!A"] }),
        json!({ "reportFormat": "MATRIX", "groupingsAcross": [{ "name": "TITLE" }] }),
    ] {
        known(&others);
    }
}

#[test]
fn another_report_is_not_like_the_one_that_was_judged() {
    let judged = known(&json!({}));
    for (others, like) in [
        (json!({ "name": "Other", "reportBooleanFilter": "1 OR 2" }), true),
        (
            json!({ "standardDateFilter": { "column": "BIRTHDATE", "durationValue": "TODAY" } }),
            true,
        ),
        (json!({ "reportFormat": "MATRIX" }), false),
        (json!({ "reportType": { "type": "Other" } }), false),
        (json!({ "detailColumns": ["FIRST_NAME", "Contact.SSN__c"] }), false),
        (json!({ "detailColumns": ["Contact.Level__c", "FIRST_NAME"] }), false),
        (json!({ "detailColumns": ["FIRST_NAME"] }), false),
        (json!({ "aggregates": ["RowCount", "s!SALES"] }), false),
        (json!({ "aggregates": ["a!SALES"] }), false),
        (
            json!({ "groupingsDown": [], "groupingsAcross": [{ "name": "ACCOUNT.NAME", "sortAggregate": "s!SALES" }] }),
            false,
        ),
        (json!({ "standardDateFilter": null }), false),
        (json!({ "standardFilters": [{ "name": "open", "value": "closed" }] }), false),
        (json!({ "sortBy": [] }), false),
        (json!({ "reportFilters": [] }), false),
    ] {
        assert_eq!(judged.is_like(&known(&others)), like, "{others}");
    }
}

#[test]
fn the_bound_on_rows_is_lowered_where_there_are_rows() {
    let mut run = ReportOperation::run(id(), true);
    assert!(run.bound_rows(200));
    assert!(!run.bound_rows(500));
    assert!(matches!(run, ReportOperation::Run { limit: 200, .. }));
    assert!(!ReportOperation::run(id(), false).bound_rows(200));
    assert!(!ReportOperation::Describe { id: id() }.bound_rows(200));
}
