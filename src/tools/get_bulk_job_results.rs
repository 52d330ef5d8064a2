//! `getBulkJobResults`: what a bulk job wrote or found.

use schemars::JsonSchema;
use serde::Deserialize;

use super::sealed::{Seals, bulk_job, bulk_page};
use super::{ArgumentError, Definition, Effect, Tag};
use crate::footprint::Action;
use crate::salesforce::Operation;
use crate::salesforce::bulk::{BulkOperation, Outcomes};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct GetBulkJobResults {
    /// The `id` that createBulkJob gave, exactly as it was given.
    id: String,
    /// Of a job that writes records: `successful`, `failed` or `unprocessed`. Not for queries.
    #[serde(default)]
    #[schemars(with = "String")]
    which: Option<String>,
    /// The `nextCursor` of the last answer, for the next rows of a query.
    #[serde(default)]
    #[schemars(with = "String")]
    cursor: Option<String>,
    /// The most rows to return, 1 to 50,000; 200 if left out.
    #[serde(default)]
    #[schemars(with = "u32")]
    max_records: Option<u32>,
}

/// Where nothing is asked for.
const ROWS: u32 = 200;

impl Definition for GetBulkJobResults {
    const NAME: &'static str = "getBulkJobResults";
    const UNIFIED: &'static str = "list_all_salesforce_bulk_job_results";
    const TITLE: &'static str = "Get bulk job results";
    const DESCRIPTION: &'static str = "Returns rows of a finished bulk job: of a query what it \
        found, of a job that wrote records what became of each, with Salesforce's error code. The \
        answer's `downloadUrl` gives all rows as one CSV file. Call getBulkJob first.";
    const ACTIONS: &'static [Action] =
        &[Action::Create, Action::Update, Action::Delete, Action::Select];
    const EFFECT: Effect = Effect::Reads;
    const TAG: Tag = Tag::Bulk;
    const EXAMPLE: &'static str = r#"{"id":"fgj1.from-createBulkJob","which":"failed"}"#;

    fn operation(self, seals: &Seals<'_>) -> Result<Operation, ArgumentError> {
        let wrong = |text: &str| ArgumentError::Shape(text.to_owned());
        let which = self.which.as_deref().map(|name| {
            let known = Outcomes::named(name);
            known.ok_or_else(|| wrong("`which` must be successful, failed or unprocessed"))
        });
        let max_rows = self.max_records.unwrap_or(ROWS);
        if !(1..=50_000).contains(&max_rows) {
            return Err(wrong("`maxRecords` must be 1 to 50,000"));
        }
        let job = bulk_job(&self.id, seals)?;
        let page = self.cursor.map(|cursor| bulk_page(&cursor, seals)).transpose()?;
        let results = BulkOperation::results(job, which.transpose()?, page, Some(max_rows));
        Ok(Operation::Bulk(results.map_err(|error| wrong(&error.to_string()))?))
    }
}
