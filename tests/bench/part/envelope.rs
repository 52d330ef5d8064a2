//! From bytes to a tool call.

use fieldgate::jsonrpc::{Limits, Message, parse};
use fieldgate::mcp::{Field, Method, RoutingHeaders, check};
use fieldgate::tools::{Seals, known_as};

use super::Part;

pub(super) fn parts() -> Vec<Part> {
    let (small, large) = (message(2), message(330));
    let title = |bytes: &str| format!("{:.1} KB", kilobytes(bytes));
    let arguments = |text: &str| arguments(text);
    let (few, many) = (arguments(&small), arguments(&large));
    vec![
        Part::of("envelope", title(&small), move || read(&small)),
        Part::of("envelope", title(&large), move || read(&large)),
        Part::of("tool arguments", title(&few), move || operation(&few)),
        Part::of("tool arguments", title(&many), move || operation(&many)),
    ]
}

#[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "for people to read")]
fn kilobytes(text: &str) -> f64 {
    text.len() as f64 / 1000.0
}

fn read(message: &str) -> fieldgate::mcp::Call {
    let headers = RoutingHeaders {
        version: Field::One(b"2026-07-28"),
        method: Field::One(b"tools/call"),
        name: Field::One(b"createRecord"),
    };
    let Message::Request(request) = parse(message.as_bytes(), Limits::default()).unwrap() else {
        panic!("a request");
    };
    check(&request, &headers).unwrap()
}

fn arguments(message: &str) -> String {
    let Method::ToolsCall(call) = read(message).method else { panic!("a call of a tool") };
    call.arguments.get().to_owned()
}

fn operation(arguments: &str) -> fieldgate::salesforce::Operation {
    known_as("createRecord").unwrap().operation(arguments, &Seals::none()).unwrap()
}

/// A call that creates a task with so many fields.
fn message(fields: usize) -> String {
    let fields: Vec<String> = (0..fields)
        .map(|field| format!(r#""Field_{field:04}__c":"{}""#, "What a customer said. ".repeat(8)))
        .collect();
    format!(
        concat!(
            r#"{{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{{"#,
            r#""_meta":{{"io.modelcontextprotocol/protocolVersion":"2026-07-28","#,
            r#""io.modelcontextprotocol/clientCapabilities":{{}},"#,
            r#""io.modelcontextprotocol/clientInfo":{{"name":"bench","version":"1"}}}},"#,
            r#""name":"createRecord","arguments":{{"object":"Task","fields":{{{}}}}}}}}}"#,
        ),
        fields.join(",")
    )
}
