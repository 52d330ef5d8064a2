//! Our things as Cedar's: the schema, entities, contexts and requests.
//!
//! Entities are always built with the schema. Without it Cedar knows no action groups, and a forbid
//! on `Action::"write"` never fires; the canary proves at load that one does.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::str::FromStr;
use std::sync::Arc;

use cedar_policy::{
    Context, Entities, Entity, EntityId, EntityTypeName, EntityUid, RestrictedExpression, Schema,
    SchemaFragment,
};

use super::circumstances::{self, Circumstance};
use super::context::Environment;
use super::labels::Labels;
use super::{Agent, slice};
use crate::footprint::{Action, Target};
use crate::org;
use crate::salesforce::RecordId;

/// A part of a request that Cedar wouldn't take. Nothing an agent sends should lead here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cedar does not accept {what}: {why}")]
pub(super) struct ModelError {
    what: &'static str,
    why: String,
}

fn refused<E: std::fmt::Display>(what: &'static str) -> impl Fn(E) -> ModelError {
    move |error| ModelError { what, why: error.to_string() }
}

/// The one org behind a sidecar.
pub(super) const ORG_ID: &str = "org";

/// A target that the org's schema has.
#[derive(Clone, Copy, Debug)]
pub(super) enum Known<'s> {
    Org,
    Object(&'s Arc<org::Object>),
    Field(&'s Arc<org::Object>, &'s org::Field),
    Report(&'s RecordId),
}

impl<'s> Known<'s> {
    /// Looks a target up. Its own spelling plays no further part: ids are made from describe's.
    pub(super) fn find(schema: &'s org::Schema, target: &'s Target) -> Option<Self> {
        match target {
            Target::Org => Some(Self::Org),
            Target::Object(object) => schema.object(object).map(Self::Object),
            Target::Field(object, field) => {
                let object = schema.object(object)?;
                Some(Self::Field(object, object.field(field)?))
            }
            // Reports are no part of the schema: one that isn't there is for Salesforce to refuse.
            Target::Report(id) => Some(Self::Report(id)),
        }
    }

    pub(super) fn object(self) -> Option<&'s Arc<org::Object>> {
        match self {
            Self::Org | Self::Report(_) => None,
            Self::Object(object) | Self::Field(object, _) => Some(object),
        }
    }

    /// The object of a field; anything else itself.
    pub(super) fn without_field(self) -> Self {
        match self {
            Self::Org | Self::Object(_) | Self::Report(_) => self,
            Self::Field(object, _) => Self::Object(object),
        }
    }
}

/// Cedar's schema with the names of its types and actions.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) schema: Schema,
    pub(super) types: Types,
    pub(super) labels: Labels,
    /// Each action's id, and the ids of the action and the groups that it is in.
    actions: BTreeMap<Action, (EntityUid, BTreeSet<EntityUid>)>,
}

/// The entity types.
#[derive(Debug)]
pub(super) struct Types {
    pub(super) agent: EntityTypeName,
    pub(super) role: EntityTypeName,
    pub(super) team: EntityTypeName,
    pub(super) org: EntityTypeName,
    pub(super) object: EntityTypeName,
    pub(super) field: EntityTypeName,
    pub(super) report: EntityTypeName,
    pub(super) tool: EntityTypeName,
    pub(super) label: EntityTypeName,
    channel: EntityTypeName,
    weekday: EntityTypeName,
    environment: EntityTypeName,
}

impl Types {
    fn new() -> Result<Self, ModelError> {
        let named = |name| EntityTypeName::from_str(name).map_err(refused("an entity type"));
        Ok(Self {
            agent: named("Agent")?,
            role: named("Role")?,
            team: named("Team")?,
            org: named("Org")?,
            object: named("Object")?,
            field: named("Field")?,
            report: named("Report")?,
            tool: named("Tool")?,
            label: named("Label")?,
            channel: named("Channel")?,
            weekday: named("Weekday")?,
            environment: named("Environment")?,
        })
    }
}

fn uid(type_name: &EntityTypeName, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(type_name.clone(), EntityId::new(id))
}

fn entity_value(type_name: &EntityTypeName, id: &str) -> RestrictedExpression {
    RestrictedExpression::new_entity_uid(uid(type_name, id))
}

impl Model {
    /// The model of a schema in which policies can tell fields and agents apart by nothing that
    /// [`mod@slice`] doesn't see, and which the contexts of all calls fit.
    pub(super) fn new(schema: &str) -> Result<Self, ModelError> {
        let (fragment, _warnings) =
            SchemaFragment::from_cedarschema_str(schema).map_err(refused("the schema"))?;
        let json = fragment.clone().to_json_value().map_err(refused("the schema"))?;
        slice::precondition(&json).map_err(refused("the schema"))?;
        let schema = Schema::from_schema_fragments([fragment]).map_err(refused("the schema"))?;
        let types = Types::new()?;
        let entities = schema.action_entities().map_err(refused("the actions"))?;
        let action_type = EntityTypeName::from_str("Action").map_err(refused("an entity type"))?;
        let mut actions = BTreeMap::new();
        for action in Action::ALL {
            let id = uid(&action_type, action.name());
            let mut groups: BTreeSet<EntityUid> =
                entities.ancestors(&id).into_iter().flatten().cloned().collect();
            groups.insert(id.clone());
            actions.insert(action, (id, groups));
        }
        let model = Self { schema, types, labels: Labels::default(), actions };
        model.fits_contexts()?;
        Ok(model)
    }

