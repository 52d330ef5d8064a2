//! `executeBatch`: operations that know nothing of each other.

use schemars::JsonSchema;
use serde::Deserialize;

use super::execute_composite::EVERY_ACTION;
use super::part::{BatchPart, envelope};
use super::{ArgumentError, Definition, Effect, Seals, Tag};
use crate::footprint::Action;
use crate::salesforce::Operation;
use crate::salesforce::envelope::{Envelope, Part};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct ExecuteBatch {
    /// Whether the parts after one that fails are left out. False unless it is given.
    #[serde(default)]
    halt_on_error: bool,
    /// The parts, at most 25. Each is a REST request whose address starts with the version, `v68.0/`:
    /// on `sobjects`, `query?q=`, `queryAll?q=`, `search?q=` or `limits`.
    batch_requests: Vec<BatchPart>,
}

impl Definition for ExecuteBatch {
    const NAME: &'static str = "executeBatch";
    const UNIFIED: &'static str = "create_a_salesforce_batch";
    const TITLE: &'static str = "Execute batch";
    const DESCRIPTION: &'static str = "Carries out up to 25 independent REST requests in one call. \
        None sees what another answered with, and nothing is undone where one fails; use \
        executeComposite for that.";
    const ACTIONS: &'static [Action] = EVERY_ACTION;
    const EFFECT: Effect = Effect::Varies;
    const TAG: Tag = Tag::Records;
    const EXAMPLE: &'static str = r#"{"batchRequests":[{"method":"GET","url":"v68.0/sobjects/Account/001Dm0000000001IAA?fields=Name"},{"method":"PATCH","url":"v68.0/sobjects/Opportunity/006Dm0000000001IAA","richInput":{"StageName":"Negotiation/Review"}}]}"#;

    fn operation(self, _: &Seals<'_>) -> Result<Operation, ArgumentError> {
        let numbered = (1..).zip(&self.batch_requests);
        let parts = numbered.map(|(at, part)| {
            let reference = format!("part{at}");
            let operation = part.read(&reference)?;
            Ok(Part { reference, operation })
        });
        let parts = parts.collect::<Result<_, ArgumentError>>()?;
        envelope(Envelope::Batch { halt_on_error: self.halt_on_error, parts })
    }
}
