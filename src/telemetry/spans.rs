//! One OpenTelemetry span a call, and one for each request that it makes to Salesforce.
//!
//! Spans go out over OTLP/HTTP from a thread of their own. A collector that is slow, away or
//! hung costs spans and never a call: the queue is bounded and what does not fit is dropped and
//! counted. Without an endpoint nothing is made at all.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use opentelemetry::trace::{Span as _, SpanKind, Status, TraceContextExt as _, Tracer as _};
use opentelemetry::trace::{SpanContext, TracerProvider as _};
use opentelemetry::{Array, Context, KeyValue, StringValue, Value};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracer, SdkTracerProvider, Span, SpanData,
};
use smol_str::SmolStr;

use super::attributes as key;
use super::traceparent::Traceparent;

/// How long finished spans wait for more before they are sent.
const DELAY: Duration = Duration::from_secs(1);
/// Spans that may wait; the next is dropped.
const QUEUE: usize = 2048;
/// The most names that one attribute lists.
const LISTED: usize = 32;
/// The longest string in an attribute, in bytes.
const TEXT_CAP: usize = 256;

/// Where spans go.
#[derive(Debug, Clone)]
pub struct OtlpSettings {
    /// The collector's base URL (`http://127.0.0.1:4318`); spans go to `/v1/traces` under it.
    pub endpoint: String,
    /// The longest that one batch may take to be sent.
    pub timeout: Duration,
    /// `service.name`.
    pub service: String,
    /// `service.version`.
    pub version: String,
}

/// Why spans can't be sent.
#[derive(Debug, thiserror::Error)]
pub enum SpansError {
    /// The endpoint is no URL of a collector.
    #[error("the OTLP endpoint `{0}` is not an http or https URL without query")]
    Endpoint(String),
    /// The client for the collector could not be made.
    #[error("no client for the OTLP endpoint: {0}")]
    Client(String),
}

/// How many spans came to what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SpanCounts {
    /// Spans that were started.
    pub started: u64,
    /// Spans that the collector took.
    pub exported: u64,
    /// Spans that were sent and not taken. Of those that were started, the rest is under way, waits,
    /// or was dropped at the full queue.
    pub failed: u64,
}

#[derive(Debug, Default)]
struct Counters {
    started: AtomicU64,
    exported: AtomicU64,
    failed: AtomicU64,
}

/// Makes spans, or nothing. Clones share one exporter.
#[derive(Debug, Clone, Default)]
pub struct Spans(Option<Arc<Exporting>>);

#[derive(Debug)]
struct Exporting {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
    counters: Arc<Counters>,
}

