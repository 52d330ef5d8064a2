//! How large a query may be. Everything here is a constant of the language as Fieldgate reads it:
//! a query within them parses in linear time and bounded memory.

/// Characters of a query. Salesforce's own limit.
pub const TEXT_CHARS: usize = 100_000;
/// Characters of a string literal, escapes counted as what they stand for. Salesforce's own limit.
pub const STRING_CHARS: usize = 4_000;
/// Bytes of an identifier, without its dots.
pub const IDENTIFIER_BYTES: usize = 255;
/// Bytes of a number, its sign counted.
pub const NUMBER_BYTES: usize = 40;
/// Parentheses and subqueries inside each other.
pub const DEPTH: usize = 32;
/// Levels of child subqueries, the outermost query counted. Salesforce's own limit since 58.0.
pub const CHILD_LEVELS: usize = 5;
/// Child subqueries of a query, all levels counted. Salesforce's own limit.
pub const CHILD_QUERIES: usize = 20;
/// Relationships of one path. Salesforce's own limit.
pub const RELATIONSHIPS: usize = 5;
/// Values of one `IN`, `INCLUDES` or `EXCLUDES` list.
pub const LIST_VALUES: usize = 5_000;
/// Items of one `SELECT` list.
pub const SELECT_ITEMS: usize = 1_000;
/// Names after the first of one `FROM` list.
pub const FROM_ALIASES: usize = 50;
/// Items of one `GROUP BY` list.
pub const GROUP_ITEMS: usize = 50;
/// Items of one `ORDER BY` list.
pub const ORDER_ITEMS: usize = 50;
/// Comparisons of a query, subqueries counted; `a + b` is one.
pub const COMPARISONS: usize = 2_000;
/// `WHEN` branches of one `TYPEOF`.
pub const TYPEOF_BRANCHES: usize = 100;
/// `WITH` clauses of a query.
pub const WITH_CLAUSES: usize = 5;
/// Groups of one `WITH DATA CATEGORY`, and categories of one group.
pub const CATEGORIES: usize = 50;
/// Settings of `BIND`, `SET OPTIONS` or a `WITH` clause.
pub const SETTINGS: usize = 50;
