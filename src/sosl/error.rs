//! Why a text is not a search that Fieldgate can read, and where.

use super::limits;
use crate::soql::ast::Span;
use crate::soql::{self, Position, SoqlError};

/// A refusal and the place in the source that caused it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct SoslError {
    /// What is wrong.
    pub kind: ErrorKind,
    /// Where, in bytes of the source.
    pub span: Span,
}

/// What is wrong with a text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ErrorKind {
    /// Something in the clauses after the term.
    #[error("{0}")]
    Clause(soql::ErrorKind),
    /// The text is longer than [`limits::TEXT_CHARS`].
    #[error("the search is longer than {} characters", limits::TEXT_CHARS)]
    TextTooLong,
    /// The text doesn't start with `FIND`.
    #[error("expected FIND, found {0}")]
    NotFind(Box<str>),
    /// `FIND '…'`, the form of Apex.
    #[error("`FIND '…'` is the form of Apex: write the term in braces, FIND {{term}}")]
    ApexTerm,
    /// `FIND :x`, the form of Apex.
    #[error("a bind variable (`:name`) is the form of Apex: write the term itself, FIND {{term}}")]
    BindVariable,
    /// No brace after `FIND`.
    #[error("expected the term in braces, FIND {{term}}, found {0}")]
    NoTerm(Box<str>),
    /// The text ends inside the term.
    #[error("this term has no closing `}}`")]
    UnterminatedTerm,
    /// The text ends inside a phrase, or the term does.
    #[error("this phrase has no closing `\"`: to search for a quote itself write `\\\"`")]
    UnterminatedPhrase,
    /// `""`.
    #[error("this phrase is empty: write at least one word between the quotes")]
    EmptyPhrase,
    /// A reserved character that stands where it means nothing.
    #[error("`{0}` is reserved in a search term: write `\\{0}` to search for it")]
    Reserved(char),
    /// A `\` before something that isn't reserved.
    #[error(
        "this is not an escape: a backslash stands before one of \
         & | ! ( ) {{ }} [ ] ^ \" ~ * ? : \\ ' + -"
    )]
    Escape,
    /// A character that can't stand in a term at all.
    #[error("the character U+{code:04X} can't stand in a search term", code = u32::from(*.0))]
    Character(char),
    /// An operator without an operand on one side.
    #[error("`{0}` needs a word before and after it: to search for the word write \"{0}\"")]
    Operator(&'static str),
    /// `NOT` that no `AND` stands before.
    #[error("NOT stands only after AND: write a AND NOT b, or \"not\" to search for the word")]
    BareNot,
    /// `{}` or `()`.
    #[error("there is nothing to search for here")]
    Empty,
    /// `(` without `)`.
    #[error("this `(` has no `)`: to search for a parenthesis itself write `\\(`")]
    Unclosed,
    /// `)` without `(`.
    #[error("this `)` has no `(`: to search for a parenthesis itself write `\\)`")]
    Unopened,
    /// Parentheses too deep inside each other.
    #[error("parentheses nest more than {} deep", limits::DEPTH)]
    TooDeep,
    /// A term longer than [`limits::TERM_CHARS`].
    #[error(
        "this term is longer than {} characters, its escapes counted, and Salesforce drops the \
         operators of such a term",
        limits::TERM_CHARS
    )]
    TermTooLong,
    /// A clause where the grammar doesn't have it, or for the second time.
    #[error(
        "`{0}` can't stand here: each clause stands once, in the order FIND, IN, RETURNING, WITH, \
         LIMIT, UPDATE"
    )]
    ClauseOrder(&'static str),
    /// A clause of an object where the grammar doesn't have it.
    #[error(
        "`{0}` can't stand here: an object's fields come first, then WHERE, USING ListView, \
         ORDER BY, LIMIT and OFFSET, each once"
    )]
    ObjectClauseOrder(&'static str),
    /// `Account()`, or clauses of an object without fields.
    #[error("name at least one field first: Account(Id WHERE …), or the object alone")]
    NoFields,
    /// An aggregate, which SOSL doesn't have.
    #[error("SOSL has no aggregate functions: {0} can't stand here")]
    Aggregate(&'static str),
    /// A `WITH` that SOSL doesn't have.
    #[error(
        "expected DIVISION, DATA CATEGORY, SNIPPET, HIGHLIGHT, NETWORK, PricebookId, METADATA, \
         SPELL_CORRECTION, USER_MODE or SYSTEM_MODE after WITH"
    )]
    With,
    /// The same `WITH` twice.
    #[error("`{0}` stands twice")]
    WithTwice(&'static str),
    /// `WITH METADATA` with another value.
    #[error("the value of METADATA is 'LABELS'")]
    Metadata,
}

impl From<SoqlError> for SoslError {
    fn from(SoqlError { kind, span }: SoqlError) -> Self {
        Self { kind: ErrorKind::Clause(kind), span }
    }
}

impl SoslError {
    /// Where the error starts in `source`, the text that was parsed.
    pub fn position(&self, source: &str) -> Position {
        Position::of(self.span, source)
    }

    /// Message, position and an excerpt of `source`: see [`soql::render`].
    pub fn render(&self, source: &str) -> String {
        soql::render(&self.kind, self.span, source)
    }
}
