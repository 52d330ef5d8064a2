//! The strict front, over raw sockets: what each hostile or odd request is answered with.

mod connections;
mod heads;
mod memory;
mod messages;

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use fieldgate::mcp::{Fault, Meta, ServerInfo, Tool, ToolList, ToolResult};
use fieldgate::proxy::transport::{
    CallAnswer, CallerHead, Endpoint, Peer, Refusal, Reply, RequestContext, ToolCall,
    TransportSettings, Unauthorized, serve,
};
use http::{HeaderName, HeaderValue};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::sync::{Notify, watch};

/// A server with one tool that answers with its arguments, and some that misbehave.
struct Echo {
    info: ServerInfo,
    started: Notify,
    go_on: Notify,
    finished: AtomicUsize,
    desyncs: AtomicUsize,
}

impl Echo {
    fn new() -> Self {
        Self {
            info: ServerInfo::tools_only("echo", "1"),
            started: Notify::new(),
            go_on: Notify::new(),
            finished: AtomicUsize::new(0),
            desyncs: AtomicUsize::new(0),
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

    fn meta(&self, (): &()) -> Meta {
        Meta::from_iter([("echo/limit".to_owned(), Value::from(7))])
    }

    fn refused(&self, refusal: &Refusal, _peer: SocketAddr) {
        if *refusal == Refusal::Desync {
            self.desyncs.fetch_add(1, Ordering::SeqCst);
        }
    }

    async fn list_tools(&self, (): (), _context: RequestContext) -> Result<Reply<ToolList>, Fault> {
        let echo = Tool {
            name: "echo".into(),
            title: None,
            description: "Answers with its arguments.".into(),
            input_schema: RawValue::from_string("{\"type\":\"object\"}".to_owned()).unwrap(),
            output_schema: None,
            annotations: None,
            meta: None,
        };
        Ok(Reply::new(ToolList { tools: vec![echo] }))
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
                break end.saturating_add(4);
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
        let status = head.split(' ').nth(1).map(str::parse)?.unwrap();
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
