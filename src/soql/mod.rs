//! SOQL: tokens, lexer, parser, syntax tree, printer and errors.
//!
//! Text comes in, a [`ast::Query`] comes out, and what is sent to Salesforce is printed from that
//! tree: a caller's own text never travels. What names mean is left to `org`, what is read to
//! `footprint`.
//!
//! ```
//! let query = fieldgate::soql::parse("select Name from Account where Name like 'A%'")?;
//! assert_eq!(query.to_string(), "SELECT Name FROM Account WHERE Name LIKE 'A%'");
//! # Ok::<(), fieldgate::soql::SoqlError>(())
//! ```

pub mod ast;
mod error;
mod keyword;
mod lexer;
pub mod limits;
mod parser;
mod print;
mod rewrite;
pub mod scopes;
mod token;

pub use error::{ErrorKind, Feature, Position, SoqlError, render};
pub(crate) use lexer::shown;
pub(crate) use parser::Clauses;
pub use parser::parse;
pub use rewrite::{Dropped, Listed};

#[cfg(test)]
mod tests;
