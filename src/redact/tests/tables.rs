//! Answers about bulk jobs: of a job its state and counts, of its results the permitted columns.

use super::*;
use crate::csv::Dialect;
use crate::salesforce::bulk::{
    BulkOperation, BulkQuery, Columns, Ingest, IngestOperation, Job, Outcomes, Rows, Work,
};
use crate::salesforce::{FieldName, RecordId};

const JOB: &str = "750000000000001AAA";

fn ingest(header: &str) -> Ingest {
    Ingest {
        object: ObjectName::parse("Contact").unwrap(),
        operation: IngestOperation::Insert,
        columns: Columns::parse(header.split(',')).unwrap(),
    }
}

fn outcomes(which: Outcomes, header: &str, max_rows: Option<u32>) -> BulkOperation {
    let job = RecordId::parse(JOB).unwrap();
    BulkOperation::IngestResults { job, ingest: ingest(header), which, max_rows }
}

fn found(soql: &str, max_rows: Option<u32>) -> BulkOperation {
    let query = Box::new(BulkQuery { query: soql::parse(soql).unwrap(), all_rows: false });
    let job = RecordId::parse(JOB).unwrap();
    BulkOperation::QueryResults { job, query, page: None, max_rows }
}

/// What is shown to an agent that may read all but these fields.
fn shown(operation: BulkOperation, hidden: &[&str], body: &str) -> Option<Pruned> {
    let resolved = resolve(Operation::Bulk(operation), &SCHEMA).unwrap();
    let visible = |_, target: &Target| !hidden.contains(&&*target.to_string());
    prune(resolved.operation(), resolved.footprint(), &visible, body.as_bytes()).ok()
}

fn json(operation: BulkOperation, hidden: &[&str], body: &str) -> Option<String> {
    shown(operation, hidden, body).map(|pruned| pruned.json)
}

#[test]
fn of_results_only_the_columns_that_may_be_read_come_out() {
    let header = "LastName,SSN__c,Account.ExternalKey__c";
    let all = "sf__Id,sf__Created,LastName,SSN__c,Account.ExternalKey__c\n003000000000001AAA,true,a,1,k\n";
    let rest = r#"{"columns":["sf__Id","sf__Created","LastName"],"rows":[["003000000000001AAA","true","a"]]}"#;
    let successful = || outcomes(Outcomes::Successful, header, None);
    assert_eq!(
        json(successful(), &["Contact.SSN__c"], all).unwrap(),
        r#"{"columns":["sf__Id","sf__Created","LastName","Account.ExternalKey__c"],"rows":[["003000000000001AAA","true","a","k"]]}"#
    );
    // A parent's field is shown where both it and the lookup may be read.
    for parent in ["Account.ExternalKey__c", "Contact.AccountId"] {
        assert_eq!(json(successful(), &["Contact.SSN__c", parent], all).unwrap(), rest);
    }
    // In any order and spelling.
    let other = "ssn__C,SF,LASTNAME\n";
    assert_eq!(json(successful(), &[], other), None, "a column that nobody declared");
    let other = "ssn__C,sf__Id,LASTNAME\n1,003000000000001AAA,\"a\nb\"\n";
    assert_eq!(
        json(successful(), &["Contact.SSN__c"], other).unwrap(),
        r#"{"columns":["sf__Id","LastName"],"rows":[["003000000000001AAA","a\nb"]]}"#
    );
}

