//! MCP's revisions, methods and results. Pure; knows nothing of HTTP servers or Salesforce.
//!
//! One endpoint speaks both eras, and both without sessions:
//!
//! - **legacy** (2025-03-26, 2025-06-18, 2025-11-25): opened by `initialize`;
//! - **modern** (2026-07-28): every request bears its revision and the client's capabilities in
//!   `params._meta`, and mirrors version, method and name in headers.
//!
//! [`check`] turns a JSON-RPC request and its [`RoutingHeaders`] into a [`Call`] or a [`Fault`];
//! the functions of [`print`](self) turn answers into bytes of the call's era. The body is the
//! truth: headers are only compared with it, and nothing is ever decided on them.
//!
//! One deviation: 2025-03-26 obliges a server to accept arrays of messages. We accept that revision
//! in `initialize` and refuse batches (400, −32600), since an array multiplies what one request
//! may cost, no later revision has them, and no client that we know of sends them.

mod check;
mod fault;
mod headers;
mod meta;
mod print;
mod revision;
mod server;
mod tool;

#[cfg(test)]
mod tests;

pub use check::{Call, Initialize, Method, OtherMethod, ToolsCall, check, check_notification};
pub use fault::Fault;
pub use headers::{Field, RoutingHeaders};
pub use meta::{ClientInfo, RequestMeta};
pub use print::{
    print_discover, print_fault, print_initialize, print_input_required, print_ping,
    print_raw_result, print_tool_list, print_tool_result,
};
pub use revision::{Era, Revision};
pub use server::ServerInfo;
pub use tool::{Annotations, Content, InputRequired, Meta, Tool, ToolList, ToolResult};
