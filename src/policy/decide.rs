//! The decision: one Cedar request for each access, and what comes of them.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use cedar_policy::{
    AuthorizationError, Authorizer, Context, Decision, Entities, EntityUid, Request,
};

use super::context::{CallContext, Channel, Facts};
use super::denial::{Denial, Refused, Why};
use super::model::Known;
use super::scope::Scoped;
use super::{Agent, PolicySet, denial};
use crate::footprint::{Access, Action, Footprint, PartFootprint, Resolved, Target};
use crate::org;
use crate::salesforce::envelope::Envelope;
use crate::salesforce::{ObjectName, Operation};

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
    visible: BTreeMap<Action, HashSet<Target>>,
}

impl Judgement {
    pub(super) fn visible(&self, action: Action, target: &Target) -> bool {
        self.visible.get(&action).is_some_and(|targets| targets.contains(target))
    }

    fn add(&mut self, other: Self) {
        self.policies.extend(other.policies);
        for (action, targets) in other.visible {
            self.visible.entry(action).or_default().extend(targets);
        }
    }

    fn note(&mut self, access: &Access, policies: BTreeSet<String>) {
        self.policies.extend(policies);
        self.visible.entry(access.action).or_default().insert(access.target.clone());
    }
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
        let judgement = self.judged(agent, schema, call, &resolved)?;
        Ok(self.permit(resolved, judgement))
    }

    /// What the policies say of all that an operation touches.
    pub(super) fn judged(
        &self,
        agent: &Agent,
        schema: &org::Schema,
        call: &CallContext<'_>,
        resolved: &Resolved,
    ) -> Result<Judgement, Box<Denial>> {
        let footprint = resolved.footprint();
        let operation = resolved.operation();
        if let Operation::Envelope(envelope) = operation {
            self.judge_parts(agent, schema, call, operation, envelope, footprint)
        } else {
            let facts = Facts::of(operation, footprint.rows);
            self.judge(agent, schema, call, facts, footprint)
        }
    }

    /// `judgement` is that of `resolved`.
    pub(super) fn permit(&self, resolved: Resolved, judgement: Judgement) -> Permitted {
        Permitted { resolved, judgement, policy_set: self.hash().to_owned() }
    }

    /// Each part is judged as the call that it could have been, so that a policy which looks at a
    /// query sees the part's; all of them must be permitted.
    fn judge_parts(
        &self,
        agent: &Agent,
        schema: &org::Schema,
        call: &CallContext<'_>,
        whole: &Operation,
        envelope: &Envelope,
        footprint: &Footprint,
    ) -> Result<Judgement, Box<Denial>> {
        let parts = envelope.parts();
        // A part without a footprint would be sent without a question.
        if parts.is_empty() || parts.len() != footprint.parts.len() {
            return Err(Box::new(Denial::of_nothing()));
        }
        let via = Channel::of(whole);
        let mut judgement = Judgement::default();
        let mut denials = Vec::new();
        for (part, PartFootprint { reference, footprint }) in parts.iter().zip(&footprint.parts) {
            let facts = Facts::of_part(&part.operation, footprint.rows, via);
            match self.judge(agent, schema, call, facts, footprint) {
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
    ) -> Result<Judgement, Box<Denial>> {
        // Nothing asked must not mean everything permitted.
        if footprint.accesses.is_empty() {
            return Err(Box::new(Denial::of_nothing()));
        }
        let touched = footprint.accesses.iter().chain(&footprint.pruned).map(|a| &a.target);
        let mut bench = Bench::new(self, agent, schema, call, facts, touched);
        let mut judgement = Judgement::default();
        let mut refused = Vec::new();
        for access in &footprint.accesses {
            match bench.ask(access) {
                Ok(_) if bench.only_masked(access) => {
                    refused.push(Refused::new(access.clone(), Why::Masked, self));
                }
                Ok(policies) => judgement.note(access, policies),
                Err(why) => refused.push(Refused::new(access.clone(), why, self)),
            }
        }
        if !refused.is_empty() {
            let allowed = denial::alternatives(self, agent, schema, call, facts, &refused);
            return Err(Box::new(Denial::new(refused, allowed)));
        }
        for access in &footprint.pruned {
            if let Ok(policies) = bench.ask(access) {
                judgement.note(access, policies);
            }
        }
        Ok(judgement)
    }
}

type SliceKey = (Action, Option<ObjectName>);

/// Where the questions of one call are put: what they have in common, made once.
pub(super) struct Bench<'a> {
    set: &'a PolicySet,
    schema: &'a org::Schema,
    principal: EntityUid,
    principal_and_parents: BTreeSet<EntityUid>,
    /// `None` where Cedar doesn't take what we made; everything is then refused.
    shared: Option<(Context, Entities)>,
    slices: BTreeMap<SliceKey, Option<cedar_policy::PolicySet>>,
}

