//! The middle of the gate: what an operation touches, and whether the policies permit it.

use super::call::{self, Record};
use super::gate::Gate;
use super::rejection::Rejection;
use crate::footprint::{self, Access, Target};
use crate::org::Schema;
use crate::policy::{Agent, CallContext, Comparison, Facts, Granted, Past, Sets};
use crate::salesforce::Operation;

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
        gate.fits(resolved.operation())?;
        let asked = Facts::all(&resolved);
        let circumstances = call::circumstances(agent, context, &asked);
        let past = Past { agent, call: context, facts: Some(&asked) };
        let facts =
            |resolved: &_| call::facts(resolved, policies.hash(), &circumstances, &gate.digest_key);
        record.decision = Some(facts(&resolved));
        let trial = sets.shadow.as_ref().map(|shadow| {
            let asked = resolved.footprint().clone();
            (shadow.trial(agent, schema, context, &resolved), asked)
        });
        match policies.grant(agent, schema, context, resolved, gate.on_forbidden) {
            Ok(granted) => {
                // What is permitted may be less than what was asked for.
                let permitted = &granted.permitted;
                record.permitted(facts(permitted.resolved()), &granted);
                record.maskable(&policies.maskable(schema, &past, &granted.refused));
                let beside = trial.map(|(trial, asked)| trial.beside_permit(&asked, permitted));
                self.compared(beside, record);
                Ok(granted)
            }
            Err(denial) => {
                let refused: Vec<Access> =
                    denial.refused().iter().map(|refused| refused.access.clone()).collect();
                record.maskable(&policies.maskable(schema, &past, &refused));
                self.compared(trial.map(|(trial, _)| trial.beside_denial(&denial)), record);
                Err(Rejection::Denied(denial))
            }
        }
    }

    /// Counts a comparison with the shadow set and has it stand in the journal with the decision.
    fn compared(&self, comparison: Option<Option<Comparison>>, record: &mut Record) {
        let Some(comparison) = comparison else { return };
        self.gate.policies.shadow_counts().count(comparison.as_ref());
        if let (Some(comparison), Some(decision)) = (comparison, &mut record.decision) {
            decision.shadow = Some(call::shadow(&comparison, self.agent));
        }
    }
}
