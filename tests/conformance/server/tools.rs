//! Fixture tools that answer in one round, some of them after speaking to the client.

use std::time::Duration;

use fieldgate::mcp::{Content, Era, Fault, InputRequired, Tool, ToolResult};
use fieldgate::proxy::transport::{CallAnswer, Peer, ToolCall};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::time::sleep;

/// One red pixel.
pub(crate) const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";
/// No samples.
const WAV: &str = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=";
/// Between two messages, so that a client sees them arrive apart.
const PAUSE: Duration = Duration::from_millis(50);

/// Names, descriptions, and the argument that each takes, if any.
const TOOLS: [(&str, &str, Option<&str>); 24] = [
    ("test_simple_text", "Returns a text.", None),
    ("test_image_content", "Returns an image.", None),
    ("test_audio_content", "Returns sound.", None),
    ("test_embedded_resource", "Returns a resource.", None),
    ("test_multiple_content_types", "Returns a text, an image and a resource.", None),
    ("test_tool_with_logging", "Logs while it runs.", None),
    ("test_error_handling", "Fails.", None),
    ("test_tool_with_progress", "Tells its progress.", None),
    ("test_sampling", "Asks the client's model.", Some("prompt")),
    ("test_elicitation", "Asks the client's user.", Some("message")),
    ("test_elicitation_sep1034_defaults", "Asks with default values.", None),
    ("test_elicitation_sep1330_enums", "Asks with choices.", None),
    ("test_missing_capability", "Needs sampling.", None),
    ("test_streaming_elicitation", "Asks for input in a stream.", None),
    ("test_logging_tool", "Logs if it was asked to.", None),
    ("test_input_required_result_elicitation", "Needs a name.", None),
    ("test_input_required_result_sampling", "Needs an answer from a model.", None),
    ("test_input_required_result_list_roots", "Needs the client's roots.", None),
    ("test_input_required_result_request_state", "Needs a confirmation.", None),
    ("test_input_required_result_multiple_inputs", "Needs three inputs.", None),
    ("test_input_required_result_multi_round", "Needs two inputs, in turn.", None),
    ("test_input_required_result_tampered_state", "Protects its state.", None),
    ("test_input_required_result_capabilities", "Asks only what the client can do.", None),
    ("test_reconnection", "Returns a text.", None),
];

/// What `tools/list` lists.
pub(crate) fn catalogue() -> Vec<Tool> {
    TOOLS
        .iter()
        .map(|(name, description, argument)| {
            let schema = match argument {
                None => json!({ "type": "object", "properties": {} }),
                Some(name) => json!({
                    "type": "object",
                    "properties": { *name: { "type": "string" } },
                    "required": [name],
                }),
            };
            Tool {
                name: (*name).into(),
                title: None,
                description: (*description).into(),
                input_schema: RawValue::from_string(schema.to_string()).unwrap_or_default(),
                output_schema: None,
                annotations: None,
                meta: None,
            }
        })
        .collect()
}

/// Calls one.
pub(crate) async fn call(call: &ToolCall, peer: &Peer) -> Result<CallAnswer, Fault> {
    let arguments: Value = serde_json::from_str(call.arguments.get()).unwrap_or_default();
    let result = match call.name.as_str() {
        "test_simple_text" | "test_reconnection" => {
            ToolResult::text("This is a simple text response for testing.")
        }
        "test_image_content" => of(vec![image()]),
        "test_audio_content" => {
            of(vec![Content::Audio { data: WAV.into(), mime_type: "audio/wav".into() }])
        }
        "test_embedded_resource" => of(vec![resource(
            "test://embedded-resource",
            "text/plain",
            "This is an embedded resource content.",
        )]),
        "test_multiple_content_types" => of(vec![
            Content::text("Multiple content types test:"),
            image(),
            resource(
                "test://mixed-content-resource",
                "application/json",
                r#"{"test":"data","value":123}"#,
            ),
        ]),
        "test_error_handling" => {
            ToolResult::error("This tool intentionally returns an error for testing")
        }
        "test_tool_with_logging" | "test_logging_tool" => log(call, peer).await,
        "test_tool_with_progress" => progress(peer).await,
        "test_sampling" => sample(peer, &arguments).await,
        "test_elicitation"
        | "test_elicitation_sep1034_defaults"
        | "test_elicitation_sep1330_enums" => elicit(&call.name, peer, &arguments).await,
        "test_missing_capability" if !call.declares("sampling") => {
            return Err(Fault::MissingCapability(json!({ "sampling": {} })));
        }
        "test_missing_capability" => ToolResult::text("The client can sample."),
        "test_streaming_elicitation" => {
            let request = crate::rounds::elicitation("Which one?", "choice", "string");
            return Ok(CallAnswer::InputRequired(InputRequired {
                input_requests: Some(json!({ "choice": request })),
                request_state: None,
            }));
        }
        _ => return Err(Fault::UnknownTool(call.name.clone())),
    };
    Ok(CallAnswer::Result(result))
}

