//! One operation through the gate: footprint → permitted → admitted → recorded → sent → pruned.
//!
//! Each step takes what the step before it proved.

use std::num::NonZeroU32;

use jiff::Timestamp;

use super::call::{self, Record};
use super::gate::{Changes, Gate, Success, unrecorded};
use super::judge::Judge;
use super::rejection::Rejection;
use super::standing::Standing;
use crate::audit::Admission;
use crate::footprint::{Action, Target};
use crate::limits::{Admitted, Printed, RatelimitFields};
use crate::policy::{Agent, CallContext, Granted};
use crate::redact::{self, Masks, Pruned, RedactError, Window};
use crate::salesforce::{Fault, Operation, rest};
use crate::tools::Tool;
use crate::upstream::{Answer, UpstreamError};

impl Gate {
    /// A refusal is in the journal before the caller hears of it, an admission before anything
    /// leaves, an outcome before it is answered.
    pub(super) async fn carry_out(
        &self,
        agent: &Agent,
        tool: &Tool,
        standing: &Standing,
        operation: Operation,
        record: &mut Record,
        fields: &mut Option<RatelimitFields>,
    ) -> Result<(Answer, Success), Rejection> {
        let (admitted, changes) = match self.admit(agent, tool, standing, operation, record, fields)
        {
            Ok(admitted) => admitted,
            Err(rejection) => return Err(self.refuse(record, rejection).await),
        };
        record.decided("allow", None, 0);
        let decision = record.decision.take().unwrap_or_default();
        let admission = Admission { call: record.call.clone(), decision };
        let entry = self.journal.admit(&admission).await.map_err(|error| unrecorded(&error))?;
        let begun = self.clock.monotonic();
        let writes = admitted.permitted().resolved().operation().writes();
        let (host, port) = self.upstream.address();
        let span = record.span.upstream(admitted.request().method.name(), host, port);
        let sent = self.upstream.send(admitted).await;
        let (status, bytes) = match &sent {
            Ok(answer) => (Some(answer.status), u64::try_from(answer.body.len()).ok()),
            Err(_) => (None, None),
        };
        span.finish(status, sent.as_ref().err().map(UpstreamError::reason));
        let result = match sent {
            Ok(answer) => {
                prune(&answer, &self.masks, self.max_answer_text).map(|pruned| (answer, pruned))
            }
            Err(error) => Err(Rejection::Upstream { error, writes }),
        };
        let took = self.clock.monotonic().saturating_sub(begun);
        let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let outcome =
            call::outcome(result.as_ref().map(|(_, pruned)| pruned), status, bytes, took_us);
        entry.close(&outcome).await.map_err(|error| {
            tracing::error!(%error, "a call was carried out and its outcome is not recorded");
            Rejection::OutcomeUnrecorded
        })?;
        result.map(|(answer, pruned)| {
            (answer, Success { pruned, changes, cursor: None, refreshed: None, told: None })
        })
    }

    /// Everything before the journal: nothing here waits or leaves the process.
    pub(super) fn admit(
        &self,
        agent: &Agent,
        tool: &Tool,
        standing: &Standing,
        mut operation: Operation,
        record: &mut Record,
        fields: &mut Option<RatelimitFields>,
    ) -> Result<(Admitted, Changes), Rejection> {
        let row_limit = self.bound_rows(&mut operation);
        let context = CallContext {
            tool: tool.name,
            environment: self.environment,
            now: Timestamp::try_from(self.clock.wall()).unwrap_or(Timestamp::UNIX_EPOCH),
            zone: &self.zone,
        };
        let schema = &standing.schema;
        let judge = Judge { gate: self, schema, agent, context, sets: &standing.sets };
        let Granted { permitted, dropped, refused: _ } = judge.authorize(operation, record)?;
        let masks = self.masks.under(permitted.labels());
        let masked = call::masked(permitted.resolved().footprint(), &masks);
        let changes = Changes { row_limit, dropped, masked };
        let cost = permitted.resolved().operation().cost();
        let cost = NonZeroU32::new(cost).unwrap_or(NonZeroU32::MIN);
        let printed = Printed::of(permitted, self.upstream.version());
        self.fits(&printed)?;
        let (admitted, left) = self
            .limits
            .admit(printed, agent.id(), tool.name, cost)
            .map_err(|throttled| Rejection::Throttled(Box::new(throttled)))?;
        *fields = Some(left);
        Ok((admitted, changes))
    }
}

/// What may be shown of Salesforce's answer.
pub(super) fn prune(
    answer: &Answer,
    masks: &Masks,
    most_bytes: usize,
) -> Result<Pruned, Rejection> {
    let permitted = answer.admitted.permitted();
    let resolved = permitted.resolved();
    let operation = resolved.operation();
    let writes = operation.writes();
    if !(200..=299).contains(&answer.status) {
        let fault = Fault::read(answer.status, &answer.body);
        return Err(Rejection::salesforce(fault, resolved, answer.retry_after));
    }
    // A portal or a proxy on the way answers with 200; it has not carried out a change.
    if !rest::Request::succeeded(operation, answer.status) {
        return Err(Rejection::Answer { error: RedactError, writes });
    }
    let visible = |action: Action, target: &Target| permitted.visible(action, target);
    let window = Window { skip: 0, most_bytes };
    redact::prune_within(
        operation,
        resolved.footprint(),
        &visible,
        &masks.under(permitted.labels()),
        window,
        &answer.body,
    )
    .map_err(|error| Rejection::Answer { error, writes })
}
