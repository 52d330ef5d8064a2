//! Policies that are valid and hold less than they seem to: on what nothing asks about, or on a field
//! whose parts stay open.

use std::collections::BTreeSet;
use std::sync::Arc;

use cedar_policy::{EntityTypeName, EntityUid, ResourceConstraint};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::bench::Bench;
use super::context::{CallContext, Channel, Environment, Facts};
use super::model::Model;
use super::names::Wrong;
use super::scope::Scoped;
use super::{Agent, PolicySet, Why};
use crate::footprint::{Access, Action, Target, TargetKind};
use crate::org;
use crate::salesforce::{FieldName, ObjectName};

/// What is wrong with a policy's scope, and the entity at fault.
pub(super) fn unasked(model: &Model, scoped: &Scoped) -> Option<(Option<EntityUid>, Wrong)> {
    let actions: Vec<Action> =
        Action::ALL.into_iter().filter(|action| scoped.speaks_of_action(model, *action)).collect();
    let (kind, exactly) = match scoped.policy.resource_constraint() {
        ResourceConstraint::Eq(id) => (kind(model, id.type_name())?, Some(id)),
        ResourceConstraint::Is(of) | ResourceConstraint::IsIn(of, _) => (kind(model, &of)?, None),
        ResourceConstraint::Any | ResourceConstraint::In(_) => return None,
    };
    let names: Vec<&str> = actions.iter().map(|action| action.name()).collect();
    let hint = exactly.as_ref().filter(|_| matches!(kind, TargetKind::Object | TargetKind::Org));
    let hint = hint.map(|id| format!("write `resource in {id}`"));
    let wrong = if !actions.iter().any(|action| action.asked_about().contains(&kind)) {
        let about = actions.iter().flat_map(|action| action.asked_about());
        let about: BTreeSet<&str> = about.map(|kind| word(*kind)).collect();
        let about = about.into_iter().collect::<Vec<_>>().join(" or ");
        let (names, are) = (names.join(", "), if names.len() == 1 { "is" } else { "are" });
        let said = format!("{names} {are} never asked about {}, only about {about}", word(kind));
        Wrong { message: said, hint }
    } else if !scoped.permits()
        && exactly.is_some()
        && matches!(kind, TargetKind::Object | TargetKind::Org)
        && actions.iter().any(|action| action.is_about_values())
    {
        let id = exactly.as_ref().map(ToString::to_string).unwrap_or_default();
        let said = format!(
            "values are asked about field by field, and no field is {id} itself: this forbids none"
        );
        Wrong { message: said, hint }
    } else {
        return None;
    };
    Some((exactly, wrong))
}

fn kind(model: &Model, name: &EntityTypeName) -> Option<TargetKind> {
    let types = &model.types;
    [
        (&types.org, TargetKind::Org),
        (&types.object, TargetKind::Object),
        (&types.field, TargetKind::Field),
        (&types.report, TargetKind::Report),
    ]
    .into_iter()
    .find_map(|(known, kind)| (known == name).then_some(kind))
}

fn word(kind: TargetKind) -> &'static str {
    match kind {
        TargetKind::Org => "the org",
        TargetKind::Object => "an object",
        TargetKind::Field => "a field",
        TargetKind::Report => "a report",
    }
}

/// A forbid that names a field which is made of others, and leaves some of those open.
pub(super) struct Open {
    pub(super) policy: String,
    pub(super) literal: EntityUid,
    pub(super) wrong: Wrong,
}

/// The forbids of a set that leave parts of what they forbid open to somebody.
pub(super) fn open_parts(
    model: &Arc<Model>,
    policies: impl Iterator<Item = Arc<Scoped>>,
    schema: &org::Schema,
) -> Vec<Open> {
    let set = PolicySet::unchecked(Arc::clone(model), policies.filter(|policy| !policy.permits()));
    let mut found = Vec::new();
    for (id, policy) in &set.policies {
        let fields = policy.literals.iter().filter(|id| *id.type_name() == model.types.field);
        for literal in fields {
            let Some((object, field)) = compound(schema, literal) else { continue };
            let open = parts_left_open(&set, id, policy, schema, object, field);
            if open.is_empty() {
                continue;
            }
            let names: Vec<String> =
                open.iter().map(|part| format!("{}.{part}", object.name)).collect();
            let names = names.join(", ");
            let message = format!(
                "{}.{} is made of other fields, and {names} stay open",
                object.name, field.name
            );
            let wrong = Wrong::new(message).or("forbid those too, or put the field under a label");
            found.push(Open { policy: id.clone(), literal: literal.clone(), wrong });
        }
    }
    found
}

/// The field of a literal, where it is made of others.
fn compound<'s>(
    schema: &'s org::Schema,
    literal: &EntityUid,
) -> Option<(&'s org::Object, &'s org::Field)> {
    let (object, field) = literal.id().unescaped().split_once('.')?;
    let object = schema.object(&ObjectName::parse(object).ok()?)?;
    let field = object.field(&FieldName::parse(field).ok()?)?;
    (!field.components.is_empty()).then_some((object, field))
}

/// The parts of a field that somebody may use where the policy forbids the field.
fn parts_left_open<'s>(
    set: &PolicySet,
    id: &str,
    policy: &Scoped,
    schema: &org::Schema,
    object: &'s org::Object,
    field: &'s org::Field,
) -> BTreeSet<&'s FieldName> {
    let mut open = BTreeSet::new();
    let call = CallContext {
        tool: "",
        environment: Environment::Production,
        now: Timestamp::UNIX_EPOCH,
        zone: &TimeZone::UTC,
    };
    let facts = Facts { via: Channel::Record, rows: None, query: None };
    for role in set.roles().into_iter().map(Some).chain([None]) {
        let agent = Agent::new("check", "fieldgate", "check", role);
        let mut bench = Bench::new(set, &agent, schema, &call, facts);
        for action in Action::ALL {
            if !policy.speaks_of_action(&set.model, action) {
                continue;
            }
            let mut ask = |field: &FieldName| {
                let target = Target::Field(object.name.clone(), field.clone());
                bench.ask(&Access::plain(action, target))
            };
            let forbids = matches!(ask(&field.name), Err(Why::ForbiddenBy(ids)) if ids.iter().any(|by| by == id));
            if forbids {
                let parts = field.components.iter();
                open.extend(parts.filter(|part| ask(part) == Err(Why::NotPermitted)));
            }
        }
    }
    open
}