#[test]
fn results_that_are_not_those_of_the_job_are_not_shown() {
    let successful = |body: &str| json(outcomes(Outcomes::Successful, "LastName", None), &[], body);
    for lie in [
        "sf__Id,LastName,SSN__c\n003000000000001AAA,a,1\n",
        "sf__Id,LastName,LastName\n003000000000001AAA,a,1\n",
        "sf__Id,lastname,LASTNAME\n003000000000001AAA,a,1\n",
        "sf__Id,LastName\n123-45-6789,a\n",
        "sf__Id,sf__Created,LastName\n003000000000001AAA,123-45-6789,a\n",
        "sf__Id;LastName\n003000000000001AAA;a\n",
        "sf__Id,\"LastName\n003000000000001AAA,a\n",
        "<html>\n",
    ] {
        assert_eq!(successful(lie), None, "{lie}");
    }
    let query = |body: &str| json(found("SELECT Id, Account.Name FROM Contact", None), &[], body);
    for lie in [
        "Id\n003000000000001AAA\n",
        "Id,Account.Name,SSN__c\n003000000000001AAA,a,1\n",
        "Account.Name,Id\na,003000000000001AAA\n",
        "Id,SSN__c\n003000000000001AAA,1\n",
        "Id,Account.Name\n003000000000001AAA,a,1\n",
        "Id,Account.Name\n003000000000001AAA\n",
        "Id,Account.Name\n003000000000001AAA,\"a\n",
        "{\"records\":[]}",
    ] {
        assert_eq!(query(lie), None, "{lie}");
    }
    let good = "\"Id\",\"ACCOUNT.NAME\"\n\"003000000000001AAA\",\"a, b\"\n";
    assert_eq!(
        query(good).unwrap(),
        r#"{"columns":["Id","Account.Name"],"rows":[["003000000000001AAA","a, b"]]}"#
    );
}

#[test]
fn of_an_error_only_its_code_comes_out() {
    for (sent, code) in [
        ("INVALID_FIELD:Failed: SSN 123-45-6789:LastName --", "INVALID_FIELD"),
        ("DUPLICATE_VALUE:duplicate value found: 003000000000001", "DUPLICATE_VALUE"),
        ("Jane Doe has it already", "UNKNOWN_EXCEPTION"),
        ("", ""),
    ] {
        let body = format!("sf__Id,sf__Error,LastName\n,{sent},a\n");
        let told = json(outcomes(Outcomes::Failed, "LastName", None), &[], &body).unwrap();
        let expected = format!(
            r#"{{"columns":["sf__Id","sf__Error","LastName"],"rows":[["","{code}","a"]]}}"#
        );
        assert_eq!(told, expected);
    }
}

