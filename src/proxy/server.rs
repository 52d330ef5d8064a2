//! The MCP server of the product: the catalogue as tools, the gate behind each.

use std::sync::Arc;

use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::Value;
use serde_json::value::RawValue;

use super::bulk::{RESULTS, UPLOADS};
use super::call::Record;
use super::gate::{Ended, Gate, Success};
use super::rejection::Rejection;
use super::schema::Refreshed;
use super::transport::{
    CallAnswer, CallerHead, Endpoint, Peer, Reply, RequestContext, ToolCall, Transfer, Unauthorized,
};
use crate::audit::{Call, Event};
use crate::footprint::Action;
use crate::identity::Agents;
use crate::limits::RatelimitFields;
use crate::mcp::{Annotations, Content, Fault, Meta, ServerInfo, Tool, ToolList, ToolResult};
use crate::policy::Agent;
use crate::telemetry::{CallEnd, CallStart};
use crate::tools::{self, Dialect, Offer};

/// Advice to the model about the whole server.
const INSTRUCTIONS: &str = "Salesforce through Fieldgate: every object and field that a call \
    touches is checked against policy. A denial names the fields and what is allowed instead; \
    repeating a denied call does not help.";

/// Where MCP is spoken; the tokens that are given there are good for it.
const MCP_PATH: &str = "/mcp";

/// The endpoint that agents connect to.
#[derive(Debug)]
pub struct Server {
    gate: Gate,
    agents: Agents,
    info: ServerInfo,
    offer: Offer,
    /// Answer a throttled call with HTTP 429 instead of 200.
    throttle_status: bool,
}

impl Server {
    /// Puts the gate behind an MCP endpoint.
    pub fn new(gate: Gate, agents: Agents, offer: Offer, throttle_status: bool) -> Self {
        let mut info = ServerInfo::tools_only("fieldgate", env!("CARGO_PKG_VERSION"));
        info.title = Some("Fieldgate for Salesforce".to_owned());
        info.instructions = Some(INSTRUCTIONS.to_owned());
        Self { gate, agents, info, offer, throttle_status }
    }

    /// The gate.
    pub fn gate(&self) -> &Gate {
        &self.gate
    }

    /// The agents that may call, each once.
    pub fn agents(&self) -> impl Iterator<Item = &Agent> {
        let mut seen: Vec<&str> = Vec::new();
        self.agents.all().map(Arc::as_ref).filter(move |agent| {
            let new = !seen.contains(&agent.id());
            seen.push(agent.id());
            new
        })
    }

    fn sees(&self, agent: &Agent, tool: &tools::Tool) -> bool {
        let policies = self.gate.policies.current();
        // What may be seen only masked is asked for as what may be seen.
        let masked = tool.actions.contains(&Action::Select).then_some(&Action::SelectMasked);
        tool.actions.iter().chain(masked).any(|action| policies.could_permit(agent, *action))
    }

    fn ratelimit(&self, agent: &Agent) -> RatelimitFields {
        self.gate.with_quota(self.gate.limits.fields_for(agent.id(), None))
    }

    /// Records a call of a tool that there is not.
    async fn unknown_tool(&self, record: Call, name: String) -> Fault {
        let event = Event::Rejected { call: record, reason: "unknown_tool".to_owned() };
        match self.gate.journal.append(&event).await {
            Ok(_) => Fault::UnknownTool(name),
            Err(_unrecorded) => Fault::Internal,
        }
    }

    fn reply(&self, record: &str, ended: Ended) -> Reply<CallAnswer> {
        let Ended { mut result, fields } = ended;
        let mut reply = Reply::new(CallAnswer::Result(ToolResult::default()));
        let mut meta = |key: &str, value: Value| drop(reply.meta.insert(key.to_owned(), value));
        meta("fieldgate/decisionId", Value::from(record));
        meta("fieldgate/ratelimit", fields.to_json());
        let answer = match &mut result {
            Ok(success) => {
                if let Some(limit) = success.changes.row_limit {
                    meta("fieldgate/rowLimit", Value::from(limit));
                }
                if !success.changes.dropped.is_empty() {
                    meta("fieldgate/dropped", Value::from(success.changes.dropped.clone()));
                }
                if !success.changes.masked.is_empty() {
                    let masked = success.changes.masked.iter();
                    let masked = masked.map(|(name, mask)| (name.clone(), mask.name().into()));
                    meta("fieldgate/masked", Value::Object(masked.collect()));
                }
                shown(success, self.offer.dialect)
            }
            Err(rejection) => {
                meta("fieldgate/code", Value::from(rejection.code()));
                for (key, value) in rejection.details() {
                    meta(key, value);
                }
                ToolResult::error(self.offer.dialect.spell(&rejection.sentence()))
            }
        };
        reply.headers = headers(&fields);
        if let Err(rejection) = &result {
            self.limited(rejection, &mut reply);
        }
        reply.body = CallAnswer::Result(answer);
        reply
    }

