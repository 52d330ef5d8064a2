//! Names of span attributes. The MCP conventions of OpenTelemetry are in development and in no
//! crate: these are of semantic-conventions-genai (docs/gen-ai/mcp.md); `fieldgate.*` is our own.

pub(super) const MCP_METHOD: &str = "mcp.method.name";
pub(super) const MCP_PROTOCOL: &str = "mcp.protocol.version";
pub(super) const TOOL_NAME: &str = "gen_ai.tool.name";
pub(super) const OPERATION_NAME: &str = "gen_ai.operation.name";
pub(super) const REQUEST_ID: &str = "jsonrpc.request.id";
pub(super) const RPC_STATUS: &str = "rpc.response.status_code";
pub(super) const ERROR_TYPE: &str = "error.type";
pub(super) const TRANSPORT: &str = "network.transport";
pub(super) const PROTOCOL: &str = "network.protocol.name";
pub(super) const CLIENT_ADDRESS: &str = "client.address";
pub(super) const CLIENT_PORT: &str = "client.port";
pub(super) const SERVER_ADDRESS: &str = "server.address";
pub(super) const SERVER_PORT: &str = "server.port";
pub(super) const HTTP_METHOD: &str = "http.request.method";
pub(super) const HTTP_STATUS: &str = "http.response.status_code";

pub(super) const AGENT: &str = "fieldgate.agent";
pub(super) const SERVER: &str = "fieldgate.server";
pub(super) const OPERATION: &str = "fieldgate.operation";
pub(super) const DECISION: &str = "fieldgate.decision";
pub(super) const REASON: &str = "fieldgate.reason";
pub(super) const OBJECTS: &str = "fieldgate.objects";
pub(super) const POLICY_IDS: &str = "fieldgate.policy.ids";
pub(super) const POLICY_SET: &str = "fieldgate.policy.set_hash";
pub(super) const FIELDS_DENIED: &str = "fieldgate.fields.denied_count";
pub(super) const AUDIT_ID: &str = "fieldgate.audit.id";
pub(super) const AUDIT_SEQ: &str = "fieldgate.audit.seq";
