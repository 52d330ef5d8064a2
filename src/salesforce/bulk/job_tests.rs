//! What is sealed for agents reads as it was printed, and nothing else reads at all.

use super::*;
use crate::csv::{Delimiter, LineEnding};
use crate::salesforce::{FieldName, ObjectName};

fn ingest(operation: IngestOperation, header: &str) -> Work {
    let columns = Columns::parse(header.split(',')).unwrap();
    Work::Ingest(Ingest { object: ObjectName::parse("Task").unwrap(), operation, columns })
}

fn query(text: &str, all_rows: bool) -> Work {
    Work::Query(Box::new(BulkQuery { query: crate::soql::parse(text).unwrap(), all_rows }))
}

fn jobs() -> Vec<Job> {
    let key = FieldName::parse("Key__c").unwrap();
    let works = [
        ingest(IngestOperation::Insert, "Subject,User:Owner.Username"),
        ingest(IngestOperation::Update, "Id,Subject"),
        ingest(IngestOperation::Upsert { field: key }, "Key__c"),
        ingest(IngestOperation::Delete, "Id"),
        query("SELECT Id FROM Task WHERE Subject = 'it\\'s' LIMIT 5", false),
        query("SELECT Id FROM Task", true),
    ];
    let id = RecordId::parse("750000000000001AAA").unwrap();
    works.into_iter().map(|work| Job { id: id.clone(), work }).collect()
}

#[test]
fn what_is_sealed_reads_as_it_was_printed() {
    for job in jobs() {
        assert_eq!(Job::parse(&job.print()).as_ref(), Some(&job));
        for which in [None, Some(Outcomes::Failed)] {
            let download = Download { job: job.clone(), which };
            assert_eq!(Download::parse(&download.print()), Some(download));
        }
        let dialect = Dialect { delimiter: Delimiter::Caret, line_ending: LineEnding::CrLf };
        let upload = Upload { job: job.clone(), dialect, max_rows: 7 };
        assert_eq!(Upload::parse(&upload.print()), Some(upload));
        let page = ResultsLocator::parse("MTAwMDA").unwrap();
        let cursor = PageCursor { job: job.id, page };
        assert_eq!(PageCursor::parse(&cursor.print()), Some(cursor));
    }
}

#[test]
fn one_thing_that_is_sealed_does_not_read_as_another() {
    let [job, ..] =
        jobs().try_into().unwrap_or_else(|jobs: Vec<Job>| -> [Job; 6] { panic!("{jobs:?}") });
    let upload = Upload { job: job.clone(), dialect: Dialect::default(), max_rows: 7 }.print();
    let download = Download { job: job.clone(), which: None }.print();
    let page = ResultsLocator::parse("MTAwMDA").unwrap();
    let cursor = PageCursor { job: job.id.clone(), page }.print();
    let job = job.print();
    for (own, bytes) in [(0, &job), (1, &upload), (2, &download), (3, &cursor)] {
        let reads = [
            Job::parse(bytes).is_some(),
            Upload::parse(bytes).is_some(),
            Download::parse(bytes).is_some(),
            PageCursor::parse(bytes).is_some(),
        ];
        let expected: Vec<bool> = (0..4).map(|at| at == own).collect();
        assert_eq!(reads.as_slice(), expected);
    }
}

#[test]
fn what_was_never_printed_does_not_read() {
    for text in [
        "",
        "{}",
        r#"{"id":"750000000000001AAA","operation":"hardDelete","object":"Task","columns":["Id"]}"#,
        r#"{"id":"750000000000001AAA","operation":"insert","columns":["Subject"]}"#,
        r#"{"id":"750000000000001AAA","operation":"insert","object":"Task"}"#,
        r#"{"id":"750000000000001AAA","operation":"upsert","object":"Task","columns":["Subject"]}"#,
        r#"{"id":"750","operation":"insert","object":"Task","columns":["Subject"]}"#,
        r#"{"id":"750000000000001AAA","operation":"query"}"#,
        r#"{"id":"750000000000001AAA","operation":"query","query":"SELECT"}"#,
        r#"{"id":"750000000000001AAA","operation":"insert","object":"Task","columns":["Subject"],"more":1}"#,
    ] {
        assert!(Job::parse(text.as_bytes()).is_none(), "{text}");
    }
    for locator in ["", "null", "a b", "a&b", "../x", &"x".repeat(201)] {
        assert_eq!(ResultsLocator::parse(locator), None, "{locator}");
    }
}

#[test]
fn a_step_that_the_job_does_not_have_is_refused() {
    let jobs = jobs();
    let (ingest, query) = (&jobs[0], &jobs[4]);
    let page = |id: &str| Some((RecordId::parse(id).unwrap(), ResultsLocator::parse("x").unwrap()));
    let (own, other) = (page("750000000000001AAA"), page("750000000000002AAA"));
    let failed = Some(Outcomes::Failed);
    for (job, which, page, error) in [
        (ingest, None, None, Some(StepError::WhichMissing)),
        (ingest, failed, None, None),
        (ingest, failed, own.clone(), Some(StepError::OtherCursor)),
        (query, failed, None, Some(StepError::WhichOfQuery)),
        (query, None, own, None),
        (query, None, other, Some(StepError::OtherCursor)),
    ] {
        let results = BulkOperation::results(job.clone(), which, page, Some(5));
        assert_eq!(results.err(), error);
    }
}