    /// `Retry-After`, and the status 429 where the server is set to answer limits with it.
    fn limited(&self, rejection: &Rejection, reply: &mut Reply<CallAnswer>) {
        if let Some(wait) = rejection.retry_after() {
            let seconds = wait.as_millis().div_ceil(1000).max(1);
            if let Ok(value) = HeaderValue::from_str(&seconds.to_string()) {
                reply.headers.retain(|(name, _)| name != http::header::RETRY_AFTER);
                reply.headers.push((http::header::RETRY_AFTER, value));
            }
        }
        if self.throttle_status && rejection.is_limit() {
            reply.status = Some(StatusCode::TOO_MANY_REQUESTS);
        }
    }
}

/// A result as content: the pruned answer, complete, and a note where there is more.
fn shown(success: &mut Success, dialect: Dialect) -> ToolResult {
    let mut result = ToolResult::text(success.json());
    let mut note = |text: &str| result.content.push(Content::text(dialect.spell(text)));
    let more = success.cursor.is_none() && success.told.is_none() && success.pruned.more
        || success.changes.row_limit.is_some_and(|limit| success.pruned.rows >= u64::from(limit));
    if more {
        match success.changes.row_limit {
            Some(limit) => note(&format!(
                "Note: an answer holds at most {limit} rows here, and there may be more. Use a \
                 narrower WHERE, or LIMIT with OFFSET."
            )),
            None => note(
                "Note: there are more rows than Salesforce sends at once. Use a narrower WHERE, or \
                 LIMIT with OFFSET.",
            ),
        }
    }
    // Of a bulk job it is told how to get at the rest.
    if let Some(text) = success.pruned.cut_note().filter(|_| success.told.is_none()) {
        note(&text);
    }
    if let Some(text) = success.refreshed.and_then(Refreshed::note) {
        note(text);
    }
    if success.cursor.is_some() {
        note("Note: there are more rows. Call getNextPage with the `nextCursor`.");
    }
    if let Some(text) = success.told.as_ref().and_then(|told| told.note.as_deref()) {
        note(text);
    }
    if !success.changes.dropped.is_empty() {
        let fields = success.changes.dropped.join(", ");
        note(&format!("Note: left out, because no policy permits it: {fields}."));
    }
    if !success.changes.masked.is_empty() {
        let masked = success.changes.masked.iter();
        let fields: Vec<String> =
            masked.map(|(name, mask)| format!("{name} ({})", mask.name())).collect();
        result.content.push(Content::text(format!(
            "Note: masked, because you may not see the value: {}. Do not take a mask for the value.",
            fields.join(", ")
        )));
    }
    result
}

fn headers(fields: &RatelimitFields) -> Vec<(HeaderName, HeaderValue)> {
    fields
        .headers()
        .into_iter()
        .filter_map(|(name, value)| {
            Some((HeaderName::from_static(name), HeaderValue::from_str(&value).ok()?))
        })
        .collect()
}

fn listed(tool: &tools::Tool, dialect: Dialect) -> Option<Tool> {
    let hints = tool.effect.hints();
    Some(Tool {
        name: tool.name_in(dialect).into(),
        title: Some(tool.title.into()),
        description: dialect.spell(tool.description),
        input_schema: RawValue::from_string(dialect.spell(&tool.input_schema()).into_owned())
            .ok()?,
        output_schema: None,
        annotations: Some(Annotations {
            read_only_hint: hints.read_only,
            destructive_hint: hints.destructive,
            idempotent_hint: hints.idempotent,
            open_world_hint: hints.open_world,
        }),
        meta: None,
    })
}

impl Endpoint for Server {
    type Caller = Arc<Agent>;

