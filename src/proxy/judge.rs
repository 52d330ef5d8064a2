//! The middle of the gate: what an operation touches, and whether the policies permit it.

use super::call::{self, Record};
use super::gate::Gate;
use super::rejection::Rejection;
use crate::footprint::{self, Target};
use crate::org::Schema;
use crate::policy::{Agent, CallContext, Granted, PolicySet};
use crate::salesforce::Operation;

/// Who asks which policies, in which circumstances.
pub(super) struct Judge<'a> {
    pub(super) gate: &'a Gate,
    pub(super) schema: &'a Schema,
    pub(super) agent: &'a Agent,
    pub(super) context: CallContext<'a>,
    pub(super) policies: &'a PolicySet,
}

impl Judge<'_> {
    /// Footprint and decision, noted on the record.
    pub(super) fn authorize(
        &self,
        operation: Operation,
        record: &mut Record,
    ) -> Result<Granted, Rejection> {
        let Self { gate, schema, agent, context, policies } = self;
        let resolved = footprint::resolve(operation, schema).map_err(|error| {
            let visible = |target: &Target| policies.may_read(agent, schema, context, target);
            let meant = error.suggestions(schema, &visible);
            Rejection::Unresolved { error: Box::new(error), meant }
        })?;
        gate.fits(resolved.operation())?;
        let facts = |resolved: &_| call::facts(resolved, policies.hash(), &gate.digest_key);
        record.decision = Some(facts(&resolved));
        let granted = policies.grant(agent, schema, context, resolved, gate.on_forbidden);
        let granted = granted.map_err(Rejection::Denied)?;
        // What is permitted may be less than what was asked for.
        record.permitted(facts(granted.permitted.resolved()), &granted.permitted);
        Ok(granted)
    }
}
