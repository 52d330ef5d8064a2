//! `executeComposite`: operations that may refer to the answers of earlier ones.

use schemars::JsonSchema;
use serde::Deserialize;

use super::part::{CompositePart, envelope, parts};
use super::{ArgumentError, Definition, Effect, Seals, Tag};
use crate::footprint::Action;
use crate::salesforce::Operation;
use crate::salesforce::envelope::Envelope;
use crate::salesforce::part::Setting;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct ExecuteComposite {
    /// Whether a failure of one part undoes all others. False unless it is given.
    #[serde(default)]
    all_or_none: bool,
    /// The parts, at most 25 and at most 5 queries and collections among them. Each is a REST request
    /// below `/services/data/v68.0/`: on `sobjects/{object}` (POST), `sobjects/{object}/{id}` (GET with
    /// `?fields=`, PATCH, DELETE), `sobjects/{object}/{externalIdField}/{value}`, `query?q=`, `queryAll?q=`
    /// or `composite/sobjects`.
    composite_request: Vec<CompositePart>,
}

impl Definition for ExecuteComposite {
    const NAME: &'static str = "executeComposite";
    const UNIFIED: &'static str = "create_a_salesforce_composite";
    const TITLE: &'static str = "Execute composite";
    const DESCRIPTION: &'static str = "Carries out up to 25 REST requests in order, in one call. \
        Later parts may use what earlier ones answered with: @{ref.id} after a create, \
        @{ref.Field} after a read of a record, @{ref.records[0].Field} after a query; as a whole \
        value in a body, a whole id in a url, or, for ids, a whole string in a query. Use it to \
        create records that belong together; use single tools for single records.";
    const ACTIONS: &'static [Action] = EVERY_ACTION;
    const EFFECT: Effect = Effect::Varies;
    const TAG: Tag = Tag::Records;
    const EXAMPLE: &'static str = r#"{"allOrNone":true,"compositeRequest":[{"method":"GET","url":"/services/data/v68.0/sobjects/Account/001Dm0000000001IAA?fields=Id,Name","referenceId":"account"},{"method":"POST","url":"/services/data/v68.0/sobjects/Task","referenceId":"task","body":{"Subject":"Call back","WhatId":"@{account.Id}"}}]}"#;

    fn operation(self, _: &Seals<'_>) -> Result<Operation, ArgumentError> {
        let parts = parts(&self.composite_request, Setting::Composite)?;
        envelope(Envelope::Composite { all_or_none: self.all_or_none, parts })
    }
}

/// What parts consist of.
pub(super) const EVERY_ACTION: &[Action] = &[
    Action::Select,
    Action::Filter,
    Action::Search,
    Action::Describe,
    Action::Create,
    Action::Update,
    Action::Delete,
];