/// Whether a client said that it can do something.
pub(crate) trait Declares {
    fn declares(&self, capability: &str) -> bool;
}

impl Declares for ToolCall {
    fn declares(&self, capability: &str) -> bool {
        let declared = self.context.meta.client_capabilities.as_ref();
        declared
            .and_then(|raw| serde_json::from_str::<Value>(raw.get()).ok())
            .is_some_and(|capabilities| capabilities.get(capability).is_some())
    }
}

fn of(content: Vec<Content>) -> ToolResult {
    ToolResult { content, ..ToolResult::default() }
}

fn image() -> Content {
    Content::Image { data: PNG.into(), mime_type: "image/png".into() }
}

fn resource(uri: &str, mime_type: &str, text: &str) -> Content {
    Content::Resource { resource: json!({ "uri": uri, "mimeType": mime_type, "text": text }) }
}

async fn log(call: &ToolCall, peer: &Peer) -> ToolResult {
    let wanted = call.context.era() == Era::Legacy || call.context.meta.log_level.is_some();
    for text in ["Tool execution started", "Tool processing data", "Tool execution completed"] {
        if wanted {
            let message = json!({ "level": "info", "logger": "fixtures", "data": text });
            peer.notify("notifications/message", message).await;
            sleep(PAUSE).await;
        }
    }
    ToolResult::text("Tool execution completed")
}

async fn progress(peer: &Peer) -> ToolResult {
    for done in [0, 50, 100] {
        peer.progress(done, Some(100), None).await;
        sleep(PAUSE).await;
    }
    ToolResult::text("Done.")
}

async fn sample(peer: &Peer, arguments: &Value) -> ToolResult {
    let prompt = arguments.get("prompt").cloned().unwrap_or_default();
    let params = json!({
        "messages": [{ "role": "user", "content": { "type": "text", "text": prompt } }],
        "maxTokens": 100,
    });
    match ask(peer, "sampling/createMessage", params).await {
        Ok(answer) => {
            let text = answer.pointer("/content/text").and_then(Value::as_str).unwrap_or_default();
            ToolResult::text(format!("LLM response: {text}"))
        }
        Err(text) => ToolResult::error(text),
    }
}

async fn elicit(tool: &str, peer: &Peer, arguments: &Value) -> ToolResult {
    let (message, properties, label) = match tool {
        "test_elicitation" => (
            arguments.get("message").and_then(Value::as_str).unwrap_or("Who are you?"),
            json!({
                "username": { "type": "string", "description": "User's response" },
                "email": { "type": "string", "description": "User's email address" },
            }),
            "User response:",
        ),
        "test_elicitation_sep1034_defaults" => {
            ("Please check these values.", defaults(), "Elicitation completed:")
        }
        _ => ("Please choose.", choices(), "Elicitation completed:"),
    };
    let required =
        if tool == "test_elicitation" { json!(["username", "email"]) } else { json!([]) };
    let schema = json!({ "type": "object", "properties": properties, "required": required });
    let params = json!({ "message": message, "requestedSchema": schema });
    match ask(peer, "elicitation/create", params).await {
        Ok(answer) => {
            let action = answer.get("action").and_then(Value::as_str).unwrap_or_default();
            let content = answer.get("content").cloned().unwrap_or_default();
            ToolResult::text(format!("{label} action={action}, content={content}"))
        }
        Err(text) => ToolResult::error(text),
    }
}

async fn ask(peer: &Peer, method: &str, params: Value) -> Result<Value, String> {
    let answer = peer.request(method, params).await.map_err(|error| error.to_string())?;
    let result = answer.map_err(|error| error.get().to_owned())?;
    serde_json::from_str(result.get()).map_err(|error| error.to_string())
}

fn defaults() -> Value {
    json!({
        "name": { "type": "string", "default": "John Doe" },
        "age": { "type": "integer", "default": 30 },
        "score": { "type": "number", "default": 95.5 },
        "status": {
            "type": "string", "enum": ["active", "inactive", "pending"], "default": "active",
        },
        "verified": { "type": "boolean", "default": true },
    })
}

fn choices() -> Value {
    let titled = |title: &str| {
        json!([
            { "const": "value1", "title": format!("First {title}") },
            { "const": "value2", "title": format!("Second {title}") },
            { "const": "value3", "title": format!("Third {title}") },
        ])
    };
    let plain = json!(["option1", "option2", "option3"]);
    json!({
        "untitledSingle": { "type": "string", "enum": plain },
        "titledSingle": { "type": "string", "oneOf": titled("Option") },
        "legacyEnum": {
            "type": "string",
            "enum": ["opt1", "opt2", "opt3"],
            "enumNames": ["Option One", "Option Two", "Option Three"],
        },
        "untitledMulti": { "type": "array", "items": { "type": "string", "enum": plain } },
        "titledMulti": { "type": "array", "items": { "anyOf": titled("Choice") } },
    })
}
