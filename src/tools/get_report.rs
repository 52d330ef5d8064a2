//! `getReport`: a saved report, run.

use schemars::JsonSchema;
use serde::Deserialize;

use super::argument::IdArgument;
use super::{ArgumentError, Definition, Effect, Seals, Tag};
use crate::footprint::Action;
use crate::salesforce::Operation;
use crate::salesforce::report::ReportOperation;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct GetReport {
    /// The report's id, 15 or 18 characters, as `listReports` gives it.
    id: IdArgument,
    /// `false` for groups and summaries alone; `true`, the default, for the rows too.
    #[serde(default = "yes")]
    include_details: bool,
}

fn yes() -> bool {
    true
}

impl Definition for GetReport {
    const NAME: &'static str = "getReport";
    const UNIFIED: &'static str = "get_single_salesforce_report_by_id";
    const TITLE: &'static str = "Run report";
    const DESCRIPTION: &'static str = "Runs a saved report by its id and returns its rows, groups \
        and summaries. Call listReports for the ids. Every field that the report shows, filters, \
        sorts or groups by must be permitted; reports with buckets, formulas or cross filters are \
        refused: use executeQuery for those. `factMap` has the rows and summaries of each group, \
        `T!T` those of all; the cells stand in the order of `detailColumns`.";
    const ACTIONS: &'static [Action] = &[Action::RunReport];
    const EFFECT: Effect = Effect::Reads;
    const TAG: Tag = Tag::Analytics;
    const EXAMPLE: &'static str = r#"{"id":"00ODm0000000001MAA"}"#;

    fn operation(self, _: &Seals<'_>) -> Result<Operation, ArgumentError> {
        Ok(Operation::Report(ReportOperation::run(self.id.0, self.include_details)))
    }
}