impl<'a> Bench<'a> {
    pub(super) fn new<'t>(
        set: &'a PolicySet,
        agent: &Agent,
        schema: &'a org::Schema,
        call: &CallContext<'_>,
        facts: Facts,
        targets: impl IntoIterator<Item = &'t Target>,
    ) -> Self {
        let known = targets.into_iter().filter_map(|target| Known::find(schema, target));
        let context = set.model.context(call, facts);
        let entities = set.model.entities(agent, call.environment, known);
        Self {
            set,
            schema,
            principal: set.model.principal(agent),
            principal_and_parents: set.model.principal_and_parents(agent),
            shared: context.ok().zip(entities.ok()),
            slices: BTreeMap::new(),
        }
    }

    /// The ids of the policies that permit the access, or why it is refused.
    pub(super) fn ask(&mut self, access: &Access) -> Result<BTreeSet<String>, Why> {
        // Cedar must not be asked about what isn't in the store: a forbid on its object or its
        // group would not fire.
        let known = Known::find(self.schema, &access.target).ok_or(Why::Unknown)?;
        let resource = self.set.model.resource(known);
        let not_asked = || Why::PolicyError(Vec::new());
        let slice_key = self.fill_slice(access.action, known);
        let (context, entities) = self.shared.as_ref().ok_or_else(not_asked)?;
        let request = Request::new(
            self.principal.clone(),
            self.set.model.action(access.action).ok_or_else(not_asked)?.clone(),
            resource.clone(),
            context.clone(),
            Some(&self.set.model.schema),
        )
        .map_err(|_invalid| not_asked())?;
        let slice = self.slices.get(&slice_key).and_then(Option::as_ref).ok_or_else(not_asked)?;
        let response = Authorizer::new().is_authorized(&request, slice, entities);
        let errors: BTreeSet<String> = response
            .diagnostics()
            .errors()
            .map(|AuthorizationError::PolicyEvaluationError(error)| error.policy_id().to_string())
            .collect();
        if !errors.is_empty() {
            return Err(Why::PolicyError(errors.into_iter().collect()));
        }
        let reasons: BTreeSet<String> =
            response.diagnostics().reason().map(ToString::to_string).collect();
        match response.decision() {
            Decision::Allow if access.opaque && !self.any_names(&reasons, &resource) => {
                Err(Why::Opaque)
            }
            Decision::Allow => Ok(reasons),
            Decision::Deny if reasons.is_empty() => Err(Why::NotPermitted),
            Decision::Deny => Err(Why::ForbiddenBy(reasons.into_iter().collect())),
        }
    }

    /// Whether the access would tell more of a field than the agent may see of it, which is a mask:
    /// rows that are chosen by its value tell the value.
    fn only_masked(&mut self, access: &Access) -> bool {
        let may =
            |bench: &mut Self, action| bench.ask(&Access { action, ..access.clone() }).is_ok();
        matches!(access.action, Action::Filter | Action::Search)
            && self.set.masks
            && matches!(access.target, Target::Field(..))
            && may(self, Action::SelectMasked)
            && !may(self, Action::Select)
    }

    fn any_names(&self, policies: &BTreeSet<String>, resource: &EntityUid) -> bool {
        policies
            .iter()
            .filter_map(|id| self.set.policies.get(id))
            .any(|policy| policy.names_itself(resource))
    }

    /// Whether some permit can speak of the action on the object at all.
    pub(super) fn has_permit(&self, action: Action, known: Known<'_>) -> bool {
        self.speaking(action, known)
            .any(|id| self.set.policies.get(id).is_some_and(Scoped::permits))
    }

    fn speaking(&self, action: Action, known: Known<'_>) -> impl Iterator<Item = &'a String> {
        let model = &self.set.model;
        let object = known.object().map(|object| &**object);
        self.set
            .policies
            .iter()
            .filter(move |(_, policy)| {
                policy.speaks_of_action(model, action)
                    && policy.speaks_of_agent(model, &self.principal_and_parents)
                    && policy.speaks_of_object(model, object)
            })
            .map(|(id, _)| id)
    }

    /// Makes a set of the policies whose scope can match, unless it is there, and says where it is.
    fn fill_slice(&mut self, action: Action, known: Known<'_>) -> SliceKey {
        let key = (action, known.object().map(|object| object.name.clone()));
        if !self.slices.contains_key(&key) {
            let policies = self
                .speaking(action, known)
                .filter_map(|id| self.set.policies.get(id))
                .map(|scoped| scoped.policy.clone());
            let slice = cedar_policy::PolicySet::from_policies(policies).ok();
            self.slices.insert(key.clone(), slice);
        }
        key
    }
}
