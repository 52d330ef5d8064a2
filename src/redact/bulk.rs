//! Answers about bulk jobs.

use std::fmt::Write as _;

use serde::Deserialize;
use serde_json::Value;

use super::table::Table;
use super::{Masks, Pruned, RedactError, Visible};
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
            rows(operation, footprint, visible, masks, max_rows.unwrap_or(u32::MAX), true, body)
        }
        BulkOperation::QueryResults { max_rows, .. } => {
            rows(operation, footprint, visible, masks, max_rows.unwrap_or(u32::MAX), false, body)
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

/// The most text of rows that one answer holds, in bytes.
const MOST_TEXT: usize = 512 * 1024;

/// Results as `{"columns":[…],"rows":[[…],…]}`. Those of an ingest job may be `cut` off, so that
/// what stands behind the last whole row is left alone.
fn rows(
    operation: &BulkOperation,
    footprint: &Footprint,
    visible: Visible<'_>,
    masks: &Masks,
    most: u32,
    cut: bool,
    body: &[u8],
) -> Result<Pruned, RedactError> {
    let mut table = Table::of(operation, footprint, visible, masks).ok_or(RedactError)?;
    let mut rows = String::new();
    let (mut shown, mut left_out) = (0u64, 0u64);
    let mut names = true;
    let mut take = |row: &[&str]| {
        if std::mem::take(&mut names) {
            return Ok::<(), RedactError>(());
        }
        let cells: Vec<Value> = row.iter().map(|cell| Value::from(*cell)).collect();
        let cells = Value::from(cells).to_string();
        let room = MOST_TEXT.saturating_sub(rows.len());
        if left_out > 0 || shown >= u64::from(most) || cells.len() > room {
            left_out = left_out.saturating_add(1);
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
    if broken && (!cut || table.names().is_empty()) {
        return Err(RedactError);
    }
    let columns: Vec<Value> = table.names().iter().map(|name| Value::from(name.as_str())).collect();
    let columns = Value::from(columns);
    let json = format!("{{\"columns\":{columns},\"rows\":[{rows}]}}");
    let more = broken || left_out > 0;
    let dropped = table.dropped();
    Ok(Pruned { more, dropped, shown, cut: left_out, ..Pruned::whole(json, shown) })
}
