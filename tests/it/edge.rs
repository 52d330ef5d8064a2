//! The strict front, over raw sockets: what each hostile or odd request is answered with.

use std::fmt::Write as _;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use fieldgate::mcp::{Fault, ServerInfo, Tool, ToolList, ToolResult};
use fieldgate::proxy::transport::{
    CallAnswer, CallerHead, Endpoint, Peer, Reply, RequestContext, Timeouts, ToolCall,
    TransportSettings, Unauthorized, serve,
};
use http::{HeaderName, HeaderValue};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use tokio::sync::{Notify, watch};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<std::alloc::System> = &INSTRUMENTED_SYSTEM;

/// A server with one tool that answers with its arguments, and some that misbehave.
struct Echo {
    info: ServerInfo,
    started: Notify,
    go_on: Notify,
    finished: AtomicUsize,
}

impl Echo {
    fn new() -> Self {
        Self {
            info: ServerInfo::tools_only("echo", "1"),
            started: Notify::new(),
            go_on: Notify::new(),
            finished: AtomicUsize::new(0),
        }
    }
}

impl Endpoint for Echo {
    type Caller = ();

    fn authenticate(&self, head: &CallerHead<'_>) -> Result<(), Unauthorized> {
        match head.headers.get("authorization") {
            Some(token) if token == "Bearer wrong" => Err(Unauthorized {
                forbidden: false,
                challenge: HeaderValue::from_static("Bearer"),
                message: "unknown token".to_owned(),
            }),
            Some(_) | None => Ok(()),
        }
    }

    fn server(&self, (): &()) -> &ServerInfo {
        &self.info
    }

    fn headers(&self, (): &()) -> Vec<(HeaderName, HeaderValue)> {
        vec![(HeaderName::from_static("ratelimit-limit"), HeaderValue::from_static("7"))]
    }

    async fn list_tools(&self, (): &(), _context: &RequestContext) -> Reply<ToolList> {
        let echo = Tool {
            name: "echo".into(),
            title: None,
            description: "Answers with its arguments.".into(),
            input_schema: RawValue::from_string("{\"type\":\"object\"}".to_owned()).unwrap(),
            output_schema: None,
            annotations: None,
            meta: None,
        };
        Reply::new(ToolList { tools: vec![echo] })
    }

    async fn call_tool(
        &self,
        (): (),
        call: ToolCall,
        peer: Peer,
    ) -> Result<Reply<CallAnswer>, Fault> {
        match call.name.as_str() {
            "echo" => {}
            "wait" => {
                self.started.notify_one();
                self.go_on.notified().await;
                self.finished.fetch_add(1, Ordering::SeqCst);
            }
            "ask" => {
                let answer = peer.request("roots/list", json!({})).await;
                let text = answer.map(|answer| answer.map(|raw| raw.get().to_owned()));
                return Ok(Reply::new(CallAnswer::Result(ToolResult::text(format!("{text:?}")))));
            }
            "panic" => panic!("as asked"),
            _ => return Err(Fault::UnknownTool(call.name)),
        }
        Ok(Reply::new(CallAnswer::Result(ToolResult::text(call.arguments.get()))))
    }
}

struct Server {
    address: SocketAddr,
    echo: Arc<Echo>,
    shutdown: watch::Sender<bool>,
    runtime: tokio::runtime::Runtime,
    serving: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl Server {
    fn start(settings: TransportSettings) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let echo = Arc::new(Echo::new());
        let (shutdown, ended) = watch::channel(false);
        let serving = runtime.spawn(serve(listener, settings, Arc::clone(&echo), ended));
        Self { address, echo, shutdown, runtime, serving }
    }

    fn connect(&self) -> TcpStream {
        let socket = TcpStream::connect(self.address).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        socket
    }

    fn ask(&self, bytes: &[u8]) -> Answer {
        let mut socket = self.connect();
        // A server that has refused may close before it has read everything.
        let _refused_early = socket.write_all(bytes);
        Answer::read(&mut socket).expect("closed without an answer")
    }
}

