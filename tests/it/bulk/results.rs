//! Results of jobs: only what may be seen, page by page or as one file.

use std::fs;

use serde_json::json;

use super::{create, ended, get, path};
use crate::harness::{ADMIN, SALES, SUPPORT, Setup, Site};

const CONTACTS: &str = "SELECT Id, Name, Email, Account.Name FROM Contact ORDER BY Id LIMIT 10000";

#[test]
fn a_query_job_is_read_page_by_page_and_as_a_file() {
    let site = Site::new();
    let product = site.start();
    let job = create(&product, SUPPORT, &json!({ "operation": "query", "query": CONTACTS }));
    let seen = ended(&product, SUPPORT, &job);
    let all = usize::try_from(seen["numberRecordsProcessed"].as_u64().unwrap()).unwrap();
    assert!(all > 10, "{seen}");
    let mut rows = Vec::new();
    let mut asked = json!({ "id": job["id"], "maxRecords": 7 });
    let mut file = None;
    loop {
        let told = product.call(SUPPORT, "getBulkJobResults", &asked).data();
        assert_eq!(told["columns"], json!(["Id", "Name", "Email", "Account.Name"]));
        rows.extend(told["rows"].as_array().unwrap().clone());
        file.get_or_insert(told["downloadUrl"].clone());
        match &told["nextCursor"] {
            cursor if cursor.is_string() => asked["cursor"] = cursor.clone(),
            _ => break,
        }
    }
    assert_eq!(rows.len(), all);

    let file = path(&product, &file.unwrap());
    for other in [SALES, ADMIN] {
        assert_eq!(get(&product, other, &file).status, 404);
    }
    let reply = get(&product, SUPPORT, &file);
    assert_eq!((reply.status, reply.complete), (200, true), "{reply:?}");
    assert!(reply.head.to_ascii_lowercase().contains("text/csv"), "{}", reply.head);
    assert_eq!(reply.body.lines().count(), all + 1, "{}", reply.body);
    assert!(reply.body.starts_with("Id,Name,Email,Account.Name\n"), "{}", reply.body);
    let again = get(&product, SUPPORT, &file);
    assert_eq!((again.status, again.code().as_str()), (410, "token_used"));
    let journal = site.journal();
    let outcome = journal.iter().rev().find(|line| line["event"] == "outcome").unwrap();
    assert_eq!(outcome["rows"], json!(all), "{outcome}");
}

#[test]
fn a_cursor_leads_on_in_its_own_job_only() {
    let site = Site::new();
    let product = site.start();
    let job = |soql: &str| {
        let job = create(&product, SUPPORT, &json!({ "operation": "query", "query": soql }));
        ended(&product, SUPPORT, &job);
        job
    };
    let (one, two) = (job(CONTACTS), job("SELECT Id FROM Case LIMIT 10000"));
    let asked = json!({ "id": one["id"], "maxRecords": 2 });
    let told = product.call(SUPPORT, "getBulkJobResults", &asked).data();
    let cursor = told["nextCursor"].clone();
    site.org.forget_requests();
    for (token, arguments) in [
        (SUPPORT, json!({ "id": two["id"], "cursor": cursor })),
        (SUPPORT, json!({ "id": one["id"], "cursor": one["id"] })),
        (SUPPORT, json!({ "id": one["id"], "which": "failed" })),
        (SALES, json!({ "id": one["id"], "cursor": cursor })),
    ] {
        let answer = product.call(token, "getBulkJobResults", &arguments);
        assert_eq!(answer.code(), "invalid_arguments", "{arguments}: {answer:?}");
    }
    let next = product.call(SUPPORT, "getNextPage", &json!({ "cursor": cursor }));
    assert_eq!(next.code(), "invalid_arguments", "{next:?}");
    assert!(site.received().is_empty());
}

#[test]
fn an_answer_is_no_longer_than_it_may_be_and_a_file_has_all_rows() {
    let site = Site::new();
    let rest = "max_answer_text: 1KiB\n";
    let product = site.start_with(&Setup { rest, ..Setup::default() });
    let job = create(&product, SUPPORT, &json!({ "operation": "query", "query": CONTACTS }));
    let seen = ended(&product, SUPPORT, &job);
    let answer = product.call(SUPPORT, "getBulkJobResults", &json!({ "id": job["id"] }));
    let told = answer.data();
    let rows = told["rows"].as_array().unwrap();
    assert!(json!(rows).to_string().len() <= 1_024 && !rows.is_empty(), "{told}");
    assert!(told["nextCursor"].is_null(), "it would lead behind rows that nobody saw: {told}");
    assert!(answer.body.contains("with `maxRecords`, or fetch all rows"), "{answer:?}");
    assert!(!answer.body.contains("OFFSET"), "{answer:?}");
    let reply = get(&product, SUPPORT, &path(&product, &told["downloadUrl"]));
    let all = usize::try_from(seen["numberRecordsProcessed"].as_u64().unwrap()).unwrap();
    assert_eq!(reply.body.lines().count(), all + 1);
    // A page that fits leads on.
    let asked = json!({ "id": job["id"], "maxRecords": 3 });
    let told = product.call(SUPPORT, "getBulkJobResults", &asked).data();
    assert_eq!(told["rows"].as_array().unwrap().len(), 3, "{told}");
    assert!(told["nextCursor"].is_string(), "{told}");
}

