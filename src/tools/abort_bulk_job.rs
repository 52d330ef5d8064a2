//! `abortBulkJob`: stops a bulk job.

use schemars::JsonSchema;
use serde::Deserialize;

use super::sealed::{Seals, bulk_job};
use super::{ArgumentError, Definition, Effect, Tag};
use crate::footprint::Action;
use crate::salesforce::Operation;
use crate::salesforce::bulk::BulkOperation;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AbortBulkJob {
    /// The `id` that createBulkJob gave, exactly as it was given.
    id: String,
}

impl Definition for AbortBulkJob {
    const NAME: &'static str = "abortBulkJob";
    const UNIFIED: &'static str = "abort_a_salesforce_bulk_job_by_id";
    const TITLE: &'static str = "Abort bulk job";
    const DESCRIPTION: &'static str = "Stops a bulk job. Records that it has written by then stay \
        written; getBulkJobResults says which.";
    const ACTIONS: &'static [Action] =
        &[Action::Create, Action::Update, Action::Delete, Action::Select];
    const EFFECT: Effect = Effect::Overwrites;
    const TAG: Tag = Tag::Bulk;
    const EXAMPLE: &'static str = r#"{"id":"fgj1.from-createBulkJob"}"#;

    fn operation(self, seals: &Seals<'_>) -> Result<Operation, ArgumentError> {
        let job = bulk_job(&self.id, seals)?;
        Ok(Operation::Bulk(BulkOperation::AbortJob(Box::new(job))))
    }
}
