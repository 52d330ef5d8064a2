//! Bulk jobs through the real binary: the tools, and the files at their sealed addresses.

mod attacks;
mod jobs;
mod memory;
mod refused;
mod results;
mod tokens;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread;

use fieldgate::telemetry::Clock;
use serde_json::{Value, json};

use crate::harness::{PATIENCE, Product, Site, line};

/// An HTTP answer, its chunks put together.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
    /// The answer said where it ends, and ended there.
    complete: bool,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    pub(crate) fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }
}

/// The path of an address that the product gave, which has to be its own.
fn path(product: &Product, url: &Value) -> String {
    let base = format!("http://{}", product.address);
    url.as_str().and_then(|url| url.strip_prefix(&base)).expect("an address of ours").to_owned()
}

/// One request on a connection of its own. Its body is sent as it is.
fn send(product: &Product, head: &str, token: &str, body: &[u8]) -> Reply {
    let mut stream = TcpStream::connect(product.address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    let head = format!(
        "{head}\r\nhost: {}\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\r\n",
        product.address
    );
    stream.write_all(head.as_bytes()).unwrap();
    // What is refused early is not read to its end.
    let _refused_early = stream.write_all(body);
    let mut answer = Vec::new();
    let _reset = stream.read_to_end(&mut answer);
    read(&answer)
}

fn read(answer: &[u8]) -> Reply {
    let text = String::from_utf8_lossy(answer).into_owned();
    let (head, rest) = text.split_once("\r\n\r\n").expect("a whole head");
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let lower = head.to_ascii_lowercase();
    let (body, complete) = if lower.contains("transfer-encoding: chunked") {
        let (mut body, mut rest, mut complete) = (String::new(), rest, false);
        while let Some((size, after)) = rest.split_once("\r\n") {
            let size = usize::from_str_radix(size, 16).unwrap();
            let Some(chunk) = after.get(..size) else { break };
            complete = size == 0;
            body.push_str(chunk);
            rest = after.get(size..).and_then(|end| end.strip_prefix("\r\n")).unwrap_or_default();
        }
        (body, complete)
    } else {
        (rest.to_owned(), true)
    };
    Reply { status, head: head.to_owned(), body, complete }
}

/// Sends a file as a client does.
pub(crate) fn put(product: &Product, token: &str, path: &str, file: &[u8]) -> Reply {
    let length = file.len();
    let head = format!("PUT {path} HTTP/1.1\r\ncontent-type: text/csv\r\ncontent-length: {length}");
    send(product, &head, token, file)
}

pub(crate) fn get(product: &Product, token: &str, path: &str) -> Reply {
    send(product, &format!("GET {path} HTTP/1.1"), token, b"")
}

/// Makes a job, which has to be permitted.
#[track_caller]
fn create(product: &Product, token: &str, arguments: &Value) -> Value {
    product.call(token, "createBulkJob", arguments).data()
}

/// A job of the sales agent's that waits for a file of tasks.
#[track_caller]
fn tasks(product: &Product, token: &str, columns: &[&str]) -> Value {
    create(product, token, &json!({ "operation": "insert", "object": "Task", "columns": columns }))
}

/// Looks at the job until it has ended.
#[track_caller]
fn ended(product: &Product, token: &str, job: &Value) -> Value {
    for _ in 0..20 {
        let seen = product.call(token, "getBulkJob", &json!({ "id": job["id"] })).data();
        if ["JobComplete", "Failed", "Aborted"].iter().any(|state| seen["state"] == *state) {
            return seen;
        }
    }
    panic!("the job does not end");
}

/// What the org received, as `METHOD path` without the ids of jobs.
fn steps(site: &Site) -> Vec<String> {
    let short = |text: String| {
        let words = text.replace("/services/data/v68.0", "");
        let parts = words.split('/').map(|part| {
            let id = part.starts_with("750") && part.len() == 18;
            if id { "JOB" } else { part }
        });
        parts.collect::<Vec<_>>().join("/")
    };
    site.received().iter().map(|request| short(line(request))).collect()
}

/// What the org was told of jobs' states.
fn said(site: &Site) -> Vec<String> {
    let mut all = site.received();
    all.retain(|request| request.method == "PATCH");
    all.into_iter().map(|request| String::from_utf8(request.body).unwrap()).collect()
}

/// Waits until the journal has an event with this reason.
#[track_caller]
fn await_event(site: &Site, event: &str, reason: &str) {
    let clock = Clock::system();
    let begun = clock.monotonic();
    loop {
        let journal = site.journal();
        if journal.iter().any(|line| line["event"] == event && line["reason"] == reason) {
            return;
        }
        assert!(clock.monotonic().saturating_sub(begun) < PATIENCE, "{journal:?}");
        thread::yield_now();
    }
}
