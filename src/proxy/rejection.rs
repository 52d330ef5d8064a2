//! Every way in which a call can be refused or fail, and what the caller, the journal and the
//! spans are told of it. One `match` each, so that no rejection exists without all of them.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

use crate::footprint::{FootprintError, Resolved};
use crate::limits::Throttled;
use crate::policy::{Denial, Refused};
use crate::redact::RedactError;
use crate::salesforce::collection::{CollectionOperation, tree};
use crate::salesforce::{Fault, FaultKind, Operation, rest};
use crate::tools::ArgumentError;
use crate::upstream::UpstreamError;

const MAY_HAVE_RUN: &str =
    " The change may have been carried out: read the record before trying again.";

/// How many failed records a sentence names.
const MOST_REFERENCES: usize = 10;

/// A call that gave no result.
#[derive(Debug)]
pub(super) enum Rejection {
    /// The arguments can't be read.
    Arguments(ArgumentError),
    /// A name that the org's schema doesn't know.
    Unresolved {
        /// What can't be resolved.
        error: Box<FootprintError>,
        /// The name that was probably meant, one that the agent may read.
        meant: Option<String>,
    },
    /// A query or field list that is too long to be sent.
    TooLong {
        /// How long its address would be.
        bytes: usize,
    },
    /// The policy set refuses an access.
    Denied(Box<Denial>),
    /// A bucket is empty.
    Throttled(Box<Throttled>),
    /// The journal can't be written, so nothing was sent.
    Unrecorded,
    /// No answer from Salesforce.
    Upstream {
        /// Why.
        error: UpstreamError,
        /// Whether the operation writes, so that the caller must know that it may have been
        /// carried out.
        writes: bool,
    },
    /// Salesforce refused.
    Salesforce {
        /// Its answer.
        fault: Box<Fault>,
        /// Fields of the fault that the caller wrote itself.
        named: Vec<String>,
        /// What is wrong with the records of a tree, each by the caller's own reference.
        records: Vec<(String, Value)>,
        /// As in `Upstream`.
        writes: bool,
        /// When Salesforce says that it may be asked again.
        retry_after: Option<Duration>,
    },
    /// Salesforce's answer doesn't have the form that it must have.
    Answer {
        /// What is known of it.
        error: RedactError,
        /// As in `Upstream`.
        writes: bool,
    },
    /// It was carried out, and its outcome can't be recorded.
    OutcomeUnrecorded,
}

