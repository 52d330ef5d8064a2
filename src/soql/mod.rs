//! SOQL: tokens, lexer, parser, syntax tree, printer and errors.
//!
//! Text comes in, a [`ast::Query`] comes out, and what is sent to Salesforce is printed from that
//! tree: a caller's own text never travels. What names mean is left to `org`, what is read to
//! `footprint`.

pub mod ast;
