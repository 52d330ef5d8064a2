//! Fixture prompts, resources, completion and logging.

use fieldgate::mcp::Fault;
use fieldgate::proxy::transport::MethodCall;
use serde_json::{Value, json};

use crate::rounds::elicitation;
use crate::tools::PNG;

/// Calls a method that isn't about tools.
pub(crate) fn call(call: &MethodCall) -> Result<Value, Fault> {
    let params: Value = match &call.params {
        Some(raw) => serde_json::from_str(raw.get()).unwrap_or_default(),
        None => Value::Null,
    };
    let text = |name: &str| params.get(name).and_then(Value::as_str).unwrap_or_default();
    match call.method.as_str() {
        "prompts/list" => Ok(json!({ "prompts": prompts() })),
        "prompts/get" => prompt(text("name"), &params),
        "resources/list" => Ok(json!({ "resources": [
            resource("test://static-text", "A text", "text/plain"),
            resource("test://static-binary", "An image", "image/png"),
            resource("test://watched-resource", "A text to watch", "text/plain"),
        ] })),
        "resources/templates/list" => Ok(json!({ "resourceTemplates": [{
            "uriTemplate": "test://template/{id}/data", "name": "data",
            "description": "Data by id", "mimeType": "application/json",
        }] })),
        "resources/read" => read(text("uri")),
        "resources/subscribe" | "resources/unsubscribe" | "logging/setLevel" => Ok(json!({})),
        "completion/complete" => Ok(
            json!({ "completion": { "values": ["paris", "park"], "total": 2, "hasMore": false } }),
        ),
        _ => Err(Fault::MethodNotFound(call.method.clone())),
    }
}

fn resource(uri: &str, description: &str, mime_type: &str) -> Value {
    let name = uri.trim_start_matches("test://");
    json!({ "uri": uri, "name": name, "description": description, "mimeType": mime_type })
}

fn read(uri: &str) -> Result<Value, Fault> {
    let contents = match uri {
        "test://static-text" => json!({
            "uri": uri, "mimeType": "text/plain",
            "text": "This is the content of the static text resource.",
        }),
        "test://watched-resource" => {
            json!({ "uri": uri, "mimeType": "text/plain", "text": "Nothing has happened." })
        }
        "test://static-binary" => json!({ "uri": uri, "mimeType": "image/png", "blob": PNG }),
        _ => {
            let id = uri
                .strip_prefix("test://template/")
                .and_then(|rest| rest.strip_suffix("/data"))
                .ok_or_else(|| Fault::UnknownResource(uri.to_owned()))?;
            let data =
                json!({ "id": id, "templateTest": true, "data": format!("Data for ID: {id}") });
            json!({ "uri": uri, "mimeType": "application/json", "text": data.to_string() })
        }
    };
    Ok(json!({ "contents": [contents] }))
}

fn prompts() -> Value {
    let argument = |name: &str| json!({ "name": name, "description": name, "required": true });
    let prompt = |name: &str, arguments: Vec<Value>| json!({ "name": name, "description": "A prompt for testing.", "arguments": arguments });
    json!([
        prompt("test_simple_prompt", vec![]),
        prompt("test_prompt_with_arguments", vec![argument("arg1"), argument("arg2")]),
        prompt("test_prompt_with_embedded_resource", vec![argument("resourceUri")]),
        prompt("test_prompt_with_image", vec![]),
        prompt("test_input_required_result_prompt", vec![]),
    ])
}

fn prompt(name: &str, params: &Value) -> Result<Value, Fault> {
    let argument = |name: &str| {
        params
            .pointer("/arguments")
            .and_then(|all| all.get(name))
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let user = |content: Value| json!({ "role": "user", "content": content });
    let text = |text: &str| user(json!({ "type": "text", "text": text }));
    let messages = match name {
        "test_simple_prompt" => json!([text("This is a simple prompt for testing.")]),
        "test_prompt_with_arguments" => json!([text(&format!(
            "Prompt with arguments: arg1='{}', arg2='{}'",
            argument("arg1"),
            argument("arg2")
        ))]),
        "test_prompt_with_embedded_resource" => json!([
            user(json!({ "type": "resource", "resource": {
                "uri": argument("resourceUri"), "mimeType": "text/plain",
                "text": "Embedded resource content for testing.",
            } })),
            text("Please process the embedded resource above."),
        ]),
        "test_prompt_with_image" => json!([
            user(json!({ "type": "image", "data": PNG, "mimeType": "image/png" })),
            text("Please analyze the image above."),
        ]),
        "test_input_required_result_prompt" => {
            let Some(context) = params.pointer("/inputResponses/user_context/content/context")
            else {
                let question =
                    elicitation("What context should the prompt use?", "context", "string");
                return Ok(json!({
                    "resultType": "input_required",
                    "inputRequests": { "user_context": question },
                }));
            };
            json!([text(&format!("Use this context: {context}"))])
        }
        _ => return Err(Fault::InvalidParams(format!("no prompt `{name}`"))),
    };
    Ok(json!({ "messages": messages }))
}
