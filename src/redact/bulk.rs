//! Answers about bulk jobs.

use std::fmt::Write as _;

use serde::Deserialize;
use serde_json::Value;

use super::table::Table;
use super::{Masks, Pruned, RedactError, Visible, Window};
use crate::footprint::Footprint;
use crate::salesforce::bulk::{BulkOperation, Job, Work};
use crate::salesforce::{ObjectName, RecordId};

/// The states of a job.
const STATES: [&str; 6] =
    ["Open", "UploadComplete", "InProgress", "JobComplete", "Failed", "Aborted"];

/// What a job's ids begin with.
const JOB_PREFIX: &str = "750";

/// The part of a job's answer that is looked at. Messages are left out: they can tell values.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    id: RecordId,
    state: String,
    operation: Option<String>,
    object: Option<ObjectName>,
    number_records_processed: Option<u64>,
    number_records_failed: Option<u64>,
    retries: Option<u64>,
    total_processing_time: Option<u64>,
}

pub(super) fn prune(
    operation: &BulkOperation,
    footprint: &Footprint,
    visible: Visible<'_>,
    masks: &Masks,
    window: Window,
    body: &[u8],
) -> Result<Pruned, RedactError> {
    match operation {
        BulkOperation::CreateIngest { ingest, .. } => {
            let told = read(body, ingest.operation.name(), Some(&ingest.object))?;
            Ok(Pruned { job: Some(told.id.clone()), ..state(&told) })
        }
        BulkOperation::CreateQuery(query) => {
            let told = read(body, query.name(), None)?;
            Ok(Pruned { job: Some(told.id.clone()), ..state(&told) })
        }
        BulkOperation::Upload { job, ingest, .. } => {
            let told = read(body, ingest.operation.name(), Some(&ingest.object))?;
            if told.id == *job { Ok(state(&told)) } else { Err(RedactError) }
        }
        BulkOperation::GetJob(job) | BulkOperation::AbortJob(job) => of_job(job, body),
        BulkOperation::IngestResults { max_rows, .. } => {
            let asked = Asked { most_rows: max_rows.unwrap_or(u32::MAX), window, part: true };
            rows(operation, footprint, visible, masks, asked, body)
        }
        BulkOperation::QueryResults { max_rows, .. } => {
            let asked = Asked { most_rows: max_rows.unwrap_or(u32::MAX), window, part: false };
            rows(operation, footprint, visible, masks, asked, body)
        }
    }
}

/// A job's answer, which has to be about the job that was asked for.
fn read(body: &[u8], operation: &str, object: Option<&ObjectName>) -> Result<Told, RedactError> {
    let told: Told = serde_json::from_slice(body).map_err(|_not_understood| RedactError)?;
    let own = told.id.key_prefix() == JOB_PREFIX
        && STATES.contains(&told.state.as_str())
        && told.operation.as_deref().is_none_or(|told| told == operation)
        && (object.is_none() || told.object.as_ref().is_none_or(|told| Some(told) == object));
    if own { Ok(told) } else { Err(RedactError) }
}

fn state(told: &Told) -> Pruned {
    Pruned::whole(format!("{{\"state\":\"{}\"}}", told.state), 1)
}

fn of_job(job: &Job, body: &[u8]) -> Result<Pruned, RedactError> {
    let (operation, object) = match &job.work {
        Work::Ingest(ingest) => (ingest.operation.name(), Some(&ingest.object)),
        Work::Query(query) => (query.name(), None),
    };
    let told = read(body, operation, object)?;
    if told.id != job.id {
        return Err(RedactError);
    }
    let mut json = format!("{{\"state\":\"{}\",\"operation\":\"{operation}\"", told.state);
    if let Some(object) = object {
        let _infallible = write!(json, ",\"object\":\"{object}\"");
    }
    for (name, number) in [
        ("numberRecordsProcessed", told.number_records_processed),
        ("numberRecordsFailed", told.number_records_failed),
        ("retries", told.retries),
        ("totalProcessingTime", told.total_processing_time),
    ] {
        if let Some(number) = number {
            let _infallible = write!(json, ",\"{name}\":{number}");
        }
    }
    json.push('}');
    Ok(Pruned::whole(json, 1))
}

/// How much of results is asked for.
#[derive(Clone, Copy)]
struct Asked {
    most_rows: u32,
    window: Window,
    /// The body may be the first part of the results, so that what stands behind its last whole row
    /// is left alone.
    part: bool,
}

/// Results as `{"columns":[…],"rows":[[…],…]}`.
fn rows(
    operation: &BulkOperation,
    footprint: &Footprint,
    visible: Visible<'_>,
    masks: &Masks,
    asked: Asked,
    body: &[u8],
) -> Result<Pruned, RedactError> {
    let mut table = Table::of(operation, footprint, visible, masks).ok_or(RedactError)?;
    let (mut columns, mut rows) = (String::from("[]"), String::new());
    let (mut shown, mut cut, mut more) = (0u64, 0u64, false);
    let mut names = true;
    let mut take = |row: &[&str]| {
        let cells: Vec<Value> = row.iter().map(|cell| Value::from(*cell)).collect();
        let cells = Value::from(cells).to_string();
        if std::mem::take(&mut names) {
            columns = cells;
            return Ok::<(), RedactError>(());
        }
        let taken = columns.len().saturating_add(rows.len());
        let room = asked.window.most_bytes.saturating_sub(taken);
        if shown >= u64::from(asked.most_rows) {
            more = true;
            return Ok(());
        }
        if cut > 0 || cells.len() > room {
            cut = cut.saturating_add(1);
            return Ok(());
        }
        shown = shown.saturating_add(1);
        if !rows.is_empty() {
            rows.push(',');
        }
        rows.push_str(&cells);
        Ok(())
    };
    table.feed(body, &mut take).map_err(|_wrong| RedactError)?;
    let ended = table.end_page(&mut take);
    // A body that ends within a row was cut off.
    let broken = ended.is_err();
    if broken && (!asked.part || table.names().is_empty()) {
        return Err(RedactError);
    }
    let json = format!("{{\"columns\":{columns},\"rows\":[{rows}]}}");
    let more = more || broken || cut > 0;
    let dropped = table.dropped();
    Ok(Pruned { more, dropped, shown, cut, ..Pruned::whole(json, shown) })
}
