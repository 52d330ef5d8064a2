//! Requests about bulk jobs (Bulk API 2.0 Developer Guide).
//!
//! Whatever the caller's file looked like, Salesforce gets commas and line feeds.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::encode::percent_encode;
use super::{Body, JSON, Method, Request};
use crate::csv::{Delimiter, Dialect, Error, LineEnding, Printer};
use crate::salesforce::RecordId;
use crate::salesforce::bulk::{
    BulkOperation, Columns, Ingest, IngestOperation, Job, Outcomes, ResultsLocator, Rows, Work,
};

/// The most characters of records that a call can carry itself.
pub const MOST_INLINE_CHARS: usize = 100_000;

/// How much of the results of an ingest job, which have no pages, one answer is made from.
const FIRST_BYTES: usize = 1024 * 1024;

/// The rows of a page of results that are fetched as a whole.
const PAGE_ROWS: u32 = 10_000;

const CSV: &str = "text/csv";

pub(super) fn request(operation: &BulkOperation, base: &str) -> Request {
    match operation {
        BulkOperation::CreateIngest { ingest, rows: Rows::Inline(rows) } => {
            inline(ingest, rows, base)
        }
        BulkOperation::CreateIngest { ingest, rows: Rows::Later { .. } } => {
            let job = description(ingest).to_string();
            Request::json(Method::Post, format!("{base}/jobs/ingest"), job)
        }
        BulkOperation::Upload { job, .. } => {
            let path = format!("{base}/jobs/ingest/{job}/batches");
            Request { method: Method::Put, ..Request::get(path) }
        }
        BulkOperation::CreateQuery(query) => {
            let job = json!({
                "operation": query.name(),
                "query": query.query.to_string(),
                "contentType": "CSV",
                "columnDelimiter": Delimiter::Comma.name(),
                "lineEnding": LineEnding::Lf.name(),
            });
            Request::json(Method::Post, format!("{base}/jobs/query"), job.to_string())
        }
        BulkOperation::GetJob(job) => Request::get(job_path(job, base)),
        BulkOperation::AbortJob(job) => state(&job_path(job, base), "Aborted"),
        BulkOperation::IngestResults { job, which, .. } => {
            let request = csv(ingest_results(job, *which, base));
            Request { first_bytes: Some(FIRST_BYTES), ..request }
        }
        BulkOperation::QueryResults { job, page, max_rows, .. } => {
            csv(query_results(job, page.as_ref(), *max_rows, base))
        }
    }
}

pub(super) fn succeeded(operation: &BulkOperation, status: u16) -> bool {
    match operation {
        BulkOperation::CreateIngest { .. } | BulkOperation::CreateQuery(_) => {
            matches!(status, 200 | 201)
        }
        // What closes the job after its file is answered with the job.
        BulkOperation::Upload { .. }
        | BulkOperation::GetJob(_)
        | BulkOperation::AbortJob(_)
        | BulkOperation::IngestResults { .. }
        | BulkOperation::QueryResults { .. } => status == 200,
    }
}

/// What ends an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The file is complete: Salesforce is to work on it.
    UploadComplete,
    /// It broke off: Salesforce is to forget it.
    Aborted,
}

/// The request that follows a job's file.
#[must_use]
pub fn end_of_upload(job: &RecordId, end: End, base: &str) -> Request {
    let word = match end {
        End::UploadComplete => "UploadComplete",
        End::Aborted => "Aborted",
    };
    state(&format!("{base}/jobs/ingest/{job}"), word)
}

/// The request for a further page of the results that `operation` reads; `None` for any other
/// operation.
#[must_use]
pub fn next_page(
    operation: &BulkOperation,
    locator: &ResultsLocator,
    base: &str,
) -> Option<Request> {
    match operation {
        BulkOperation::QueryResults { job, max_rows, .. } => {
            Some(csv(query_results(job, Some(locator), *max_rows, base)))
        }
        BulkOperation::CreateIngest { .. }
        | BulkOperation::Upload { .. }
        | BulkOperation::CreateQuery(_)
        | BulkOperation::GetJob(_)
        | BulkOperation::AbortJob(_)
        | BulkOperation::IngestResults { .. } => None,
    }
}

