//! A slice: the policies that can speak of one action of one agent on one object, and the classes of
//! its fields that they can't tell apart.
//!
//! A policy can tell two fields apart only by naming one, or by what they are ([`Nature`]): that no
//! datum is a field is checked when the schema is read. So the fields of one nature that no policy of
//! the slice names share one verdict.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use cedar_policy::{Entities, EntityUid};

use super::class::Class;
use super::index::Index;
use super::{Asker, Verdict};
use crate::footprint::Action;
use crate::org::Object;
use crate::policy::Why;
use crate::policy::circumstances::Circumstances;
use crate::policy::model::{Known, Model, Nature};
use crate::policy::scope::Scoped;

/// The bytes of a slice without its classes, and of a field's place in it.
const BYTES: usize = 8 * 1024;
const FIELD_BYTES: usize = 8;

/// The policies for one action of one agent on one object (or on the org, or on a report).
#[derive(Debug)]
pub(in crate::policy) struct Slice {
    /// The object as the org described it; its fields are those of `of_fields`.
    object: Option<Arc<Object>>,
    common: Common,
    /// The class of the object itself, or of the org or the report.
    whole: Class,
    of_fields: Vec<usize>,
    classes: Vec<Class>,
}

/// What the questions of a slice have in common.
#[derive(Debug)]
pub(super) struct Common {
    pub(super) principal: EntityUid,
    pub(super) action: EntityUid,
    /// The agent and the object with all that they are in.
    pub(super) entities: Entities,
}

impl Slice {
    pub(super) fn new(
        model: &Model,
        index: &Index,
        asker: &Asker,
        action: Action,
        known: Known<'_>,
    ) -> Option<Self> {
        let known = known.without_field();
        let agent = &asker.agent;
        let common = Common {
            principal: model.principal(agent),
            action: model.action(action)?.clone(),
            entities: model.entities(agent, asker.environment, [known]).ok()?,
        };
        let natures = known.object().map(|object| model.fields(object)).unwrap_or_default();
        let ancestors = Ancestors { entities: &common.entities };
        let whole = model.resource(known);
        let within = ancestors.of([&whole]);
        let above: BTreeSet<&EntityUid> = natures.iter().flat_map(|(_, n)| &n.parents).collect();
        let mut places = ancestors.of(above);
        places.extend(within.iter().cloned());
        let agent = model.principal_and_parents(agent);
        let policies: Vec<&Arc<Scoped>> = index.of_places(action, &agent, &places).collect();
        let policies = Speaking::new(model, &policies);
        let mut classes = Vec::new();
        let of_fields = classify(natures, &policies, &ancestors, &mut classes);
        Some(Self {
            object: known.object().cloned(),
            whole: Class::new(policies.of(&whole, &within), whole, None),
            common,
            of_fields,
            classes,
        })
    }

    /// Whether it is of exactly that: another describe of an object is another object.
    pub(super) fn is_of(&self, known: Known<'_>) -> bool {
        match (&self.object, known.object()) {
            (Some(ours), Some(object)) => Arc::ptr_eq(ours, object),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        }
    }

    /// What it takes when every class was asked about.
    pub(super) fn bytes(&self) -> usize {
        let classes = self.classes.iter().chain([&self.whole]).map(Class::bytes);
        let fields = self.of_fields.len().saturating_mul(FIELD_BYTES);
        classes.fold(BYTES.saturating_add(fields), usize::saturating_add)
    }

    pub(in crate::policy) fn object(&self) -> Option<&Arc<Object>> {
        self.object.as_ref()
    }

    /// How many fields the object has.
    pub(in crate::policy) fn fields(&self) -> usize {
        self.of_fields.len()
    }

    /// How many classes of fields there are.
    pub(in crate::policy) fn classes(&self) -> usize {
        self.classes.len()
    }

    /// The class of the field at that place in the object.
    pub(in crate::policy) fn class_of(&self, field: usize) -> Option<usize> {
        self.of_fields.get(field).copied()
    }

