//! Each tool of bulk jobs against an org that runs them.

use serde_json::json;

use super::{create, ended, path, put, steps, tasks};
use crate::harness::{ADMIN, SALES, SUPPORT, Site};

#[test]
fn records_in_a_call_are_written_by_one_request() {
    let site = Site::new();
    let product = site.start();
    let rows = json!([
        { "Subject": "One, \"quoted\"", "Priority": "High", "Status": "Not Started" },
        { "Status": "Completed", "Subject": "Two\nlines", "Priority": null },
    ]);
    let arguments = json!({ "operation": "insert", "object": "task", "rows": rows });
    let job = create(&product, SALES, &arguments);
    assert_eq!(job["state"], "UploadComplete");
    assert!(job["id"].as_str().unwrap().starts_with("fgj1."), "{job}");
    assert!(job["uploadUrl"].is_null(), "{job}");
    assert_eq!(steps(&site), ["POST /jobs/ingest"]);
    let sent = String::from_utf8(site.received()[0].body.clone()).unwrap();
    let csv = "Subject,Priority,Status\n\"One, \"\"quoted\"\"\",High,Not Started\n\"Two\nlines\",#N/A,Completed\n";
    assert!(sent.contains(csv), "{sent}");
    assert!(sent.contains("\"object\":\"Task\"") && sent.contains("\"COMMA\""), "{sent}");

    let seen = ended(&product, SALES, &job);
    assert_eq!(seen["numberRecordsProcessed"], 2, "{seen}");
    let asked = json!({ "id": job["id"], "which": "successful" });
    let told = product.call(SALES, "getBulkJobResults", &asked).data();
    let columns = json!(["sf__Id", "sf__Created", "Subject", "Priority", "Status"]);
    assert_eq!(told["columns"], columns, "{told}");
    assert_eq!(told["rows"].as_array().unwrap().len(), 2, "{told}");
    assert_eq!(told["rows"][0][2], "One, \"quoted\"");
}

#[test]
fn csv_in_a_call_is_sent_in_one_dialect() {
    let site = Site::new();
    let product = site.start();
    let csv = "Subject;Priority\r\na,b;High\r\n\"c;d\";Low\r\n";
    let arguments = json!({ "operation": "insert", "object": "Task", "csv": csv,
        "columnDelimiter": "SEMICOLON", "lineEnding": "CRLF" });
    create(&product, SALES, &arguments);
    let sent = String::from_utf8(site.received()[0].body.clone()).unwrap();
    assert!(sent.contains("Subject,Priority\n\"a,b\",High\n\"c;d\",Low\n"), "{sent}");
}

#[test]
fn a_file_is_sent_once_to_a_sealed_address() {
    let site = Site::new();
    let product = site.start();
    let job = create(
        &product,
        SALES,
        &json!({ "operation": "insert", "object": "Task", "columns": ["subject", "Priority"],
            "columnDelimiter": "PIPE", "maxRows": 3 }),
    );
    assert_eq!(job["state"], "Open");
    let file = b"Priority|SUBJECT\nHigh|one\nLow|two\n";
    site.org.forget_requests();
    let reply = put(&product, SALES, &path(&product, &job["uploadUrl"]), file);
    assert_eq!((reply.status, reply.json()["rows"].as_u64()), (200, Some(2)), "{reply:?}");
    assert_eq!(reply.json()["state"], "UploadComplete");
    let received = steps(&site);
    assert_eq!(
        received,
        ["GET /jobs/ingest/JOB", "PUT /jobs/ingest/JOB/batches", "PATCH /jobs/ingest/JOB"]
    );
    assert_eq!(site.received()[1].body, b"Subject,Priority\none,High\ntwo,Low\n");
    let seen = ended(&product, SALES, &reply.json());
    assert_eq!(seen["numberRecordsProcessed"], 2, "{seen}");

    let again = put(&product, SALES, &path(&product, &job["uploadUrl"]), file);
    assert_eq!((again.status, again.code().as_str()), (410, "token_used"), "{again:?}");
}

