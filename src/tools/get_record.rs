//! `getRecord`: chosen fields of one record.

use schemars::JsonSchema;
use serde::Deserialize;

use super::argument::{IdArgument, ObjectArgument, PathArgument};
use super::{ArgumentError, Definition, Effect, Seals, Tag};
use crate::footprint::Action;
use crate::salesforce::{Operation, RecordKey};

/// As many as a query may select.
const MOST_FIELDS: usize = 1_000;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GetRecord {
    /// API name of the object, for example `Account`.
    object: ObjectArgument,
    /// The record's id, 15 or 18 characters.
    id: IdArgument,
    /// The fields to return, for example `["Name", "Owner.Name"]`.
    fields: Vec<PathArgument>,
}

impl Definition for GetRecord {
    const NAME: &'static str = "getRecord";
    const UNIFIED: &'static str = "get_single_salesforce_record_by_id";
    const TITLE: &'static str = "Get record";
    const DESCRIPTION: &'static str = "Returns chosen fields of one record by its id. Use \
        executeQuery to find records by their values.";
    const ACTIONS: &'static [Action] = &[Action::Select];
    const EFFECT: Effect = Effect::Reads;
    const TAG: Tag = Tag::Records;
    const EXAMPLE: &'static str =
        r#"{"object":"Account","id":"001Dm0000000001IAA","fields":["Name"]}"#;

    fn operation(self, _: &Seals<'_>) -> Result<Operation, ArgumentError> {
        if self.fields.is_empty() {
            return Err(ArgumentError::NoFields);
        }
        if self.fields.len() > MOST_FIELDS {
            return Err(ArgumentError::TooManyFields(MOST_FIELDS));
        }
        Ok(Operation::GetRecord {
            object: self.object.0,
            key: RecordKey::Id(self.id.0),
            fields: self.fields.into_iter().map(|field| field.0).collect(),
        })
    }
}
