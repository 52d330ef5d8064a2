//! One call while it goes through the gate: what the journal and the span are told of it.

use std::collections::{BTreeMap, BTreeSet};

use crate::audit::{
    AccessGroup, Asked, Call, Circumstances, Decision, Digest, DigestKey, Event, Outcome,
    OutcomeResult, Shadow, ShadowAccess,
};
use crate::footprint::{Access, Footprint, Resolved};
use crate::policy::{Agent, CallContext, Channel, Comparison, Denial, Facts};
use crate::redact::{Mask, Masks, Pruned};
use crate::salesforce::{FieldName, ObjectName, Operation, RecordKey};
use crate::telemetry::{CallSpan, SpanDecision};
use smol_str::SmolStr;

use super::rejection::Rejection;

/// What is known of a call so far.
pub(super) struct Record {
    /// Who called what.
    pub(super) call: Call,
    /// Its span.
    pub(super) span: CallSpan,
    /// What was decided, once it was.
    pub(super) decision: Option<Decision>,
}

/// What an operation asks for, as the journal keeps it. What was decided on it, and in which
/// circumstances, is added by whoever knows.
pub(super) fn facts(resolved: &Resolved, policy_set: &str, key: &DigestKey) -> Decision {
    let footprint = resolved.footprint();
    let objects = footprint.accesses.iter().filter_map(|access| access.target.object());
    let objects: BTreeSet<&str> = objects.map(ObjectName::as_str).collect();
    let (shape, digests) = values(resolved.operation(), key);
    let parts = footprint.parts.iter().map(|part| &part.footprint);
    let alone: usize = parts.chain([footprint]).map(|footprint| footprint.pruned.len()).sum();
    Decision {
        operation: SmolStr::new_static(resolved.operation().kind()),
        objects: objects.into_iter().map(SmolStr::new).collect(),
        accesses: groups(footprint.accesses.iter()),
        row_bound: footprint.rows.map(u64::from),
        policy_set: policy_set.to_owned(),
        asked_alone: u64::try_from(alone).unwrap_or(u64::MAX),
        shape,
        digests,
        ..Decision::default()
    }
}

/// What policies could ask about a call besides its accesses, as the journal keeps it.
pub(super) fn circumstances(
    agent: &Agent,
    context: &CallContext<'_>,
    facts: &[Facts],
) -> Circumstances {
    let via = facts.first().map_or(Channel::Record, |facts| facts.via);
    let asked = |facts: &Facts| Asked {
        rows: facts.rows,
        query: facts.query.map(|query| {
            let words = [
                ("where", query.filtered),
                ("deleted", query.deleted),
                ("aggregate", query.aggregate),
            ];
            words.into_iter().filter(|(_, so)| *so).map(|(word, _)| word.into()).collect()
        }),
        limit: facts.query.and_then(|query| query.limit),
    };
    Circumstances {
        issuer: agent.issuer().to_owned(),
        subject: Some(agent.subject()).filter(|s| *s != agent.id()).map(str::to_owned),
        roles: names(agent.roles()),
        team: agent.team().map(str::to_owned),
        environment: context.environment.name(),
        time_zone: context.zone.iana_name().filter(|zone| *zone != "UTC").map(str::to_owned),
        via: via.name(),
        asked: facts.iter().map(asked).collect(),
    }
}

/// A difference of the shadow set as the journal keeps it: what is equal but for the fields stands
/// together.
pub(super) fn shadow(comparison: &Comparison, agent: &Agent) -> Shadow {
    let mut differs: Vec<ShadowAccess> = Vec::new();
    for difference in &comparison.differences {
        let (would, action) = (difference.would.name(), difference.action.name());
        let object = difference.target.object().map_or("", |object| object.as_str());
        let field = difference.target.field().map(FieldName::text);
        let same = |known: &&mut ShadowAccess| {
            known.would == would
                && known.accesses.action == action
                && known.accesses.object == object
                && known.accesses.fields.is_empty() == field.is_none()
                && known.policies == difference.policies
        };
        match differs.iter_mut().find(same) {
            Some(known) => known.accesses.fields.extend(field),
            None => differs.push(ShadowAccess {
                would,
                accesses: AccessGroup {
                    action: SmolStr::new_static(action),
                    object: object.into(),
                    fields: field.into_iter().collect(),
                },
                policies: names(&difference.policies),
            }),
        }
    }
    Shadow {
        policy_set: comparison.policy_set.clone(),
        verdict: comparison.verdict.name(),
        roles: names(agent.roles()),
        differs,
    }
}

fn names(of: &[String]) -> Vec<SmolStr> {
    of.iter().map(SmolStr::new).collect()
}