    fn authenticate(&self, head: &CallerHead<'_>) -> Result<Arc<Agent>, Unauthorized> {
        let values = head.headers.get_all(http::header::AUTHORIZATION);
        self.agents.identify(values.iter().map(HeaderValue::as_bytes)).map_err(|error| {
            Unauthorized {
                forbidden: false,
                challenge: HeaderValue::from_static("Bearer realm=\"fieldgate\""),
                message: error.to_string(),
            }
        })
    }

    fn transfers(&self, path: &str) -> Option<http::Method> {
        if path.starts_with(UPLOADS) {
            Some(http::Method::PUT)
        } else {
            path.starts_with(RESULTS).then_some(http::Method::GET)
        }
    }

    async fn transfer(&self, agent: Arc<Agent>, transfer: Transfer) {
        let path = transfer.path.clone();
        let (tool, token) = match (path.strip_prefix(UPLOADS), path.strip_prefix(RESULTS)) {
            (Some(token), _) => ("createBulkJob", token),
            (None, token) => ("getBulkJobResults", token.unwrap_or_default()),
        };
        let id = self.gate.journal.new_id();
        let span = self.gate.spans.start_call(&CallStart {
            method: "bulk/file",
            tool: Some(tool),
            traceparent: transfer.traceparent.as_deref(),
            protocol_version: None,
            request_id: None,
            server: Some(MCP_PATH),
            audit_id: Some(id.as_str()),
            client: Some(transfer.peer),
        });
        let call = Call {
            agent: Some(agent.id().to_owned()),
            server: Some(MCP_PATH.to_owned()),
            tool: Some(tool.to_owned()),
            trace_id: span.trace_id(),
            ..Call::new(id)
        };
        let record = Record { call, span, decision: None };
        // Where a tool isn't offered, no job of it is, nor a file.
        let Some(tool) = self.offer.tools().find(|known| known.name == tool) else { return };
        if path.starts_with(UPLOADS) {
            self.gate.upload(&agent, tool, record, token, transfer).await;
        } else {
            self.gate.download(&agent, tool, record, token, transfer).await;
        }
    }

    fn server(&self, _: &Arc<Agent>) -> &ServerInfo {
        &self.info
    }

    fn headers(&self, agent: &Arc<Agent>) -> Vec<(HeaderName, HeaderValue)> {
        headers(&self.ratelimit(agent))
    }

    fn meta(&self, agent: &Arc<Agent>) -> Meta {
        let fields = self.ratelimit(agent).to_json();
        std::iter::once(("fieldgate/ratelimit".to_owned(), fields)).collect()
    }

    async fn list_tools(
        &self,
        agent: Arc<Agent>,
        _: RequestContext,
    ) -> Result<Reply<ToolList>, Fault> {
        let seen = self.offer.tools().filter(|tool| self.sees(&agent, tool));
        let tools = seen.filter_map(|tool| listed(tool, self.offer.dialect)).collect();
        Ok(Reply::new(ToolList { tools }))
    }

    async fn call_tool(
        &self,
        agent: Arc<Agent>,
        call: ToolCall,
        _: Peer,
    ) -> Result<Reply<CallAnswer>, Fault> {
        let known = self.offer.named(&call.name);
        let id = self.gate.journal.new_id();
        let span = self.gate.spans.start_call(&CallStart {
            method: "tools/call",
            tool: known.map(|tool| tool.name),
            traceparent: call.context.meta.traceparent.as_deref(),
            protocol_version: Some(call.context.revision.as_str()),
            request_id: Some(&call.context.id.to_string()),
            server: Some(&call.context.path),
            audit_id: Some(id.as_str()),
            client: Some(call.context.peer),
        });
        let record = Call {
            agent: Some(agent.id().to_owned()),
            server: Some(call.context.path.clone()),
            tool: Some(call.name.clone()),
            revision: Some(call.context.revision.as_str().to_owned()),
            trace_id: span.trace_id(),
            ..Call::new(id.clone())
        };
        let Some(tool) = known else {
            let fault = self.unknown_tool(record, call.name).await;
            span.finish(&CallEnd { error_type: Some("unknown_tool"), rpc_code: Some(-32602) });
            return Err(fault);
        };
        let ended = self.gate.call(&agent, tool, call.arguments.get(), record, span).await;
        Ok(self.reply(id.as_str(), ended))
    }
}
