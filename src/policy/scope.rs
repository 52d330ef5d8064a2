//! Which policies can speak of an action on an object, told from their scopes alone.
//!
//! A scope (principal, action, resource) has no expression in it and never errors, so a policy whose
//! scope can't match is exactly "false" and can be left out of the question. Cedar looks at every
//! policy of the set it is given; with the slice a question costs the same for ten policies and for
//! ten thousand. A property test compares it with the full set.

use std::collections::BTreeSet;

use cedar_policy::{
    ActionConstraint, Effect, EntityUid, Policy, PrincipalConstraint, ResourceConstraint,
};

use super::model::Model;
use crate::footprint::Action;
use crate::org;

/// A policy with its scope taken apart.
#[derive(Debug)]
pub(super) struct Scoped {
    pub(super) policy: Policy,
    /// `@message`.
    pub(super) message: Option<String>,
    principal: PrincipalConstraint,
    action: ActionConstraint,
    resource: ResourceConstraint,
}

impl Scoped {
    pub(super) fn new(policy: Policy) -> Self {
        Self {
            message: policy.annotation("message").map(str::to_owned),
            principal: policy.principal_constraint(),
            action: policy.action_constraint(),
            resource: policy.resource_constraint(),
            policy,
        }
    }

    pub(super) fn permits(&self) -> bool {
        self.policy.effect() == Effect::Permit
    }

    /// Whether its scope can match for the agent.
    pub(super) fn speaks_of_agent(&self, model: &Model, ids: &BTreeSet<EntityUid>) -> bool {
        match &self.principal {
            PrincipalConstraint::Any => true,
            PrincipalConstraint::In(id) | PrincipalConstraint::Eq(id) => ids.contains(id),
            PrincipalConstraint::Is(kind) => *kind == model.types.agent,
            PrincipalConstraint::IsIn(kind, id) => *kind == model.types.agent && ids.contains(id),
        }
    }

    /// Whether its scope matches the action.
    pub(super) fn speaks_of_action(&self, model: &Model, action: Action) -> bool {
        match &self.action {
            ActionConstraint::Any => true,
            ActionConstraint::Eq(id) => model.action_in(action, id),
            ActionConstraint::In(ids) => ids.iter().any(|id| model.action_in(action, id)),
        }
    }

    /// Whether its scope can match the object or one of its fields; the org or one of its reports
    /// where there is none.
    pub(super) fn speaks_of_object(&self, model: &Model, object: Option<&org::Object>) -> bool {
        match &self.resource {
            ResourceConstraint::Any | ResourceConstraint::Is(_) => true,
            ResourceConstraint::In(id)
            | ResourceConstraint::Eq(id)
            | ResourceConstraint::IsIn(_, id) => {
                // What stands under a label is looked up with the question.
                let within =
                    |object| *id.type_name() == model.types.label || is_within(model, id, object);
                *id == model.org() || object.map_or(*id.type_name() == model.types.report, within)
            }
        }
    }

    /// Whether it permits or forbids exactly this field by name.
    pub(super) fn names_itself(&self, resource: &EntityUid) -> bool {
        matches!(&self.resource, ResourceConstraint::Eq(id) if id == resource)
    }

    /// Whether, for an agent and action of both their scopes, it forbids all that `permit` permits.
    pub(super) fn covers(&self, model: &Model, permit: &Self) -> bool {
        if self.permits() || self.policy.has_non_scope_constraint() {
            return false;
        }
        match &self.resource {
            ResourceConstraint::Any => true,
            ResourceConstraint::In(whole) => match &permit.resource {
                _ if *whole == model.org() => true,
                ResourceConstraint::In(part)
                | ResourceConstraint::Eq(part)
                | ResourceConstraint::IsIn(_, part) => {
                    part == whole || is_field_of(model, part, whole)
                }
                ResourceConstraint::Any | ResourceConstraint::Is(_) => false,
            },
            ResourceConstraint::Eq(one) => {
                matches!(&permit.resource, ResourceConstraint::Eq(other) if one == other)
            }
            ResourceConstraint::Is(_) | ResourceConstraint::IsIn(_, _) => false,
        }
    }
}

fn is_within(model: &Model, id: &EntityUid, object: &org::Object) -> bool {
    let object = model.object(object);
    *id == object || is_field_of(model, id, &object)
}

/// Whether `id` is a field of the object `whole`.
fn is_field_of(model: &Model, id: &EntityUid, whole: &EntityUid) -> bool {
    *id.type_name() == model.types.field
        && *whole.type_name() == model.types.object
        && id.id().unescaped().split_once('.').is_some_and(|(o, _)| o == whole.id().unescaped())
}
