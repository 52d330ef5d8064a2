//! How large a search may be.

/// Characters of a term as it is printed. Past it Salesforce drops the term's operators, and past
/// 10,000 it finds nothing (SOQL and SOSL Reference, "SOSL Syntax").
pub const TERM_CHARS: usize = 4_000;
/// Characters of a search. Salesforce's own limit for SOSL statements since 28.0 is that of SOQL.
pub const TEXT_CHARS: usize = crate::soql::limits::TEXT_CHARS;
/// Parentheses of a term inside each other.
pub const DEPTH: usize = crate::soql::limits::DEPTH;
/// Objects of one `RETURNING`.
pub const OBJECTS: usize = 50;
/// `WITH` clauses.
pub const WITHS: usize = 20;
/// Names of one data category filter, categories of one group, and ids of one `NETWORK IN`.
pub const NAMES: usize = 100;
/// Rows that a search answers with when nothing bounds them, and at the most. Salesforce's own.
pub const ROWS: u32 = 2_000;
