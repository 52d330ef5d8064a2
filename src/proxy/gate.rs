//! The gate: what happens to a call, from its arguments to its answer, on one screen.
//!
//! Each step takes what the step before it proved. The transport calls it in a task of its own, so
//! that a caller who hangs up can't end a call between Salesforce's answer and the journal's.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use super::bulk::Told;
use super::call::Record;
use super::rejection::Rejection;
use super::schema::{Refreshed, SchemaStore};
use super::standing::Standing;
use crate::audit::{Call, DigestKey, Journal, JournalError};
use crate::limits::{Limits, Printed, RatelimitFields, upstream_quota};
use crate::policy::{Agent, Environment, OnForbidden, Store};
use crate::redact::{Mask, Masks, Pruned, RedactError};
use crate::salesforce::bulk::{BulkOperation, Rows};
use crate::salesforce::{Locator, Operation, rest};
use crate::seal::{Binding, OneUse, Purpose, Sealer};
use crate::telemetry::{CallEnd, CallSpan, Clock, Spans};
use crate::tools::{ArgumentError, Seals, Tool, query_cursor};
use crate::upstream::Upstream;
use jiff::tz::TimeZone;
use serde_json::Value;

/// The most that is asked before an operation: what its id stands for, and how that is defined. One
/// that still lacks something then has no footprint.
const MOST_LOOKUPS: usize = 2;

/// All that decides on calls, records them and carries them out.
#[derive(Debug)]
pub struct Gate {
    /// The policy sets.
    pub policies: Store,
    /// The org's schema.
    pub schema: SchemaStore,
    /// The buckets.
    pub limits: Limits,
    /// The audit journal.
    pub journal: Journal,
    /// The key of the journal's digests.
    pub digest_key: DigestKey,
    /// What seals tokens for agents.
    pub sealer: Sealer,
    /// The tokens that were good for one use.
    pub one_use: OneUse,
    /// The org.
    pub upstream: Arc<Upstream>,
    /// Where spans go.
    pub spans: Spans,
    /// The time.
    pub clock: Clock,
    /// What policies know the org as.
    pub environment: Environment,
    /// The zone that policies are told the hour and the weekday in.
    pub zone: TimeZone,
    /// The most rows that one answer may hold.
    pub max_rows: u32,
    /// The most bytes of an answer that an agent is shown.
    pub max_answer_text: usize,
    /// The most rows that a bulk job may write.
    pub bulk_rows: u32,
    /// Where agents reach this server: scheme, host and port.
    pub public_url: String,
    /// What becomes of fields that are selected and may not be seen.
    pub on_forbidden: OnForbidden,
    /// How much is shown of what may be seen only masked.
    pub masks: Masks,
}

/// How long a cursor is good; Salesforce keeps its own for two days.
const CURSOR_SECONDS: u64 = 3600;

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
    /// A token for the rows that are not in the answer.
    pub(super) cursor: Option<String>,
    /// Whether what was changed of the org's objects and fields is known here now.
    pub(super) refreshed: Option<Refreshed>,
    /// What else is told of a bulk job.
    pub(super) told: Option<Told>,
}

impl Success {
    /// Takes the answer: what Salesforce's may show, and the cursor to its further rows.
    pub(super) fn json(&mut self) -> String {
        let cursor =
            self.cursor.as_ref().map(|cursor| ("nextCursor", Value::from(cursor.as_str())));
        let told = self.told.iter().flat_map(|told| told.members.iter().cloned());
        let mut json = std::mem::take(&mut self.pruned.json);
        for (name, value) in cursor.into_iter().chain(told) {
            if json.ends_with('}') {
                json.pop();
                let comma = if json.ends_with('{') { "" } else { "," };
                let _infallible = write!(json, "{comma}\"{name}\":{value}}}");
            }
        }
        json
    }
}

