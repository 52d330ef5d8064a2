//! The gate: what happens to a call, from its arguments to its answer, on one screen.
//!
//! Each step takes what the step before it proved. The transport calls it in a task of its own, so
//! that a caller who hangs up can't end a call between Salesforce's answer and the journal's.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::call::{self, Record};
use super::judge::{Judge, Judged};
use super::narrow::without_forbidden;
use super::rejection::Rejection;
use crate::audit::{Admission, Call, DigestKey, Journal, JournalError};
use crate::footprint::{self, Target};
use crate::limits::{Admitted, Limits, RatelimitFields, upstream_quota};
use crate::org::Schema;
use crate::policy::{Agent, CallContext, Environment, Store};
use crate::redact::{self, Pruned, RedactError};
use crate::salesforce::{Fault, Operation, rest};
use crate::telemetry::{CallEnd, CallSpan, Clock, Spans};
use crate::tools::Tool;
use crate::upstream::{Answer, Upstream, UpstreamError};

/// All that decides on calls, records them and carries them out.
#[derive(Debug)]
pub struct Gate {
    /// The policy sets.
    pub policies: Store,
    /// The org's schema.
    pub schema: Arc<Schema>,
    /// The buckets.
    pub limits: Limits,
    /// The audit journal.
    pub journal: Journal,
    /// The key of the journal's digests.
    pub digest_key: DigestKey,
    /// The org.
    pub upstream: Arc<Upstream>,
    /// Where spans go.
    pub spans: Spans,
    /// The time.
    pub clock: Clock,
    /// What policies know the org as.
    pub environment: Environment,
    /// The most rows that one answer may hold.
    pub max_rows: u32,
    /// Leave forbidden fields out of `SELECT` lists instead of refusing the query.
    pub drop_forbidden: bool,
}

/// How a call ended, for whoever puts the answer together.
#[derive(Debug)]
pub(super) struct Ended {
    /// The result, or why there is none.
    pub(super) result: Result<Success, Rejection>,
    /// What is left in the agent's buckets.
    pub(super) fields: RatelimitFields,
}

/// A result.
#[derive(Debug)]
pub(super) struct Success {
    /// What may be shown of Salesforce's answer.
    pub(super) pruned: Pruned,
    /// How the query was changed before it was sent.
    pub(super) changes: Changes,
}

/// How Fieldgate changed a query before it was judged for the last time.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// It added the query's `LIMIT`, or lowered it to this.
    pub(super) row_limit: Option<u32>,
    /// Fields that it left out of `SELECT` lists.
    pub(super) dropped: Vec<String>,
}

impl Gate {
    /// Takes one call through the gate and closes its record.
    pub(super) async fn call(
        &self,
        agent: &Agent,
        tool: &Tool,
        arguments: &str,
        facts: Call,
        span: CallSpan,
    ) -> Ended {
        let mut record = Record { call: facts, span, decision: None };
        let mut fields = None;
        let result = self.pipeline(agent, tool, arguments, &mut record, &mut fields).await;
        let error = result.as_ref().err().map(Rejection::code);
        let fields = match (fields, &result) {
            (Some(fields), _) => fields,
            (None, Err(Rejection::Throttled(throttled))) => throttled.fields.clone(),
            (None, _) => self.limits.fields_for(agent.id(), Some(tool.name)),
        };
        record.span.finish(&CallEnd { error_type: error, rpc_code: None });
        Ended { result, fields: self.with_quota(fields) }
    }

