//! `executeSearch`: a SOSL search.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{ArgumentError, Definition, Effect, Seals, Tag};
use crate::footprint::Action;
use crate::salesforce::Operation;
use crate::sosl;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ExecuteSearch {
    /// The SOSL search, for example `FIND {Acme} IN NAME FIELDS RETURNING Account(Id, Name), Contact(Id, Email) LIMIT 10`.
    search: String,
}

impl Definition for ExecuteSearch {
    const NAME: &'static str = "executeSearch";
    const UNIFIED: &'static str = "list_all_salesforce_search";
    const TITLE: &'static str = "Execute SOSL search";
    const DESCRIPTION: &'static str = "Looks for words in several objects at once and returns the \
        records found. The term stands in braces, with a backslash before characters such as - ' & \
        : + that are part of a word. RETURNING must name each object with its fields. Every field \
        that is looked in must be permitted too: without IN NAME FIELDS, EMAIL FIELDS or PHONE \
        FIELDS that is every text field of each object. Always give a LIMIT.";
    const ACTIONS: &'static [Action] = &[Action::Search];
    const EFFECT: Effect = Effect::Reads;
    const TAG: Tag = Tag::Query;
    const EXAMPLE: &'static str =
        r#"{"search":"FIND {Energy*} IN NAME FIELDS RETURNING Account(Id, Name) LIMIT 5"}"#;

    fn operation(self, _: &Seals<'_>) -> Result<Operation, ArgumentError> {
        let search = sosl::parse(&self.search).map_err(ArgumentError::Sosl)?;
        Ok(Operation::Search(Box::new(search)))
    }
}