/// Makes ring the process's cryptography for TLS, for clients that don't choose one. May be called
/// again.
pub fn install_crypto_provider() {
    // An error says that there is one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

impl Spans {
    /// No spans, at no cost.
    #[must_use]
    pub fn off() -> Self {
        Self(None)
    }

    /// Spans to a collector. Nothing is sent yet, so one that is away is no error.
    ///
    /// # Errors
    /// When the endpoint is no URL, or no client for it can be made.
    pub fn otlp(settings: &OtlpSettings) -> Result<Self, SpansError> {
        let url = traces_url(&settings.endpoint)?;
        install_crypto_provider();
        let client = blocking_client(&url, settings.timeout)?;
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(client)
            .with_endpoint(url)
            .with_protocol(Protocol::HttpBinary)
            .with_timeout(settings.timeout)
            .build()
            .map_err(|error| SpansError::Client(error.to_string()))?;
        let counters = Arc::new(Counters::default());
        let exporter = Counted { exporter, counters: Arc::clone(&counters) };
        let config = BatchConfigBuilder::default()
            .with_max_queue_size(QUEUE)
            .with_scheduled_delay(DELAY)
            .build();
        let processor = BatchSpanProcessor::builder(exporter).with_batch_config(config).build();
        let resource = Resource::builder_empty()
            .with_service_name(settings.service.clone())
            .with_attribute(KeyValue::new("service.version", settings.version.clone()))
            .build();
        let provider = SdkTracerProvider::builder()
            .with_span_processor(processor)
            // Not the parent's choice: an agent must not be able to switch its own spans off.
            .with_sampler(Sampler::AlwaysOn)
            .with_resource(resource)
            .build();
        let tracer = provider.tracer("fieldgate");
        Ok(Self(Some(Arc::new(Exporting { provider, tracer, counters }))))
    }

    /// Starts the span of one call.
    #[must_use]
    pub fn start_call(&self, start: &CallStart<'_>) -> CallSpan {
        let parent = start.traceparent.and_then(Traceparent::parse);
        let Some(exporting) = &self.0 else {
            return CallSpan { span: None, parent };
        };
        let is_call = start.method == "tools/call";
        let name = match start.tool {
            Some(tool) if is_call => format!("{} {tool}", start.method),
            Some(_) | None => start.method.to_owned(),
        };
        let mut attributes = vec![
            text(key::MCP_METHOD, start.method),
            text(key::TRANSPORT, "tcp"),
            text(key::PROTOCOL, "http"),
        ];
        if is_call {
            // An unknown tool's name is the caller's choice: it would be one more series each.
            attributes.push(text(key::TOOL_NAME, start.tool.unwrap_or("_unknown")));
            attributes.push(text(key::OPERATION_NAME, "execute_tool"));
        }
        attributes.extend(start.protocol_version.map(|v| text(key::MCP_PROTOCOL, v)));
        attributes.extend(start.request_id.map(|id| text(key::REQUEST_ID, id)));
        attributes.extend(start.server.map(|server| text(key::SERVER, server)));
        attributes.extend(start.audit_id.map(|id| text(key::AUDIT_ID, id)));
        if let Some(client) = start.client {
            attributes.push(text(key::CLIENT_ADDRESS, &client.ip().to_string()));
            attributes.push(KeyValue::new(key::CLIENT_PORT, i64::from(client.port())));
        }
        let context = match parent {
            Some(parent) => Context::new().with_remote_span_context(parent.context()),
            None => Context::new(),
        };
        let span = exporting.start(name, SpanKind::Server, attributes, &context);
        CallSpan { span: Some((span, Arc::clone(exporting))), parent }
    }

    /// What became of the spans so far.
    #[must_use]
    pub fn counts(&self) -> SpanCounts {
        self.0.as_ref().map_or_else(SpanCounts::default, |exporting| exporting.counters.read())
    }

    /// Sends what waits, and stops. Blocks for `limit` at most; call it off the runtime's threads.
    #[must_use]
    pub fn shutdown(&self, limit: Duration) -> SpanCounts {
        if let Some(exporting) = &self.0 {
            // It says `Ok` for spans that were lost: the counts are what to go by.
            let _ = exporting.provider.shutdown_with_timeout(limit);
        }
        self.counts()
    }
}

impl Exporting {
    fn start(
        &self,
        name: String,
        kind: SpanKind,
        attributes: Vec<KeyValue>,
        parent: &Context,
    ) -> Span {
        self.counters.started.fetch_add(1, Ordering::Relaxed);
        let builder = self.tracer.span_builder(name).with_kind(kind).with_attributes(attributes);
        self.tracer.build_with_context(builder, parent)
    }
}

/// What is known of a call when it comes.
#[derive(Debug, Clone, Copy, Default)]
pub struct CallStart<'a> {
    /// The MCP method, one that is known.
    pub method: &'a str,
    /// The tool's name, if the catalogue has it.
    pub tool: Option<&'a str>,
    /// `_meta.traceparent` as it came.
    pub traceparent: Option<&'a str>,
    /// The MCP revision.
    pub protocol_version: Option<&'a str>,
    /// The JSON-RPC id, as text.
    pub request_id: Option<&'a str>,
    /// The MCP endpoint that was called.
    pub server: Option<&'a str>,
    /// The call's id in the journal.
    pub audit_id: Option<&'a str>,
    /// Who connected.
    pub client: Option<SocketAddr>,
}

/// What was decided on a call: names, codes and counts.
#[derive(Debug, Clone, Copy, Default)]
pub struct SpanDecision<'a> {
    /// `allow`, `deny`, `throttled` or `rejected`.
    pub decision: &'a str,
    /// The agent's name.
    pub agent: Option<&'a str>,
    /// A stable reason code.
    pub reason: Option<&'a str>,
    /// The operation's kind.
    pub operation: Option<&'a str>,
    /// The objects that it touches.
    pub objects: &'a [SmolStr],
    /// The ids of the policies that decided.
    pub policies: &'a [SmolStr],
    /// The hash of the policy set.
    pub policy_set: Option<&'a str>,
    /// How many fields were refused.
    pub fields_denied: u64,
    /// The event's place in the journal.
    pub audit_seq: Option<u64>,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, Default)]
pub struct CallEnd<'a> {
    /// What went wrong, as a code: `policy_denied`, `throttled`, `tool_error`, a JSON-RPC code.
    pub error_type: Option<&'a str>,
    /// The JSON-RPC error code, where the answer is an error.
    pub rpc_code: Option<i64>,
}

/// The span of one call. Dropped unfinished, it ends without a status.
#[derive(Debug)]
pub struct CallSpan {
    span: Option<(Span, Arc<Exporting>)>,
    parent: Option<Traceparent>,
}

impl CallSpan {
    /// The trace that the call belongs to, for the journal: 32 hex digits. Also known without a
    /// collector, if the caller said so.
    #[must_use]
    pub fn trace_id(&self) -> Option<String> {
        match &self.span {
            Some((span, _)) => Some(span.span_context().trace_id().to_string()),
            None => self.parent.map(|parent| parent.trace_id()),
        }
    }

    /// Adds what was decided.
    pub fn decided(&mut self, decision: &SpanDecision<'_>) {
        let Some((span, _)) = &mut self.span else { return };
        span.set_attribute(text(key::DECISION, decision.decision));
        let named = [
            (key::AGENT, decision.agent),
            (key::REASON, decision.reason),
            (key::OPERATION, decision.operation),
            (key::POLICY_SET, decision.policy_set),
        ];
        for (key, value) in named {
            if let Some(value) = value {
                span.set_attribute(text(key, value));
            }
        }
        for (key, names) in [(key::OBJECTS, decision.objects), (key::POLICY_IDS, decision.policies)]
        {
            if !names.is_empty() {
                span.set_attribute(list(key, names));
            }
        }
        span.set_attribute(number(key::FIELDS_DENIED, decision.fields_denied));
        if let Some(seq) = decision.audit_seq {
            span.set_attribute(number(key::AUDIT_SEQ, seq));
        }
    }

