//! The decision: one question for each access, and what comes of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::bench::{Bench, Seen};
use super::context::{CallContext, Channel, Facts};
use super::denial::{Denial, Refused};
use super::slice::Place;
use super::{Agent, PolicySet, denial};
use crate::footprint::{Action, Footprint, PartFootprint, Resolved, Target};
use crate::org;
use crate::salesforce::Operation;
use crate::salesforce::envelope::Envelope;

/// The proof that policies permit everything that an operation touches.
///
/// Only [`PolicySet::authorize`] makes one. It owns the operation that it vouches for, and can
/// neither be made elsewhere,
///
/// ```compile_fail,E0451
/// fn forge(resolved: fieldgate::footprint::Resolved) -> fieldgate::policy::Permitted {
///     fieldgate::policy::Permitted { resolved }
/// }
/// ```
///
/// nor copied to stand for another call:
///
/// ```compile_fail,E0277
/// fn twice(permitted: &fieldgate::policy::Permitted) -> fieldgate::policy::Permitted {
///     Clone::clone(permitted)
/// }
/// ```
#[derive(Debug)]
#[must_use = "a permitted operation is still to be admitted and sent"]
pub struct Permitted {
    resolved: Resolved,
    judgement: Judgement,
    policy_set: String,
    /// Under which labels the fields stand that come back masked.
    labels: BTreeMap<Target, Vec<String>>,
}

impl Permitted {
    /// The operation, and what it touches.
    pub fn resolved(&self) -> &Resolved {
        &self.resolved
    }

    /// The ids of the policies that permit it, sorted.
    pub fn policy_ids(&self) -> impl ExactSizeIterator<Item = &str> {
        self.judgement.policies.iter().map(String::as_str)
    }

    /// The hash of the policy set that permits it.
    pub fn policy_set(&self) -> &str {
        &self.policy_set
    }

    /// Under which labels the fields stand that come back masked.
    pub fn labels(&self) -> &BTreeMap<Target, Vec<String>> {
        &self.labels
    }

    /// Whether the action is permitted on the target: it is one of the accesses, or one of those
    /// to be pruned that is permitted alone.
    pub fn visible(&self, action: Action, target: &Target) -> bool {
        self.judgement.visible(action, target)
    }
}

/// What was found permitted.
#[derive(Debug, Default)]
pub(super) struct Judgement {
    pub(super) policies: BTreeSet<String>,
    pub(super) visible: HashMap<(Action, Place), Seen>,
}

impl Judgement {
    pub(super) fn visible(&self, action: Action, target: &Target) -> bool {
        self.visible.get(&(action, Place::of(target))).is_some_and(|seen| seen.contains(target))
    }

    fn add(&mut self, other: Self) {
        self.policies.extend(other.policies);
        #[expect(clippy::iter_over_hash_type, reason = "the order makes no difference")]
        for (place, seen) in other.visible {
            self.visible.entry(place).or_default().add(seen);
        }
    }
}

/// Whether a denial says what else would be permitted, which takes as many questions as the objects
/// have fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Offers {
    /// An agent reads it.
    Made,
    /// Nobody does.
    Left,
}

impl PolicySet {
    /// Asks the policies about every access. All must be permitted; those to be pruned are asked
    /// for alone, and what is refused of them is left out of [`Permitted::visible`].
    pub fn authorize(
        &self,
        agent: &Agent,
        schema: &org::Schema,
        call: &CallContext<'_>,
        resolved: Resolved,
    ) -> Result<Permitted, Box<Denial>> {
        let judgement = self.judged(agent, schema, call, &resolved, Offers::Made)?;
        Ok(self.permit(schema, resolved, judgement))
    }

