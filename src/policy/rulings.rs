//! What the policies say of every access of an operation, one by one, for people who ask why.
//!
//! It is the decision that a call gets before anything is masked or left out of it.

use super::bench::Bench;
use super::context::{CallContext, Channel, Facts};
use super::{Agent, PolicySet, Why};
use crate::footprint::{Access, Footprint, Resolved};
use crate::org;
use crate::salesforce::Operation;

/// What the policies say of one access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ruling {
    /// What is asked.
    pub access: Access,
    /// The part that asks, where the operation has parts.
    pub part: Option<String>,
    /// Where this is refused, it is left out of the answer, and nothing else is refused for it.
    pub pruned: bool,
    /// The ids of the policies that permit it, or why it is refused.
    pub said: Result<Vec<String>, Why>,
    /// Where no policy permits it, the ids of the permits whose scope matches it and whose condition
    /// does not: the first ten by name.
    pub near_misses: Vec<String>,
}

impl Ruling {
    /// In a few words: what the policies say, and which.
    pub fn verdict(&self) -> String {
        let why = match &self.said {
            Ok(policies) => return format!("permitted by {}", policies.join(", ")),
            Err(why) => why,
        };
        let refused = if self.pruned { "left out" } else { "denied" };
        let code = why.code().replace('_', " ");
        match (why.policy_ids(), self.near_misses.as_slice()) {
            ([], []) => format!("{refused}: {code}"),
            ([], near) => format!("{refused}: {code}; nearly by {}", near.join(", ")),
            (ids, _) => format!("{refused}: {code} by {}", ids.join(", ")),
        }
    }
}

impl PolicySet {
    /// A ruling on every access of the operation, in the footprint's order, part by part.
    pub fn rulings(
        &self,
        agent: &Agent,
        schema: &org::Schema,
        call: &CallContext<'_>,
        resolved: &Resolved,
    ) -> Vec<Ruling> {
        let (operation, footprint) = (resolved.operation(), resolved.footprint());
        let rule = |facts, footprint: &Footprint, part: Option<&String>| {
            let mut bench = Bench::new(self, agent, schema, call, facts);
            let must = footprint.accesses.iter().map(|access| (access, false));
            let may = footprint.pruned.iter().map(|access| (access, true));
            let rule = |(access, pruned): (&Access, bool)| {
                let said = bench.ask(access);
                let said = said.and_then(|ids| bench.not_only_masked(access).map(|()| ids));
                let near = |why| bench.near_misses(access, why);
                let near_misses = said.as_ref().err().map(near).unwrap_or_default();
                let (access, part) = (access.clone(), part.cloned());
                Ruling { access, part, pruned, said: said.map(|ids| ids.to_vec()), near_misses }
            };
            must.chain(may).map(rule).collect::<Vec<_>>()
        };
        let Operation::Envelope(envelope) = operation else {
            return rule(Facts::of(operation, footprint.rows), footprint, None);
        };
        let via = Channel::of(operation);
        let parts = envelope.parts().into_iter().zip(&footprint.parts);
        let rulings = parts.map(|(part, asked)| {
            let facts = Facts::of_part(&part.operation, asked.footprint.rows, via);
            rule(facts, &asked.footprint, Some(&asked.reference))
        });
        rulings.flatten().collect()
    }
}
