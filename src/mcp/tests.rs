use proptest::prelude::*;
use serde_json::{Value, json};

use crate::jsonrpc::{Id, Limits, Message, parse};

use super::*;

fn meta(version: &str) -> Value {
    json!({
        "io.modelcontextprotocol/protocolVersion": version,
        "io.modelcontextprotocol/clientCapabilities": {},
    })
}

fn body(method: &str, params: &Value) -> String {
    json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string()
}

fn headers<'a>(version: &'a str, method: &'a str, name: &'a str) -> RoutingHeaders<'a> {
    let field = |value: &'a str| match value {
        "" => Field::Absent,
        "!!" => Field::Many,
        text => Field::One(text.as_bytes()),
    };
    RoutingHeaders { version: field(version), method: field(method), name: field(name) }
}

fn run(body: &str, headers: &RoutingHeaders<'_>) -> Result<Call, (i32, u16)> {
    let parsed = parse(body.as_bytes(), Limits::default());
    let Ok(Message::Request(request)) = parsed else { return Err((0, 0)) };
    check(&request, headers).map_err(|(fault, era)| (fault.code(era), fault.status(era)))
}

/// The revision, or the code and status of the fault.
type Judged = Result<Revision, (i32, u16)>;

#[track_caller]
fn era_of(method: &str, params: &Value, version: &str) -> Judged {
    run(&body(method, params), &headers(version, method, "")).map(|call| call.revision)
}

#[test]
fn the_era_follows_the_body_and_then_the_header() {
    let modern = json!({ "_meta": meta("2026-07-28") });
    let bare = json!({});
    let init = json!({ "protocolVersion": "2026-07-28", "capabilities": {} });
    let rows: [(&str, &Value, &str, Judged); 17] = [
        ("tools/list", &modern, "2026-07-28", Ok(Revision::V2026_07_28)),
        ("tools/list", &bare, "", Ok(Revision::V2025_03_26)),
        ("tools/list", &bare, "2025-06-18", Ok(Revision::V2025_06_18)),
        ("tools/list", &bare, "2025-11-25", Ok(Revision::V2025_11_25)),
        ("tools/list", &bare, "2024-11-05", Err((-32022, 400))),
        ("tools/list", &bare, "latest", Err((-32022, 400))),
        ("tools/list", &bare, "!!", Err((-32020, 400))),
        // A modern header without `_meta` is a modern request that lacks it.
        ("tools/list", &bare, "2026-07-28", Err((-32602, 400))),
        ("tools/list", &bare, "2027-01-01", Err((-32602, 400))),
        // `_meta` without a header is a modern request that lacks the header.
        ("tools/list", &modern, "", Err((-32020, 400))),
        ("tools/list", &modern, "2025-11-25", Err((-32020, 400))),
        ("initialize", &init, "", Ok(Revision::V2025_11_25)),
        ("initialize", &init, "2026-07-28", Ok(Revision::V2025_11_25)),
        ("initialize", &modern, "2026-07-28", Err((-32601, 404))),
        ("ping", &modern, "2026-07-28", Err((-32601, 404))),
        ("server/discover", &bare, "", Err((-32601, 200))),
        ("server/discover", &bare, "2025-11-25", Err((-32601, 200))),
    ];
    for (method, params, version, expected) in rows {
        assert_eq!(era_of(method, params, version), expected, "{method} {params} {version}");
    }
}

