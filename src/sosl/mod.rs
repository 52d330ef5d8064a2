//! SOSL: the term's own lexer and grammar, parser, syntax tree, printer and errors.
//!
//! Text comes in, a [`ast::Search`] comes out, and what is sent to Salesforce is printed from that
//! tree, the term included: every reserved character that stands for itself is escaped again. The
//! clauses after the term are `soql`'s tokens, and what SOSL shares with SOQL is read by `soql`.
//! What a search matches and reads is `footprint`'s question; so is which of the clauses that are
//! read here may be sent.
//!
//! ```
//! let search = fieldgate::sosl::parse("find {Joe Sm*} in name fields returning lead(name)")?;
//! assert_eq!(search.to_string(), "FIND {Joe Sm*} IN NAME FIELDS RETURNING lead(name)");
//! # Ok::<(), fieldgate::sosl::SoslError>(())
//! ```

pub mod ast;
mod error;
pub mod limits;
mod parser;
mod print;
mod rewrite;
mod term;

pub use error::{ErrorKind, SoslError};
pub use parser::parse;

#[cfg(test)]
mod tests;
