//! Few policies are asked, and few questions: what makes a decision cost the same for ten policies and
//! for ten thousand, for one field and for two hundred.
//!
//! Cedar looks at every policy of the set that it is given, again for each field. Here it is given the
//! policies whose scopes can match ([`index`]), once for all fields that they can't tell apart
//! ([`classes`]); and what they say is kept, by those circumstances that they look at ([`class`],
//! [`reads`]). The answer is that of the whole set asked about every field: the same decision,
//! determining policies and errors. A property test holds this.
//!
//! What is kept belongs to one policy set and goes with it. It serves only the agents, the org's kind
//! and the describe of the object that it was made from, so nothing has to be thrown away when policies
//! or the org's schema change.

mod cache;
mod class;
mod classes;
mod index;
mod reads;

use std::collections::BTreeSet;
use std::sync::Arc;

use cedar_policy::EntityUid;

use super::context::Environment;
use super::model::{Known, Model};
use super::scope::Scoped;
use super::{Agent, Why};
use crate::footprint::{Action, Target};
use crate::salesforce::{ObjectName, RecordId};
use cache::Cache;
pub(super) use classes::Slice;
use index::Index;
pub(super) use reads::{Reads, precondition};

/// What the slices of a policy set may take together, in bytes, by a generous estimate of each.
const MOST_BYTES: usize = 32 * 1024 * 1024;

/// What policies say of an access: the ids of those that permit it, sorted, or why it is refused.
pub(super) type Verdict = Result<Arc<[String]>, Why>;

/// A resource, and for a field's object all of its fields.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Place {
    Org,
    Object(ObjectName),
    Report(RecordId),
}

impl Place {
    pub(super) fn of(target: &Target) -> Self {
        match target {
            Target::Org => Self::Org,
            Target::Object(object) | Target::Field(object, _) => Self::Object(object.clone()),
            Target::Report(id) => Self::Report(id.clone()),
        }
    }
}

/// Who asks, as far as the policies of a set can tell: where none looks at more of agents than their
/// roles and teams, one stands for all that have the same.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Asker {
    agent: Agent,
    environment: Environment,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Key {
    asker: Arc<Asker>,
    action: Action,
    place: Place,
}

/// The slices of one policy set.
#[derive(Debug)]
pub(super) struct Slices {
    index: Index,
    /// Whether a condition looks at the agent.
    agents_are_read: bool,
    /// The agents that policies name.
    agents_named: BTreeSet<EntityUid>,
    kept: Cache<Key, Arc<Slice>>,
}

impl Slices {
    pub(super) fn new<'p>(
        model: &Model,
        policies: impl Iterator<Item = &'p Arc<Scoped>> + Clone,
    ) -> Self {
        let literals = policies.clone().flat_map(|policy| &policy.literals);
        let agents = literals.filter(|id| *id.type_name() == model.types.agent);
        Self {
            agents_are_read: policies.clone().any(|policy| policy.reads.principal),
            agents_named: agents.cloned().collect(),
            index: Index::new(model, policies),
            kept: Cache::new(MOST_BYTES),
        }
    }

    /// The one that the agent is to these policies.
    pub(super) fn asker(
        &self,
        model: &Model,
        agent: &Agent,
        environment: Environment,
    ) -> Arc<Asker> {
        let like = agent.like();
        let named = |agent| self.agents_named.contains(&model.principal(agent));
        let told_apart = self.agents_are_read
            || (!self.agents_named.is_empty() && (named(agent) || named(&like)));
        let agent = if told_apart { agent.clone() } else { like };
        Arc::new(Asker { agent, environment })
    }

    /// The slice for what is known of a place; `None` where Cedar doesn't take what we make of it.
    pub(super) fn find(
        &self,
        model: &Model,
        asker: &Arc<Asker>,
        action: Action,
        place: Place,
        known: Known<'_>,
    ) -> Option<Arc<Slice>> {
        let key = Key { asker: Arc::clone(asker), action, place };
        if let Some(slice) = self.kept.get(&key).filter(|slice| slice.is_of(known)) {
            return Some(slice);
        }
        let slice = Arc::new(Slice::new(model, &self.index, asker, action, known)?);
        self.kept.insert(key, Arc::clone(&slice), slice.bytes());
        Some(slice)
    }

    /// Drops what is kept.
    pub(super) fn forget(&self) {
        self.kept.clear();
    }

    /// The policies whose scopes can match for an agent and an action, on whatever.
    pub(super) fn of_agent(
        &self,
        action: Action,
        agent: &BTreeSet<EntityUid>,
    ) -> impl Iterator<Item = &Arc<Scoped>> {
        self.index.of_agent(action, agent)
    }
}
