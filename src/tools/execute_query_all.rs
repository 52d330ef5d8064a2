//! `executeQueryAll`: a SOQL query over deleted and archived records too.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{ArgumentError, Definition, Effect, Seals, Tag};
use crate::footprint::Action;
use crate::salesforce::{Operation, QueryCall};
use crate::soql;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct ExecuteQueryAll {
    /// The SOQL query, for example `SELECT Id, Name FROM Account WHERE IsDeleted = true LIMIT 10`.
    query: String,
}

impl Definition for ExecuteQueryAll {
    const NAME: &'static str = "executeQueryAll";
    const UNIFIED: &'static str = "list_all_salesforce_query_all";
    const TITLE: &'static str = "Execute SOQL query on all rows";
    const DESCRIPTION: &'static str = "Runs a SOQL query like executeQuery, over deleted and archived records \
        too. Always give a LIMIT.";
    const ACTIONS: &'static [Action] = &[Action::Select];
    const EFFECT: Effect = Effect::Reads;
    const TAG: Tag = Tag::Query;
    const EXAMPLE: &'static str = r#"{"query":"SELECT Id, Name FROM Account LIMIT 5"}"#;

    fn operation(self, _: &Seals<'_>) -> Result<Operation, ArgumentError> {
        let query = soql::parse(&self.query).map_err(ArgumentError::Soql)?;
        Ok(Operation::Query(Box::new(QueryCall { query, all_rows: true, page: None })))
    }
}
