//! `tests/attacks/parts.txt`: hostile requests as parts of composites, batches and graphs, and what
//! each must be broken into or why it must be refused.

use fieldgate::footprint::{self, Resolved};
use fieldgate::org::Schema;
use fieldgate::salesforce::Operation;
use fieldgate::salesforce::part::{RestRequest, Setting, read};
use fieldgate::salesforce::rest::{ApiVersion, request};
use fieldgate::{demo_org, tools};
use serde_json::{Value, json};

/// What stands at the beginning of most addresses; the table writes `~`.
const BASE: &str = "/services/data/v68.0";

/// One block of the table.
struct Attack<'a> {
    block: &'a str,
    /// `@`: which envelope; none for a request alone.
    envelope: Option<&'a str>,
    /// `?` or `+`: the requests.
    requests: Vec<Asked<'a>>,
}

/// `ref METHOD url body`, the first and the last where there are any.
struct Asked<'a> {
    reference: &'a str,
    method: String,
    url: String,
    body: Option<&'a str>,
}

/// The lines of a block that start with `mark`, without it.
fn marked<'a>(block: &'a str, mark: &'a str) -> impl Iterator<Item = &'a str> {
    block.lines().filter_map(move |line| line.strip_prefix(mark)?.strip_prefix(' '))
}

/// Characters that can't stand in a line of the table.
fn unmarked(text: &str) -> String {
    let text = text.replace('␣', " ").replace('␉', "\t").replace('␊', "\n");
    match text.strip_prefix('~') {
        Some(rest) => format!("{BASE}{rest}"),
        None => text,
    }
}

impl<'a> Attack<'a> {
    fn read(block: &'a str) -> Self {
        let alone = marked(block, "?").map(|line| ("", line));
        let parts = marked(block, "+").map(|line| line.split_once(' ').expect("a reference"));
        let requests = alone.chain(parts).map(|(reference, line)| {
            let mut words = line.splitn(3, ' ');
            let mut word = || words.next();
            let (method, url) = (word().expect("a method"), word().expect("an address"));
            Asked { reference, method: unmarked(method), url: unmarked(url), body: word() }
        });
        Self { block, envelope: marked(block, "@").next(), requests: requests.collect() }
    }

    /// The arguments as text: bodies must stay as they are written.
    fn arguments(&self, body_name: &str) -> String {
        let mut headers = marked(self.block, "h");
        let parts: Vec<String> = self
            .requests
            .iter()
            .map(|Asked { reference, method, url, body }| {
                let mut part = format!("{{\"method\":{},\"url\":{}", json!(method), json!(url));
                if body_name == "body" {
                    part.push_str(&format!(",\"referenceId\":{}", json!(reference)));
                }
                if let Some(body) = body {
                    part.push_str(&format!(",\"{body_name}\":{body}"));
                }
                if let Some(headers) = headers.next() {
                    part.push_str(&format!(",\"httpHeaders\":{headers}"));
                }
                part + "}"
            })
            .collect();
        parts.join(",")
    }

    #[expect(clippy::panic_in_result_fn, reason = "a test that cannot go on should stop loudly")]
    fn operation(&self) -> Result<Operation, String> {
        let (tool, arguments) = match self.envelope {
            None => return self.alone(),
            Some("composite") => {
                let parts = self.arguments("body");
                ("executeComposite", format!("{{\"compositeRequest\":[{parts}]}}"))
            }
            Some("batch") => {
                let parts = self.arguments("richInput");
                ("executeBatch", format!("{{\"batchRequests\":[{parts}]}}"))
            }
            Some("graph") => {
                let parts = self.arguments("body");
                let graph = format!("{{\"graphId\":\"g\",\"compositeRequest\":[{parts}]}}");
                ("executeCompositeGraph", format!("{{\"graphs\":[{graph}]}}"))
            }
            Some(other) => panic!("`{other}` is no envelope"),
        };
        let tool = tools::known_as(tool).expect("the catalogue has the tool");
        tool.operation(&arguments, &tools::Seals::none()).map_err(|error| error.to_string())
    }

    #[expect(clippy::panic_in_result_fn, reason = "a test that cannot go on should stop loudly")]
    fn alone(&self) -> Result<Operation, String> {
        let [Asked { method, url, body, .. }] = self.requests.as_slice() else {
            panic!("not one request: {}", self.block)
        };
        let raw = |text| serde_json::from_str(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        let headers = marked(self.block, "h").next().map(raw);
        let body = body.map(raw);
        let request = RestRequest { method: method.clone(), url: url.clone(), headers, body };
        read(&request, Setting::Alone).map_err(|error| error.to_string())
    }
}

fn accesses(resolved: &Resolved) -> Vec<String> {
    let accesses = &resolved.footprint().accesses;
    let told = |a: &footprint::Access| {
        format!("{} {}", a.action.name(), a.target.to_string().replace(' ', "-"))
    };
    let mut list: Vec<String> = accesses.iter().map(told).collect();
    list.sort();
    list
}

/// The requests that are sent, as the table writes them.
fn sent(operation: &Operation) -> Vec<String> {
    let printed = request(operation, &ApiVersion::parse("68.0").expect("a version"));
    let body = printed.body.map(|body| body.text).unwrap_or_default();
    let line = |method: &str, path: &str, body: &str| {
        let path = path.replace(BASE, "~");
        format!("{method} {path} {body}").trim().to_owned()
    };
    let parts: Value = serde_json::from_str(&body).unwrap_or_default();
    match parts["compositeRequest"].as_array() {
        Some(parts) => parts
            .iter()
            .map(|part| {
                let text = |name: &str| part[name].as_str().unwrap_or_default();
                let body = part.get("body").map(Value::to_string).unwrap_or_default();
                let line = line(text("method"), text("url"), &body);
                format!("{} {line}", text("referenceId"))
            })
            .collect(),
        None => vec![line(printed.method.name(), &printed.path, &body)],
    }
}

#[test]
fn every_request_is_broken_into_all_that_it_touches_or_refused() {
    let schema = Schema::from_json(&demo_org::schema_json()).expect("the demo org's schema");
    let mut seen = 0;
    let mut failed = Vec::new();
    for block in include_str!("../attacks/parts.txt").trim().split("\n\n") {
        let attack = Attack::read(block);
        seen += 1;
        let mut expected: Vec<String> = marked(block, "=")
            .flat_map(|line| {
                let (action, targets) = line.split_once(' ').expect("an action and its targets");
                targets.split(' ').map(move |target| format!("{action} {target}"))
            })
            .collect();
        expected.sort();
        let resolved = attack.operation().and_then(|operation| {
            footprint::resolve(operation, &schema).map_err(|error| error.to_string())
        });
        match resolved {
            Ok(resolved) => {
                let found = accesses(&resolved);
                if found != expected {
                    failed.push(format!("{block}\n  touches {found:?}"));
                }
                let sent = sent(resolved.operation());
                for line in marked(block, ">").filter(|line| !sent.iter().any(|s| s == line)) {
                    failed.push(format!("{block}\n  is not sent as {line}, but {sent:#?}"));
                }
            }
            Err(error) => {
                let why = marked(block, "!").next();
                if why.is_none_or(|why| !error.contains(why)) {
                    failed.push(format!("{block}\n  is refused: {error}"));
                }
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
    assert!(seen > 150, "the table was not read: {seen}");
}