    /// Starts the span of one request to Salesforce. Its path and query stay out: they hold ids and
    /// values.
    #[must_use]
    pub fn upstream(&self, method: &str, host: &str, port: Option<u16>) -> UpstreamSpan {
        let Some((call, exporting)) = &self.span else { return UpstreamSpan(None) };
        let mut attributes = vec![text(key::HTTP_METHOD, method), text(key::SERVER_ADDRESS, host)];
        attributes.extend(port.map(|port| KeyValue::new(key::SERVER_PORT, i64::from(port))));
        let call: SpanContext = call.span_context().clone();
        let context = Context::new().with_remote_span_context(call);
        UpstreamSpan(Some(exporting.start(
            method.to_owned(),
            SpanKind::Client,
            attributes,
            &context,
        )))
    }

    /// Ends the span.
    pub fn finish(mut self, end: &CallEnd<'_>) {
        let Some((span, _)) = &mut self.span else { return };
        if let Some(code) = end.rpc_code {
            span.set_attribute(text(key::RPC_STATUS, &code.to_string()));
        }
        fail(span, end.error_type);
        span.end();
    }
}

/// The span of one request to Salesforce. Dropped unfinished, it ends without a status.
#[derive(Debug)]
pub struct UpstreamSpan(Option<Span>);

impl UpstreamSpan {
    /// Ends the span: the status that came, and what went wrong as a code.
    pub fn finish(mut self, status: Option<u16>, error_type: Option<&str>) {
        let Some(span) = &mut self.0 else { return };
        if let Some(status) = status {
            span.set_attribute(KeyValue::new(key::HTTP_STATUS, i64::from(status)));
        }
        fail(span, error_type);
        span.end();
    }
}

fn fail(span: &mut Span, error_type: Option<&str>) {
    if let Some(error_type) = error_type {
        span.set_attribute(text(key::ERROR_TYPE, error_type));
        span.set_status(Status::error(capped(error_type).to_owned()));
    }
}

fn text(key: &'static str, value: &str) -> KeyValue {
    KeyValue::new(key, capped(value).to_owned())
}

fn number(key: &'static str, value: u64) -> KeyValue {
    KeyValue::new(key, i64::try_from(value).unwrap_or(i64::MAX))
}

fn list(key: &'static str, names: &[SmolStr]) -> KeyValue {
    let names: Vec<StringValue> =
        names.iter().take(LISTED).map(|name| capped(name).to_owned().into()).collect();
    KeyValue::new(key, Value::Array(Array::String(names)))
}

fn capped(text: &str) -> &str {
    text.get(..text.floor_char_boundary(TEXT_CAP)).unwrap_or(text)
}

fn traces_url(endpoint: &str) -> Result<String, SpansError> {
    let refused = || SpansError::Endpoint(endpoint.chars().take(80).collect());
    let uri: http::Uri = endpoint.parse().map_err(|_unsaid| refused())?;
    let is_http = matches!(uri.scheme_str(), Some("http" | "https"));
    if !is_http || uri.host().is_none_or(str::is_empty) || uri.query().is_some() {
        return Err(refused());
    }
    Ok(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
}

/// The exporter's client: no redirects, no proxy from the environment. It is made on a thread of
/// its own, because it blocks and may not be made on a runtime's.
fn blocking_client(url: &str, timeout: Duration) -> Result<reqwest::blocking::Client, SpansError> {
    // Nothing goes over TLS to it, and to read all certificates that the machine trusts takes long.
    let is_plain = url.starts_with("http://");
    let made = thread::spawn(move || {
        let builder = reqwest::blocking::Client::builder()
            .timeout(timeout)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy();
        let builder = if is_plain { builder.tls_certs_only([]) } else { builder };
        builder.build()
    });
    match made.join() {
        Ok(client) => client.map_err(|error| SpansError::Client(error.to_string())),
        Err(_) => Err(SpansError::Client("its thread ended".to_owned())),
    }
}

/// Counts what the exporter itself tells nobody.
#[derive(Debug)]
struct Counted {
    exporter: SpanExporter,
    counters: Arc<Counters>,
}

impl opentelemetry_sdk::trace::SpanExporter for Counted {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = u64::try_from(batch.len()).unwrap_or(u64::MAX);
        let result = self.exporter.export(batch).await;
        let Counters { exported, failed, .. } = &*self.counters;
        let count = if result.is_ok() { exported } else { failed };
        count.fetch_add(spans, Ordering::Relaxed);
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

impl Counters {
    fn read(&self) -> SpanCounts {
        SpanCounts {
            started: self.started.load(Ordering::Relaxed),
            exported: self.exported.load(Ordering::Relaxed),
            failed: self.failed.load(Ordering::Relaxed),
        }
    }
}
