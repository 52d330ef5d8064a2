//! `getNextPage`: more rows of a query.

use schemars::JsonSchema;
use serde::Deserialize;

use super::sealed::{Seals, next_page};
use super::{ArgumentError, Definition, Effect, Tag};
use crate::footprint::Action;
use crate::salesforce::Operation;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GetNextPage {
    /// The `nextCursor` of the last answer, exactly as it was given.
    cursor: String,
}

impl Definition for GetNextPage {
    const NAME: &'static str = "getNextPage";
    const UNIFIED: &'static str = "list_all_salesforce_query_next_page";
    const TITLE: &'static str = "Get next page";
    const DESCRIPTION: &'static str = "Returns further rows of a query whose answer had a \
        `nextCursor`. A cursor is good for an hour, for you alone.";
    const ACTIONS: &'static [Action] = &[Action::Select];
    const EFFECT: Effect = Effect::Reads;
    const TAG: Tag = Tag::Query;
    const EXAMPLE: &'static str = r#"{"cursor":"fgc1.from-an-earlier-answer"}"#;

    fn operation(self, seals: &Seals<'_>) -> Result<Operation, ArgumentError> {
        next_page(&self.cursor, seals)
    }
}