    /// The same model, in which objects and fields stand under these labels.
    #[must_use]
    pub(super) fn with_labels(mut self, labels: Labels) -> Self {
        self.labels = labels;
        self
    }

    /// The action's id.
    pub(super) fn action(&self, action: Action) -> Option<&EntityUid> {
        self.actions.get(&action).map(|(id, _)| id)
    }

    /// Whether a policy on that action or group speaks of the action.
    pub(super) fn action_in(&self, action: Action, group: &EntityUid) -> bool {
        self.actions.get(&action).is_some_and(|(_, groups)| groups.contains(group))
    }

    pub(super) fn principal(&self, agent: &Agent) -> EntityUid {
        uid(&self.types.agent, agent.id())
    }

    /// The ids of the roles and the team that an agent is in, and its own.
    pub(super) fn principal_and_parents(&self, agent: &Agent) -> BTreeSet<EntityUid> {
        let roles = agent.roles().iter().map(|role| uid(&self.types.role, role));
        let team = agent.team().map(|team| uid(&self.types.team, team));
        roles.chain(team).chain([self.principal(agent)]).collect()
    }

    pub(super) fn resource(&self, known: Known<'_>) -> EntityUid {
        match known {
            Known::Org => self.org(),
            Known::Object(object) => self.object(object),
            Known::Field(object, field) => self.field(object, field),
            Known::Report(id) => uid(&self.types.report, id.as_str()),
        }
    }

    pub(super) fn org(&self) -> EntityUid {
        uid(&self.types.org, ORG_ID)
    }

    /// Whether it is the org or one of its reports.
    pub(super) fn is_no_object(&self, id: &EntityUid) -> bool {
        *id.type_name() == self.types.org || *id.type_name() == self.types.report
    }

    pub(super) fn object(&self, object: &org::Object) -> EntityUid {
        uid(&self.types.object, object.name.as_str())
    }

    fn field(&self, object: &org::Object, field: &org::Field) -> EntityUid {
        uid(&self.types.field, &format!("{}.{}", object.name, field.name))
    }

    fn object_nature(&self, object: &Arc<org::Object>) -> Nature {
        Nature::new(object.custom, self.parents(Known::Object(object)))
    }

    fn field_nature(&self, object: &Arc<org::Object>, field: &org::Field) -> Nature {
        Nature::new(field.custom, self.parents(Known::Field(object, field)))
    }

    /// Every field of an object, in their order.
    pub(super) fn fields(&self, object: &Arc<org::Object>) -> Vec<(EntityUid, Nature)> {
        let (whole, labels) = (self.object(object), self.labels.of(object));
        let nature = |field: &org::Field| {
            let labels = labels.field(&self.types.label, &field.name);
            Nature::new(field.custom, labels.chain([whole.clone()]))
        };
        object.fields().map(|field| (self.field(object, field), nature(field))).collect()
    }

    /// The object of a field; anything else itself.
    pub(super) fn holder(&self, id: &EntityUid) -> EntityUid {
        match id.id().unescaped().split_once('.') {
            Some((object, _)) if *id.type_name() == self.types.field => {
                uid(&self.types.object, object)
            }
            Some(_) | None => id.clone(),
        }
    }

    /// What the target is directly in: a field in its object, an object and a report in the org; and
    /// the labels that either stands under itself.
    pub(super) fn parents(&self, known: Known<'_>) -> BTreeSet<EntityUid> {
        let label = &self.types.label;
        match known {
            Known::Org => BTreeSet::new(),
            Known::Report(_) => BTreeSet::from([self.org()]),
            Known::Object(object) => {
                self.labels.of(object).object(label).chain([self.org()]).collect()
            }
            Known::Field(object, field) => {
                let labels = self.labels.of(object);
                labels.field(label, &field.name).chain([self.object(object)]).collect()
            }
        }
    }

