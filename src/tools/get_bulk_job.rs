//! `getBulkJob`: how far a bulk job is.

use schemars::JsonSchema;
use serde::Deserialize;

use super::sealed::{Seals, bulk_job};
use super::{ArgumentError, Definition, Effect, Tag};
use crate::footprint::Action;
use crate::salesforce::Operation;
use crate::salesforce::bulk::BulkOperation;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GetBulkJob {
    /// The `id` that createBulkJob gave, exactly as it was given.
    id: String,
}

impl Definition for GetBulkJob {
    const NAME: &'static str = "getBulkJob";
    const UNIFIED: &'static str = "get_single_salesforce_bulk_job_by_id";
    const TITLE: &'static str = "Get bulk job";
    const DESCRIPTION: &'static str = "Says how far a bulk job is: Open, UploadComplete, \
        InProgress, JobComplete, Failed or Aborted, and how many records it has processed. Ask \
        again after some seconds until it is one of the last three.";
    const ACTIONS: &'static [Action] =
        &[Action::Create, Action::Update, Action::Delete, Action::Select];
    const EFFECT: Effect = Effect::Reads;
    const TAG: Tag = Tag::Bulk;
    const EXAMPLE: &'static str = r#"{"id":"fgj1.from-createBulkJob"}"#;

    fn operation(self, seals: &Seals<'_>) -> Result<Operation, ArgumentError> {
        let job = bulk_job(&self.id, seals)?;
        Ok(Operation::Bulk(BulkOperation::GetJob(Box::new(job))))
    }
}
