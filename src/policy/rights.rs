//! What an agent may do at all: for the list of tools, and to be shown at start.

use std::collections::BTreeSet;
use std::sync::Arc;

use cedar_policy::EntityUid;

use super::bench::Bench;
use super::context::{CallContext, Channel, Facts};
use super::scope::Scoped;
use super::{Agent, PolicySet};
use crate::footprint::{Access, Action, Target};
use crate::org;
use crate::salesforce::{FieldName, ObjectName};

/// What an agent may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matrix {
    /// On the org itself.
    pub org: Vec<Action>,
    /// On each object, in the order of their names.
    pub objects: Vec<ObjectRights>,
}

/// What an agent may do with one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectRights {
    /// Which object.
    pub object: ObjectName,
    /// Each action on objects, with how far it goes.
    pub rights: Vec<(Action, Extent)>,
    /// The fields whose values may be seen only masked.
    pub masked: Vec<FieldName>,
}

/// How far an action on an object goes. For deletion, which knows no fields, all or nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Extent {
    /// No field, nor the object as a whole.
    Nothing,
    /// Every field, and the object as a whole.
    All,
    /// More than half of the fields: all but these.
    Except(Vec<FieldName>),
    /// These fields; perhaps none, where only the object as a whole is permitted.
    Only(Vec<FieldName>),
}

/// The actions on objects, in the order that people read them in.
const ON_OBJECTS: [Action; 7] = [
    Action::Describe,
    Action::Select,
    Action::Filter,
    Action::Search,
    Action::Create,
    Action::Update,
    Action::Delete,
];

impl PolicySet {
    /// Whether there is anything that the agent could be permitted the action on: some permit's
    /// scope can match, and no unconditional forbid covers all that it permits. Never false where a
    /// call would be permitted; conditions are not looked at.
    pub fn could_permit(&self, agent: &Agent, action: Action) -> bool {
        let ids = self.model.principal_and_parents(agent);
        let on_no_object =
            matches!(action, Action::ListObjects | Action::ReadLimits | Action::RunReport);
        let in_place = |policy: &&Arc<Scoped>| {
            !on_no_object || policy.resource().is_none_or(|id| self.model.is_no_object(id))
        };
        let (permits, forbids): (Vec<_>, Vec<_>) =
            self.slices.of_agent(action, &ids).filter(in_place).partition(|p| p.permits());
        permits
            .into_iter()
            .any(|permit| !forbids.iter().any(|forbid| forbid.covers(&self.model, permit)))
    }

    /// Whether the agent may read the target in these circumstances: select a field, or describe an
    /// object. A policy that looks at a query sees none here.
    pub fn may_read(
        &self,
        agent: &Agent,
        schema: &org::Schema,
        call: &CallContext<'_>,
        target: &Target,
    ) -> bool {
        let facts = Facts { via: Channel::Record, rows: None, query: None };
        let action = match target {
            Target::Field(..) => Action::Select,
            Target::Object(_) | Target::Org => Action::Describe,
            Target::Report(_) => Action::RunReport,
        };
        let access = Access::plain(action, target.clone());
        Bench::new(self, agent, schema, call, facts).ask(&access).is_ok()
    }

    /// What the agent may do in these circumstances, asked of the policies field by field. A policy
    /// that looks at a query sees none here.
    pub fn matrix(&self, agent: &Agent, schema: &org::Schema, call: &CallContext<'_>) -> Matrix {
        let facts = Facts { via: Channel::Record, rows: None, query: None };
        let mut bench = Bench::new(self, agent, schema, call, facts);
        let org = [Action::ListObjects, Action::ReadLimits]
            .into_iter()
            .filter(|action| bench.ask(&Access::plain(*action, Target::Org)).is_ok())
            .collect();
        let ids = self.model.principal_and_parents(agent);
        let objects = schema
            .objects()
            .map(|object| {
                let has_permit = |bench: &mut Bench<'_>, action| {
                    self.may_have_permit(&ids, action, object) && bench.has_permit(action, object)
                };
                let rights = ON_OBJECTS
                    .into_iter()
                    .map(|action| {
                        let extent = if has_permit(&mut bench, action) {
                            extent(&mut bench, object, action)
                        } else {
                            Extent::Nothing
                        };
                        (action, extent)
                    })
                    .collect();
                let masked = if self.masks && has_permit(&mut bench, Action::SelectMasked) {
                    only_masked(&mut bench, object)
                } else {
                    Vec::new()
                };
                ObjectRights { object: object.name.clone(), rights, masked }
            })
            .collect();
        Matrix { org, objects }
    }

    /// Whether some permit's scope may match the action on the object or a field of it, told without
    /// the labels that they stand under. Never false where one does.
    fn may_have_permit(
        &self,
        agent: &BTreeSet<EntityUid>,
        action: Action,
        object: &org::Object,
    ) -> bool {
        let types = &self.model.types;
        let speaks = |resource: &EntityUid| {
            let kind = resource.type_name();
            let id = resource.id().unescaped();
            let holder = id.split_once('.').map_or(id, |(holder, _)| holder);
            (*kind != types.object && *kind != types.field) || holder == object.name.as_str()
        };
        let mut policies = self.slices.of_agent(action, agent);
        policies.any(|policy| policy.permits() && policy.resource().is_none_or(speaks))
    }
}

fn only_masked(bench: &mut Bench<'_>, object: &org::Object) -> Vec<FieldName> {
    let mut may =
        |action, field: &org::Field| bench.lets_through(&Access::of_field(action, object, field));
    let only_masked =
        |field: &&org::Field| may(Action::SelectMasked, field) && !may(Action::Select, field);
    object.fields().filter(only_masked).map(|field| field.name.clone()).collect()
}

fn extent(bench: &mut Bench<'_>, object: &org::Object, action: Action) -> Extent {
    let whole = bench.ask(&Access::plain(action, Target::Object(object.name.clone()))).is_ok();
    if action == Action::Delete {
        return if whole { Extent::All } else { Extent::Nothing };
    }
    let (only, except): (Vec<&org::Field>, Vec<&org::Field>) = object
        .fields()
        .partition(|field| bench.lets_through(&Access::of_field(action, object, field)));
    let names = |fields: Vec<&org::Field>| fields.into_iter().map(|f| f.name.clone()).collect();
    if except.is_empty() && whole {
        Extent::All
    } else if only.is_empty() && !whole {
        Extent::Nothing
    } else if whole && only.len() > except.len() {
        Extent::Except(names(except))
    } else {
        Extent::Only(names(only))
    }
}
