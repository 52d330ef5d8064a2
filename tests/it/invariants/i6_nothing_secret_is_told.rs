//! I6: no credential, token or field value in a log, a span, an error or the journal; and the
//! agents' tokens never go upstream.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use fieldgate::demo_org::Fault;
use serde_json::{Value, json};

use crate::harness::{ADMIN, AGENTS, Answer, CLIENT_SECRET, Product, SALES, SUPPORT, Setup, Site};

/// A collector that keeps all bytes that it is sent.
struct Collector {
    address: SocketAddr,
    bytes: Arc<Mutex<Vec<u8>>>,
}

impl Collector {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let gathered = Arc::clone(&bytes);
        // It ends with the process of this test.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let gathered = Arc::clone(&gathered);
                thread::spawn(move || collect(stream, &gathered));
            }
        });
        Self { address, bytes }
    }
}

/// Takes requests of one connection, and answers each.
fn collect(mut stream: TcpStream, gathered: &Mutex<Vec<u8>>) {
    let mut request = Vec::new();
    let mut buffer = [0; 8192];
    while let Ok(read @ 1..) = stream.read(&mut buffer) {
        request.extend_from_slice(&buffer[..read]);
        gathered.lock().unwrap().extend_from_slice(&buffer[..read]);
        let Some(end) = request.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&request[..end]).to_ascii_lowercase();
        let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
        let length: usize = length.map_or(0, |length| length.trim().parse().unwrap());
        if request.len() >= end.saturating_add(4).saturating_add(length) {
            request.clear();
            let answer = b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n";
            let _gone = stream.write_all(answer);
        }
    }
}

/// A record's values, which may be seen in answers to permitted calls alone.
fn record(product: &Product) -> Vec<String> {
    let soql = "SELECT Id, SSN__c, Email, Phone, AccountId FROM Contact \
                WHERE SSN__c != NULL AND AccountId != NULL LIMIT 1";
    let found = product.query(ADMIN, soql).data();
    let row = found["records"][0].as_object().unwrap();
    row.values().filter_map(Value::as_str).map(str::to_owned).collect()
}

const LITERAL: &str = "canary-literal-3b9d";
const VALUE: &str = "canary-written-value-08c2";
const WRONG_TOKEN: &str = "canary-token-of-nobody-a1a1";

/// Drives every tool, allowed, denied, malformed and failing.
fn drive(site: &Site, product: &Product, ids: &[String]) -> Vec<Answer> {
    let contact = ids.iter().find(|id| id.starts_with("003")).unwrap();
    let get = |fields: &[&str]| json!({ "object": "Contact", "id": contact, "fields": fields });
    let task = json!({ "object": "Task", "fields": { "Subject": VALUE } });
    let write = json!({ "object": "Contact", "id": contact, "fields": { "Title": VALUE } });
    let literal = |rest: &str| json!({ "query": format!("SELECT Name FROM Contact WHERE {rest}") });
    let calls = [
        ("getOrganizationLimits", json!({})),
        ("listAllObjects", json!({})),
        ("describeObject", json!({ "object": "Contact" })),
        ("executeQuery", literal(&format!("Name = '{LITERAL}' LIMIT 1"))),
        ("executeQuery", literal(&format!("SSN__c = '{LITERAL}' LIMIT 1"))),
        ("executeQuery", literal(&format!("Nope__c = '{LITERAL}' LIMIT 1"))),
        ("executeQuery", literal(&format!("Name = '{LITERAL}"))),
        ("getRecord", get(&["Email", "Phone"])),
        ("getRecord", get(&["SSN__c", "Salary__c"])),
        ("getRecord", get(&["Nope__c"])),
        ("createRecord", task.clone()),
        ("createRecord", json!({ "object": "Task", "fields": { "Subject": { "a": VALUE } } })),
        ("createRecord", json!({ "object": "Task", "fields": { "Nope__c": VALUE } })),
        ("updateRecord", write),
        ("updateRecord", json!({ "object": "Contact", "id": VALUE, "fields": {} })),
        ("deleteRecord", json!({ "object": "Task", "id": contact })),
        ("nope", json!({ "query": LITERAL })),
    ];
    let mut answers = Vec::new();
    for agent in AGENTS {
        answers.extend(calls.iter().map(|(tool, arguments)| product.call(agent, tool, arguments)));
        for method in ["initialize", "tools/list", "ping", "nope"] {
            answers.push(product.method(
                agent,
                method,
                &json!({ "protocolVersion": "2025-11-25" }),
            ));
        }
        // Errors of the org that quote values.
        let body = format!(
            "[{{\"message\":\"{VALUE} {} {}\",\"errorCode\":\"DUPLICATE_VALUE\"}}]",
            ids.join(" "),
            site.org.access_token()
        );
        let content_type = "application/json".to_owned();
        for fault in [
            Fault::Raw { status: 400, content_type: content_type.clone(), body: body.clone() },
            Fault::Raw { status: 500, content_type: content_type.clone(), body: body.clone() },
            Fault::Raw { status: 200, content_type, body },
            Fault::Truncated,
            Fault::ServerError,
            Fault::Redirect(format!("{}/{LITERAL}", site.org.base_url())),
            Fault::Giant { bytes: 3_000_000 },
            Fault::Hang,
        ] {
            site.org.faults().next(1, fault);
            answers.push(product.call(agent, "getRecord", &get(&["Email"])));
        }
        site.org.faults().release();
    }
    for token in ["", WRONG_TOKEN, &format!("{SUPPORT} {SUPPORT}")] {
        answers.push(product.call(token, "createRecord", &task));
    }
    site.org.faults().next_token(1, Fault::ServerError);
    site.org.expire_token().unwrap();
    answers
        .push(product.query(SALES, &format!("SELECT Name FROM Account WHERE Name = '{LITERAL}'")));
    answers
}

