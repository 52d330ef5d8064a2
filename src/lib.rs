//! Fieldgate stands between AI agents and Salesforce, and decides on every object and field.
//!
//! ```text
//! bytes ─▶ ToolCall ─▶ Operation ─▶ Footprint ─▶ Permitted ─▶ Admitted ─▶ Salesforce
//!          mcp         tools        footprint    policy       limits      upstream
//! bytes ◀─────────────────────── redact ◀──────────────────────────────── answer
//!          audit opens at the first arrow and closes at the last
//! ```
//!
//! The modules stand in reading order, and a module uses only those above it
//! (`tests/it/layers.rs` holds the list).

pub mod soql;
pub mod sosl;
pub mod csv;
pub mod salesforce;
pub mod org;
pub mod footprint;
pub mod jsonrpc;
pub mod mcp;
pub mod seal;
pub mod tools;
pub mod policy;
pub mod limits;
pub mod redact;
pub mod audit;
pub mod upstream;
pub mod config;
pub mod telemetry;
pub mod identity;
pub mod proxy;
#[cfg(feature = "demo-org")]
pub mod demo_org;
pub mod cli;
