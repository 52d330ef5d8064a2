//! Every way in which a call can be refused or fail, and what the caller, the journal and the
//! spans are told of it. One `match` each, so that no rejection exists without all of them.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

use crate::footprint::{FootprintError, Resolved};
use crate::limits::Throttled;
use crate::policy::Denial;
use crate::redact::RedactError;
use crate::salesforce::{Fault, FaultKind};
use crate::tools::ArgumentError;
use crate::upstream::UpstreamError;

/// A call that gave no result.
#[derive(Debug)]
pub(super) enum Rejection {
    /// The arguments can't be read.
    Arguments(ArgumentError),
    /// A name that the org's schema doesn't know.
    Unresolved(FootprintError),
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
        fault: Fault,
        /// Fields of the fault that the caller wrote itself.
        named: Vec<String>,
    },
    /// Salesforce's answer doesn't have the form that it must have.
    Answer(RedactError),
    /// It was carried out, and its outcome can't be recorded.
    OutcomeUnrecorded,
}

impl Rejection {
    /// A stable word for programs: in `_meta`, in the journal and on the span.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Arguments(_) => "invalid_arguments",
            Self::Unresolved(_) => "unknown_name",
            Self::Denied(_) => "policy_denied",
            Self::Throttled(_) => "throttled",
            Self::Unrecorded => "audit_unavailable",
            Self::Upstream { error, .. } => match error {
                UpstreamError::Timeout => "salesforce_timeout",
                UpstreamError::TooLarge { .. } => "answer_too_large",
                UpstreamError::Setup(_)
                | UpstreamError::Unreachable(_)
                | UpstreamError::Broken(_) => "salesforce_unreachable",
                UpstreamError::Token(_) => "salesforce_credential",
            },
            Self::Salesforce { fault, .. } => match fault.kind() {
                FaultKind::Credential => "salesforce_credential",
                FaultKind::RequestLimit => "salesforce_limit",
                FaultKind::Request => "salesforce_refused",
                FaultKind::Org => "salesforce_failed",
            },
            Self::Answer(_) => "answer_not_understood",
            Self::OutcomeUnrecorded => "outcome_unrecorded",
        }
    }

    /// One sentence for the model: what happened, whether to try again, and what is allowed.
    pub(super) fn sentence(&self) -> String {
        match self {
            Self::Arguments(error) => format!("Not called: {error}."),
            Self::Unresolved(error) => {
                format!("Denied: {error}. Call describeObject for the names that you may use.")
            }
            Self::Denied(denial) => denial.sentence(),
            Self::Throttled(throttled) => format!("Not called: {throttled}."),
            Self::Unrecorded => "Not called: the audit journal cannot be written at the \
                moment, and no call is made without it. Try again later."
                .to_owned(),
            Self::Upstream { error, writes } => {
                let mut text = format!("No result: {error}.");
                if *writes && error.may_have_run() {
                    text.push_str(
                        " The change may have been carried out: read the record before trying again.",
                    );
                }
                text
            }
            Self::Salesforce { fault, named } => salesforce(fault, named),
            Self::Answer(_) => "No result: Salesforce's answer does not have the form that it \
                must have, so nothing of it is shown."
                .to_owned(),
            Self::OutcomeUnrecorded => "The call was carried out, but its outcome could not be \
                recorded, so its result is withheld. Do not repeat a change."
                .to_owned(),
        }
    }

    /// What programs are told beside the code.
    pub(super) fn details(&self) -> Vec<(&'static str, Value)> {
        match self {
            Self::Denied(denial) => vec![
                ("fieldgate/policies", json!(denial.policy_ids())),
                (
                    "fieldgate/denied",
                    denial
                        .refused()
                        .iter()
                        .map(|refused| {
                            json!({
                                "action": refused.access.action.name(),
                                "object": refused.access.target.object().map(|o| o.as_str()),
                                "field": refused.access.named_field().map(|f| f.as_str()),
                                "reason": refused.why.code(),
                            })
                        })
                        .collect(),
                ),
            ],
            Self::Salesforce { fault, .. } => {
                vec![("fieldgate/salesforceCode", json!(fault.code))]
            }
            Self::Arguments(_)
            | Self::Unresolved(_)
            | Self::Throttled(_)
            | Self::Unrecorded
            | Self::Upstream { .. }
            | Self::Answer(_)
            | Self::OutcomeUnrecorded => Vec::new(),
        }
    }

    /// When the same call could be made, for a call that was refused for its rate.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Throttled(throttled) => throttled.retry_after,
            Self::Arguments(_)
            | Self::Unresolved(_)
            | Self::Denied(_)
            | Self::Unrecorded
            | Self::Upstream { .. }
            | Self::Salesforce { .. }
            | Self::Answer(_)
            | Self::OutcomeUnrecorded => None,
        }
    }

    /// Whether the call was refused for its rate, by a bucket of ours or by the org's quota.
    pub(super) fn is_limit(&self) -> bool {
        match self {
            Self::Throttled(_) => true,
            Self::Salesforce { fault, .. } => fault.kind() == FaultKind::RequestLimit,
            Self::Arguments(_)
            | Self::Unresolved(_)
            | Self::Denied(_)
            | Self::Unrecorded
            | Self::Upstream { .. }
            | Self::Answer(_)
            | Self::OutcomeUnrecorded => false,
        }
    }

    /// From Salesforce's refusal of an operation. Of the fields that it names only those are told
    /// that stand in the footprint, which the caller wrote.
    pub(super) fn salesforce(fault: Fault, resolved: &Resolved) -> Self {
        let written = |name: &&String| {
            resolved.footprint().accesses.iter().any(|access| {
                access.named_field().is_some_and(|field| field.as_str() == name.as_str())
            })
        };
        let named = fault.fields.iter().filter(written).cloned().collect();
        Self::Salesforce { fault, named }
    }
}

fn salesforce(fault: &Fault, named: &[String]) -> String {
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
    text.push('.');
    text
}
