//! The policies by what their scopes name, so that those which can speak of a question are found
//! without a look at the others.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use cedar_policy::EntityUid;

use crate::footprint::Action;
use crate::policy::model::Model;
use crate::policy::scope::Scoped;

/// Policies by action, then by agent, then by resource.
#[derive(Debug, Default)]
pub(super) struct Index {
    by_action: BTreeMap<Action, ByAgent>,
}

#[derive(Debug, Default)]
struct ByAgent {
    anyone: ByResource,
    someone: HashMap<EntityUid, ByResource>,
}

/// A policy on a field stands at the field's object.
#[derive(Debug, Default)]
struct ByResource {
    anywhere: Vec<Arc<Scoped>>,
    somewhere: BTreeMap<EntityUid, Vec<Arc<Scoped>>>,
}

impl Index {
    pub(super) fn new<'p>(
        model: &Model,
        policies: impl IntoIterator<Item = &'p Arc<Scoped>>,
    ) -> Self {
        let mut index = Self::default();
        for policy in policies {
            for action in Action::ALL {
                if policy.speaks_of_action(model, action) {
                    index.by_action.entry(action).or_default().add(model, policy);
                }
            }
        }
        index
    }

    /// The policies whose scopes can match for the action and an agent that is, or is in, `agent`.
    pub(super) fn of_agent(
        &self,
        action: Action,
        agent: &BTreeSet<EntityUid>,
    ) -> impl Iterator<Item = &Arc<Scoped>> {
        self.by_agent(action, agent).flat_map(|policies| {
            policies.anywhere.iter().chain(policies.somewhere.values().flatten())
        })
    }

    /// Of those, the ones whose scope can match for a resource that is, or is in, one of `places`.
    pub(super) fn of_places(
        &self,
        action: Action,
        agent: &BTreeSet<EntityUid>,
        places: &BTreeSet<EntityUid>,
    ) -> impl Iterator<Item = &Arc<Scoped>> {
        self.by_agent(action, agent).flat_map(|policies| {
            let here = places.iter().filter_map(|place| policies.somewhere.get(place));
            policies.anywhere.iter().chain(here.flatten())
        })
    }

    fn by_agent(
        &self,
        action: Action,
        agent: &BTreeSet<EntityUid>,
    ) -> impl Iterator<Item = &ByResource> {
        self.by_action.get(&action).into_iter().flat_map(move |policies| {
            let named = agent.iter().filter_map(|id| policies.someone.get(id));
            [&policies.anyone].into_iter().chain(named)
        })
    }
}

impl ByAgent {
    fn add(&mut self, model: &Model, policy: &Arc<Scoped>) {
        let policies = match policy.principal() {
            None => &mut self.anyone,
            Some(id) => self.someone.entry(id.clone()).or_default(),
        };
        match policy.resource() {
            None => policies.anywhere.push(Arc::clone(policy)),
            Some(id) => {
                let place = model.holder(id);
                policies.somewhere.entry(place).or_default().push(Arc::clone(policy));
            }
        }
    }
}