    /// Arguments → operation → footprint → permitted → admitted → answered → pruned. A refusal is
    /// in the journal before the caller hears of it, an admission before anything leaves, an
    /// outcome before it is answered.
    async fn pipeline(
        &self,
        agent: &Agent,
        tool: &Tool,
        arguments: &str,
        record: &mut Record,
        fields: &mut Option<RatelimitFields>,
    ) -> Result<Success, Rejection> {
        let (admitted, changes) = match self.admit(agent, tool, arguments, record, fields) {
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
        let method = rest::Method::of(admitted.permitted().resolved().operation());
        let span = record.span.upstream(method.name(), host, port);
        let sent = self.upstream.send(admitted).await;
        let (status, bytes) = match &sent {
            Ok(answer) => (Some(answer.status), u64::try_from(answer.body.len()).ok()),
            Err(_) => (None, None),
        };
        span.finish(status, sent.as_ref().err().map(UpstreamError::reason));
        let result = match sent {
            Ok(answer) => prune(&answer),
            Err(error) => Err(Rejection::Upstream { error, writes }),
        };
        let took = self.clock.monotonic().saturating_sub(begun);
        let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let outcome = call::outcome(&result, status, bytes, took_us);
        entry.close(&outcome).await.map_err(|error| {
            tracing::error!(%error, "a call was carried out and its outcome is not recorded");
            Rejection::OutcomeUnrecorded
        })?;
        result.map(|pruned| Success { pruned, changes })
    }

    /// Everything before the journal: nothing here waits or leaves the process.
    fn admit(
        &self,
        agent: &Agent,
        tool: &Tool,
        arguments: &str,
        record: &mut Record,
        fields: &mut Option<RatelimitFields>,
    ) -> Result<(Admitted, Changes), Rejection> {
        let mut operation = tool.operation(arguments).map_err(Rejection::Arguments)?;
        let row_limit = self.bound_rows(&mut operation);
        let mut changes = Changes { row_limit, dropped: Vec::new() };
        let context = CallContext {
            tool: tool.name,
            environment: self.environment,
            now: Timestamp::try_from(self.clock.wall()).unwrap_or(Timestamp::UNIX_EPOCH),
            zone: &TimeZone::UTC,
        };
        // One set decides the whole call, whatever is loaded meanwhile.
        let policies = self.policies.current();
        let judge = Judge { gate: self, agent, context, policies: &policies };
        let permitted = match judge.authorize(operation, record)? {
            Judged::Permitted(permitted) => permitted,
            Judged::Denied { denial, query } => {
                let narrower = query
                    .filter(|_| self.drop_forbidden)
                    .and_then(|query| without_forbidden(&query, &denial, &self.schema));
                let Some((query, dropped)) = narrower else {
                    return Err(Rejection::Denied(denial));
                };
                match judge.authorize(Operation::Query(Box::new(query)), record)? {
                    Judged::Permitted(permitted) => {
                        changes.dropped = dropped;
                        permitted
                    }
                    Judged::Denied { .. } => return Err(Rejection::Denied(denial)),
                }
            }
        };
        let (admitted, left) = self
            .limits
            .admit(permitted, agent.id(), tool.name, tool.cost())
            .map_err(|throttled| Rejection::Throttled(Box::new(throttled)))?;
        *fields = Some(left);
        Ok((admitted, changes))
    }

    /// Refuses an operation whose address would be longer than Salesforce takes.
    pub(super) fn fits(&self, operation: &Operation) -> Result<(), Rejection> {
        let bytes = rest::request(operation, self.upstream.version()).path.len();
        if bytes > rest::MOST_PATH_BYTES { Err(Rejection::TooLong { bytes }) } else { Ok(()) }
    }

    /// Records a call that nothing is sent for; where that fails, the caller hears of it.
    async fn refuse(&self, record: &mut Record, rejection: Rejection) -> Rejection {
        let (decision, denied) = match &rejection {
            Rejection::Denied(denial) => ("deny", denial.refused().len()),
            Rejection::Throttled(_) => ("throttled", 0),
            Rejection::Arguments(_)
            | Rejection::Unresolved { .. }
            | Rejection::TooLong { .. }
            | Rejection::Unrecorded
            | Rejection::Upstream { .. }
            | Rejection::Salesforce { .. }
            | Rejection::Answer { .. }
            | Rejection::OutcomeUnrecorded => ("rejected", 0),
        };
        let denied = u64::try_from(denied).unwrap_or(u64::MAX);
        record.decided(decision, Some(rejection.code()), denied);
        match self.journal.append(&record.refused(&rejection)).await {
            Ok(_) => rejection,
            Err(error) => unrecorded(&error),
        }
    }

    fn bound_rows(&self, operation: &mut Operation) -> Option<u32> {
        match operation {
            Operation::Query(query) => query.bound_rows(self.max_rows).then_some(self.max_rows),
            Operation::Search(search) => search.bound_rows(self.max_rows).then_some(self.max_rows),
            Operation::GetLimits
            | Operation::ListObjects
            | Operation::DescribeObject { .. }
            | Operation::GetRecord { .. }
            | Operation::CreateRecord { .. }
            | Operation::UpdateRecord { .. }
            | Operation::DeleteRecord { .. } => None,
        }
    }

    /// Adds the org's own quota to what an agent is told of its limits.
    pub(super) fn with_quota(&self, mut fields: RatelimitFields) -> RatelimitFields {
        if let Some(usage) = self.upstream.usage() {
            fields.push(upstream_quota(usage.used, usage.limit));
        }
        fields
    }
}

fn unrecorded(error: &JournalError) -> Rejection {
    tracing::error!(%error, "a call was refused because it could not be recorded");
    Rejection::Unrecorded
}

/// What may be shown of Salesforce's answer.
fn prune(answer: &Answer) -> Result<Pruned, Rejection> {
    let permitted = answer.admitted.permitted();
    let resolved = permitted.resolved();
    let operation = resolved.operation();
    let writes = operation.writes();
    if !(200..=299).contains(&answer.status) {
        let fault = Fault::read(answer.status, &answer.body);
        return Err(Rejection::salesforce(fault, resolved, answer.retry_after));
    }
    // A portal or a proxy on the way answers with 200; it has not carried out a change.
    if answer.status != rest::Request::success(operation) {
        return Err(Rejection::Answer { error: RedactError, writes });
    }
    let visible = |target: &Target| permitted.visible(footprint::Action::Describe, target);
    redact::prune(operation, resolved.footprint(), &visible, &answer.body)
        .map_err(|error| Rejection::Answer { error, writes })
}
