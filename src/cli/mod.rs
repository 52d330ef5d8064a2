//! The command line, one file a command.

#[cfg(feature = "demo-org")]
pub mod demo_org;
