//! The calls that are made, as bytes.

use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::answers::{OBJECT, Query};

/// The revision of MCP that a client speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Era {
    /// Without a session: everything stands in each request.
    Modern,
    /// After a handshake.
    Legacy,
}

impl Era {
    pub(crate) fn revision(self) -> &'static str {
        match self {
            Self::Modern => "2026-07-28",
            Self::Legacy => "2025-11-25",
        }
    }
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    /// A query that is permitted.
    Query(Query),
    /// The same with a field that is forbidden.
    Forbidden(Query),
    /// A tool that is forbidden altogether.
    ForbiddenTool,
    /// What an object is like.
    Describe,
}

/// The bearer token of the agent that calls.
pub(crate) const TOKEN: &str = "token-of-the-agent-that-is-measured";

/// A call as it is sent, and what its answer must be like.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) bytes: Vec<u8>,
    pub(crate) status: u16,
    /// What stands in a right answer.
    pub(crate) marker: &'static str,
}

impl Call {
    /// `path` is where the system takes calls; one that reads no queries is told by it which answer
    /// is wanted.
    pub(crate) fn new(address: SocketAddr, path: &str, era: Era, ask: Ask) -> Self {
        let (tool, arguments, marker) = match ask {
            Ask::Query(query) => {
                ("executeQuery", json!({ "query": query.soql() }), r#""isError":false"#)
            }
            Ask::Forbidden(query) => {
                let soql = query.soql().replacen("SELECT ", "SELECT SSN__c, ", 1);
                ("executeQuery", json!({ "query": soql }), "policy_denied")
            }
            Ask::ForbiddenTool => ("deleteRecord", json!({ "object": OBJECT, "id": "003" }), ""),
            Ask::Describe => ("describeObject", json!({ "object": OBJECT }), r#""isError":false"#),
        };
        let mut params = json!({ "name": tool, "arguments": arguments });
        let mut routing = String::new();
        if era == Era::Modern {
            params["_meta"] = json!({
                "io.modelcontextprotocol/protocolVersion": era.revision(),
                "io.modelcontextprotocol/clientCapabilities": {},
                "io.modelcontextprotocol/clientInfo": { "name": "bench", "version": "1" },
            });
            routing = format!("Mcp-Method: tools/call\r\nMcp-Name: {tool}\r\n");
        }
        let status = if ask == Ask::ForbiddenTool { 403 } else { 200 };
        let bytes = post(address, path, era, &routing, "tools/call", &params);
        Self { bytes, status, marker }
    }

    /// The handshake of the legacy era.
    pub(crate) fn initialize(address: SocketAddr, path: &str) -> Self {
        let params = json!({ "protocolVersion": Era::Legacy.revision(), "capabilities": {},
            "clientInfo": { "name": "bench", "version": "1" } });
        let bytes = post(address, path, Era::Legacy, "", "initialize", &params);
        Self { bytes, status: 200, marker: "serverInfo" }
    }
}

fn post(
    address: SocketAddr,
    path: &str,
    era: Era,
    routing: &str,
    method: &str,
    params: &Value,
) -> Vec<u8> {
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
    let (length, revision) = (body.len(), era.revision());
    format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         Accept: application/json, text/event-stream\r\nAuthorization: Bearer {TOKEN}\r\n\
         MCP-Protocol-Version: {revision}\r\n{routing}Content-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}