impl Rejection {
    /// A stable word for programs: in `_meta`, in the journal and on the span.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Arguments(_) => "invalid_arguments",
            Self::Unresolved { .. } => "unknown_name",
            Self::TooLong { .. } => "query_too_long",
            Self::Denied(_) => "policy_denied",
            Self::Throttled(_) => "throttled",
            Self::Unrecorded => "audit_unavailable",
            Self::Upstream { error, .. } => match error {
                UpstreamError::Timeout => "salesforce_timeout",
                UpstreamError::TooLarge { .. } => "answer_too_large",
                UpstreamError::Setup(_)
                | UpstreamError::Unreachable(_)
                | UpstreamError::Broken(_)
                | UpstreamError::Early
                | UpstreamError::Refused(_) => "salesforce_unreachable",
                UpstreamError::JobClosed => "job_closed",
                UpstreamError::Token(_) => "salesforce_credential",
            },
            Self::Salesforce { fault, .. } => match fault.kind() {
                FaultKind::Credential => "salesforce_credential",
                FaultKind::RequestLimit => "salesforce_limit",
                FaultKind::Request => "salesforce_refused",
                FaultKind::Org => "salesforce_failed",
            },
            Self::Answer { .. } => "answer_not_understood",
            Self::OutcomeUnrecorded => "outcome_unrecorded",
        }
    }

    /// One sentence for the model: what happened, whether to try again, and what is allowed.
    pub(super) fn sentence(&self) -> String {
        match self {
            Self::Arguments(error) => format!("Not called: {error}."),
            Self::Unresolved { error, meant: Some(meant) } => {
                format!("Denied: {error}; did you mean `{meant}`?")
            }
            Self::Unresolved { error, meant: None } if !error.kind.is_about_names() => {
                format!("Denied: {error}.")
            }
            Self::Unresolved { error, meant: None } => {
                format!("Denied: {error}. Call describeObject for the names that you may use.")
            }
            Self::TooLong { bytes } => format!(
                "Not called: as it would be sent, this takes {bytes} bytes of an address, and \
                 Salesforce takes {} at most. Select fewer fields or split the IN list.",
                rest::MOST_PATH_BYTES
            ),
            Self::Denied(denial) => denial.sentence(),
            Self::Throttled(throttled) => format!("Not called: {throttled}."),
            Self::Unrecorded => "Not called: the audit journal cannot be written at the \
                moment, and no call is made without it. Try again later."
                .to_owned(),
            Self::Upstream { error, writes } => {
                let mut text = format!("No result: {error}.");
                if *writes && self.may_have_run() {
                    text.push_str(MAY_HAVE_RUN);
                }
                text
            }
            Self::Salesforce { fault, named, records, .. } => {
                let mut text = salesforce(fault, named, records);
                if self.may_have_run() {
                    text.push_str(MAY_HAVE_RUN);
                }
                text
            }
            Self::Answer { error: RedactError, writes } => {
                let mut text = "No result: Salesforce's answer does not have the form that it \
                    must have, so nothing of it is shown."
                    .to_owned();
                if *writes {
                    text.push_str(MAY_HAVE_RUN);
                }
                text
            }
            Self::OutcomeUnrecorded => "The call was carried out, but its outcome could not be \
                recorded, so its result is withheld. Do not repeat a change."
                .to_owned(),
        }
    }

    /// Whether a change may have been carried out although there is no result. Salesforce's own
    /// refusals change nothing; a failure of the org or of something on the way may come after.
    pub(super) fn may_have_run(&self) -> bool {
        match self {
            Self::Upstream { error, .. } => error.may_have_run(),
            Self::Answer { writes, .. } => *writes,
            Self::Salesforce { fault, writes, .. } => *writes && fault.kind() == FaultKind::Org,
            Self::Arguments(_)
            | Self::Unresolved { .. }
            | Self::TooLong { .. }
            | Self::Denied(_)
            | Self::Throttled(_)
            | Self::Unrecorded
            | Self::OutcomeUnrecorded => false,
        }
    }

    /// What programs are told beside the code.
    pub(super) fn details(&self) -> Vec<(&'static str, Value)> {
        match self {
            Self::Denied(denial) => {
                let mut told = vec![("fieldgate/policies", json!(denial.policy_ids()))];
                let near = denial.near_misses();
                if !near.is_empty() {
                    told.push(("fieldgate/nearMisses", json!(near)));
                }
                told.push(("fieldgate/denied", denial.refused().iter().map(denied).collect()));
                told
            }
            Self::Salesforce { fault, records, .. } => {
                let mut told = vec![("fieldgate/salesforceCode", json!(fault.code))];
                if !records.is_empty() {
                    let records: Value = records
                        .iter()
                        .map(|(reference, error)| json!({"referenceId": reference, "error": error}))
                        .collect();
                    told.push(("fieldgate/failedRecords", records));
                }
                told
            }
            Self::Arguments(_)
            | Self::Unresolved { .. }
            | Self::TooLong { .. }
            | Self::Throttled(_)
            | Self::Unrecorded
            | Self::Upstream { .. }
            | Self::Answer { .. }
            | Self::OutcomeUnrecorded => Vec::new(),
        }
    }

    /// When the same call could be made, for a call that was refused for its rate.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Throttled(throttled) => throttled.retry_after,
            Self::Salesforce { retry_after, .. } => *retry_after,
            Self::Arguments(_)
            | Self::Unresolved { .. }
            | Self::TooLong { .. }
            | Self::Denied(_)
            | Self::Unrecorded
            | Self::Upstream { .. }
            | Self::Answer { .. }
            | Self::OutcomeUnrecorded => None,
        }
    }

    /// Whether the call was refused for its rate, by a bucket of ours or by the org's quota.
    pub(super) fn is_limit(&self) -> bool {
        match self {
            Self::Throttled(_) => true,
            Self::Salesforce { fault, .. } => fault.kind() == FaultKind::RequestLimit,
            Self::Arguments(_)
            | Self::Unresolved { .. }
            | Self::TooLong { .. }
            | Self::Denied(_)
            | Self::Unrecorded
            | Self::Upstream { .. }
            | Self::Answer { .. }
            | Self::OutcomeUnrecorded => false,
        }
    }

    /// From Salesforce's refusal of an operation. Of the fields that it names only those are told
    /// that stand in the footprint, which the caller wrote.
    pub(super) fn salesforce(
        fault: Fault,
        resolved: &Resolved,
        retry_after: Option<Duration>,
    ) -> Self {
        let written = |name: &&String| resolved.footprint().names(name);
        let named = fault.fields.iter().filter(written).cloned().collect();
        let operation = resolved.operation();
        let grown = if let Operation::Records(CollectionOperation::Tree { records, .. }) = operation
        {
            tree(records)
        } else {
            Vec::new()
        };
        let references: Vec<&str> = grown.iter().map(|record| record.reference.as_str()).collect();
        let own = |name: &str| resolved.footprint().names(name);
        let records = fault.records.iter().filter(|(r, _)| references.contains(&r.as_str()));
        let records = records.map(|(reference, error)| (reference.clone(), error.told(&own)));
        let (records, writes) = (records.collect(), operation.writes());
        Self::Salesforce { fault: Box::new(fault), named, records, writes, retry_after }
    }
}

fn salesforce(fault: &Fault, named: &[String], records: &[(String, Value)]) -> String {
    let mut text = match fault.kind() {
        FaultKind::Credential => {
            return "No result: Salesforce refused Fieldgate's own credential. Do not retry; an \
                operator must look at it."
                .to_owned();
        }
        FaultKind::RequestLimit => {
            return "No result: the org's own API limit is used up. Do not retry soon; other \
                users of the org are waiting too."
                .to_owned();
        }
        FaultKind::Org => "No result: Salesforce failed".to_owned(),
        FaultKind::Request => format!("Salesforce refused the call: {}", fault.advice()),
    };
    if let Some(code) = &fault.code {
        let _infallible = write!(text, " ({code})");
    }
    if !named.is_empty() {
        let _infallible = write!(text, "; look at {}", named.join(", "));
    }
    if !records.is_empty() {
        let references: Vec<&str> =
            records.iter().take(MOST_REFERENCES).map(|(r, _)| r.as_str()).collect();
        let _infallible =
            write!(text, "; no record was made, because of {}", references.join(", "));
    }
    text.push('.');
    text
}

/// One refused access, with the parts of the call that ask for it.
fn denied(refused: &Refused) -> Value {
    let mut told = json!({
        "action": refused.access.action.name(),
        "object": refused.access.target.object().map(|o| o.as_str()),
        "field": refused.access.named_field().map(|f| f.as_str()),
        "reason": refused.why.code(),
    });
    if let Some(members) = told.as_object_mut() {
        for (name, list) in [("nearMisses", &refused.near_misses), ("parts", &refused.parts)] {
            if !list.is_empty() {
                members.insert(name.to_owned(), json!(list));
            }
        }
    }
    told
}