#[test]
fn the_id_of_a_row_that_failed_is_told_only_where_the_caller_wrote_it() {
    use IngestOperation::{Delete, Insert, Update};
    use Outcomes::{Failed, Successful};
    const ID: &str = "003000000000001AAA";
    let upsert = || IngestOperation::Upsert { field: FieldName::parse("ExternalKey__c").unwrap() };
    for (operation, header, which, told) in [
        (Insert, "LastName", Failed, ""),
        (Insert, "LastName", Successful, ID),
        (upsert(), "ExternalKey__c", Failed, ""),
        (upsert(), "ExternalKey__c", Outcomes::Unprocessed, ""),
        (upsert(), "ExternalKey__c", Successful, ID),
        (Update, "Id,LastName", Failed, ID),
        (Delete, "Id", Failed, ID),
    ] {
        let ingest = Ingest { operation, ..ingest(header) };
        let job = RecordId::parse(JOB).unwrap();
        let results = BulkOperation::IngestResults { job, ingest, which, max_rows: None };
        let body = format!("sf__Id\n{ID}\n");
        let expected = format!(r#"{{"columns":["sf__Id"],"rows":[["{told}"]]}}"#);
        assert_eq!(json(results.clone(), &[], &body).unwrap(), expected, "{results:?}");
    }
}

#[test]
fn rows_beyond_what_is_asked_for_are_left_out_and_told_of() {
    let body = "Id,Account.Name\n003000000000001AAA,a\n003000000000002AAA,b\n";
    let told = shown(found("SELECT Id, Account.Name FROM Contact", Some(1)), &[], body).unwrap();
    assert_eq!((told.rows, told.more), (1, true));
    assert!(told.json.ends_with(r#""rows":[["003000000000001AAA","a"]]}"#), "{}", told.json);
    // A part of an ingest job's results, which have no pages: whole rows of it.
    let body = "sf__Id,LastName\n003000000000001AAA,a\n003000000000002AAA,\"b";
    let told = shown(outcomes(Outcomes::Successful, "LastName", None), &[], body).unwrap();
    assert_eq!((told.rows, told.more), (1, true));
    // Nothing was found: not even a header.
    let told = shown(found("SELECT Id FROM Contact", Some(9)), &[], "").unwrap();
    assert_eq!((told.rows, told.json.as_str()), (0, r#"{"columns":[],"rows":[]}"#));
}

#[test]
fn an_answer_holds_whole_rows_as_far_as_there_is_room() {
    let results = found("SELECT Id, Account.Name FROM Contact", Some(200));
    let resolved = resolve(Operation::Bulk(results), &SCHEMA).unwrap();
    let rows = (0..200).map(|n| format!("003000000000001AAA,\"a \"\"{n:03}\"\"\"\n"));
    let body = format!("Id,Account.Name\n{}", rows.collect::<String>());
    for most_bytes in [0, 100, 1_000, 5_000, 100_000] {
        let window = Window { most_bytes, ..Window::default() };
        let footprint = resolved.footprint();
        let body = body.as_bytes();
        let told = prune_within(
            resolved.operation(),
            footprint,
            &|_, _| true,
            &Masks::default(),
            window,
            body,
        )
        .unwrap();
        let json: Value = serde_json::from_str(&told.json).unwrap();
        let shown = u64::try_from(json["rows"].as_array().unwrap().len()).unwrap();
        assert!(told.json.len() < most_bytes + 100, "{most_bytes}: {}", told.json.len());
        assert_eq!((told.shown, told.shown + told.cut, told.more), (shown, 200, shown < 200));
        assert_eq!(shown == 0, most_bytes <= 50, "{most_bytes}: {shown}");
    }
}

#[test]
fn of_a_job_its_state_and_counts_come_out_and_no_message() {
    let job = |id: &str| {
        let work = Work::Ingest(ingest("LastName"));
        BulkOperation::GetJob(Box::new(Job { id: RecordId::parse(id).unwrap(), work }))
    };
    let told = format!(
        r#"{{"id":"{JOB}","state":"Failed","operation":"insert","object":"Contact","errorMessage":"SSN 123-45-6789","createdById":"005000000000001AAA","numberRecordsProcessed":5,"numberRecordsFailed":2,"retries":0,"totalProcessingTime":9,"apexProcessingTime":1}}"#
    );
    assert_eq!(
        json(job(JOB), &[], &told).unwrap(),
        r#"{"state":"Failed","operation":"insert","object":"Contact","numberRecordsProcessed":5,"numberRecordsFailed":2,"retries":0,"totalProcessingTime":9}"#
    );
    for (from, to) in [
        ("Failed", "123-45-6789"),
        (JOB, "750000000000002AAA"),
        (JOB, "003000000000001AAA"),
        ("\"insert\"", "\"delete\""),
        ("\"Contact\"", "\"Account\""),
        ("\"retries\":0", "\"retries\":\"123-45-6789\""),
    ] {
        assert_eq!(json(job(JOB), &[], &told.replace(from, to)), None, "{to}");
    }
}

#[test]
fn a_new_job_is_told_by_its_state_and_its_id_goes_nowhere_else() {
    let rows = Rows::Later { dialect: Dialect::default(), max_rows: None };
    let create = BulkOperation::CreateIngest { ingest: ingest("LastName"), rows };
    let told =
        format!(r#"{{"id":"{JOB}","state":"Open","operation":"insert","object":"Contact"}}"#);
    let pruned = shown(create.clone(), &[], &told).unwrap();
    assert_eq!(pruned.json, r#"{"state":"Open"}"#);
    assert_eq!(pruned.job, Some(RecordId::parse(JOB).unwrap()));
    assert_eq!(shown(create, &[], &told.replace("750", "003")), None);
    let upsert = IngestOperation::Upsert { field: FieldName::parse("ExternalKey__c").unwrap() };
    let ingest = Ingest { operation: upsert, ..ingest("ExternalKey__c,LastName") };
    let rows = Rows::Later { dialect: Dialect::default(), max_rows: None };
    assert_eq!(shown(BulkOperation::CreateIngest { ingest, rows }, &[], &told), None);
}
