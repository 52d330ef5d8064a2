//! Tokens to a tree: recursive descent, one file a clause.
//!
//! Every clause is read into the tree. What no tree can hold (comments, bind variables, fields named
//! inside a string) is recognised and refused by name (`refusal`), so that nothing is ever read as
//! something else.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a rule names the tokens that it takes, and refuses all others, also new ones"
)]

mod clauses;
mod condition;
mod ending;
mod expression;
mod from;
mod literal;
mod paths;
mod refusal;
mod select;
mod tail;
mod type_of;
mod with;

use std::fmt::{self, Write};

use super::ast::{Query, Span};
use super::error::{ErrorKind, Feature, SoqlError};
use super::keyword::Keyword;
use super::lexer::{lex, shown};
use super::limits;
use super::token::{Token, TokenKind};

pub(crate) use clauses::Clauses;

type Result<T> = std::result::Result<T, SoqlError>;

/// Reads a query, in time linear to its length.
///
/// # Errors
///
/// The first thing that is wrong, or that Fieldgate refuses, with its place in `source`.
pub fn parse(source: &str) -> Result<Query> {
    refuse_sosl(source)?;
    let mut parser = Parser::new(source, lex(source)?);
    if !parser.at_keyword(Keyword::Select) {
        return Err(parser.expected("SELECT"));
    }
    let query = parser.query(1)?;
    match parser.kind() {
        TokenKind::End => refuse_long(query, source),
        _ => Err(parser.unexpected_after_query()),
    }
}

/// What is sent is the canonical text, so that too must be a query.
fn refuse_long(query: Query, source: &str) -> Result<Query> {
    // Nothing grows more than sixfold: a raw line separator becomes `\u2028`.
    let may_grow_too_long = source.len() > limits::TEXT_CHARS.div_euclid(6);
    if may_grow_too_long && write!(Room(limits::TEXT_CHARS), "{query}").is_err() {
        return Err(SoqlError { kind: ErrorKind::CanonicalTooLong, span: query.span });
    }
    Ok(query)
}

/// Takes text of so many characters and keeps none of it.
struct Room(usize);

impl Write for Room {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 = self.0.checked_sub(text.chars().count()).ok_or(fmt::Error)?;
        Ok(())
    }
}

/// SOSL has characters that SOQL has not: name the language before the lexer names a character.
fn refuse_sosl(source: &str) -> Result<()> {
    let text = source.trim_ascii_start();
    let start = source.len().saturating_sub(text.len());
    let is_find = text.get(..4).is_some_and(|word| word.eq_ignore_ascii_case("FIND"))
        && text.get(4..).is_some_and(|rest| rest.trim_ascii_start().starts_with(['{', '\'', ':']));
    if is_find {
        let span = Span { start, end: start.saturating_add(4) };
        return Err(SoqlError { kind: ErrorKind::NotSupported(Feature::Sosl), span });
    }
    Ok(())
}

/// A place in the tokens of one text.
struct Parser<'a> {
    source: &'a str,
    tokens: Vec<Token>,
    /// The last token, returned for every place after it.
    end: Token,
    at: usize,
    depth: usize,
    child_queries: usize,
    comparisons: usize,
    /// Whether a path has more qualifiers than relationships can be followed.
    long_path: bool,
}

impl<'a> Parser<'a> {
    fn new(source: &'a str, tokens: Vec<Token>) -> Self {
        let end =
            Token { kind: TokenKind::End, span: Span { start: source.len(), end: source.len() } };
        Self {
            source,
            tokens,
            end,
            at: 0,
            depth: 0,
            child_queries: 0,
            comparisons: 0,
            long_path: false,
        }
    }

    fn token(&self, ahead: usize) -> &Token {
        self.tokens.get(self.at.saturating_add(ahead)).unwrap_or(&self.end)
    }

    fn kind(&self) -> &TokenKind {
        &self.token(0).kind
    }

    fn span(&self) -> Span {
        self.token(0).span
    }

    /// The spelling of a token that is `ahead`.
    fn text(&self, ahead: usize) -> &'a str {
        let span = self.token(ahead).span;
        self.source.get(span.start..span.end).unwrap_or("")
    }

    fn keyword(&self, ahead: usize) -> Option<Keyword> {
        match self.token(ahead).kind {
            TokenKind::Keyword(keyword) => Some(keyword),
            _ => None,
        }
    }

    fn at_keyword(&self, keyword: Keyword) -> bool {
        self.keyword(0) == Some(keyword)
    }

    /// Whether a name or a keyword stands `ahead`.
    fn is_word(&self, ahead: usize) -> bool {
        matches!(self.token(ahead).kind, TokenKind::Name | TokenKind::Keyword(_))
    }

    fn advance(&mut self) {
        self.at = self.at.saturating_add(1);
    }

    /// How many items a list that starts here has at the least, if each is one token.
    fn list_length(&self) -> usize {
        let tokens = self.tokens.get(self.at..).unwrap_or_default();
        let pairs = tokens.iter().skip(1).step_by(2);
        pairs.take_while(|token| token.kind == TokenKind::Comma).count().saturating_add(1)
    }

    fn eat(&mut self, kind: &TokenKind) -> bool {
        let found = self.kind() == kind;
        if found {
            self.advance();
        }
        found
    }

    fn eat_keyword(&mut self, keyword: Keyword) -> bool {
        self.eat(&TokenKind::Keyword(keyword))
    }

    fn expect(&mut self, kind: &TokenKind, name: &'static str) -> Result<()> {
        if self.eat(kind) { Ok(()) } else { Err(self.expected(name)) }
    }

    fn expect_keyword(&mut self, keyword: Keyword) -> Result<()> {
        self.expect(&TokenKind::Keyword(keyword), keyword.text())
    }

    /// From `start` to the end of the token before this one.
    fn since(&self, start: usize) -> Span {
        let before = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        Span { start, end: before.map_or(start, |token| token.span.end) }
    }

    /// Counts one more level of parentheses or subqueries; `leave` takes it back.
    fn enter(&mut self) -> Result<()> {
        if self.depth >= limits::DEPTH {
            return Err(self.error(ErrorKind::TooDeep));
        }
        self.depth = self.depth.saturating_add(1);
        Ok(())
    }

    fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// Refuses the next item of a list that already has `count`.
    fn room(&self, count: usize, limit: usize, what: &'static str) -> Result<()> {
        if count < limit { Ok(()) } else { Err(self.error(ErrorKind::TooMany { what, limit })) }
    }

    /// An error at this token.
    fn error(&self, kind: ErrorKind) -> SoqlError {
        SoqlError { kind, span: self.span() }
    }

    fn expected(&self, expected: &'static str) -> SoqlError {
        self.expected_with_hint(expected, None)
    }

    fn expected_with_hint(&self, expected: &'static str, hint: Option<Box<str>>) -> SoqlError {
        if *self.kind() == TokenKind::Colon {
            return self.error(ErrorKind::NotSupported(Feature::BindVariable));
        }
        let found = self.found();
        self.error(ErrorKind::Expected { expected, found, hint })
    }

    /// This token as a message names it.
    fn found(&self) -> Box<str> {
        match self.kind() {
            TokenKind::End => "the end of the query".into(),
            _ => format!("`{}`", shown(self.text(0))).into(),
        }
    }
}
