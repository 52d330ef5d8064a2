//! Answers, printed in the shape of the call's era.

use serde::Serialize;
use serde_json::{Value, json};

use crate::jsonrpc::{ErrorObject, Id, print_error, print_result};

use super::fault::Fault;
use super::revision::{Era, Revision};
use super::server::ServerInfo;
use super::tool::{Content, InputRequired, Meta, ToolList, ToolResult};

const SERVER_INFO: &str = "io.modelcontextprotocol/serverInfo";
const COMPLETE: &str = "complete";
const INPUT_REQUIRED: &str = "input_required";
/// Lists depend on who asks, so no shared cache may keep them.
const CACHE_SCOPE: &str = "private";

/// The bytes that most answers take beside their text.
const USUAL_ROOM: usize = 1024;

/// A result with what its era adds around it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Framed<'a, B: Serialize> {
    #[serde(skip_serializing_if = "Option::is_none")]
    result_type: Option<&'static str>,
    #[serde(flatten)]
    body: &'a B,
    #[serde(skip_serializing_if = "Option::is_none")]
    ttl_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_scope: Option<&'static str>,
    #[serde(rename = "_meta", skip_serializing_if = "Meta::is_empty")]
    meta: Meta,
}

/// `text` is how much of the body is text, in bytes.
fn frame<B: Serialize>(
    id: &Id,
    era: Era,
    server: &ServerInfo,
    (result_type, cacheable): (&'static str, bool),
    (body, text): (&B, usize),
    mut meta: Meta,
) -> Vec<u8> {
    let modern = era == Era::Modern;
    if modern {
        meta.insert(SERVER_INFO.to_owned(), server.implementation());
    }
    let framed = Framed {
        result_type: modern.then_some(result_type),
        body,
        ttl_ms: (modern && cacheable).then_some(server.ttl_ms),
        cache_scope: (modern && cacheable).then_some(CACHE_SCOPE),
        meta,
    };
    print_result(id, framed, USUAL_ROOM.saturating_add(text))
        .unwrap_or_else(|_error| print_fault(Some(id), era, &Fault::Internal))
}

/// Prints an error. Its status is [`Fault::status`].
#[must_use]
pub fn print_fault(id: Option<&Id>, era: Era, fault: &Fault) -> Vec<u8> {
    let message = fault.to_string();
    let error = ErrorObject { code: fault.code(era), message: &message, data: fault.data() };
    print_error(id, error).unwrap_or_default()
}

/// Prints the answer to `initialize`.
#[must_use]
pub fn print_initialize(id: &Id, server: &ServerInfo, wish: &str, meta: Meta) -> Vec<u8> {
    let mut body = json!({
        "protocolVersion": Revision::negotiate(wish).as_str(),
        "capabilities": server.capabilities,
        "serverInfo": server.implementation(),
    });
    add_instructions(&mut body, server);
    frame(id, Era::Legacy, server, (COMPLETE, false), (&body, 0), meta)
}

/// Prints the answer to `server/discover`.
#[must_use]
pub fn print_discover(id: &Id, server: &ServerInfo, meta: Meta) -> Vec<u8> {
    let mut body = json!({
        "supportedVersions": Revision::ALL.map(Revision::as_str),
        "capabilities": server.capabilities,
    });
    add_instructions(&mut body, server);
    frame(id, Era::Modern, server, (COMPLETE, true), (&body, 0), meta)
}

fn add_instructions(body: &mut Value, server: &ServerInfo) {
    if let (Some(text), Some(members)) = (&server.instructions, body.as_object_mut()) {
        members.insert("instructions".to_owned(), Value::from(text.as_str()));
    }
}

/// Prints the answer to `ping`.
#[must_use]
pub fn print_ping(id: &Id, server: &ServerInfo, meta: Meta) -> Vec<u8> {
    frame(id, Era::Legacy, server, (COMPLETE, false), (&json!({}), 0), meta)
}

/// Prints a list of tools.
#[must_use]
pub fn print_tool_list(
    id: &Id,
    era: Era,
    server: &ServerInfo,
    list: &ToolList,
    meta: Meta,
) -> Vec<u8> {
    frame(id, era, server, (COMPLETE, true), (list, 0), meta)
}

/// Prints a tool's result.
#[must_use]
pub fn print_tool_result(
    id: &Id,
    era: Era,
    server: &ServerInfo,
    result: &ToolResult,
    meta: Meta,
) -> Vec<u8> {
    // Quotes and line ends take a byte more each.
    let text = result.content.iter().map(Content::text_len).sum::<usize>();
    let text = text.saturating_add(text.div_euclid(4));
    frame(id, era, server, (COMPLETE, false), (result, text), meta)
}

/// Prints a result that asks the client for input; only modern clients can be asked so.
#[must_use]
pub fn print_input_required(
    id: &Id,
    era: Era,
    server: &ServerInfo,
    required: &InputRequired,
    meta: Meta,
) -> Vec<u8> {
    match era {
        Era::Modern => frame(id, era, server, (INPUT_REQUIRED, false), (required, 0), meta),
        Era::Legacy => print_fault(Some(id), era, &Fault::Internal),
    }
}

/// Prints the result of any other method; the modern members are added where its value lacks them.
#[must_use]
pub fn print_raw_result(
    id: &Id,
    era: Era,
    server: &ServerInfo,
    cacheable: bool,
    mut body: Value,
    mut meta: Meta,
) -> Vec<u8> {
    let mut result_type = COMPLETE;
    if let Some(members) = body.as_object_mut() {
        if let Some(Value::Object(own)) = members.remove("_meta") {
            meta.extend(own);
        }
        if members.remove("resultType").is_some_and(|kind| kind == INPUT_REQUIRED) {
            result_type = INPUT_REQUIRED;
        }
    }
    let cacheable = cacheable && result_type == COMPLETE;
    frame(id, era, server, (result_type, cacheable), (&body, 0), meta)
}
