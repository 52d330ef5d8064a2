//! The middle of the gate: what an operation touches, and whether the policies permit it.

use super::call::{self, Record};
use super::gate::Gate;
use super::rejection::Rejection;
use crate::audit::Shadow;
use crate::footprint::{self, Access, Target};
use crate::org::Schema;
use crate::policy::{Agent, CallContext, Comparison, Facts, Granted, Past, Sets};
use crate::salesforce::Operation;
use smol_str::SmolStr;

/// Who asks which policies, in which circumstances.
pub(super) struct Judge<'a> {
    pub(super) gate: &'a Gate,
    pub(super) schema: &'a Schema,
    pub(super) agent: &'a Agent,
    pub(super) context: CallContext<'a>,
    pub(super) sets: &'a Sets,
}

impl Judge<'_> {
    /// Footprint and decision, noted on the record.
    pub(super) fn authorize(
        &self,
        operation: Operation,
        record: &mut Record,
    ) -> Result<Granted, Rejection> {
        let Self { gate, schema, agent, context, sets } = self;
        let policies = &sets.enforced;
        let resolved = footprint::resolve(operation, schema).map_err(|error| {
            let visible = |target: &Target| policies.may_read(agent, schema, context, target);
            let meant = error.suggestions(schema, &visible);
            Rejection::Unresolved { error: Box::new(error), meant }
        })?;
        let asked = Facts::all(&resolved);
        let past = Past { agent, call: context, facts: Some(&asked) };
        let facts = |resolved: &_| call::facts(resolved, policies.hash(), &gate.digest_key);
        let mut decision = facts(&resolved);
        let trial = sets.shadow.as_ref().map(|shadow| {
            let asked = resolved.footprint().clone();
            (shadow.trial(agent, schema, context, &resolved), asked)
        });
        let granted = policies.grant(agent, schema, context, resolved, gate.on_forbidden);
        let maskable =
            |refused: &[Access]| call::groups(policies.maskable(schema, &past, refused).iter());
        match &granted {
            Ok(granted) => {
                let permitted = &granted.permitted;
                if !granted.refused.is_empty() {
                    decision = facts(permitted.resolved());
                    decision.refused = call::groups(granted.refused.iter());
                    decision.maskable = maskable(&granted.refused);
                }
                decision.policies = permitted.policy_ids().map(SmolStr::new).collect();
                let beside = trial.map(|(trial, asked)| trial.beside_permit(&asked, permitted));
                decision.shadow = self.compared(beside);
            }
            Err(denial) => {
                let refused = denial.refused().iter().map(|refused| refused.access.clone());
                decision.maskable = maskable(&refused.collect::<Vec<_>>());
                let beside = trial.map(|(trial, _)| trial.beside_denial(denial));
                decision.shadow = self.compared(beside);
            }
        }
        // Those of the call as it was asked for, whatever was left of it.
        decision.circumstances = Some(call::circumstances(agent, context, &asked));
        record.decision = Some(decision);
        granted.map_err(Rejection::Denied)
    }

    /// Counts a comparison with the shadow set; what the journal says of it.
    fn compared(&self, comparison: Option<Option<Comparison>>) -> Option<Shadow> {
        let comparison = comparison?;
        self.gate.policies.shadow_counts().count(comparison.as_ref());
        comparison.map(|comparison| call::shadow(&comparison, self.agent))
    }
}