#[test]
fn results_of_another_form_than_the_jobs_are_not_shown() {
    let site = Site::new();
    let product = site.start();
    let job = create(&product, SUPPORT, &json!({ "operation": "query", "query": CONTACTS }));
    ended(&product, SUPPORT, &job);
    let asked = json!({ "id": job["id"], "maxRecords": 5 });
    let told = product.call(SUPPORT, "getBulkJobResults", &asked).data();
    site.org.faults().lie(true);
    let answer = product.call(SUPPORT, "getBulkJobResults", &asked);
    assert!(answer.refused(), "{answer:?}");
    let reply = get(&product, SUPPORT, &path(&product, &told["downloadUrl"]));
    assert_eq!((reply.status, reply.code().as_str()), (502, "answer_not_understood"), "{reply:?}");
    for text in [&answer.body, &reply.body] {
        assert!(!text.contains("987-00-4321") && !text.contains("SSN__c"), "{text}");
    }
}

/// Sales may write tasks and read their subjects, and nothing else.
const NARROW: &str = r#"
@id("writes") permit (principal in Role::"sales-operations", action == Action::"create", resource in Object::"Task");
@id("reads") permit (principal in Role::"sales-operations", action == Action::"select", resource == Field::"Task.Subject");
"#;

#[test]
fn results_show_the_columns_that_may_be_read_and_no_messages() {
    let site = Site::new();
    let policies = site.path("policies");
    fs::create_dir(&policies).unwrap();
    fs::write(policies.join("narrow.cedar"), NARROW).unwrap();
    let directory = policies.to_str().unwrap();
    let arguments = ["--policies", directory];
    let product = site.start_with(&Setup { arguments: &arguments, ..Setup::default() });
    let rows = json!([
        { "Subject": "good", "Description": "written and not to be read", "Status": "Not Started" },
        { "Subject": "bad", "Description": "written and not to be read", "Status": "x".repeat(300) },
    ]);
    let insert = json!({ "operation": "insert", "object": "Task", "rows": rows });
    let job = create(&product, SALES, &insert);
    let seen = ended(&product, SALES, &job);
    assert_eq!(seen["numberRecordsFailed"], 1, "{seen}");
    for (which, columns) in [
        ("successful", json!(["sf__Id", "sf__Created", "Subject"])),
        ("failed", json!(["sf__Id", "sf__Error", "Subject"])),
    ] {
        let asked = json!({ "id": job["id"], "which": which });
        let answer = product.call(SALES, "getBulkJobResults", &asked);
        let told = answer.data();
        assert_eq!(told["columns"], columns, "{told}");
        assert_eq!(told["rows"].as_array().unwrap().len(), 1, "{told}");
        let reply = get(&product, SALES, &path(&product, &told["downloadUrl"]));
        assert_eq!((reply.status, reply.complete), (200, true), "{reply:?}");
        assert_eq!(reply.body.lines().count(), 2, "{reply:?}");
        for text in [answer.body.as_str(), reply.body.as_str()] {
            assert!(!text.contains("not to be read") && !text.contains("too large"), "{text}");
        }
        if which == "failed" {
            let error = told["rows"][0][1].as_str().unwrap();
            let plain = |c: char| c.is_ascii_uppercase() || c == '_';
            assert!(!error.is_empty() && error.chars().all(plain), "{told}");
        }
    }
}

/// Support may read contacts, of social security numbers only a mask, of salaries nothing.
const MASKED: &str = r#"
@id("reads") permit (principal in Role::"support", action in Action::"read", resource in Object::"Contact");
@id("hidden") forbid (principal in Role::"support", action == Action::"select", resource)
when { resource in [Field::"Contact.SSN__c", Field::"Contact.Salary__c"] };
@id("masked") permit (principal in Role::"support", action == Action::"selectMasked", resource == Field::"Contact.SSN__c");
"#;

#[test]
fn masked_columns_come_masked_as_rows_and_as_a_file_and_forbidden_ones_are_left_out() {
    let site = Site::new();
    let policies = site.path("policies");
    fs::create_dir(&policies).unwrap();
    fs::write(policies.join("masked.cedar"), MASKED).unwrap();
    let arguments = ["--policies", policies.to_str().unwrap()];
    let rest = "on_forbidden_select: drop\nmasks:\n  - {field: Contact.SSN__c, mask: last4}\n";
    let product = site.start_with(&Setup { arguments: &arguments, rest, ..Setup::default() });
    let query = "SELECT Id, ssn__C, Salary__c FROM Contact ORDER BY Id";
    let job = json!({ "operation": "query", "query": query });
    let created = product.call(SUPPORT, "createBulkJob", &job);
    assert_eq!(*created.meta("fieldgate/dropped"), json!(["Salary__c"]), "{created:?}");
    assert_eq!(*created.meta("fieldgate/masked"), json!({ "SSN__c": "last4" }));
    let job = created.data();
    ended(&product, SUPPORT, &job);
    let told = product.call(SUPPORT, "getBulkJobResults", &json!({ "id": job["id"] })).data();
    assert_eq!(told["columns"], json!(["Id", "SSN__c"]));
    let rows = told["rows"].as_array().unwrap();
    let masked = |cell: &str| {
        cell.is_empty() || cell.len() == 8 && cell.starts_with("****") && !cell.ends_with('*')
    };
    assert!(rows.iter().all(|row| masked(row[1].as_str().unwrap())), "{told}");
    assert!(rows.iter().any(|row| row[1] == "") && rows.iter().any(|row| row[1] != ""));
    let reply = get(&product, SUPPORT, &path(&product, &told["downloadUrl"]));
    assert_eq!((reply.status, reply.complete), (200, true), "{reply:?}");
    let mut lines = reply.body.lines();
    assert_eq!(lines.next(), Some("Id,SSN__c"));
    assert!(lines.all(|line| masked(line.split_once(',').unwrap().1)), "{}", reply.body);
    assert!(!told.to_string().contains("-00-") && !reply.body.contains("-00-"));
}