#[derive(Debug)]
struct Answer {
    status: u16,
    head: String,
    body: Value,
}

impl Answer {
    fn read(socket: &mut TcpStream) -> Option<Self> {
        let mut bytes = Vec::new();
        let end = loop {
            if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            let mut byte = [0];
            match socket.read(&mut byte) {
                Ok(0) => return None,
                Ok(_) => bytes.push(byte[0]),
                Err(error) => panic!("no answer: {error}"),
            }
        };
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap().to_ascii_lowercase();
        let length = header(&head, "content-length").map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        socket.read_exact(&mut body).unwrap();
        let status = head[9..12].parse().unwrap();
        let body =
            if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() };
        Some(Self { status, head, body })
    }

    fn code(&self) -> Option<i64> {
        self.body["error"]["code"].as_i64()
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

/// A POST to the endpoint with this body, and these header lines besides the usual ones.
fn post(address: SocketAddr, headers: &[&str], body: &str) -> Vec<u8> {
    let mut head = format!("POST /mcp HTTP/1.1\r\nHost: {address}\r\n");
    if !headers.iter().any(|line| line.to_ascii_lowercase().starts_with("content-type")) {
        head.push_str("Content-Type: application/json\r\n");
    }
    for line in headers {
        write!(head, "{line}\r\n").unwrap();
    }
    write!(head, "Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    head.into_bytes()
}

const PING: &str = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;

fn call(name: &str, arguments: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"{name}","arguments":{arguments}}}}}"#
    )
}