#[test]
fn canaries_are_found_where_they_belong_and_nowhere_else() {
    let (site, collector) = (Site::new(), Collector::start());
    let rest = format!("telemetry:\n  log: trace\n  otlp_endpoint: http://{}\n", collector.address);
    let mut product = site.start_with(&Setup {
        org: "  timeout: 1s\n  max_answer: 2MiB\n",
        rest: &rest,
        ..Setup::default()
    });
    let first_token = site.org.access_token();
    let values = record(&product);
    assert_eq!(values.len(), 5);
    let answers = drive(&site, &product, &values);
    product.terminate();
    assert_eq!(product.wait().code(), Some(0));

    let tokens = [SUPPORT, SALES, ADMIN, WRONG_TOKEN, CLIENT_SECRET, &first_token];
    let tokens: Vec<String> = tokens.into_iter().map(str::to_owned).collect();
    let tokens = [tokens, vec![site.org.access_token()]].concat();
    let all = [&tokens[..], &values, &[LITERAL.to_owned(), VALUE.to_owned()]].concat();

    // What is kept or sent elsewhere holds none of them.
    let journal = fs::read_to_string(site.path("journal.jsonl")).unwrap();
    let spans = String::from_utf8_lossy(&collector.bytes.lock().unwrap()).into_owned();
    let said = product.said();
    assert!(journal.len() > 10_000 && said.len() > 500, "{} {}", journal.len(), said.len());
    assert!(spans.contains("executeQuery"), "no spans came");
    for (place, text) in [("journal", &journal), ("log", &said), ("spans", &spans)] {
        for canary in &all {
            assert!(!text.contains(canary.as_str()), "{canary} is in the {place}");
        }
    }
    // No answer shows a token, and the record's values are shown by successes alone. What a caller
    // wrote in a call that can't be read may be quoted back to it, in no other refusal.
    for answer in &answers {
        let whole = format!("{}{}", answer.head, answer.body);
        assert!(tokens.iter().all(|token| !whole.contains(token)), "{answer:?}");
        if answer.json["result"]["isError"] != false {
            assert!(values.iter().all(|value| !whole.contains(value)), "{answer:?}");
            let unreadable = ["invalid_arguments", "unknown_name"].contains(&answer.code());
            let written = whole.contains(LITERAL) || whole.contains(VALUE);
            assert!(unreadable || !written, "{answer:?}");
        }
    }
    only_our_credential_goes_upstream(&site, &first_token);
}

fn only_our_credential_goes_upstream(site: &Site, first_token: &str) {
    let ours = ["Bearer ".to_owned() + first_token, format!("Bearer {}", site.org.access_token())];
    let requests = site.org.requests();
    assert!(requests.len() > 40, "{}", requests.len());
    for request in requests {
        let authorization = request.authorization.clone().unwrap();
        let token_request = request.path_and_query == "/services/oauth2/token";
        assert!(
            ours.contains(&authorization) || (token_request && authorization.starts_with("Basic ")),
            "{request:?}"
        );
        let whole = format!("{request:?}{}", String::from_utf8_lossy(&request.body));
        assert!(AGENTS.iter().all(|token| !whole.contains(token)), "{whole}");
        assert!(!whole.contains(WRONG_TOKEN), "{whole}");
        let known = [
            "accept",
            "authorization",
            "content-length",
            "content-type",
            "host",
            "sforce-query-options",
            "user-agent",
        ];
        let unknown = request.header_names.iter().find(|name| !known.contains(&name.as_str()));
        assert_eq!(unknown, None, "{request:?}");
    }
}

#[test]
fn a_secret_that_can_not_be_used_is_not_shown() {
    for (file, content) in [
        ("secret", "canary-two-lines\ncanary-second"),
        ("admin.token", "canary with spaces"),
        ("secret", "canary\u{7f}"),
    ] {
        let site = Site::new();
        fs::write(site.path(file), content).unwrap();
        let Err(failed) = site.try_start(&Setup::default()) else { panic!("{content} is used") };
        assert_eq!(failed.status.code(), Some(1));
        assert!(failed.stderr.contains(file), "{failed:?}");
        assert!(!failed.stderr.contains("canary"), "{failed:?}");
    }
    // Nor is one that the org refuses.
    let site = Site::new();
    fs::write(site.path("secret"), "canary-wrong-secret").unwrap();
    let Err(failed) = site.try_start(&Setup::default()) else { panic!("a wrong secret is used") };
    assert_eq!(failed.status.code(), Some(1));
    assert!(failed.stderr.contains("invalid_client"), "{failed:?}");
    assert!(!failed.stderr.contains("canary"), "{failed:?}");
}