    /// The agent with its roles and team, the org, and objects and fields.
    pub(super) fn entities<'s>(
        &self,
        agent: &Agent,
        environment: Environment,
        known: impl IntoIterator<Item = Known<'s>>,
    ) -> Result<Entities, ModelError> {
        let mut entities = vec![self.agent_entity(agent)?, self.org_entity(environment)?];
        for parent in self.principal_and_parents(agent) {
            if *parent.type_name() != self.types.agent {
                entities.push(Entity::new_no_attrs(parent, HashSet::new()));
            }
        }
        let mut seen = HashSet::new();
        for known in known {
            if let Some(object) = known.object() {
                let id = self.object(object);
                if seen.insert(id.clone()) {
                    entities.push(self.object_nature(object).entity(id)?);
                }
            }
            if let Known::Report(id) = known {
                let id = uid(&self.types.report, id.as_str());
                if seen.insert(id.clone()) {
                    entities
                        .push(Entity::new_no_attrs(id, self.parents(known).into_iter().collect()));
                }
            }
            if let Known::Field(object, field) = known {
                let id = self.field(object, field);
                if seen.insert(id.clone()) {
                    entities.push(self.field_nature(object, field).entity(id)?);
                }
            }
        }
        Entities::from_entities(entities, Some(&self.schema)).map_err(refused("the entities"))
    }

    fn agent_entity(&self, agent: &Agent) -> Result<Entity, ModelError> {
        let text = |value: &str| RestrictedExpression::new_string(value.to_owned());
        let mut attributes = HashMap::from([
            ("issuer".to_owned(), text(agent.issuer())),
            ("subject".to_owned(), text(agent.subject())),
        ]);
        if let Some(team) = agent.team() {
            attributes.insert("team".to_owned(), entity_value(&self.types.team, team));
        }
        let id = self.principal(agent);
        let mut parents: HashSet<EntityUid> =
            self.principal_and_parents(agent).into_iter().collect();
        parents.remove(&id);
        Entity::new(id, attributes, parents).map_err(refused("the agent"))
    }

    fn org_entity(&self, environment: Environment) -> Result<Entity, ModelError> {
        let environment = entity_value(&self.types.environment, environment.name());
        let attributes = HashMap::from([("environment".to_owned(), environment)]);
        Entity::new(self.org(), attributes, HashSet::new()).map_err(refused("the org"))
    }

    /// The context of some circumstances.
    pub(super) fn context<'c>(
        &self,
        circumstances: impl IntoIterator<Item = &'c Circumstance>,
    ) -> Result<Context, ModelError> {
        let pair = |circumstance: &Circumstance| {
            Ok((circumstance.attribute().name().to_owned(), self.value(circumstance)?))
        };
        let pairs = circumstances.into_iter().map(pair);
        let pairs = pairs.collect::<Result<Vec<_>, ModelError>>()?;
        Context::from_pairs(pairs).map_err(refused("the context"))
    }

    fn value(&self, circumstance: &Circumstance) -> Result<RestrictedExpression, ModelError> {
        let long = |value: u32| RestrictedExpression::new_long(value.into());
        let value = match circumstance {
            Circumstance::Tool(tool) => entity_value(&self.types.tool, tool),
            Circumstance::Via(channel) => entity_value(&self.types.channel, channel.name()),
            Circumstance::Environment(environment) => {
                entity_value(&self.types.environment, environment.name())
            }
            Circumstance::Now(now) => {
                RestrictedExpression::new_datetime(now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
            }
            Circumstance::Hour(hour) => RestrictedExpression::new_long(*hour),
            Circumstance::Weekday(weekday) => entity_value(&self.types.weekday, weekday),
            Circumstance::Rows(rows) => long(*rows),
            Circumstance::Query(query) => {
                let mut record = vec![
                    ("where".to_owned(), RestrictedExpression::new_bool(query.filtered)),
                    ("deleted".to_owned(), RestrictedExpression::new_bool(query.deleted)),
                    ("aggregate".to_owned(), RestrictedExpression::new_bool(query.aggregate)),
                ];
                record.extend(query.limit.map(|limit| ("limit".to_owned(), long(limit))));
                RestrictedExpression::new_record(record).map_err(refused("the query's facts"))?
            }
        };
        Ok(value)
    }

    /// Checks that the contexts of calls are what the schema says. Each value of a kind of which there
    /// are few is tried; of the others one, since they differ in nothing that a schema can tell.
    fn fits_contexts(&self) -> Result<(), ModelError> {
        // Which action makes no difference: they have one type of context.
        let action =
            self.action(Action::Select).ok_or_else(|| refused("the action")("there is none"))?;
        for circumstances in circumstances::samples() {
            let context = self.context(&circumstances)?;
            context.validate(&self.schema, action).map_err(refused("the context"))?;
        }
        Ok(())
    }
}

/// All that policies can tell of an object or a field but its name. Their entities are made of nothing
/// else, so two of one nature are alike to every policy that names neither.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Nature {
    custom: bool,
    /// Sorted, each once.
    pub(super) parents: Box<[EntityUid]>,
}

impl Nature {
    fn new(custom: bool, parents: impl IntoIterator<Item = EntityUid>) -> Self {
        let mut parents: Vec<EntityUid> = parents.into_iter().collect();
        parents.sort();
        parents.dedup();
        Self { custom, parents: parents.into() }
    }

    pub(super) fn entity(&self, id: EntityUid) -> Result<Entity, ModelError> {
        let attributes =
            HashMap::from([("custom".to_owned(), RestrictedExpression::new_bool(self.custom))]);
        let parents = self.parents.iter().cloned().collect();
        Entity::new(id, attributes, parents).map_err(refused("an object or a field"))
    }
}
