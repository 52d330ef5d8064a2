//! `executeQuery`: a SOQL query.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{ArgumentError, Definition, Effect, Seals, Tag};
use crate::footprint::Action;
use crate::salesforce::Operation;
use crate::soql;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ExecuteQuery {
    /// The SOQL query, for example `SELECT Id, Name FROM Account WHERE Industry = 'Energy' LIMIT 10`.
    query: String,
}

impl Definition for ExecuteQuery {
    const NAME: &'static str = "executeQuery";
    const UNIFIED: &'static str = "list_all_salesforce_query";
    const TITLE: &'static str = "Execute SOQL query";
    const DESCRIPTION: &'static str = "Runs a SOQL query and returns its rows. Every field that is \
        selected, filtered, sorted or grouped on must be permitted; a refusal names the fields \
        that are not. Always give a LIMIT.";
    const ACTIONS: &'static [Action] = &[Action::Select];
    const EFFECT: Effect = Effect::Reads;
    const TAG: Tag = Tag::Query;
    const EXAMPLE: &'static str = r#"{"query":"SELECT Id, Name FROM Account LIMIT 5"}"#;

    fn operation(self, _: &Seals<'_>) -> Result<Operation, ArgumentError> {
        let query = soql::parse(&self.query).map_err(ArgumentError::Soql)?;
        Ok(Operation::query(query))
    }
}
