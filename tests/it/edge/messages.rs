//! Messages: the status and the JSON-RPC code that each is answered with.

use fieldgate::proxy::transport::TransportSettings;
use serde_json::json;

use super::{Answer, PING, Server, call, header, post};

#[track_caller]
fn check(server: &Server, lines: &[&str], body: &str, expected: Expected) -> Answer {
    let answer = server.ask(&post(server.address, lines, body));
    let short: String = body.chars().take(200).collect();
    assert_eq!((answer.status, answer.code()), expected, "{lines:?} {short}: {answer:?}");
    assert_eq!(header(&answer.head, "mcp-session-id"), None, "{short}");
    answer
}

/// Status and code.
type Expected = (u16, Option<i64>);
/// Header lines and what they lead to.
type Row<'a> = (&'a [&'a str], Expected);

const OK: Expected = (200, None);
const INVALID: Expected = (400, Some(-32600));

#[test]
fn envelopes_are_taken_or_refused() {
    let server = Server::start(TransportSettings::default());
    let deep = call("echo", &format!("{}{}", "[".repeat(100), "]".repeat(100)));
    let wide = call("echo", &format!("[{}0]", "0,".repeat(30_000)));
    let big = call("echo", &format!("\"{}\"", "x".repeat(8 * 1024 * 1024)));
    let batch = format!("[{PING}]");
    for (body, expected) in [
        (PING, OK),
        ("{", (400, Some(-32700))),
        ("", (400, Some(-32700))),
        ("\u{feff}{}", (400, Some(-32700))),
        (batch.as_str(), INVALID),
        ("[]", INVALID),
        (r#"{"jsonrpc":"2.0","id":1,"method":"ping","method":"ping"}"#, INVALID),
        (r#"{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":[{"b":1,"b":2}]}}"#, INVALID),
        (r#"{"jsonrpc":"2.0","id":1,"Method":"ping"}"#, INVALID),
        (r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, INVALID),
        (r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}"#, INVALID),
        (&deep, INVALID),
        (&wide, INVALID),
        (&big, (413, Some(-32600))),
        (r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#, (202, None)),
        (r#"{"jsonrpc":"2.0","id":"nobody","result":{}}"#, (202, None)),
    ] {
        check(&server, &[], body, expected);
    }
}

#[test]
fn a_body_without_a_length_is_cut_off_at_the_limit() {
    let server = Server::start(TransportSettings::default());
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000)).repeat(40);
    let head = format!("POST /mcp HTTP/1.1\r\nHost: {}\r\n", server.address);
    let rest = "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    assert_eq!(server.ask(format!("{head}{rest}{chunk}").as_bytes()).status, 413);
}

#[test]
fn legacy_requests_are_answered_as_the_table_says() {
    let server = Server::start(TransportSettings::default());
    let init = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2026-07-28","capabilities":{}}}"#;
    let unknown = r#"{"jsonrpc":"2.0","id":1,"method":"nope"}"#;
    let answer = check(&server, &[], init, OK);
    assert_eq!(answer.body["result"]["protocolVersion"], "2025-11-25");
    check(&server, &["MCP-Protocol-Version: 2026-07-28"], init, OK);
    check(&server, &["Mcp-Session-Id: stale"], PING, OK);
    check(&server, &["Mcp-Method: other", "Mcp-Name: x"], PING, OK);
    check(&server, &["MCP-Protocol-Version: 2025-06-18"], &call("echo", "{}"), OK);
    check(&server, &["MCP-Protocol-Version: 2024-11-05"], PING, (400, Some(-32022)));
    check(&server, &[], &call("nope", "{}"), (200, Some(-32602)));
    check(&server, &[], &call("panic", "{}"), (200, Some(-32603)));
    check(&server, &[], unknown, (200, Some(-32601)));
}

fn modern(method: &str, name: &str) -> String {
    json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": { "name": name, "arguments": {},
        "_meta": { "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                   "io.modelcontextprotocol/clientCapabilities": {} } } })
    .to_string()
}

#[test]
fn modern_requests_are_answered_as_the_table_says() {
    let server = Server::start(TransportSettings::default());
    let version = "MCP-Protocol-Version: 2026-07-28";
    let (method, name) = ("Mcp-Method: tools/call", "Mcp-Name: echo");
    let echo = modern("tools/call", "echo");
    let mismatch = (400, Some(-32020));
    let rows: &[Row<'_>] = &[
        (&[version, method, name], OK),
        (&[version, method, "mcp-name:  \techo\t "], OK),
        (&[version, method, "Mcp-Name: =?base64?ZWNobw==?="], OK),
        (&[version, method, "Mcp-Name: =?base64?ZWNob?="], mismatch),
        (&[], mismatch),
        (&[version], mismatch),
        (&[version, method], mismatch),
        (&[version, name], mismatch),
        (&[method, name], mismatch),
        (&["MCP-Protocol-Version: 2025-11-25", method, name], mismatch),
        (&[version, "Mcp-Method: tools/list", name], mismatch),
        (&[version, "Mcp-Method: Tools/Call", name], mismatch),
        (&[version, method, "Mcp-Name: delete"], mismatch),
        (&[version, method, name, name], mismatch),
        (&[version, method, method, name], mismatch),
        (&[version, version, method, name], mismatch),
    ];
    for (lines, expected) in rows {
        check(&server, lines, &echo, *expected);
    }
    check(&server, &[version, method, name], &call("echo", "{}"), (400, Some(-32602)));
    let nope = [version, method, "Mcp-Name: nope"];
    check(&server, &nope, &modern("tools/call", "nope"), (200, Some(-32602)));
    for gone in ["nope", "ping", "initialize", "logging/setLevel", "subscriptions/listen"] {
        let line = format!("Mcp-Method: {gone}");
        check(&server, &[version, &line], &modern(gone, "x"), (404, Some(-32601)));
    }
}

#[test]
fn media_types_and_tokens_are_checked_before_the_body() {
    let server = Server::start(TransportSettings::default());
    let media = (415, Some(-32600));
    let rows: &[Row<'_>] = &[
        (&["Content-Type: text/plain"], media),
        (&["Content-Type: application/json", "Content-Type: text/plain"], media),
        (&["Content-Encoding: gzip"], media),
        (&["Content-Type: Application/JSON; charset=utf-8"], OK),
        (&["Content-Encoding: identity"], OK),
        (&["Accept: text/event-stream"], (406, Some(-32600))),
        (&["Accept: text/event-stream, application/json"], OK),
        (&["Accept: text/event-stream", "Accept: application/json;q=0.5"], OK),
        (&["Accept: */*;q=0.1"], OK),
    ];
    for (lines, expected) in rows {
        check(&server, lines, PING, *expected);
    }
    let refused = check(&server, &["Authorization: Bearer wrong"], "{", (401, Some(-32600)));
    assert_eq!(header(&refused.head, "www-authenticate"), Some("bearer"));
}

#[test]
fn every_authenticated_answer_bears_the_endpoints_headers_and_meta() {
    let server = Server::start(TransportSettings::default());
    let list = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#;
    let note = r#"{"jsonrpc":"2.0","method":"x"}"#;
    for body in [PING, list, &call("echo", "{}"), &call("nope", "{}"), note, "{", "[]"] {
        let answer = server.ask(&post(server.address, &[], body));
        assert_eq!(header(&answer.head, "ratelimit-limit"), Some("7"), "{body}");
        // A ping's result is empty.
        if let Some(result) = answer.body.get("result").filter(|_| body != PING) {
            assert_eq!(result["_meta"]["echo/limit"], 7, "{body}");
        }
    }
}
