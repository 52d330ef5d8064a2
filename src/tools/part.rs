//! Parts of envelopes as arguments: REST requests, as Salesforce's own bodies hold them.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::ArgumentError;
use super::argument::JsonArgument;
use crate::salesforce::Operation;
use crate::salesforce::envelope::{Envelope, Part};
use crate::salesforce::part::{RestRequest, Setting, read};

/// A part of a composite or a graph.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct CompositePart {
    /// GET, POST, PATCH or DELETE.
    method: String,
    /// The address, for example `/services/data/v68.0/sobjects/Account`.
    url: String,
    /// A name for the part, once in the call: letters, digits and `_`.
    reference_id: String,
    /// What is written: an object from field names to values.
    #[serde(default)]
    body: JsonArgument,
    /// Headers; none is sent, so leave it out.
    #[serde(default)]
    http_headers: JsonArgument,
}

/// A part of a batch.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct BatchPart {
    /// GET, POST, PATCH or DELETE.
    method: String,
    /// The address, for example `v68.0/sobjects/Account`.
    url: String,
    /// What is written: an object from field names to values.
    #[serde(default)]
    rich_input: JsonArgument,
}

impl BatchPart {
    pub(super) fn read(&self, reference: &str) -> Result<Operation, ArgumentError> {
        let body = self.rich_input.json().map_err(|error| within(reference, error))?;
        one(reference, &self.method, &self.url, None, body.as_deref(), Setting::Batch)
    }
}

pub(super) fn parts(
    arguments: &[CompositePart],
    setting: Setting,
) -> Result<Vec<Part>, ArgumentError> {
    let read = |part: &CompositePart| {
        let reference = &part.reference_id;
        let body = part.body.json().map_err(|error| within(reference, error))?;
        let headers = part.http_headers.json().map_err(|error| within(reference, error))?;
        let operation =
            one(reference, &part.method, &part.url, headers.as_deref(), body.as_deref(), setting)?;
        Ok(Part { reference: reference.clone(), operation })
    };
    arguments.iter().map(read).collect()
}

fn one(
    reference: &str,
    method: &str,
    url: &str,
    headers: Option<&RawValue>,
    body: Option<&RawValue>,
    setting: Setting,
) -> Result<Operation, ArgumentError> {
    let request = RestRequest { method: method.to_owned(), url: url.to_owned(), headers, body };
    read(&request, setting).map_err(|error| within(reference, error))
}

fn within(reference: &str, error: impl std::fmt::Display) -> ArgumentError {
    let reference = reference.chars().take(80).flat_map(char::escape_debug).collect();
    ArgumentError::Part { reference, error: error.to_string() }
}

/// The operation, if Salesforce's limits are kept.
pub(super) fn envelope(envelope: Envelope) -> Result<Operation, ArgumentError> {
    envelope.check().map_err(ArgumentError::Envelope)?;
    Ok(Operation::Envelope(envelope))
}