    /// What the policies say of all that an operation touches.
    pub(super) fn judged(
        &self,
        agent: &Agent,
        schema: &org::Schema,
        call: &CallContext<'_>,
        resolved: &Resolved,
        offers: Offers,
    ) -> Result<Judgement, Box<Denial>> {
        let footprint = resolved.footprint();
        let operation = resolved.operation();
        if let Operation::Envelope(envelope) = operation {
            self.judge_parts(agent, schema, call, resolved, envelope, offers)
        } else {
            let facts = Facts::of(operation, footprint.rows);
            self.judge(agent, schema, call, facts, footprint, offers)
        }
    }

    /// `judgement` is that of `resolved`.
    pub(super) fn permit(
        &self,
        schema: &org::Schema,
        resolved: Resolved,
        judgement: Judgement,
    ) -> Permitted {
        let accesses = resolved.footprint().accesses.iter();
        let masked = accesses.filter(|access| access.action == Action::SelectMasked);
        let labels = masked
            .map(|access| (access.target.clone(), self.labels_of(schema, &access.target)))
            .collect();
        Permitted { resolved, judgement, policy_set: self.hash().to_owned(), labels }
    }

    fn labels_of(&self, schema: &org::Schema, target: &Target) -> Vec<String> {
        let object = target.object().and_then(|object| schema.object(object));
        let labelled = object.map(|object| self.model.labels.of(object));
        let Some((labelled, field)) = labelled.zip(target.field()) else { return Vec::new() };
        labelled.names(field).cloned().collect()
    }

    /// Each part is judged as the call that it could have been, so that a policy which looks at a
    /// query sees the part's; all of them must be permitted.
    fn judge_parts(
        &self,
        agent: &Agent,
        schema: &org::Schema,
        call: &CallContext<'_>,
        whole: &Resolved,
        envelope: &Envelope,
        offers: Offers,
    ) -> Result<Judgement, Box<Denial>> {
        let (footprint, parts) = (whole.footprint(), envelope.parts());
        // A part without a footprint would be sent without a question.
        if parts.is_empty() || parts.len() != footprint.parts.len() {
            return Err(Box::new(Denial::of_nothing()));
        }
        let via = Channel::of(whole.operation());
        let mut judgement = Judgement::default();
        let mut denials = Vec::new();
        for (part, PartFootprint { reference, footprint }) in parts.iter().zip(&footprint.parts) {
            let facts = Facts::of_part(&part.operation, footprint.rows, via);
            match self.judge(agent, schema, call, facts, footprint, offers) {
                Ok(permitted) => judgement.add(permitted),
                Err(denial) => denials.push((reference.as_str(), denial)),
            }
        }
        if denials.is_empty() { Ok(judgement) } else { Err(Box::new(Denial::of_parts(denials))) }
    }

    pub(super) fn judge(
        &self,
        agent: &Agent,
        schema: &org::Schema,
        call: &CallContext<'_>,
        facts: Facts,
        footprint: &Footprint,
        offers: Offers,
    ) -> Result<Judgement, Box<Denial>> {
        // Nothing asked must not mean everything permitted.
        if footprint.accesses.is_empty() {
            return Err(Box::new(Denial::of_nothing()));
        }
        let mut bench = Bench::new(self, agent, schema, call, facts);
        let mut refused = Vec::new();
        for access in &footprint.accesses {
            let put = bench.put(access);
            let put = put.and_then(|permit| bench.not_only_masked(access).map(|()| permit));
            match put {
                Ok(permit) => bench.note(&permit),
                Err(why) => {
                    let near_misses = bench.near_misses(access, &why);
                    refused.push(Refused::new(access.clone(), why, near_misses, self));
                }
            }
        }
        if !refused.is_empty() {
            let allowed = match offers {
                Offers::Made => denial::alternatives(&mut bench, schema, &refused),
                Offers::Left => Vec::new(),
            };
            return Err(Box::new(Denial::new(refused, allowed)));
        }
        for access in &footprint.pruned {
            if let Ok(permit) = bench.put(access) {
                bench.note(&permit);
            }
        }
        Ok(bench.permitted())
    }
}
