//! Fixture tools that need input from the client before they end (SEP-2322). All they know between
//! two rounds is in `requestState`, which is authenticated, since the client holds it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fieldgate::mcp::{Fault, InputRequired, ToolResult};
use fieldgate::proxy::transport::{CallAnswer, ToolCall};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Map, Value, json};
use sha2::Sha256;

use crate::tools::Declares as _;

/// Calls one.
pub(crate) fn call(call: &ToolCall, key: &[u8]) -> Result<CallAnswer, Fault> {
    let tool = call.name.as_str();
    let responses: Value = match &call.input_responses {
        Some(raw) => serde_json::from_str(raw.get()).unwrap_or_default(),
        None => Value::Null,
    };
    let step = match &call.request_state {
        Some(state) => opened(state, tool, key)?,
        None => 0,
    };
    let (asked, stateful) = questions(call, tool, step)?;
    let answered = asked.keys().all(|name| responses.get(name).is_some_and(Value::is_object));
    if !asked.is_empty() && !answered {
        return Ok(require(asked, stateful.then(|| sealed(step, tool, key))));
    }
    if tool == "test_input_required_result_multi_round" && step == 0 {
        let next =
            one("step2", elicitation("Step 2: What is your favorite color?", "color", "string"));
        return Ok(require(next, Some(sealed(1, tool, key))));
    }
    let name = responses.pointer("/user_name/content/name").and_then(Value::as_str);
    Ok(CallAnswer::Result(ToolResult::text(match name {
        Some(name) => format!("Hello, {name}!"),
        None => format!("state-ok: {responses}"),
    })))
}

fn require(questions: Map<String, Value>, state: Option<String>) -> CallAnswer {
    CallAnswer::InputRequired(InputRequired {
        input_requests: Some(Value::Object(questions)),
        request_state: state,
    })
}

/// What a tool asks at a step, and whether it keeps state.
fn questions(call: &ToolCall, tool: &str, step: u8) -> Result<(Map<String, Value>, bool), Fault> {
    let name = || elicitation("What is your name?", "name", "string");
    let roots = || json!({ "method": "roots/list", "params": {} });
    Ok(match tool.trim_start_matches("test_input_required_result_") {
        "elicitation" => (one("user_name", name()), false),
        "sampling" => {
            (one("capital_question", sampling("What is the capital of France?", 100)), false)
        }
        "list_roots" => (one("client_roots", roots()), false),
        "request_state" | "tampered_state" => {
            (one("confirm", elicitation("Please confirm", "ok", "boolean")), true)
        }
        "multiple_inputs" => {
            let mut all = one("user_name", name());
            all.insert("greeting".to_owned(), sampling("Generate a greeting", 50));
            all.insert("client_roots".to_owned(), roots());
            (all, true)
        }
        "multi_round" if step == 0 => {
            (one("step1", elicitation("Step 1: What is your name?", "name", "string")), true)
        }
        "multi_round" => {
            let color = elicitation("Step 2: What is your favorite color?", "color", "string");
            (one("step2", color), true)
        }
        "capabilities" => {
            let mut all = Map::new();
            for (capability, key, question) in [
                ("sampling", "greeting", sampling("Generate a greeting", 50)),
                ("elicitation", "user_name", name()),
                ("roots", "client_roots", roots()),
            ] {
                if call.declares(capability) {
                    all.insert(key.to_owned(), question);
                }
            }
            (all, false)
        }
        _ => return Err(Fault::UnknownTool(tool.to_owned())),
    })
}

fn one(key: &str, question: Value) -> Map<String, Value> {
    Map::from_iter([(key.to_owned(), question)])
}

/// An `elicitation/create` for one required value.
pub(crate) fn elicitation(message: &str, property: &str, kind: &str) -> Value {
    json!({
        "method": "elicitation/create",
        "params": {
            "mode": "form",
            "message": message,
            "requestedSchema": {
                "type": "object",
                "properties": { property: { "type": kind } },
                "required": [property],
            },
        },
    })
}

fn sampling(text: &str, max_tokens: u32) -> Value {
    json!({
        "method": "sampling/createMessage",
        "params": {
            "messages": [{ "role": "user", "content": { "type": "text", "text": text } }],
            "maxTokens": max_tokens,
        },
    })
}

fn sealed(step: u8, tool: &str, key: &[u8]) -> String {
    let tag = seal(step, tool, key).map(|mac| mac.finalize().into_bytes().to_vec());
    format!("{step}.{}", URL_SAFE_NO_PAD.encode(tag.unwrap_or_default()))
}

fn seal(step: u8, tool: &str, key: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(&[step]);
    mac.update(tool.as_bytes());
    Some(mac)
}

/// The step that a state names.
fn opened(state: &str, tool: &str, key: &[u8]) -> Result<u8, Fault> {
    let open = || {
        let (step, tag) = state.split_once('.')?;
        let step: u8 = step.parse().ok()?;
        let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
        seal(step, tool, key)?.verify_slice(&tag).ok().map(|()| step)
    };
    open().ok_or_else(|| Fault::InvalidParams("`requestState` was altered".to_owned()))
}
