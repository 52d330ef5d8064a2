//! The middle of the gate: what an operation touches, and whether the policies permit it.

use super::call::{self, Record};
use super::gate::Gate;
use super::rejection::Rejection;
use crate::footprint::{self, Target};
use crate::org::Schema;
use crate::policy::{Agent, CallContext, Denial, Permitted, PolicySet};
use crate::salesforce::{Operation, QueryCall};

/// Who asks which policies, in which circumstances.
pub(super) struct Judge<'a> {
    pub(super) gate: &'a Gate,
    pub(super) schema: &'a Schema,
    pub(super) agent: &'a Agent,
    pub(super) context: CallContext<'a>,
    pub(super) policies: &'a PolicySet,
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
        let Self { gate, schema, agent, context, policies } = self;
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
        match policies.authorize(agent, schema, context, resolved) {
            Ok(permitted) => {
                record.permitted(decision, &permitted);
                Ok(Judged::Permitted(Box::new(permitted)))
            }
            Err(denial) => Ok(Judged::Denied { denial, query }),
        }
    }
}
