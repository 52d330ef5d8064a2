//! The command line, one file a command.

pub mod soql_parse;
pub mod audit;
