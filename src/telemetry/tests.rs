use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, UNIX_EPOCH};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use prost::Message as _;
use tracing::Level;

use super::logging::targets;
use super::{
    CallEnd, CallStart, Clock, OtlpSettings, SpanCounts, SpanDecision, Spans, SpansError,
    Traceparent,
};

const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const SPAN: &str = "b7ad6b7169203331";

/// A collector on loopback: what it is sent comes out of the receiver.
fn collector() -> (String, Receiver<(String, ExportTraceServiceRequest)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let sender = sender.clone();
            thread::spawn(move || {
                while let Some(request) = take(&mut stream.as_ref().unwrap()) {
                    let _ = sender.send(request);
                }
            });
        }
    });
    (url, receiver)
}

/// Reads one request and answers it.
fn take(stream: &mut &TcpStream) -> Option<(String, ExportTraceServiceRequest)> {
    let mut reader = BufReader::new(*stream);
    let mut start = String::new();
    reader.read_line(&mut start).ok().filter(|read| *read > 0)?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").ok()?;
    Some((start.trim().to_owned(), ExportTraceServiceRequest::decode(&*body).ok()?))
}

fn spans_to(url: &str) -> Spans {
    let settings = OtlpSettings {
        endpoint: url.to_owned(),
        timeout: Duration::from_secs(5),
        service: "fieldgate".into(),
        version: "0.1.0".into(),
    };
    Spans::otlp(&settings).unwrap()
}

fn sent(receiver: &Receiver<(String, ExportTraceServiceRequest)>) -> Vec<Span> {
    let (start, request) = receiver.recv_timeout(Duration::from_secs(10)).unwrap();
    assert_eq!(start, "POST /v1/traces HTTP/1.1");
    let spans = request.resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
    spans.flat_map(|scope| scope.spans).collect()
}

