//! `getRecords`: chosen fields of several records.

use schemars::JsonSchema;
use serde::Deserialize;

use super::argument::{IdArgument, ObjectArgument, PathArgument, fields};
use super::{ArgumentError, Definition, Effect, Seals, Tag};
use crate::footprint::Action;
use crate::salesforce::Operation;
use crate::salesforce::collection::CollectionOperation;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct GetRecords {
    /// API name of the object of all records, for example `Account`.
    object: ObjectArgument,
    /// The records' ids, at most 200.
    ids: Vec<IdArgument>,
    /// The fields to return, for example `["Name", "Industry"]`.
    fields: Vec<PathArgument>,
}

impl Definition for GetRecords {
    const NAME: &'static str = "getRecords";
    const UNIFIED: &'static str = "get_many_salesforce_records";
    const TITLE: &'static str = "Get records";
    const DESCRIPTION: &'static str = "Returns chosen fields of up to 200 records of one object, in the order of \
        their ids; null stands for a record that there is not.";
    const ACTIONS: &'static [Action] = &[Action::Select];
    const EFFECT: Effect = Effect::Reads;
    const TAG: Tag = Tag::Records;
    const EXAMPLE: &'static str = r#"{"object":"Account","ids":["001Dm0000000001IAA","001Dm0000000002IAA"],"fields":["Id","Name"]}"#;

    fn operation(self, _: &Seals<'_>) -> Result<Operation, ArgumentError> {
        Ok(Operation::Records(CollectionOperation::GetMany {
            object: self.object.0,
            ids: self.ids.into_iter().map(|id| id.0).collect(),
            fields: fields(self.fields)?,
        }))
    }
}