    /// What the policies say of a class of fields, or of the whole.
    pub(in crate::policy) fn ask(
        &self,
        model: &Model,
        class: Option<usize>,
        circumstances: &Circumstances<'_>,
    ) -> Verdict {
        match self.class(class) {
            Some(class) => class.ask(model, &self.common, circumstances),
            None => Err(Why::PolicyError(Vec::new())),
        }
    }

    /// The ids of the permits whose scope matches a class of fields, or the whole: the first few by
    /// name.
    pub(in crate::policy) fn permits(&self, class: Option<usize>) -> Vec<String> {
        self.class(class).map(Class::permits).unwrap_or_default()
    }

    /// The resource that stands for a class; the field itself where a policy names it.
    pub(in crate::policy) fn resource(&self, class: Option<usize>) -> Option<&EntityUid> {
        self.class(class).map(|class| &class.resource)
    }

    /// Whether some permit can speak of the action here at all.
    pub(in crate::policy) fn has_permit(&self) -> bool {
        self.classes.iter().chain([&self.whole]).any(Class::has_permit)
    }

    fn class(&self, class: Option<usize>) -> Option<&Class> {
        class.map_or(Some(&self.whole), |class| self.classes.get(class))
    }
}

/// Puts each field into its class, and says for each which it is.
fn classify(
    fields: Vec<(EntityUid, Nature)>,
    policies: &Speaking<'_>,
    ancestors: &Ancestors<'_>,
    classes: &mut Vec<Class>,
) -> Vec<usize> {
    let mut alike: HashMap<Nature, usize> = HashMap::new();
    let mut of_fields = Vec::with_capacity(fields.len());
    for (field, nature) in fields {
        let named = policies.names.contains(&field);
        if let Some(class) = alike.get(&nature).filter(|_| !named) {
            of_fields.push(*class);
            continue;
        }
        let class = classes.len();
        if !named {
            alike.insert(nature.clone(), class);
        }
        let speaking = policies.of(&field, &ancestors.of(&nature.parents));
        classes.push(Class::new(speaking, field, Some(nature)));
        of_fields.push(class);
    }
    of_fields
}

/// What is above what, as Cedar itself tells.
struct Ancestors<'a> {
    entities: &'a Entities,
}

impl Ancestors<'_> {
    /// All of these and what they are in.
    fn of<'i>(&self, ids: impl IntoIterator<Item = &'i EntityUid>) -> BTreeSet<EntityUid> {
        let mut all = BTreeSet::new();
        for id in ids {
            all.extend(self.entities.ancestors(id).into_iter().flatten().cloned());
            all.insert(id.clone());
        }
        all
    }
}

/// The policies of a slice: those whose scope is one field apart from the others, for they may be
/// many and each counts for one class.
struct Speaking<'p> {
    of_many: Vec<&'p Arc<Scoped>>,
    of_one: BTreeMap<&'p EntityUid, Vec<&'p Arc<Scoped>>>,
    /// The entities that they name.
    names: BTreeSet<&'p EntityUid>,
}

impl<'p> Speaking<'p> {
    fn new(model: &Model, policies: &[&'p Arc<Scoped>]) -> Self {
        let mut of_many = Vec::new();
        let mut of_one: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for policy in policies {
            match policy.resource() {
                Some(field) if *field.type_name() == model.types.field => {
                    of_one.entry(field).or_default().push(*policy);
                }
                Some(_) | None => of_many.push(*policy),
            }
        }
        Self { of_many, of_one, names: policies.iter().flat_map(|p| &p.literals).collect() }
    }

    /// Those whose scope matches a resource that is in `ancestors`.
    fn of(&self, id: &EntityUid, ancestors: &BTreeSet<EntityUid>) -> Vec<Arc<Scoped>> {
        let of_one = self.of_one.get(id).into_iter().flatten();
        let policies = self.of_many.iter().chain(of_one);
        policies.filter(|policy| policy.speaks_of(id, ancestors)).map(|p| Arc::clone(p)).collect()
    }
}
