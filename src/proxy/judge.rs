//! The middle of the gate: what an operation touches, and whether the policies permit it.

use super::call::{self, Record};
use super::gate::Gate;
use super::rejection::Rejection;
use crate::footprint::{self, Target};
use crate::org::Schema;
use crate::policy::{Agent, CallContext, Comparison, Denial, Permitted, Sets};
use crate::salesforce::{Operation, QueryCall};

/// Who asks which policies, in which circumstances.
pub(super) struct Judge<'a> {
    pub(super) gate: &'a Gate,
    pub(super) schema: &'a Schema,
    pub(super) agent: &'a Agent,
    pub(super) context: CallContext<'a>,
    pub(super) sets: &'a Sets,
}

/// What became of an operation.
pub(super) enum Judged {
    Permitted(Box<Permitted>),
    Denied {
        denial: Box<Denial>,
        /// The query that was refused, for an operation that is one.
        query: Option<Box<QueryCall>>,
    },
}

impl Judge<'_> {
    /// Footprint and decision, noted on the record.
    pub(super) fn authorize(
        &self,
        operation: Operation,
        record: &mut Record,
    ) -> Result<Judged, Rejection> {
        let Self { gate, schema, agent, context, sets } = self;
        let policies = &sets.enforced;
        let resolved = footprint::resolve(operation, schema).map_err(|error| {
            let visible = |target: &Target| policies.may_read(agent, schema, context, target);
            let meant = error.suggestions(schema, &visible);
            Rejection::Unresolved { error: Box::new(error), meant }
        })?;
        gate.fits(resolved.operation())?;
        let decision = call::facts(&resolved, policies.hash(), &gate.digest_key);
        record.decision = Some(decision.clone());
        let query = if let Operation::Query(call) = resolved.operation()
            && gate.drop_forbidden
        {
            Some(call.clone())
        } else {
            None
        };
        let trial =
            sets.shadow.as_ref().map(|shadow| shadow.trial(agent, schema, context, &resolved));
        match policies.authorize(agent, schema, context, resolved) {
            Ok(permitted) => {
                record.permitted(decision, &permitted);
                self.compared(trial.map(|trial| trial.beside_permit(&permitted)), record);
                Ok(Judged::Permitted(Box::new(permitted)))
            }
            Err(denial) => {
                self.compared(trial.map(|trial| trial.beside_denial(&denial)), record);
                Ok(Judged::Denied { denial, query })
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
