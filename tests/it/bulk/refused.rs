//! Jobs that are not made: nothing reaches Salesforce, and the agent hears why.

use serde_json::{Value, json};

use crate::harness::{ADMIN, SALES, SUPPORT, Site};

fn ingest(operation: &str, object: &str, columns: &[&str]) -> Value {
    json!({ "operation": operation, "object": object, "columns": columns })
}

fn query(soql: &str) -> Value {
    json!({ "operation": "query", "query": soql })
}

#[test]
fn jobs_that_touch_what_is_forbidden_are_denied() {
    let site = Site::new();
    let product = site.start();
    for (token, arguments, denied) in [
        (SUPPORT, ingest("insert", "Task", &["Subject"]), "Subject"),
        (SALES, ingest("update", "Task", &["Id", "Subject"]), "Subject"),
        (SALES, ingest("update", "Opportunity", &["Id", "StageName", "Amount"]), "Amount"),
        (SALES, ingest("insert", "Contact", &["LastName"]), "LastName"),
        (SALES, ingest("delete", "Task", &["Id"]), "Task"),
        (SUPPORT, ingest("insert", "Task", &["Account:What.ExternalKey__c"]), "WhatId"),
        (ADMIN, ingest("update", "User", &["Id", "Title", "Username"]), "User.Username"),
        (SUPPORT, query("SELECT Id, SSN__c FROM Contact LIMIT 5"), "SSN__c"),
        (SUPPORT, query("SELECT Id FROM Contact WHERE SSN__c != NULL LIMIT 5"), "SSN__c"),
        (SUPPORT, query("SELECT Id FROM Contact ORDER BY Salary__c LIMIT 5"), "Salary__c"),
        (SUPPORT, query("SELECT Id, Contact.SSN__c FROM Case LIMIT 5"), "SSN__c"),
        (SALES, query("SELECT Id, Credit_Limit__c FROM Account LIMIT 5"), "Credit_Limit__c"),
    ] {
        let answer = product.call(token, "createBulkJob", &arguments);
        assert_eq!(answer.code(), "policy_denied", "{arguments}: {answer:?}");
        assert!(answer.text().contains(denied), "{arguments}: {answer:?}");
    }
    assert!(site.received().is_empty(), "{:?}", site.received());
}

/// None of these is made, and nothing is sent for it.
#[track_caller]
fn refuses(cases: &[(Value, &str)]) {
    let site = Site::new();
    let product = site.start();
    for (arguments, says) in cases {
        let answer = product.call(ADMIN, "createBulkJob", arguments);
        assert!(answer.refused(), "{arguments}: {answer:?}");
        assert!(answer.text().contains(says), "{arguments}: {answer:?}");
    }
    assert!(site.received().is_empty(), "{:?}", site.received());
}

#[test]
fn columns_that_cannot_be_written_are_refused_with_the_reason() {
    refuses(&[
        (ingest("hardDelete", "Task", &["Id"]), "hardDelete is refused"),
        (ingest("refresh", "Task", &["Id"]), "refresh is refused"),
        (ingest("consentImport", "Task", &["Id"]), "consentImport is refused"),
        (ingest("Insert", "Task", &["Subject"]), "`operation` must be"),
        (ingest("insert", "Nothing__c", &["Subject"]), "Nothing__c"),
        (ingest("insert", "Task", &["Subject", "Nope__c"]), "Nope__c"),
        (ingest("insert", "Task", &["Id", "Subject"]), "can't be set"),
        (ingest("insert", "Task", &["Subject", "SUBJECT"]), "same column"),
        (ingest("insert", "Task", &["OwnerId", "User:Owner.Username"]), "same lookup field"),
        (ingest("insert", "Task", &["Subject,Priority"]), "is not a field"),
        (ingest("insert", "Task", &["Subject\n"]), "is not a field"),
        (ingest("insert", "Task", &["\u{feff}Subject"]), "is not a field"),
        (ingest("insert", "Contact", &["LastName", "Account.Owner.Username"]), "one relationship"),
        (ingest("insert", "Contact", &["LastName", "Account.Name"]), "no external id"),
        (ingest("insert", "Task", &["Who.Email"]), "several objects"),
        (ingest("insert", "Task", &["Account:Who.ExternalKey__c"]), "never leads"),
        (ingest("update", "Task", &["Subject"]), "needs the column `Id`"),
        (ingest("update", "Task", &["Id"]), "no field is set"),
        (ingest("delete", "Task", &["Id", "Subject"]), "one column"),
        (ingest("delete", "Task", &["Subject"]), "needs the column `Id`"),
        (ingest("upsert", "Account", &["Name"]), "externalIdField"),
    ]);
}

