//! Answers, printed in the shape of the call's era.

use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::jsonrpc::{ErrorObject, Id, print_error, print_result, print_result_of, push_text};

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

/// What a tool's result has beside its content.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BesideContent<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    structured_content: Option<&'a RawValue>,
    is_error: bool,
}

impl<'a, B: Serialize> Framed<'a, B> {
    fn new(
        era: Era,
        server: &ServerInfo,
        (result_type, cacheable): (&'static str, bool),
        body: &'a B,
        mut meta: Meta,
    ) -> Self {
        let modern = era == Era::Modern;
        if modern {
            meta.insert(SERVER_INFO.to_owned(), server.implementation());
        }
        Self {
            result_type: modern.then_some(result_type),
            body,
            ttl_ms: (modern && cacheable).then_some(server.ttl_ms),
            cache_scope: (modern && cacheable).then_some(CACHE_SCOPE),
            meta,
        }
    }
}

fn frame<B: Serialize>(
    id: &Id,
    era: Era,
    server: &ServerInfo,
    kind: (&'static str, bool),
    body: &B,
    meta: Meta,
) -> Vec<u8> {
    print_result(id, Framed::new(era, server, kind, body, meta), USUAL_ROOM)
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
    frame(id, Era::Legacy, server, (COMPLETE, false), &body, meta)
}

/// Prints the answer to `server/discover`.
#[must_use]
pub fn print_discover(id: &Id, server: &ServerInfo, meta: Meta) -> Vec<u8> {
    let mut body = json!({
        "supportedVersions": Revision::ALL.map(Revision::as_str),
        "capabilities": server.capabilities,
    });
    add_instructions(&mut body, server);
    frame(id, Era::Modern, server, (COMPLETE, true), &body, meta)
}

fn add_instructions(body: &mut Value, server: &ServerInfo) {
    if let (Some(text), Some(members)) = (&server.instructions, body.as_object_mut()) {
        members.insert("instructions".to_owned(), Value::from(text.as_str()));
    }
}

/// Prints the answer to `ping`.
#[must_use]
pub fn print_ping(id: &Id, server: &ServerInfo, meta: Meta) -> Vec<u8> {
    frame(id, Era::Legacy, server, (COMPLETE, false), &json!({}), meta)
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
    frame(id, era, server, (COMPLETE, true), list, meta)
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
    let texts = result.content.iter().map(Content::text_len).sum::<usize>();
    // Quotes and line ends take a byte more each.
    let room = USUAL_ROOM.saturating_add(texts).saturating_add(texts.div_euclid(4));
    let ToolResult { content, structured_content, is_error } = result;
    let beside =
        BesideContent { structured_content: structured_content.as_deref(), is_error: *is_error };
    let framed = Framed::new(era, server, (COMPLETE, false), &beside, meta);
    print_result_of(id, ("content", |json| write_content(json, content)), framed, room)
        .unwrap_or_else(|_error| print_fault(Some(id), era, &Fault::Internal))
}

fn write_content(json: &mut Vec<u8>, content: &[Content]) -> serde_json::Result<()> {
    json.push(b'[');
    for (nth, block) in content.iter().enumerate() {
        if nth > 0 {
            json.push(b',');
        }
        match block {
            Content::Text { text } => {
                json.extend_from_slice(br#"{"type":"text","text":"#);
                push_text(json, text);
                json.push(b'}');
            }
            Content::Image { .. } | Content::Audio { .. } | Content::Resource { .. } => {
                serde_json::to_writer(&mut *json, block)?;
            }
        }
    }
    json.push(b']');
    Ok(())
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
        Era::Modern => frame(id, era, server, (INPUT_REQUIRED, false), required, meta),
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
    frame(id, era, server, (result_type, cacheable), &body, meta)
}
