//! `createRecordTree`: new records with their children.

use schemars::JsonSchema;
use serde::Deserialize;

use super::argument::{ObjectArgument, Records};
use super::{ArgumentError, Definition, Effect, Seals, Tag};
use crate::footprint::Action;
use crate::salesforce::Operation;
use crate::salesforce::body::Rules;
use crate::salesforce::collection::read;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct CreateRecordTree {
    /// API name of the object of the outermost records, for example `Account`.
    object: ObjectArgument,
    /// The records with their children, at most 200 and five levels, for example
    /// `[{"attributes": {"type": "Account", "referenceId": "a"}, "Name": "Acme", "Contacts":
    /// {"records": [{"attributes": {"type": "Contact", "referenceId": "b"}, "LastName": "Ray"}]}}]`.
    records: Records,
}

impl Definition for CreateRecordTree {
    const NAME: &'static str = "createRecordTree";
    const UNIFIED: &'static str = "create_a_salesforce_record_tree";
    const TITLE: &'static str = "Create record tree";
    const DESCRIPTION: &'static str = "Creates records together with their children, all of them or none, and \
        returns the id of each under its `referenceId`. describeObject names the child relationships.";
    const ACTIONS: &'static [Action] = &[Action::Create];
    const EFFECT: Effect = Effect::Adds;
    const TAG: Tag = Tag::Records;
    const EXAMPLE: &'static str = r#"{"object":"Account","records":[{"attributes":{"type":"Account","referenceId":"acme"},"Name":"Acme","Contacts":{"records":[{"attributes":{"type":"Contact","referenceId":"ray"},"LastName":"Ray"}]}}]}"#;

    fn operation(self, _: &Seals<'_>) -> Result<Operation, ArgumentError> {
        read::tree(self.object.0, &self.records.0, Rules::default())
            .map(Operation::Records)
            .map_err(ArgumentError::Records)
    }
}
