//! What policies say of the fields of one class.
//!
//! Most policies don't look at the circumstances of a call: what these say is settled, and kept. The
//! others are asked anew for each call. Cedar asks every policy of a set and the answers don't depend
//! on each other, so the two parts make up the answer of the whole.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use cedar_policy::{
    AuthorizationError, Authorizer, Context, Decision, Entities, EntityUid, PolicySet, Request,
    validate_scope_variables,
};

use super::Verdict;
use super::classes::Common;
use crate::policy::Why;
use crate::policy::model::{Model, Nature};
use crate::policy::scope::Scoped;

/// How many permits are named of those that nearly permit something.
const MOST_NEAR: usize = 10;

/// The bytes of a class and of each of its policies, and what is added where some are to be asked
/// anew, and for each of those.
const BYTES: usize = 1024;
const POLICY_BYTES: usize = 128;
const OPEN_BYTES: usize = 4 * 1024;
const OPEN_POLICY_BYTES: usize = 1024;

/// Fields that the policies of a slice can't tell apart, or one resource.
#[derive(Debug)]
pub(super) struct Class {
    /// The one that is asked about for all.
    pub(super) resource: EntityUid,
    /// What it is, for a field; what isn't one is among the slice's entities.
    nature: Option<Nature>,
    policies: Vec<Arc<Scoped>>,
    settled: OnceLock<Settled>,
}

/// What can be known before the circumstances are.
#[derive(Debug)]
enum Settled {
    /// All.
    Verdict(Verdict),
    /// What those policies say that don't look at them.
    Part { outcome: Outcome, open: Box<PolicySet>, entities: Entities },
}

impl Class {
    pub(super) fn new(
        policies: Vec<Arc<Scoped>>,
        resource: EntityUid,
        nature: Option<Nature>,
    ) -> Self {
        Self { resource, nature, policies, settled: OnceLock::new() }
    }

    pub(super) fn has_permit(&self) -> bool {
        self.policies.iter().any(|policy| policy.permits())
    }

    /// The ids of the permits that speak of it: the first few by name.
    pub(super) fn permits(&self) -> Vec<String> {
        let mut first = BTreeSet::new();
        for permit in self.policies.iter().filter(|policy| policy.permits()) {
            first.insert(permit.id());
            if first.len() > MOST_NEAR {
                first.pop_last();
            }
        }
        first.into_iter().map(str::to_owned).collect()
    }

    pub(super) fn bytes(&self) -> usize {
        let open = self.policies.iter().filter(|policy| policy.reads.context);
        let open = open.map(|policy| policy.bytes.saturating_add(OPEN_POLICY_BYTES));
        let open =
            open.reduce(usize::saturating_add).map_or(0, |all| all.saturating_add(OPEN_BYTES));
        self.policies.len().saturating_mul(POLICY_BYTES).saturating_add(BYTES).saturating_add(open)
    }

    pub(super) fn ask<'c>(
        &self,
        model: &Model,
        common: &Common,
        context: impl FnOnce() -> Option<&'c Context>,
    ) -> Verdict {
        if let Some(settled) = self.settled.get() {
            return self.complete(settled, common, context);
        }
        let (settled, keep) = match self.settle(model, common) {
            Some(outcome) => outcome,
            None => (Settled::Verdict(not_asked()), true),
        };
        let verdict = self.complete(&settled, common, context);
        if keep {
            // Another call may have been faster, to the same end.
            let _same = self.settled.set(settled);
        }
        verdict
    }

    /// What can be known before the circumstances are, and whether it may be kept. `None` where Cedar
    /// doesn't take the question.
    fn settle(&self, model: &Model, common: &Common) -> Option<(Settled, bool)> {
        let Common { principal, action, entities } = common;
        validate_scope_variables(principal, action, &self.resource, &model.schema).ok()?;
        let mut entities = entities.clone();
        if let Some(nature) = &self.nature {
            let field = nature.entity(self.resource.clone()).ok()?;
            entities = entities.add_entities([field], Some(&model.schema)).ok()?;
        }
        let (open, closed): (Vec<_>, Vec<_>) =
            self.policies.iter().partition(|policy| policy.reads.context);
        let set = |policies: Vec<&Arc<Scoped>>| {
            PolicySet::from_policies(policies.into_iter().map(|p| p.policy.clone())).ok()
        };
        let outcome = self.evaluate(common, Context::empty(), &set(closed)?, &entities)?;
        // An error may be due to the caller's stack: the next one may have a better.
        let keep = outcome.errors.is_empty();
        let settled = if open.is_empty() {
            Settled::Verdict(outcome.verdict())
        } else {
            Settled::Part { outcome, open: Box::new(set(open)?), entities }
        };
        Some((settled, keep))
    }

    fn complete<'c>(
        &self,
        settled: &Settled,
        common: &Common,
        context: impl FnOnce() -> Option<&'c Context>,
    ) -> Verdict {
        match settled {
            Settled::Verdict(verdict) => verdict.clone(),
            Settled::Part { outcome, open, entities } => context()
                .and_then(|context| self.evaluate(common, context.clone(), open, entities))
                .map_or_else(not_asked, |open| open.with(outcome).verdict()),
        }
    }

    fn evaluate(
        &self,
        common: &Common,
        context: Context,
        policies: &PolicySet,
        entities: &Entities,
    ) -> Option<Outcome> {
        let Common { principal, action, .. } = common;
        let (principal, resource) = (principal.clone(), self.resource.clone());
        // That it fits the schema was checked when the rest was settled and the context was made.
        let request = Request::new(principal, action.clone(), resource, context, None).ok()?;
        Some(Outcome::of(&request, policies, entities))
    }
}

/// What could not be put to Cedar is refused.
fn not_asked() -> Verdict {
    Err(Why::PolicyError(Vec::new()))
}

/// What some policies say. Permits are told only where nothing forbids.
#[derive(Debug, Default)]
struct Outcome {
    errors: Vec<String>,
    forbids: Vec<String>,
    permits: Vec<String>,
}

impl Outcome {
    fn of(request: &Request, policies: &PolicySet, entities: &Entities) -> Self {
        let response = Authorizer::new().is_authorized(request, policies, entities);
        let diagnostics = response.diagnostics();
        let errors = diagnostics
            .errors()
            .map(|AuthorizationError::PolicyEvaluationError(error)| error.policy_id().to_string())
            .collect();
        let reasons = diagnostics.reason().map(ToString::to_string).collect();
        match response.decision() {
            Decision::Allow => Self { errors, permits: reasons, ..Self::default() },
            Decision::Deny => Self { errors, forbids: reasons, ..Self::default() },
        }
    }

    /// What these and others say together.
    fn with(mut self, other: &Self) -> Self {
        self.errors.extend_from_slice(&other.errors);
        self.forbids.extend_from_slice(&other.forbids);
        self.permits.extend_from_slice(&other.permits);
        self
    }

    /// A policy that errors denies: Cedar skips it, even a forbid. Then a forbid wins.
    fn verdict(&self) -> Verdict {
        let sorted = |ids: &[String]| {
            let mut ids = ids.to_vec();
            ids.sort();
            ids
        };
        if !self.errors.is_empty() {
            Err(Why::PolicyError(sorted(&self.errors)))
        } else if !self.forbids.is_empty() {
            Err(Why::ForbiddenBy(sorted(&self.forbids)))
        } else if self.permits.is_empty() {
            Err(Why::NotPermitted)
        } else {
            Ok(sorted(&self.permits).into())
        }
    }
}