fn attribute(span: &Span, key: &str) -> Option<String> {
    let found = span.attributes.iter().find(|attribute| attribute.key == key)?;
    let value = found.value.as_ref()?.value.as_ref()?;
    Some(if let Value::StringValue(text) = value {
        text.clone()
    } else if let Value::IntValue(number) = value {
        number.to_string()
    } else {
        format!("{value:?}")
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_traceparent_is_read_strictly() {
    assert_eq!(Traceparent::parse(PARENT).unwrap().to_string(), PARENT);
    let later = format!("01-{TRACE}-{SPAN}-01-x-y");
    assert_eq!(Traceparent::parse(&later).unwrap().to_string(), PARENT);
    let cases = [
        "",
        "00",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "0-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        " 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\n",
        "00-+af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319é-b7ad6b7169203331-01",
    ];
    for case in cases {
        assert_eq!(Traceparent::parse(case), None, "{case:?}");
    }
}

#[test]
fn a_call_reaches_the_collector_as_a_server_span_with_its_request_below() {
    let (url, receiver) = collector();
    let spans = spans_to(&url);
    let mut call = spans.start_call(&CallStart {
        method: "tools/call",
        tool: Some("executeQuery"),
        traceparent: Some(PARENT),
        protocol_version: Some("2026-07-28"),
        request_id: Some("7"),
        server: Some("default"),
        audit_id: Some("0192-id"),
        client: Some("127.0.0.1:4711".parse().unwrap()),
    });
    assert_eq!(call.trace_id().unwrap(), TRACE);
    call.decided(&SpanDecision {
        decision: "allow",
        agent: Some("support"),
        operation: Some("query"),
        objects: &["Contact".into()],
        policies: &["support-reads-contacts".into()],
        policy_set: Some("p1"),
        audit_seq: Some(7),
        ..SpanDecision::default()
    });
    let request = call.upstream("GET", "example.my.salesforce.com", Some(443));
    request.finish(Some(200), None);
    call.finish(&CallEnd::default());
    let counts = spans.shutdown(Duration::from_secs(5));
    assert_eq!(counts, SpanCounts { started: 2, exported: 2, failed: 0 });

    let found = sent(&receiver);
    let [request, call] = &found[..] else { panic!("{found:?}") };
    assert_eq!(call.name, "tools/call executeQuery");
    assert_eq!(call.kind(), SpanKind::Server);
    assert_eq!(hex(&call.trace_id), TRACE);
    assert_eq!(hex(&call.parent_span_id), SPAN);
    for (key, value) in [
        ("mcp.method.name", "tools/call"),
        ("mcp.protocol.version", "2026-07-28"),
        ("gen_ai.tool.name", "executeQuery"),
        ("gen_ai.operation.name", "execute_tool"),
        ("jsonrpc.request.id", "7"),
        ("network.transport", "tcp"),
        ("client.address", "127.0.0.1"),
        ("client.port", "4711"),
        ("fieldgate.decision", "allow"),
        ("fieldgate.agent", "support"),
        ("fieldgate.policy.set_hash", "p1"),
        ("fieldgate.fields.denied_count", "0"),
        ("fieldgate.audit.id", "0192-id"),
        ("fieldgate.audit.seq", "7"),
    ] {
        assert_eq!(attribute(call, key).as_deref(), Some(value), "{key}");
    }
    let ids = attribute(call, "fieldgate.policy.ids").unwrap();
    assert!(ids.contains("support-reads-contacts"), "{ids}");
    assert_eq!(attribute(call, "error.type"), None);
    assert_eq!(request.name, "GET");
    assert_eq!(request.kind(), SpanKind::Client);
    assert_eq!(request.trace_id, call.trace_id);
    assert_eq!(request.parent_span_id, call.span_id);
    assert_eq!(attribute(request, "http.response.status_code").unwrap(), "200");
}

#[test]
fn a_refused_call_is_an_error_and_an_unknown_tool_is_not_named() {
    let (url, receiver) = collector();
    let spans = spans_to(&url);
    // A parent that says `not sampled` can't switch the span off.
    let parent = PARENT.replace("-01", "-00");
    let start =
        CallStart { method: "tools/call", traceparent: Some(&parent), ..CallStart::default() };
    let call = spans.start_call(&start);
    call.finish(&CallEnd { error_type: Some("policy_denied"), rpc_code: Some(-32602) });
    let _ = spans.shutdown(Duration::from_secs(5));
    let found = sent(&receiver);
    assert_eq!(found[0].name, "tools/call");
    assert_eq!(attribute(&found[0], "gen_ai.tool.name").unwrap(), "_unknown");
    assert_eq!(attribute(&found[0], "error.type").unwrap(), "policy_denied");
    assert_eq!(attribute(&found[0], "rpc.response.status_code").unwrap(), "-32602");
    assert_eq!(found[0].status.as_ref().unwrap().code, 2);
    assert_eq!(hex(&found[0].trace_id), TRACE);
}

#[test]
fn a_collector_that_hangs_delays_neither_calls_nor_the_end() {
    // It takes connections and never answers.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let spans = spans_to(&format!("http://{}", listener.local_addr().unwrap()));
    let clock = Clock::system();
    for _ in 0..20_000 {
        let start = CallStart { method: "tools/list", ..CallStart::default() };
        spans.start_call(&start).finish(&CallEnd::default());
    }
    let counts = spans.shutdown(Duration::from_millis(200));
    assert!(clock.monotonic() < Duration::from_secs(15), "{:?}", clock.monotonic());
    assert_eq!((counts.started, counts.exported), (20_000, 0));
}

#[test]
fn a_collector_that_is_away_costs_its_spans_and_they_are_counted() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let spans = spans_to(&url);
    let start = CallStart { method: "tools/list", ..CallStart::default() };
    spans.start_call(&start).finish(&CallEnd::default());
    let counts = spans.shutdown(Duration::from_secs(10));
    assert_eq!(counts, SpanCounts { started: 1, exported: 0, failed: 1 });
}

#[test]
fn without_an_endpoint_only_the_callers_trace_is_known() {
    let spans = Spans::off();
    let start =
        |traceparent| CallStart { method: "tools/call", traceparent, ..CallStart::default() };
    assert_eq!(spans.start_call(&start(Some(PARENT))).trace_id().unwrap(), TRACE);
    assert_eq!(spans.start_call(&start(None)).trace_id(), None);
    assert_eq!(spans.shutdown(Duration::ZERO), SpanCounts::default());
}

#[tokio::test]
async fn spans_can_be_set_up_and_dropped_on_a_runtime() {
    let (url, _receiver) = collector();
    let spans = spans_to(&url);
    drop(spans.start_call(&CallStart { method: "ping", ..CallStart::default() }));
    drop(spans);
}

#[test]
fn an_endpoint_that_is_no_collector_is_refused() {
    for endpoint in ["", "localhost:4318", "ftp://x", "http://", "http://x/?q=1", "grpc://x:4317"] {
        let settings = OtlpSettings {
            endpoint: endpoint.into(),
            timeout: Duration::from_secs(1),
            service: "fieldgate".into(),
            version: "0".into(),
        };
        assert!(matches!(Spans::otlp(&settings), Err(SpansError::Endpoint(_))), "{endpoint:?}");
    }
}

#[test]
fn a_manual_clock_stands_until_it_is_moved() {
    let (clock, hands) = Clock::manual(UNIX_EPOCH);
    let copy = clock.clone();
    assert_eq!((clock.wall(), clock.monotonic()), (UNIX_EPOCH, Duration::ZERO));
    hands.advance(Duration::from_millis(1500));
    assert_eq!(copy.monotonic(), Duration::from_millis(1500));
    assert_eq!(copy.wall_source()().duration_since(UNIX_EPOCH).unwrap(), copy.monotonic_source()());
    let system = Clock::system();
    assert!(system.monotonic() <= system.monotonic());
}

#[test]
fn libraries_never_log_below_warn() {
    let cases = [
        ("trace", "fieldgate::proxy", Level::TRACE, true),
        ("trace", "hyper::proto", Level::INFO, false),
        ("trace", "reqwest", Level::WARN, true),
        ("INFO", "fieldgate", Level::DEBUG, false),
        ("error", "hyper", Level::WARN, false),
        ("off", "fieldgate", Level::ERROR, false),
    ];
    for (level, target, at, enabled) in cases {
        let targets = targets(level).unwrap();
        assert_eq!(targets.would_enable(target, &at), enabled, "{level} {target} {at}");
    }
    assert!(targets("debug,hyper=trace").is_err());
}