fn modern(method: &str, name: &str) -> String {
    json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": { "name": name, "arguments": {},
        "_meta": { "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                   "io.modelcontextprotocol/clientCapabilities": {} } } })
    .to_string()
}

#[test]
fn odd_and_hostile_heads_are_answered_before_anything_else() {
    let server = Server::start(TransportSettings::default());
    let at = server.address;
    let port = at.port();
    let n = PING.len();
    let json = "Content-Type: application/json";
    let rows: Vec<(&str, String, u16)> = vec![
        (
            "a good one",
            format!(
                "POST /mcp HTTP/1.1\r\nHost: {at}\r\n{json}\r\nContent-Length: {n}\r\n\r\n{PING}"
            ),
            200,
        ),
        (
            "chunked",
            format!(
                "POST /mcp HTTP/1.1\r\nHost: {at}\r\n{json}\r\nTransfer-Encoding: chunked\r\n\r\n{n:x}\r\n{PING}\r\n0\r\n\r\n"
            ),
            200,
        ),
        (
            "absolute form",
            format!(
                "POST http://{at}/mcp HTTP/1.1\r\nHost: {at}\r\n{json}\r\nContent-Length: {n}\r\n\r\n{PING}"
            ),
            200,
        ),
        (
            "no Host",
            format!("POST /mcp HTTP/1.1\r\n{json}\r\nContent-Length: {n}\r\n\r\n{PING}"),
            400,
        ),
        (
            "two Hosts",
            format!(
                "POST /mcp HTTP/1.1\r\nHost: {at}\r\nHost: {at}\r\n{json}\r\nContent-Length: {n}\r\n\r\n{PING}"
            ),
            400,
        ),
        (
            "other authority",
            format!(
                "POST http://evil/mcp HTTP/1.1\r\nHost: {at}\r\n{json}\r\nContent-Length: {n}\r\n\r\n{PING}"
            ),
            400,
        ),
        (
            "CL and TE",
            format!(
                "POST /mcp HTTP/1.1\r\nHost: {at}\r\n{json}\r\nContent-Length: {n}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
            ),
            400,
        ),
        (
            "two CLs",
            format!(
                "POST /mcp HTTP/1.1\r\nHost: {at}\r\n{json}\r\nContent-Length: {n}\r\nContent-Length: {n}\r\n\r\n{PING}"
            ),
            400,
        ),
        (
            "bare LF",
            format!("POST /mcp HTTP/1.1\nHost: {at}\n{json}\nContent-Length: {n}\n\n{PING}"),
            400,
        ),
        (
            "obs-fold",
            format!(
                "POST /mcp HTTP/1.1\r\nHost: {at}\r\nX: a\r\n b\r\n{json}\r\nContent-Length: {n}\r\n\r\n{PING}"
            ),
            400,
        ),
        ("TLS", "\u{16}\u{3}\u{1}\u{2}".to_owned(), 400),
        ("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(), 505),
        ("long head", format!("GET /{} HTTP/1.1\r\n", "a".repeat(20_000)), 431),
        (
            "bad Host",
            format!(
                "POST /mcp HTTP/1.1\r\nHost: evil:{port}\r\n{json}\r\nContent-Length: {n}\r\n\r\n{PING}"
            ),
            403,
        ),
        ("GET", format!("GET /mcp HTTP/1.1\r\nHost: {at}\r\n\r\n"), 405),
        ("DELETE", format!("DELETE /mcp HTTP/1.1\r\nHost: {at}\r\n\r\n"), 405),
        ("elsewhere", format!("GET /nowhere HTTP/1.1\r\nHost: {at}\r\n\r\n"), 404),
        (
            "well-known",
            format!("GET /.well-known/oauth-protected-resource HTTP/1.1\r\nHost: {at}\r\n\r\n"),
            404,
        ),
    ];
    for (what, bytes, status) in rows {
        println!("{what}");
        let answer = server.ask(bytes.as_bytes());
        assert_eq!(answer.status, status, "{what}: {answer:?}");
        assert_eq!(header(&answer.head, "content-type"), Some("application/json"), "{what}");
        assert_eq!(header(&answer.head, "x-content-type-options"), Some("nosniff"), "{what}");
        assert_eq!(header(&answer.head, "cache-control"), Some("no-store"), "{what}");
        if status != 200 {
            assert_eq!((answer.code(), answer.body.get("id")), (Some(-32600), None), "{what}");
        }
        assert_eq!(header(&answer.head, "allow"), (status == 405).then_some("post"), "{what}");
    }
}

/// What, header lines, body, and the status and code that it is answered with.
type Row = (&'static str, Vec<String>, String, u16, Option<i64>);

fn row(what: &'static str, lines: &[&str], body: &str, status: u16, code: Option<i64>) -> Row {
    let lines = lines.iter().map(|line| (*line).to_owned()).collect();
    (what, lines, body.to_owned(), status, code)
}

#[test]
fn messages_are_answered_as_the_table_says() {
    let server = Server::start(TransportSettings::default());
    let deep = call("echo", &format!("{}{}", "[".repeat(100), "]".repeat(100)));
    let wide = call("echo", &format!("[{}0]", "0,".repeat(30_000)));
    let big = call("echo", &format!("\"{}\"", "x".repeat(8 * 1024 * 1024)));
    let none: &[&str] = &[];
    let m = "MCP-Protocol-Version: 2026-07-28";
    let good = ["Mcp-Method: tools/call", "Mcp-Name: echo", m];
    let echo = modern("tools/call", "echo");
    let init = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2026-07-28","capabilities":{}}}"#;
    let rows: Vec<Row> = vec![
        row("ping", none, PING, 200, None),
        row("initialize", none, init, 200, None),
        row("call", none, &call("echo", "{}"), 200, None),
        row(
            "notification",
            none,
            r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
            202,
            None,
        ),
        row("answer to nobody", none, r#"{"jsonrpc":"2.0","id":"zz","result":{}}"#, 202, None),
        row("a stale session", &["Mcp-Session-Id: 7"], PING, 200, None),
        row("not JSON", none, "{", 400, Some(-32700)),
        row("empty", none, "", 400, Some(-32700)),
        row("batch", none, &format!("[{PING}]"), 400, Some(-32600)),
        row(
            "duplicate key",
            none,
            r#"{"jsonrpc":"2.0","id":1,"method":"ping","method":"ping"}"#,
            400,
            Some(-32600),
        ),
        row(
            "duplicate deep key",
            none,
            &call("echo", r#"{"a":[{"b":1,"b":2}]}"#),
            400,
            Some(-32600),
        ),
        row("key variant", none, r#"{"jsonrpc":"2.0","id":1,"Method":"ping"}"#, 400, Some(-32600)),
        row("100 levels", none, &deep, 400, Some(-32600)),
        row("too many values", none, &wide, 400, Some(-32600)),
        row("8 MiB", none, &big, 413, Some(-32600)),
        row("null id", none, r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, 400, Some(-32600)),
        row("unknown tool", none, &call("nope", "{}"), 200, Some(-32602)),
        row(
            "unknown method",
            none,
            r#"{"jsonrpc":"2.0","id":1,"method":"nope"}"#,
            200,
            Some(-32601),
        ),
        row("panic", none, &call("panic", "{}"), 200, Some(-32603)),
        row("unknown version", &["MCP-Protocol-Version: 2024-11-05"], PING, 400, Some(-32022)),
        row("modern", &good, &echo, 200, None),
        row(
            "modern, unknown tool",
            &[m, "Mcp-Method: tools/call", "Mcp-Name: nope"],
            &modern("tools/call", "nope"),
            200,
            Some(-32602),
        ),
        row(
            "modern, unknown method",
            &[m, "Mcp-Method: nope"],
            &modern("nope", "x"),
            404,
            Some(-32601),
        ),
        row("modern, ping", &[m, "Mcp-Method: ping"], &modern("ping", "x"), 404, Some(-32601)),
        row(
            "modern, initialize",
            &[m, "Mcp-Method: initialize"],
            &modern("initialize", "x"),
            404,
            Some(-32601),
        ),
        row("no headers", none, &echo, 400, Some(-32020)),
        row(
            "other version",
            &["MCP-Protocol-Version: 2025-11-25", good[0], good[1]],
            &echo,
            400,
            Some(-32020),
        ),
        row("other method", &[m, "Mcp-Method: tools/list", good[1]], &echo, 400, Some(-32020)),
        row("other name", &[m, good[0], "Mcp-Name: delete"], &echo, 400, Some(-32020)),
        row("name twice", &[m, good[0], good[1], good[1]], &echo, 400, Some(-32020)),
        row("version twice", &[m, m, good[0], good[1]], &echo, 400, Some(-32020)),
        row("base64 name", &[m, good[0], "Mcp-Name: =?base64?ZWNobw==?="], &echo, 200, None),
        row(
            "broken base64 name",
            &[m, good[0], "Mcp-Name: =?base64?ZWNob?="],
            &echo,
            400,
            Some(-32020),
        ),
        row(
            "modern header, legacy body",
            &[m, good[0], good[1]],
            &call("echo", "{}"),
            400,
            Some(-32602),
        ),
        row("text", &["Content-Type: text/plain"], PING, 415, Some(-32600)),
        row(
            "JSON with charset",
            &["Content-Type: Application/JSON; charset=utf-8"],
            PING,
            200,
            None,
        ),
        row(
            "two types",
            &["Content-Type: application/json", "Content-Type: text/plain"],
            PING,
            415,
            Some(-32600),
        ),
        row("gzip", &["Content-Encoding: gzip"], PING, 415, Some(-32600)),
        row("events only", &["Accept: text/event-stream"], PING, 406, Some(-32600)),
        row("events first", &["Accept: text/event-stream, application/json"], PING, 200, None),
        row("anything", &["Accept: */*;q=0.1"], PING, 200, None),
        row("wrong token", &["Authorization: Bearer wrong"], PING, 401, Some(-32600)),
    ];
    for (what, headers, body, status, code) in rows {
        let lines: Vec<&str> = headers.iter().map(String::as_str).collect();
        let answer = server.ask(&post(server.address, &lines, &body));
        assert_eq!((answer.status, answer.code()), (status, code), "{what}: {answer:?}");
        assert_eq!(header(&answer.head, "mcp-session-id"), None, "{what}");
        let challenged = header(&answer.head, "www-authenticate").is_some();
        assert_eq!(challenged, status == 401, "{what}");
    }
}

#[test]
fn every_authenticated_answer_bears_the_endpoints_headers() {
    let server = Server::start(TransportSettings::default());
    let list = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#;
    let note = r#"{"jsonrpc":"2.0","method":"x"}"#;
    for body in [PING, list, &call("echo", "{}"), &call("nope", "{}"), note, "{", "[]"] {
        let answer = server.ask(&post(server.address, &[], body));
        assert_eq!(header(&answer.head, "ratelimit-limit"), Some("7"), "{body}");
    }
}

#[test]
fn only_listed_origins_may_speak() {
    let settings = TransportSettings {
        allowed_origins: vec!["https://app.example".to_owned()],
        ..TransportSettings::default()
    };
    let server = Server::start(settings);
    let port = server.address.port();
    let rows = [
        (format!("http://localhost:{port}"), 200),
        (format!("http://127.0.0.1:{port}"), 200),
        (format!("http://[::1]:{port}"), 200),
        ("https://app.example".to_owned(), 200),
        ("null".to_owned(), 403),
        ("http://evil.example.com".to_owned(), 403),
        (format!("HTTP://LOCALHOST:{port}"), 403),
        ("http://localhost:1".to_owned(), 403),
        ("http://localhost".to_owned(), 403),
        (format!("http://localhost.:{port}"), 403),
        (format!("http://localhost.evil:{port}"), 403),
        ("https://app.example.".to_owned(), 403),
        (String::new(), 403),
    ];
    for (origin, status) in rows {
        let line = format!("Origin: {origin}");
        let answer = server.ask(&post(server.address, &[&line], PING));
        assert_eq!(answer.status, status, "{origin}");
    }
    let twice = "Origin: https://app.example";
    assert_eq!(server.ask(&post(server.address, &[twice, twice], PING)).status, 403);
}

fn impatient() -> TransportSettings {
    let short = Duration::from_millis(200);
    let timeouts = Timeouts { head: short, body: short, idle: short, ..Timeouts::default() };
    TransportSettings { timeouts, ..TransportSettings::default() }
}

/// Whether the server closes the connection; the socket's own limit bounds the wait.
fn is_closed(socket: &mut TcpStream) -> bool {
    match socket.read(&mut [0]) {
        Ok(read) => read == 0,
        Err(error) => error.kind() == ErrorKind::ConnectionReset,
    }
}

#[test]
fn silent_and_slow_connections_are_closed() {
    let server = Server::start(impatient());
    for sent in ["", "P", "POST /mcp HTTP/1.1\r\nHost: x\r\n"] {
        let mut socket = server.connect();
        socket.write_all(sent.as_bytes()).unwrap();
        assert!(is_closed(&mut socket), "{sent:?}");
    }
    let mut slow = server.connect();
    let request = post(server.address, &[], PING);
    slow.write_all(&request[..request.len() - 1]).unwrap();
    assert_eq!(Answer::read(&mut slow).unwrap().status, 408);
    assert!(is_closed(&mut slow));
    let mut idle = server.connect();
    idle.write_all(&request).unwrap();
    assert_eq!(Answer::read(&mut idle).unwrap().status, 200);
    assert!(is_closed(&mut idle));
}

#[test]
fn a_long_call_outlives_the_deadlines_of_its_connection() {
    let server = Server::start(impatient());
    let mut socket = server.connect();
    socket.write_all(&post(server.address, &[], &call("wait", "{}"))).unwrap();
    server.runtime.block_on(async {
        server.echo.started.notified().await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        server.echo.go_on.notify_one();
    });
    assert_eq!(Answer::read(&mut socket).unwrap().status, 200);
}

#[test]
fn pipelined_requests_are_answered_in_turn_up_to_the_first_bad_one() {
    let server = Server::start(TransportSettings::default());
    let good = post(server.address, &[], PING);
    let bad = b"POST /mcp HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n";
    let mut socket = server.connect();
    socket.write_all(&[&good[..], &good, bad, &good].concat()).unwrap();
    let statuses: Vec<u16> =
        std::iter::from_fn(|| Answer::read(&mut socket)).map(|answer| answer.status).collect();
    assert_eq!(statuses, [200, 200, 400]);
}

#[test]
fn nothing_is_read_after_a_chunked_request() {
    let server = Server::start(TransportSettings::default());
    let chunked = format!(
        "POST /mcp HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n\
         Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{PING}\r\n0\r\n\r\n",
        server.address,
        PING.len()
    );
    let mut socket = server.connect();
    socket.write_all(&[chunked.as_bytes(), &post(server.address, &[], PING)].concat()).unwrap();
    assert_eq!(Answer::read(&mut socket).unwrap().status, 200);
    assert!(is_closed(&mut socket));
}

#[test]
fn a_call_goes_on_when_its_client_hangs_up() {
    let server = Server::start(TransportSettings::default());
    let mut socket = server.connect();
    socket.write_all(&post(server.address, &[], &call("wait", "{}"))).unwrap();
    server.runtime.block_on(server.echo.started.notified());
    drop(socket);
    assert_eq!(server.ask(&post(server.address, &[], PING)).status, 200);
    server.echo.go_on.notify_one();
    // Shutting down waits for the call.
    server.shutdown.send(true).unwrap();
    server.runtime.block_on(server.serving).unwrap().unwrap();
    assert_eq!(server.echo.finished.load(Ordering::SeqCst), 1);
}

#[test]
fn shutting_down_lets_a_call_end_and_takes_no_new_connection() {
    let server = Server::start(TransportSettings::default());
    let mut socket = server.connect();
    socket.write_all(&post(server.address, &[], &call("wait", "{}"))).unwrap();
    server.runtime.block_on(server.echo.started.notified());
    server.shutdown.send(true).unwrap();
    server.echo.go_on.notify_one();
    let answer = Answer::read(&mut socket).unwrap();
    assert_eq!((answer.status, header(&answer.head, "connection")), (200, Some("close")));
    server.runtime.block_on(server.serving).unwrap().unwrap();
    assert!(TcpStream::connect(server.address).is_err());
}

#[test]
fn a_client_is_asked_over_the_stream_and_answers_in_another_request() {
    let server = Server::start(TransportSettings::default());
    let mut socket = server.connect();
    let accept = "Accept: application/json, text/event-stream";
    socket.write_all(&post(server.address, &[accept], &call("ask", "{}"))).unwrap();
    let mut text = String::new();
    let mut read_until = |part: &str| {
        while !text.contains(part) {
            let mut bytes = [0; 1024];
            let read = socket.read(&mut bytes).unwrap();
            assert_ne!(read, 0, "the stream ended before {part:?}: {text}");
            text.push_str(&String::from_utf8_lossy(&bytes[..read]));
        }
        text.clone()
    };
    let asked = read_until("roots/list");
    assert!(asked.contains("content-type: text/event-stream"), "{asked}");
    assert!(asked.contains("ratelimit-limit: 7"), "{asked}");
    let id = asked.split("\"id\":\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(id.len(), 32);
    let answer = format!(r#"{{"jsonrpc":"2.0","id":"{id}","result":{{"roots":[]}}}}"#);
    assert_eq!(server.ask(&post(server.address, &[], &answer)).status, 202);
    read_until("roots\\\\\\\":[]");
    // Who takes no events can't be asked, and hears so.
    let json_only = post(server.address, &["Accept: application/json"], &call("ask", "{}"));
    let refused = server.ask(&json_only);
    assert!(refused.body.to_string().contains("Unreachable"), "{refused:?}");
}

#[test]
fn connections_and_bodies_are_limited_together() {
    let settings = TransportSettings { max_connections: 1, ..TransportSettings::default() };
    let server = Server::start(settings);
    let mut first = server.connect();
    let ping = post(server.address, &[], PING);
    first.write_all(&ping).unwrap();
    assert_eq!(Answer::read(&mut first).unwrap().status, 200);
    assert_eq!(Answer::read(&mut server.connect()).unwrap().status, 503);
    let settings = TransportSettings { max_bodies: 1000, ..TransportSettings::default() };
    let server = Server::start(settings);
    let mut holding = server.connect();
    let large = call("wait", &format!("\"{}\"", "x".repeat(800)));
    holding.write_all(&post(server.address, &[], &large)).unwrap();
    server.runtime.block_on(server.echo.started.notified());
    let refused = server.ask(&post(server.address, &[], &large));
    assert_eq!((refused.status, header(&refused.head, "retry-after")), (503, Some("1")));
    assert_eq!(server.ask(&ping_of(&server)).status, 200);
    server.echo.go_on.notify_one();
    assert_eq!(Answer::read(&mut holding).unwrap().status, 200);
    server.echo.go_on.notify_one();
    assert_eq!(server.ask(&post(server.address, &[], &large)).status, 200);
}

fn ping_of(server: &Server) -> Vec<u8> {
    post(server.address, &[], PING)
}

fn live_bytes() -> usize {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated.saturating_sub(stats.bytes_deallocated)
}

/// Bodies just under the limit that a tree of values would blow up.
fn hostile_bodies(limit: usize) -> Vec<String> {
    let fill = |open: &str, item: &str, close: &str| {
        let room = limit - 200 - open.len() - close.len();
        call("echo", &format!("{open}{}{close}", item.repeat(room / item.len())))
    };
    vec![
        fill("[", "{\"a\":0},", "0]"),
        fill("[", "[],", "0]"),
        fill("[", "0,", "0]"),
        fill("", "[", ""),
        fill("", "{\"a\":", ""),
        fill("\"", "\\u0041", "\""),
        fill("{", "\"a\":0,", "\"b\":0}"),
    ]
}

/// Set in the process that does nothing but measure.
const ALONE: &str = "FIELDGATE_EDGE_MEASURES_ALONE";

#[test]
fn hostile_bodies_cost_less_than_ten_times_the_limit_while_others_are_served() {
    if std::env::var_os(ALONE).is_none() {
        // Other tests of this binary allocate too: measure in a process of our own.
        let output = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "--nocapture", "--test-threads=1"])
            .arg("edge::hostile_bodies_cost_less_than_ten_times_the_limit_while_others_are_served")
            .env(ALONE, "1")
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && text.contains("1 passed"), "{output:?}");
        return;
    }
    let settings = TransportSettings::default();
    let limit = settings.max_body;
    let server = Server::start(settings);
    let requests: Vec<Vec<u8>> =
        hostile_bodies(limit).iter().map(|body| post(server.address, &[], body)).collect();
    let ping = ping_of(&server);
    assert_eq!(server.ask(&ping).status, 200);
    let base = live_bytes();
    let (done, peak, served) = (AtomicBool::new(false), AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::SeqCst) {
                peak.fetch_max(live_bytes().saturating_sub(base), Ordering::SeqCst);
                std::thread::yield_now();
            }
        });
        scope.spawn(|| {
            while !done.load(Ordering::SeqCst) {
                assert_eq!(server.ask(&ping).status, 200);
                served.fetch_add(1, Ordering::SeqCst);
            }
        });
        for request in &requests {
            let answer = server.ask(request);
            assert!(matches!(answer.status, 200 | 400), "{}", answer.status);
        }
        done.store(true, Ordering::SeqCst);
    });
    let (peak, served) = (peak.into_inner(), served.into_inner());
    assert!(peak > limit / 2, "the sampler saw only {peak} bytes");
    assert!(peak < limit * 10, "{peak} bytes live for bodies of {limit}");
    assert!(served > 0, "nobody else was served");
}