#[test]
fn rows_that_cannot_be_read_are_refused_with_the_reason() {
    let insert = |rows: Value| json!({ "operation": "insert", "object": "Task", "rows": rows });
    let long = "x".repeat(60_000);
    refuses(&[
        (insert(json!([])), "is empty"),
        (insert(json!([{ "Subject": "a" }, { "Priority": "High" }])), "row 2"),
        (insert(json!([{ "Subject": "a" }, {}])), "row 2"),
        (insert(json!([{ "Subject": { "a": 1 } }])), "Subject"),
        (insert(json!([{ "Subject": "a\u{0}b" }])), "U+0000"),
        (insert(json!([{ "Description": long }, { "Description": long }])), "uploadUrl"),
        (json!({ "operation": "insert", "object": "Task" }), "records are missing"),
        (
            json!({ "operation": "insert", "object": "Task", "csv": "Subject\n", "columns": ["Subject"] }),
            "give one of",
        ),
        (
            json!({ "operation": "insert", "object": "Task", "csv": "Subject,Subject\na,b\n" }),
            "same column",
        ),
        (
            json!({ "operation": "insert", "object": "Task", "csv": "Subject\n\"a\n" }),
            "never closed",
        ),
        (
            json!({ "operation": "insert", "object": "Task", "csv": "Subject;Priority\na;b\n" }),
            "is not a field",
        ),
        (
            json!({ "operation": "insert", "object": "Task", "csv": "Subject\na\n", "columnDelimiter": "," }),
            "columnDelimiter",
        ),
        (
            json!({ "operation": "update", "object": "Task", "csv": "Id,Subject\n001000000000001AAA,a\n" }),
            "row 2, column 1",
        ),
        (
            json!({ "operation": "query", "query": "SELECT Id FROM Account", "object": "Account" }),
            "`operation` and `query` only",
        ),
    ]);
}

#[test]
fn queries_that_no_job_can_do_are_refused_with_the_reason() {
    let cases = [
        ("SELECT COUNT() FROM Account", "COUNT()"),
        ("SELECT COUNT(Id) FROM Account", "an aggregate"),
        ("SELECT Industry FROM Account GROUP BY Industry", "GROUP BY"),
        ("SELECT Id FROM Account LIMIT 1 OFFSET 1", "OFFSET"),
        ("SELECT TYPEOF What WHEN Account THEN Name END FROM Task", "TYPEOF"),
        ("SELECT Id, (SELECT Id FROM Contacts) FROM Account", "subquery"),
        ("SELECT toLabel(Industry) FROM Account", "a function"),
        ("SELECT FORMAT(AnnualRevenue) FROM Account", "a function"),
        ("SELECT Id, BillingAddress FROM Account", "several fields"),
        ("SELECT Id, Account.BillingAddress FROM Contact", "several fields"),
    ];
    refuses(&cases.map(|(soql, says)| (query(soql), says)));
}

#[test]
fn what_is_not_a_token_opens_nothing() {
    let site = Site::new();
    let product = site.start();
    let job = super::tasks(&product, SALES, &["Subject"]);
    let id = job["id"].as_str().unwrap();
    let upload = job["uploadUrl"].as_str().unwrap();
    let upload = upload.rsplit_once('/').unwrap().1;
    site.org.forget_requests();
    let cut: String = id.chars().skip(1).collect();
    // The version of a token's form, and one letter of its text.
    let (other, text) = id.split_once('.').unwrap();
    let first = if text.starts_with('A') { "B" } else { "A" };
    let rest: String = text.chars().skip(1).collect();
    let changed = format!("{other}.{first}{rest}");
    for id in ["", "750000000000001AAA", "fgj1.", "fgj1.AAAA", &changed, upload, &cut] {
        for tool in ["getBulkJob", "abortBulkJob", "getBulkJobResults"] {
            let arguments = json!({ "id": id });
            let answer = product.call(SALES, tool, &arguments);
            assert_eq!(answer.code(), "invalid_arguments", "{tool} {id}: {answer:?}");
        }
    }
    assert!(site.received().is_empty());
}