#[test]
fn a_modern_request_is_checked_in_the_specified_order() {
    let call = |version: &str| json!({ "name": "echo", "_meta": meta(version) });
    let no_caps = json!({ "name": "echo",
        "_meta": { "io.modelcontextprotocol/protocolVersion": "2026-07-28" } });
    let now = "2026-07-28";
    let rows: [(&str, Value, RoutingHeaders<'_>, (i32, u16)); 12] = [
        (
            "mismatch before support",
            call("v999"),
            headers(now, "tools/call", "echo"),
            (-32020, 400),
        ),
        ("unsupported", call("v999"), headers("v999", "tools/call", "echo"), (-32022, 400)),
        ("support before routing", call("v999"), headers("v999", "", ""), (-32022, 400)),
        ("no method header", call(now), headers(now, "", "echo"), (-32020, 400)),
        ("other method", call(now), headers(now, "tools/list", "echo"), (-32020, 400)),
        ("method in another case", call(now), headers(now, "Tools/Call", "echo"), (-32020, 400)),
        ("no name header", call(now), headers(now, "tools/call", ""), (-32020, 400)),
        ("other name", call(now), headers(now, "tools/call", "ohce"), (-32020, 400)),
        ("name twice", call(now), headers(now, "tools/call", "!!"), (-32020, 400)),
        ("method twice", call(now), headers(now, "!!", "echo"), (-32020, 400)),
        ("routing before capabilities", no_caps.clone(), headers(now, "", ""), (-32020, 400)),
        ("no capabilities", no_caps, headers(now, "tools/call", "echo"), (-32602, 400)),
    ];
    for (what, params, headers, expected) in rows {
        assert_eq!(run(&body("tools/call", &params), &headers).unwrap_err(), expected, "{what}");
    }
}

#[test]
fn header_values_are_trimmed_and_decoded_before_they_are_compared() {
    let rows: [(&str, &str, bool); 13] = [
        ("echo", "echo", true),
        ("echo", "  echo\t", true),
        ("echo", "Echo", false),
        ("écho", "=?base64?w6ljaG8=?=", true),
        ("echo", "=?base64?ZWNobw==?=", true),
        ("echo", " =?base64?ZWNobw==?= ", true),
        ("echo", "=?base64?ZWNobw?=", false),
        ("echo", "=?base64?!!!!?=", false),
        ("echo", "=?base64?ZWNobw==", false),
        ("echo", "=?BASE64?ZWNobw==?=", false),
        ("echo", "=?base64?/w==?=", false),
        ("=?base64?ZWNobw==?=", "=?base64?ZWNobw==?=", false),
        ("echo", "echo,echo", false),
    ];
    for (name, header, accepted) in rows {
        let params = json!({ "name": name, "_meta": meta("2026-07-28") });
        let call = run(&body("tools/call", &params), &headers("2026-07-28", "tools/call", header));
        assert_eq!(call.is_ok(), accepted, "{name} {header}");
    }
}

#[test]
fn a_call_without_arguments_has_empty_ones_and_keeps_odd_ones() {
    for (params, expected) in [
        (json!({ "name": "t" }), "{}"),
        (json!({ "name": "t", "arguments": null }), "{}"),
        (json!({ "name": "t", "arguments": [1] }), "[1]"),
        (json!({ "name": "t", "arguments": { "a": 1 } }), r#"{"a":1}"#),
    ] {
        let call = run(&body("tools/call", &params), &RoutingHeaders::default()).unwrap();
        let Method::ToolsCall(call) = call.method else { panic!("not a call") };
        assert_eq!(call.arguments.get(), expected, "{params}");
    }
}

#[test]
fn a_tool_name_must_be_text_without_control_characters() {
    for name in [json!(null), json!(7), json!("a\u{0}b"), json!("a\nb"), json!("n".repeat(129))] {
        let params = json!({ "name": name });
        let fault = run(&body("tools/call", &params), &RoutingHeaders::default()).unwrap_err();
        assert_eq!(fault, (-32602, 200), "{name}");
    }
}

#[test]
fn meta_is_read_leniently_where_it_is_optional() {
    let params = json!({ "_meta": {
        "progressToken": 7, "traceparent": "00-ab-cd-01", "tracestate": "a\u{1}b",
        "baggage": ["x"], "io.modelcontextprotocol/clientInfo": { "name": "n".repeat(500) },
        "vendor/unknown": { "deep": [] } } });
    let call = run(&body("tools/list", &params), &RoutingHeaders::default()).unwrap();
    assert_eq!(call.meta.progress_token, Some(Id::Number(7)));
    assert_eq!(call.meta.traceparent.as_deref(), Some("00-ab-cd-01"));
    assert_eq!((call.meta.tracestate, call.meta.baggage), (None, None));
    assert_eq!(call.meta.client.unwrap().name.len(), 128);
    let odd = run(&body("tools/list", &json!({ "_meta": 3 })), &RoutingHeaders::default());
    assert_eq!(odd.unwrap_err(), (-32602, 400));
}

#[test]
fn initialize_agrees_on_a_legacy_revision() {
    for (wish, given) in [
        ("2025-03-26", "2025-03-26"),
        ("2025-06-18", "2025-06-18"),
        ("2025-11-25", "2025-11-25"),
        ("2026-07-28", "2025-11-25"),
        ("2024-11-05", "2025-11-25"),
        ("nonsense", "2025-11-25"),
    ] {
        assert_eq!(Revision::negotiate(wish).as_str(), given);
    }
}

#[test]
fn modern_results_bear_what_legacy_results_do_not() {
    let server = ServerInfo::tools_only("s", "1");
    let id = Id::Number(1);
    let read = |bytes: Vec<u8>| serde_json::from_slice::<Value>(&bytes).unwrap();
    let list = ToolList::default();
    let info = json!({ "io.modelcontextprotocol/serverInfo": { "name": "s", "version": "1" } });
    assert_eq!(
        read(print_tool_list(&id, Era::Modern, &server, &list, Meta::new()))["result"],
        json!({ "resultType": "complete", "tools": [], "ttlMs": 0, "cacheScope": "private",
                "_meta": info })
    );
    assert_eq!(
        read(print_tool_list(&id, Era::Legacy, &server, &list, Meta::new()))["result"],
        json!({ "tools": [] })
    );
    let result = ToolResult::error("no");
    let content = json!([{ "type": "text", "text": "no" }]);
    assert_eq!(
        read(print_tool_result(&id, Era::Modern, &server, &result, Meta::new()))["result"],
        json!({ "resultType": "complete", "content": content, "isError": true, "_meta": info })
    );
    assert_eq!(
        read(print_tool_result(&id, Era::Legacy, &server, &result, Meta::new()))["result"],
        json!({ "content": content, "isError": true })
    );
}

#[test]
fn an_unsupported_version_names_what_discover_lists() {
    let server = ServerInfo::tools_only("s", "1");
    let discover: Value =
        serde_json::from_slice(&print_discover(&Id::Number(1), &server, Meta::new())).unwrap();
    let fault = Fault::UnsupportedVersion { requested: "v9".to_owned() };
    let error: Value = serde_json::from_slice(&print_fault(None, Era::Modern, &fault)).unwrap();
    assert_eq!(error["error"]["data"]["supported"], discover["result"]["supportedVersions"]);
    assert_eq!(error["error"]["data"]["requested"], "v9");
    assert_eq!(error.get("id"), None);
}

proptest! {
    #[test]
    fn no_header_changes_what_a_request_asks_for(
        version in "(2025-06-18|2025-11-25|2026-07-28|[ -~]{0,12})",
        method in "(tools/call|tools/list|[ -~]{0,12})",
        name in "(echo|delete|=\\?base64\\?[A-Za-z0-9+/=]{0,8}\\?=|[ -~]{0,12})",
        is_modern in any::<bool>(),
    ) {
        let mut params = json!({ "name": "echo", "arguments": { "a": 1 } });
        if is_modern {
            params["_meta"] = meta("2026-07-28");
        }
        if let Ok(call) = run(&body("tools/call", &params), &headers(&version, &method, &name)) {
            let Method::ToolsCall(asked) = call.method else { panic!("another method") };
            prop_assert_eq!((asked.name.as_str(), asked.arguments.get()), ("echo", r#"{"a":1}"#));
            prop_assert_eq!(call.revision.era() == Era::Modern, is_modern);
        }
    }
}
