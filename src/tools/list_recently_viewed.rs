//! `listRecentlyViewed`: the records that Salesforce's user saw last.

use schemars::JsonSchema;
use serde::Deserialize;

use super::argument::{ObjectArgument, limit};
use super::{ArgumentError, Definition, Effect, Seals, Tag};
use crate::footprint::Action;
use crate::salesforce::Operation;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct ListRecentlyViewed {
    /// API names of the objects whose records to list, for example `["Account", "Case"]`.
    objects: Vec<ObjectArgument>,
    /// The most records to return; 20 where it is left out.
    #[serde(default)]
    #[schemars(with = "u32")]
    limit: Option<u32>,
}

impl Definition for ListRecentlyViewed {
    const NAME: &'static str = "listRecentlyViewed";
    const UNIFIED: &'static str = "list_all_salesforce_recently_viewed";
    const TITLE: &'static str = "List recently viewed";
    const DESCRIPTION: &'static str = "Lists id and name of the records that Fieldgate's Salesforce user, which \
        all agents share, saw last.";
    const ACTIONS: &'static [Action] = &[Action::Select];
    const EFFECT: Effect = Effect::Reads;
    const TAG: Tag = Tag::Records;
    const EXAMPLE: &'static str = r#"{"objects":["Account"]}"#;

    fn operation(self, _: &Seals<'_>) -> Result<Operation, ArgumentError> {
        if self.objects.is_empty() {
            return Err(ArgumentError::Empty("objects"));
        }
        Ok(Operation::RecentlyViewed {
            objects: self.objects.into_iter().map(|object| object.0).collect(),
            limit: limit(self.limit, 20, 200)?,
        })
    }
}