/// The digests of what a call carried: equal calls can be told, and no value can be read.
fn values(operation: &Operation, key: &DigestKey) -> (Option<Digest>, Vec<(&'static str, Digest)>) {
    let of = |what: &'static str, value: &str| vec![(what, key.digest(what, value.as_bytes()))];
    let record = |record: &RecordKey| match record {
        RecordKey::Id(id) => of("id", id.as_str()),
        RecordKey::External(external) => of("externalId", external.value()),
        RecordKey::Reference(_) => Vec::new(),
    };
    match operation {
        Operation::GetLimits
        | Operation::ListObjects
        | Operation::DescribeObject { .. }
        | Operation::CreateRecord { .. }
        | Operation::RecentlyViewed { .. }
        | Operation::CurrentUser
        | Operation::Records(_)
        | Operation::Envelope(_)
        | Operation::Bulk(_) => (None, Vec::new()),
        Operation::Report(operation) => (None, of("id", operation.id().as_str())),
        Operation::Metadata(operation) => {
            (None, operation.id().map(|id| of("id", id.as_str())).unwrap_or_default())
        }
        Operation::Query(call) => {
            let shape = Digest::of_shape(&call.query.shape().to_string());
            (Some(shape), of("query", &call.query.to_string()))
        }
        Operation::Search(search) => {
            let shape = Digest::of_shape(&search.shape().to_string());
            (Some(shape), of("search", &search.to_string()))
        }
        Operation::GetRelated { id, .. } => (None, of("id", id.as_str())),
        Operation::UpsertRecord { key: external, .. } => (None, of("externalId", external.value())),
        Operation::GetRecord { key, .. }
        | Operation::UpdateRecord { key, .. }
        | Operation::DeleteRecord { key, .. } => (None, record(key)),
    }
}

/// The fields that come back masked, each with its mask, those of parts with the part's name.
pub(super) fn masked(footprint: &Footprint, masks: &Masks) -> Vec<(String, Mask)> {
    let own = footprint.masked.fields().into_iter();
    let own = own.map(|field| (field.name.clone(), masks.of(field)));
    let parts = footprint.parts.iter().flat_map(|part| {
        let fields = masked(&part.footprint, masks).into_iter();
        fields.map(|(name, mask)| (format!("{}: {name}", part.reference), mask))
    });
    own.chain(parts).collect()
}

/// Accesses grouped by action and object; one to the object itself stands apart from its fields.
pub(super) fn groups<'a>(accesses: impl Iterator<Item = &'a Access>) -> Vec<AccessGroup> {
    let mut groups: BTreeMap<(&'static str, &str, bool), Vec<SmolStr>> = BTreeMap::new();
    for access in accesses {
        let object = access.target.object().map_or("", |object| object.as_str());
        let of_fields = access.target.field().is_some();
        let fields = groups.entry((access.action.name(), object, of_fields)).or_default();
        fields.extend(access.target.field().map(FieldName::text));
    }
    groups
        .into_iter()
        .map(|((action, object, _), fields)| AccessGroup {
            action: SmolStr::new_static(action),
            object: object.into(),
            fields,
        })
        .collect()
}

impl Record {
    /// The event of a call that nothing was sent for.
    pub(super) fn refused(&mut self, rejection: &Rejection) -> Event {
        let call = self.call.clone();
        let reason = rejection.code().to_owned();
        match (rejection, self.decision.take()) {
            (Rejection::Denied(denial), Some(decision)) => denied(call, decision, denial, reason),
            (Rejection::Throttled(throttled), Some(decision)) => Event::Throttled {
                call,
                decision,
                bucket: throttled.bucket.clone(),
                retry_after_ms: throttled
                    .retry_after
                    .map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)),
            },
            _ => Event::Rejected { call, reason },
        }
    }

    /// Tells the span what was decided.
    pub(super) fn decided(&mut self, decision: &str, reason: Option<&str>, denied: u64) {
        let known = self.decision.as_ref();
        let none: &[SmolStr] = &[];
        self.span.decided(&SpanDecision {
            decision,
            agent: self.call.agent.as_deref(),
            reason,
            operation: known.map(|known| known.operation.as_str()),
            objects: known.map_or(none, |known| &known.objects),
            policies: known.map_or(none, |known| &known.policies),
            policy_set: known.map(|known| known.policy_set.as_str()),
            fields_denied: denied,
            audit_seq: None,
        });
    }
}

fn denied(call: Call, mut decision: Decision, denial: &Denial, reason: String) -> Event {
    decision.policies = denial.policy_ids().into_iter().map(SmolStr::new).collect();
    let denied = groups(denial.refused().iter().map(|refused| &refused.access));
    let near_misses = denial.near_misses().into_iter().map(SmolStr::new).collect();
    Event::Denial { call, decision, denied, near_misses, reason }
}

/// The outcome of an admitted call.
pub(super) fn outcome(
    result: Result<&Pruned, &Rejection>,
    status: Option<u16>,
    bytes: Option<u64>,
    duration_us: u64,
) -> Outcome {
    let mut outcome = Outcome::new(match result {
        Ok(_) => OutcomeResult::Ok,
        Err(Rejection::Upstream { error, .. }) if error.may_have_run() => OutcomeResult::Unknown,
        Err(Rejection::Upstream { .. }) => OutcomeResult::Abandoned,
        Err(rejection) if rejection.may_have_run() => OutcomeResult::Unknown,
        Err(_) => OutcomeResult::Fault,
    });
    outcome.upstream_status = status;
    outcome.bytes = bytes;
    outcome.duration_us = Some(duration_us);
    match result {
        Ok(pruned) => {
            outcome.rows = Some(pruned.rows);
            outcome.pruned_fields = Some(pruned.dropped);
        }
        Err(rejection) => outcome.reason = Some(rejection.code().to_owned()),
    }
    outcome
}
