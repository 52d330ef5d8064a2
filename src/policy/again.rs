//! What the policies say now of accesses that were decided on before.
//!
//! Nothing is known of the operation but what a record says of it. What depends on anything else is
//! told apart, never guessed.

use super::bench::Bench;
use super::context::{CallContext, Channel, Facts};
use super::denial::Why;
use super::model::Known;
use super::{Agent, PolicySet};
use crate::footprint::{Access, Action};
use crate::org;

/// A call that was decided on before.
#[derive(Clone, Copy, Debug)]
pub struct Past<'a> {
    /// Who called.
    pub agent: &'a Agent,
    /// When, and how.
    pub call: &'a CallContext<'a>,
    /// The facts of the call, or those of its parts; `None` where they are not known.
    pub facts: Option<&'a [Facts]>,
}

/// What the policies say now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Again {
    /// These policies permit it.
    Permitted(Vec<String>),
    /// It is refused, by these policies or for want of one.
    Refused(Vec<String>),
    /// It can't be told.
    Untold(Untold),
}

/// Why it can't be told what the policies say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Untold {
    /// The org's schema has no such object or field.
    Name,
    /// Some policy that could speak of it looks at circumstances that are not known.
    Circumstances,
    /// It depends on which part of the call asks.
    Part,
}

impl PolicySet {
    /// What the policies say of each access, asked about by itself.
    pub fn again(&self, schema: &org::Schema, past: &Past<'_>, accesses: &[Access]) -> Vec<Again> {
        let Past { agent, call, facts } = *past;
        let unknown = [Facts { via: Channel::Record, rows: None, query: None }];
        let each = facts.unwrap_or(&unknown);
        let mut benches: Vec<Bench<'_>> =
            each.iter().map(|facts| Bench::new(self, agent, schema, call, *facts)).collect();
        let again = |access: &Access| {
            if facts.is_none() && self.looks_at_circumstances(agent, schema, access) {
                return Again::Untold(Untold::Circumstances);
            }
            let mut said: Option<Again> = None;
            for bench in &mut benches {
                let found = asked(bench, access);
                match (&said, &found) {
                    (Some(Again::Permitted(_)), Again::Permitted(_))
                    | (Some(Again::Refused(_)), Again::Refused(_)) => {}
                    (Some(_), _) => return Again::Untold(Untold::Part),
                    (None, Again::Untold(_)) => return found,
                    (None, _) => said = Some(found),
                }
            }
            said.unwrap_or(Again::Untold(Untold::Circumstances))
        };
        accesses.iter().map(again).collect()
    }

    /// The fields among these, whose selection was refused, that may be seen masked.
    pub fn maskable(
        &self,
        schema: &org::Schema,
        past: &Past<'_>,
        refused: &[Access],
    ) -> Vec<Access> {
        if !self.masks || refused.is_empty() {
            return Vec::new();
        }
        let masked = refused
            .iter()
            .filter(|access| access.action == Action::Select && access.target.field().is_some())
            .map(|access| Access { action: Action::SelectMasked, ..access.clone() });
        let masked: Vec<Access> = masked.collect();
        let said = self.again(schema, past, &masked);
        let permitted = masked.into_iter().zip(said);
        permitted
            .filter(|(_, said)| matches!(said, Again::Permitted(_)))
            .map(|(access, _)| access)
            .collect()
    }

    /// Whether a policy whose scope matches has a condition on the circumstances.
    fn looks_at_circumstances(&self, agent: &Agent, schema: &org::Schema, access: &Access) -> bool {
        let Some(known) = Known::find(schema, &access.target) else { return false };
        let model = &self.model;
        let mut within = model.parents(known);
        within.extend(model.parents(known.without_field()));
        let (resource, agent) = (model.resource(known), model.principal_and_parents(agent));
        let mut speaking = self.slices.of_agent(access.action, &agent);
        speaking.any(|policy| policy.reads.any_context() && policy.speaks_of(&resource, &within))
    }
}

fn asked(bench: &mut Bench<'_>, access: &Access) -> Again {
    let said = bench.ask(access);
    match said.and_then(|ids| bench.not_only_masked(access).map(|()| ids)) {
        Ok(ids) => Again::Permitted(ids.to_vec()),
        Err(Why::Unknown) => Again::Untold(Untold::Name),
        Err(why) => Again::Refused(why.policy_ids().to_vec()),
    }
}