#[test]
fn an_upload_is_recorded_before_it_leaves_and_when_it_has_ended() {
    let site = Site::new();
    let product = site.start();
    let job = tasks(&product, SALES, &["Subject"]);
    put(&product, SALES, &path(&product, &job["uploadUrl"]), b"Subject\na\nb\n");
    let journal = site.journal();
    let [.., admission, outcome] = journal.as_slice() else { panic!("{journal:?}") };
    assert_eq!(admission["event"], "admission", "{admission}");
    assert_eq!(admission["operation"], "uploadBulkRows", "{admission}");
    assert_eq!(outcome["event"], "outcome", "{outcome}");
    assert_eq!((&outcome["result"], &outcome["rows"]), (&json!("ok"), &json!(2)), "{outcome}");
    let text = format!("{journal:?}");
    // Neither the job's id nor the token; hashes have any three digits.
    assert!(!text.contains("7500000") && !text.contains("fgu1."), "{text}");
}

#[test]
fn records_are_updated_upserted_and_deleted_in_bulk() {
    let site = Site::new();
    let product = site.start();
    let rows = json!([{ "Name": "Bulk A", "ExternalKey__c": "k1" }, { "Name": "Bulk B", "ExternalKey__c": "k2" }]);
    let upsert = json!({ "operation": "upsert", "object": "Account", "externalIdField": "externalkey__c", "rows": rows });
    let job = create(&product, ADMIN, &upsert);
    assert_eq!(ended(&product, ADMIN, &job)["numberRecordsFailed"], 0);
    let told = product
        .call(ADMIN, "getBulkJobResults", &json!({ "id": job["id"], "which": "successful" }))
        .data();
    let id = told["rows"][0][0].as_str().unwrap().to_owned();

    let contact = json!({ "operation": "insert", "object": "Contact",
        "rows": [{ "LastName": "Bulker", "account.externalkey__c": "k1" }] });
    let job = create(&product, ADMIN, &contact);
    assert_eq!(ended(&product, ADMIN, &job)["numberRecordsFailed"], 0);

    let update = json!({ "operation": "update", "object": "Account", "rows": [{ "Id": id, "Name": "Changed" }] });
    let job = create(&product, ADMIN, &update);
    assert_eq!(ended(&product, ADMIN, &job)["numberRecordsFailed"], 0);
    let soql = "SELECT Account.Name FROM Contact WHERE LastName = 'Bulker' LIMIT 5";
    let rows = product.query(ADMIN, soql).data();
    assert_eq!(rows["records"][0]["Account"]["Name"], "Changed", "{rows}");

    let delete = json!({ "operation": "delete", "object": "Account", "rows": [{ "Id": id }] });
    let job = create(&product, ADMIN, &delete);
    assert_eq!(ended(&product, ADMIN, &job)["numberRecordsFailed"], 0);
    let rows = product.query(ADMIN, "SELECT Id FROM Account WHERE Name = 'Changed' LIMIT 5").data();
    assert_eq!(rows["totalSize"], 0, "{rows}");
}

#[test]
fn a_job_is_stopped_by_its_agent_and_by_no_other() {
    let site = Site::new();
    let product = site.start();
    let job = tasks(&product, SALES, &["Subject"]);
    site.org.forget_requests();
    for tool in ["abortBulkJob", "getBulkJob"] {
        for other in [ADMIN, SUPPORT] {
            let answer = product.call(other, tool, &json!({ "id": job["id"] }));
            assert_eq!(answer.code(), "invalid_arguments", "{answer:?}");
        }
    }
    assert!(site.received().is_empty());
    let told = product.call(SALES, "abortBulkJob", &json!({ "id": job["id"] })).data();
    assert_eq!(told["state"], "Aborted");
    let late = put(&product, SALES, &path(&product, &job["uploadUrl"]), b"Subject\na\n");
    assert_eq!((late.status, late.code().as_str()), (409, "job_closed"), "{late:?}");
}
