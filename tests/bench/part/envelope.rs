//! From bytes to a tool call.

use fieldgate::jsonrpc::{Limits, Message, parse};
use fieldgate::mcp::{Field, Method, RoutingHeaders, check};
use fieldgate::tools::{Seals, known_as};

use super::Part;

/// Fields of a record that make a message of the size.
const SIZES: [(&str, usize); 2] = [("0.8 KB", 2), ("64 KB", 330)];

pub(super) fn envelopes() -> Vec<Part> {
    let of = |(size, fields)| {
        let message = message(fields);
        Part::of("envelope", size, move || read(&message))
    };
    SIZES.into_iter().map(of).collect()
}

pub(super) fn arguments() -> Vec<Part> {
    let of = |(size, fields)| {
        let Method::ToolsCall(call) = read(&message(fields)).method else { panic!("a call") };
        let arguments = call.arguments.get().to_owned();
        Part::of("tool arguments", size, move || operation(&arguments))
    };
    SIZES.into_iter().map(of).collect()
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
