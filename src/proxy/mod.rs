//! The gate (the pipeline on one screen), the server and the transport.
//!
//! The transport knows HTTP and MCP, the gate knows calls, and the server puts the one behind the
//! other. What is decided, limited and recorded is left to the modules above.

mod bulk;
mod call;
mod carry;
mod gate;
mod judge;
mod rejection;
pub mod reload;
mod schema;
mod server;
mod standing;
pub mod transport;

pub use gate::Gate;
pub use schema::{Follows, SchemaStore};
pub use server::Server;
