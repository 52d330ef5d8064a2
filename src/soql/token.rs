//! The tokens of SOQL. A path with its dots is one token, as in Salesforce's grammar.

use super::ast::{Span, StringLiteral};
use super::keyword::Keyword;

/// A token and where it stood; its spelling is read from the source.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) span: Span,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A word without dots that the grammar knows; most may still be names.
    Keyword(Keyword),
    /// Any other name or dotted path; also `USD5000` and `TODAY`.
    Name,
    /// Digits, perhaps with a point and more digits; never a sign.
    Number,
    /// `2026-11-20`, known to be in the calendar.
    Date,
    /// `2026-11-20T10:00:00Z`, known to be a time with its offset.
    DateTime,
    /// `10:00:00Z`.
    Time,
    /// `'…'`, its escapes read.
    String(StringLiteral),
    LeftParen,
    RightParen,
    Comma,
    Colon,
    Plus,
    Minus,
    Eq,
    NotEq,
    Lt,
    LtEq,
    Gt,
    GtEq,
    /// After the last token.
    End,
}