fn state(path: &str, state: &str) -> Request {
    Request::json(Method::Patch, path.to_owned(), format!("{{\"state\":\"{state}\"}}"))
}

fn csv(path: String) -> Request {
    Request { accept: CSV, ..Request::get(path) }
}

fn job_path(job: &Job, base: &str) -> String {
    let kind = match job.work {
        Work::Ingest(_) => "ingest",
        Work::Query(_) => "query",
    };
    format!("{base}/jobs/{kind}/{}", job.id)
}

fn ingest_results(job: &RecordId, which: Outcomes, base: &str) -> String {
    let resource = match which {
        Outcomes::Successful => "successfulResults",
        Outcomes::Failed => "failedResults",
        // In lower case, unlike its siblings.
        Outcomes::Unprocessed => "unprocessedrecords",
    };
    format!("{base}/jobs/ingest/{job}/{resource}/")
}

fn query_results(
    job: &RecordId,
    page: Option<&ResultsLocator>,
    max_rows: Option<u32>,
    base: &str,
) -> String {
    let max_rows = max_rows.unwrap_or(PAGE_ROWS);
    let mut path = format!("{base}/jobs/query/{job}/results?maxRecords={max_rows}");
    if let Some(locator) = page {
        let _infallible = write!(path, "&locator={}", percent_encode(locator.as_str()));
    }
    path
}

fn description(ingest: &Ingest) -> Value {
    let mut job = json!({
        "object": ingest.object,
        "operation": ingest.operation.name(),
        "contentType": "CSV",
        "columnDelimiter": Delimiter::Comma.name(),
        "lineEnding": LineEnding::Lf.name(),
    });
    if let (IngestOperation::Upsert { field }, Some(members)) =
        (&ingest.operation, job.as_object_mut())
    {
        members.insert("externalIdFieldName".to_owned(), json!(field));
    }
    job
}

/// A file of records as it is sent.
pub fn print_rows(columns: &Columns, rows: &[Vec<String>]) -> Result<String, Error> {
    let mut printer = Printer::new(Dialect::default());
    let mut text = Vec::new();
    let header: Vec<String> = columns.iter().map(ToString::to_string).collect();
    printer.print(header.iter().map(String::as_str), &mut text)?;
    for row in rows {
        printer.print(row.iter().map(String::as_str), &mut text)?;
    }
    // Made of texts and ASCII.
    Ok(String::from_utf8(text).unwrap_or_default())
}

/// One request with the job and its records in two parts.
fn inline(ingest: &Ingest, rows: &[Vec<String>], base: &str) -> Request {
    let job = description(ingest).to_string();
    // Records that can't be printed are refused when they are resolved.
    let content = print_rows(&ingest.columns, rows).unwrap_or_default();
    let boundary = boundary(&[&job, &content]);
    let part = |name: &str, media: &str, text: &str| {
        format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\
             Content-Type: {media}\r\n\r\n{text}\r\n"
        )
    };
    let job = part("job", JSON, &job);
    let content = part("content\"; filename=\"content", CSV, &content);
    let body = Body {
        content_type: format!("multipart/form-data; boundary={boundary}").into(),
        text: format!("{job}{content}--{boundary}--\r\n"),
    };
    let path = format!("{base}/jobs/ingest");
    Request { body: Some(body), method: Method::Post, ..Request::get(path) }
}

/// A boundary that stands in none of the parts: the first number that is not taken there.
fn boundary(parts: &[&str]) -> String {
    const WORD: &str = "fieldgate-part-";
    let taken = parts.iter().flat_map(|part| part.split(WORD).skip(1));
    let taken: BTreeSet<&str> = taken.filter_map(|after| after.get(..6)).collect();
    let mut numbers = (0..1_000_000).map(|number| format!("{number:06}"));
    let free = numbers.find(|number| !taken.contains(number.as_str()));
    format!("{WORD}{}", free.unwrap_or_default())
}