/// How Fieldgate changed an operation before it was judged for the last time.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// It added the query's `LIMIT`, or lowered it to this.
    pub(super) row_limit: Option<u32>,
    /// What it left out of what is to come back.
    pub(super) dropped: Vec<String>,
    /// Fields that come back masked, each with its mask.
    pub(super) masked: Vec<(String, Mask)>,
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

    /// Arguments → operation → (what must be looked up first) → carried out. A refusal is in the
    /// journal before the caller hears of it.
    async fn pipeline(
        &self,
        agent: &Agent,
        tool: &Tool,
        arguments: &str,
        record: &mut Record,
        fields: &mut Option<RatelimitFields>,
    ) -> Result<Success, Rejection> {
        let server = record.call.server.clone().unwrap_or_default();
        let binding = Binding { agent: agent.id(), server: &server };
        let seals = Seals { sealer: Some(&self.sealer), binding, now: self.now() };
        let operation = match tool.operation(arguments, &seals) {
            Ok(operation) => operation,
            Err(error) => return Err(self.refuse(record, Rejection::Arguments(error)).await),
        };
        // One schema and one policy set for the whole call, whatever is changed or loaded meanwhile.
        let standing = self.standing();
        let operation = match self.looked_up(agent, tool, &standing, operation, record).await {
            Ok(operation) => operation,
            Err(rejection) => return Err(self.refuse(record, rejection).await),
        };
        let carried = self.carry_out(agent, tool, &standing, operation, record, fields).await?;
        let (answer, mut success) = carried;
        let sent = answer.admitted.permitted().resolved().operation();
        success.cursor = self.cursor(sent, success.pruned.next.as_ref(), &binding);
        success.told = self.told(&answer, &success.pruned, &binding);
        success.refreshed = self.schema.refresh(sent, &self.upstream, &self.policies).await;
        Ok(success)
    }

    /// A token for the rows that a query has beyond its answer.
    fn cursor(
        &self,
        sent: &Operation,
        next: Option<&Locator>,
        binding: &Binding<'_>,
    ) -> Option<String> {
        let payload = query_cursor(sent.as_query_call()?, next?)?;
        let expires = self.now().saturating_add(CURSOR_SECONDS);
        let sealed = self.sealer.seal(Purpose::Cursor, binding, expires, &payload);
        sealed.inspect_err(|error| tracing::error!(%error, "a cursor was not made")).ok()
    }

    pub(super) fn now(&self) -> u64 {
        let since = self.clock.wall().duration_since(UNIX_EPOCH);
        since.map_or(0, |since| since.as_secs())
    }

    /// The operation with what must be known before it can be decided on. Asking for that is a call
    /// of its own, with its own decision, admission and outcome in the journal.
    async fn looked_up(
        &self,
        agent: &Agent,
        tool: &Tool,
        standing: &Standing,
        mut operation: Operation,
        record: &mut Record,
    ) -> Result<Operation, Rejection> {
        for _ in 0..MOST_LOOKUPS {
            let Some(lookup) = operation.lookup() else { break };
            let own = Call {
                id: self.journal.new_id(),
                made_for: Some(record.call.id.clone()),
                ..record.call.clone()
            };
            let asked_for = std::mem::replace(&mut record.call, own);
            let found = self.carry_out(agent, tool, standing, lookup, record, &mut None).await;
            record.call = asked_for;
            record.decision = None;
            let (answer, _) = found?;
            // Nothing was changed yet, whatever the operation is.
            let unlike = Rejection::Answer { error: RedactError, writes: false };
            operation = operation.with_lookup(&answer.body).ok_or(unlike)?;
        }
        Ok(operation)
    }

    /// Refuses an operation whose address would be longer than Salesforce takes.
    pub(super) fn fits(&self, printed: &Printed) -> Result<(), Rejection> {
        let operation = printed.permitted().resolved().operation();
        let bytes = printed.request().path.len();
        if let Operation::Bulk(BulkOperation::CreateIngest { rows: Rows::Inline(rows), .. }) =
            operation
            && u32::try_from(rows.len()).is_ok_and(|rows| rows > self.bulk_rows)
        {
            let most = self.bulk_rows;
            return Err(Rejection::Arguments(ArgumentError::TooManyRows(most)));
        }
        if bytes > rest::MOST_PATH_BYTES { Err(Rejection::TooLong { bytes }) } else { Ok(()) }
    }

    /// Records a call that nothing is sent for; where that fails, the caller hears of it.
    pub(super) async fn refuse(&self, record: &mut Record, rejection: Rejection) -> Rejection {
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

    pub(super) fn bound_rows(&self, operation: &mut Operation) -> Option<u32> {
        match operation {
            Operation::Query(call) => call.query.bound_rows(self.max_rows).then_some(self.max_rows),
            Operation::Search(search) => search.bound_rows(self.max_rows).then_some(self.max_rows),
            Operation::GetRelated { limit, .. } | Operation::RecentlyViewed { limit, .. } => {
                let bounded = *limit > self.max_rows;
                *limit = self.max_rows.min(*limit);
                bounded.then_some(self.max_rows)
            }
            Operation::Envelope(envelope) => {
                let bounds = envelope.parts_mut().into_iter();
                bounds.filter_map(|part| self.bound_rows(&mut part.operation)).last()
            }
            Operation::GetLimits
            | Operation::ListObjects
            | Operation::DescribeObject { .. }
            | Operation::GetRecord { .. }
            | Operation::CreateRecord { .. }
            | Operation::UpdateRecord { .. }
            | Operation::UpsertRecord { .. }
            | Operation::DeleteRecord { .. }
            | Operation::CurrentUser
            | Operation::Records(_)
            | Operation::Metadata(_) => None,
            Operation::Bulk(operation) => {
                self.bound_bulk(operation);
                None
            }
            Operation::Report(operation) => {
                operation.bound_rows(self.max_rows).then_some(self.max_rows)
            }
        }
    }

    /// Bounds the rows of a file that comes later, and those of results that are shown.
    fn bound_bulk(&self, operation: &mut BulkOperation) {
        match operation {
            BulkOperation::CreateIngest { rows: Rows::Later { max_rows, .. }, .. } => {
                *max_rows = Some(max_rows.map_or(self.bulk_rows, |rows| rows.min(self.bulk_rows)));
            }
            BulkOperation::Upload { max_rows, .. } => *max_rows = self.bulk_rows.min(*max_rows),
            BulkOperation::IngestResults { max_rows: Some(rows), .. }
            | BulkOperation::QueryResults { max_rows: Some(rows), .. } => {
                *rows = self.max_rows.min(*rows);
            }
            BulkOperation::CreateIngest { rows: Rows::Inline(_), .. }
            | BulkOperation::CreateQuery(_)
            | BulkOperation::GetJob(_)
            | BulkOperation::AbortJob(_)
            | BulkOperation::IngestResults { max_rows: None, .. }
            | BulkOperation::QueryResults { max_rows: None, .. } => {}
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

pub(super) fn unrecorded(error: &JournalError) -> Rejection {
    tracing::error!(%error, "a call was refused because it could not be recorded");
    Rejection::Unrecorded
}
