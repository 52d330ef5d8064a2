//! A policy with its scope taken apart: of which agent, action and resource it can speak.
//!
//! A scope (principal, action, resource) has no expression in it and never errors, so a policy whose
//! scope can't match is exactly "false" and can be left out of the question.

use std::collections::BTreeSet;

use cedar_policy::{
    ActionConstraint, Effect, EntityUid, Policy, PrincipalConstraint, ResourceConstraint,
};

use super::model::Model;
use super::slice::Reads;
use crate::footprint::Action;

/// A policy with its scope taken apart.
#[derive(Debug)]
pub(super) struct Scoped {
    pub(super) policy: Policy,
    /// `@message`.
    pub(super) message: Option<String>,
    /// What its conditions look at.
    pub(super) reads: Reads,
    /// Every entity that it names, in its scope or its conditions.
    pub(super) literals: BTreeSet<EntityUid>,
    /// How long its text is.
    pub(super) bytes: usize,
    principal: PrincipalConstraint,
    action: ActionConstraint,
    resource: ResourceConstraint,
}

impl Scoped {
    pub(super) fn new(policy: Policy) -> Self {
        Self {
            message: policy.annotation("message").map(str::to_owned),
            reads: Reads::of(&policy),
            literals: policy.entity_literals().into_iter().collect(),
            bytes: policy.to_cedar().map_or(0, |text| text.len()),
            principal: policy.principal_constraint(),
            action: policy.action_constraint(),
            resource: policy.resource_constraint(),
            policy,
        }
    }

    pub(super) fn id(&self) -> &str {
        self.policy.id().as_ref()
    }

    pub(super) fn permits(&self) -> bool {
        self.policy.effect() == Effect::Permit
    }

    /// The one entity that an agent must be, or be in; `None` where any agent will do.
    pub(super) fn principal(&self) -> Option<&EntityUid> {
        match &self.principal {
            // There is one type of agents.
            PrincipalConstraint::Any | PrincipalConstraint::Is(_) => None,
            PrincipalConstraint::In(id)
            | PrincipalConstraint::Eq(id)
            | PrincipalConstraint::IsIn(_, id) => Some(id),
        }
    }

    /// The one entity that a resource must be, or be in; `None` where it is not so bound.
    pub(super) fn resource(&self) -> Option<&EntityUid> {
        match &self.resource {
            ResourceConstraint::Any | ResourceConstraint::Is(_) => None,
            ResourceConstraint::In(id)
            | ResourceConstraint::Eq(id)
            | ResourceConstraint::IsIn(_, id) => Some(id),
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

    /// Whether its scope matches a resource that is in `ancestors`.
    pub(super) fn speaks_of(&self, id: &EntityUid, ancestors: &BTreeSet<EntityUid>) -> bool {
        let within = |whole: &EntityUid| id == whole || ancestors.contains(whole);
        match &self.resource {
            ResourceConstraint::Any => true,
            ResourceConstraint::Is(kind) => kind == id.type_name(),
            ResourceConstraint::Eq(one) => id == one,
            ResourceConstraint::In(whole) => within(whole),
            ResourceConstraint::IsIn(kind, whole) => kind == id.type_name() && within(whole),
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

/// Whether `id` is a field of the object `whole`.
pub(super) fn is_field_of(model: &Model, id: &EntityUid, whole: &EntityUid) -> bool {
    *id.type_name() == model.types.field
        && *whole.type_name() == model.types.object
        && id.id().unescaped().split_once('.').is_some_and(|(o, _)| o == whole.id().unescaped())
}
