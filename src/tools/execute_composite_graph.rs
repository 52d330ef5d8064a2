//! `executeCompositeGraph`: several composites, each all or nothing.

use schemars::JsonSchema;
use serde::Deserialize;

use super::part::{CompositePart, envelope, parts};
use super::{ArgumentError, Definition, Effect, Seals, Tag};
use crate::footprint::Action;
use crate::salesforce::Operation;
use crate::salesforce::envelope::{Envelope, Graph};
use crate::salesforce::part::Setting;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ExecuteCompositeGraph {
    /// The graphs, at most 75 with 500 parts together.
    graphs: Vec<GraphArgument>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct GraphArgument {
    /// A name for the graph, once in the call: letters, digits, `_` and `-`.
    graph_id: String,
    /// Its parts, in order. Each is a REST request on one record: `sobjects/{object}` (POST),
    /// `sobjects/{object}/{id}` (GET with `?fields=`, PATCH, DELETE), or
    /// `sobjects/{object}/{externalIdField}/{value}`.
    composite_request: Vec<CompositePart>,
}

impl Definition for ExecuteCompositeGraph {
    const NAME: &'static str = "executeCompositeGraph";
    const UNIFIED: &'static str = "create_a_salesforce_composite_graph";
    const TITLE: &'static str = "Execute composite graph";
    const DESCRIPTION: &'static str = "Carries out several groups of requests on single records in \
        one call; each group is done as a whole or not at all. Parts of one graph may refer to \
        earlier ones of the same graph, as in executeComposite. Use it for more records than one \
        composite holds.";
    const ACTIONS: &'static [Action] =
        &[Action::Select, Action::Filter, Action::Create, Action::Update, Action::Delete];
    const EFFECT: Effect = Effect::Varies;
    const TAG: Tag = Tag::Records;
    const EXAMPLE: &'static str = r#"{"graphs":[{"graphId":"first","compositeRequest":[{"method":"POST","url":"/services/data/v68.0/sobjects/Account","referenceId":"account","body":{"Name":"Nordlicht"}},{"method":"POST","url":"/services/data/v68.0/sobjects/Contact","referenceId":"contact","body":{"LastName":"Ray","AccountId":"@{account.id}"}}]}]}"#;

    fn operation(self, _: &Seals<'_>) -> Result<Operation, ArgumentError> {
        let graphs =
            self.graphs.into_iter().map(|GraphArgument { graph_id, composite_request }| {
                Ok(Graph { id: graph_id, parts: parts(&composite_request, Setting::Graph)? })
            });
        envelope(Envelope::Graph { graphs: graphs.collect::<Result<_, ArgumentError>>()? })
    }
}
