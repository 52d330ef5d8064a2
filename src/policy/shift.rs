//! What another policy set opens and closes: both are asked about every role, action, object and field.
//!
//! They are asked in the same circumstances. What a policy says in others can't be told by asking, so
//! one that looks at them, or at a single agent, and isn't the same in both sets is named instead.

use std::collections::BTreeSet;

use cedar_policy::EntityUid;

use super::bench::Bench;
use super::context::{CallContext, Channel, Facts};
use super::scope::Scoped;
use super::{Agent, PolicySet};
use crate::footprint::{Access, Action, Target};
use crate::org;

/// What becomes of one action on one target.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shift {
    /// For agents with this role; `None` for those without any.
    pub role: Option<String>,
    /// The action.
    pub action: Action,
    /// On what.
    pub target: Target,
    /// It is permitted now and was not; otherwise the other way round.
    pub opens: bool,
}

/// What is different between two sets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shifts {
    /// In the order of roles, actions and targets.
    pub told: Vec<Shift>,
    /// The ids of policies that are not the same in both sets and could open something in other
    /// circumstances than these, or to single agents or teams; sorted.
    pub may_open: Vec<String>,
}

impl Shifts {
    /// Whether anything is open that was not, or could be.
    pub fn opens(&self) -> bool {
        !self.may_open.is_empty() || self.told.iter().any(|shift| shift.opens)
    }
}

impl PolicySet {
    /// What this set opens and closes beside the one before, for `roles`, those that either set
    /// names, and agents without one.
    pub fn shifts(
        &self,
        before: &Self,
        roles: &[String],
        schema: &org::Schema,
        call: &CallContext<'_>,
    ) -> Shifts {
        let named = self.roles().into_iter().chain(before.roles()).chain(roles.iter().cloned());
        let roles: BTreeSet<Option<String>> = named.map(Some).chain([None]).collect();
        let mut told = Vec::new();
        for role in roles {
            let agent = Agent::new("diff", "fieldgate", "diff", role.clone());
            let (was, is) = (before.open(&agent, schema, call), self.open(&agent, schema, call));
            let shift = |(action, target): &(Action, Target), opens| Shift {
                role: role.clone(),
                action: *action,
                target: target.clone(),
                opens,
            };
            told.extend(is.difference(&was).map(|open| shift(open, true)));
            told.extend(was.difference(&is).map(|closed| shift(closed, false)));
        }
        told.sort();
        Shifts { told, may_open: self.may_open(before) }
    }

    /// The roles that policies name.
    pub fn roles(&self) -> BTreeSet<String> {
        let literals = self.policies.values().flat_map(|policy| &policy.literals);
        let roles = literals.filter(|literal| *literal.type_name() == self.model.types.role);
        roles.map(|role| role.id().unescaped().to_owned()).collect()
    }

    /// All that is permitted.
    fn open(
        &self,
        agent: &Agent,
        schema: &org::Schema,
        call: &CallContext<'_>,
    ) -> BTreeSet<(Action, Target)> {
        let facts = Facts { via: Channel::Record, rows: None, query: None };
        let mut bench = Bench::new(self, agent, schema, call, facts);
        let mut open = BTreeSet::new();
        let mut ask = |access: Access| {
            if bench.lets_through(&access) {
                open.insert((access.action, access.target));
            }
        };
        for action in Action::ALL {
            ask(Access::plain(action, Target::Org));
            for object in schema.objects() {
                ask(Access::plain(action, Target::Object(object.name.clone())));
                for field in object.fields() {
                    ask(Access::of_field(action, object, field));
                }
            }
        }
        open
    }

    fn may_open(&self, before: &Self) -> Vec<String> {
        let same = |id: &String| match (self.policies.get(id), before.policies.get(id)) {
            (Some(now), Some(then)) => now.policy == then.policy,
            (Some(_), None) | (None, Some(_)) | (None, None) => false,
        };
        let single = |id: &EntityUid| *id.type_name() != self.model.types.role;
        let untold = |policy: &Scoped| {
            policy.reads.any_context()
                || policy.reads.principal
                || policy.principal().is_some_and(single)
                || policy.resource().is_some_and(|id| *id.type_name() == self.model.types.report)
        };
        let gained = self.policies.iter().filter(|(id, policy)| policy.permits() && !same(id));
        let lost = before.policies.iter().filter(|(id, policy)| !policy.permits() && !same(id));
        // A forbid that was changed may let through what it kept out.
        let could = gained.chain(lost).filter(|(_, policy)| untold(policy));
        let ids: BTreeSet<&String> = could.map(|(id, _)| id).collect();
        ids.into_iter().cloned().collect()
    }
}
