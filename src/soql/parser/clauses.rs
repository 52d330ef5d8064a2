//! The clauses that SOSL shares with SOQL, for the parser of `crate::sosl`: a reader over the
//! tokens of a text from some byte on.

use super::{Parser, Result};
use crate::soql::ast::{Condition, FieldExpr, Ident, OrderItem, Span, StringLiteral};
use crate::soql::error::{ErrorKind, SoqlError};
use crate::soql::keyword::Keyword;
use crate::soql::lexer::{lex_from, shown};
use crate::soql::limits;
use crate::soql::token::TokenKind;

/// A place in the tokens after a search's term.
pub(crate) struct Clauses<'a>(Parser<'a>);

impl<'a> Clauses<'a> {
    /// Reads the tokens of `source` from the byte `start` on; spans count from its beginning.
    pub(crate) fn new(source: &'a str, start: usize) -> Result<Self> {
        Ok(Self(Parser::new(source, lex_from(source, start)?)))
    }

    /// Where the token here stands.
    pub(crate) fn span(&self) -> Span {
        self.0.span()
    }

    /// Whether nothing is left.
    pub(crate) fn at_end(&self) -> bool {
        *self.0.kind() == TokenKind::End
    }

    /// Whether the word here is `word`, compared without case.
    pub(crate) fn at_word(&self, word: &str) -> bool {
        self.word_is(0, word)
    }

    fn word_is(&self, ahead: usize, word: &str) -> bool {
        self.0.is_word(ahead) && self.0.text(ahead).eq_ignore_ascii_case(word)
    }

    /// Takes the word `word`, if it is here.
    pub(crate) fn eat_word(&mut self, word: &str) -> bool {
        let found = self.at_word(word);
        if found {
            self.0.advance();
        }
        found
    }

    /// Takes `word`, or says that it was needed.
    pub(crate) fn expect_word(&mut self, word: &'static str) -> Result<()> {
        if self.eat_word(word) { Ok(()) } else { Err(self.0.expected(word)) }
    }

    /// The value that stands in the list under the word that is here.
    pub(crate) fn one_of<T: Copy>(
        &mut self,
        words: &[(&'static str, T)],
        expected: &'static str,
    ) -> Result<T> {
        let found = words.iter().find(|(word, _)| self.at_word(word)).map(|(_, value)| *value);
        if found.is_some() {
            self.0.advance();
        }
        found.ok_or_else(|| self.0.expected(expected))
    }

    /// Takes a comma, if it is here.
    pub(crate) fn eat_comma(&mut self) -> bool {
        self.0.eat(&TokenKind::Comma)
    }

    /// Takes an opening parenthesis, if it is here.
    pub(crate) fn eat_open(&mut self) -> bool {
        self.0.eat(&TokenKind::LeftParen)
    }

    /// Whether a closing parenthesis is here.
    pub(crate) fn at_close(&self) -> bool {
        *self.0.kind() == TokenKind::RightParen
    }

    /// Takes a closing parenthesis, or says what else was needed.
    pub(crate) fn close(&mut self, expected: &'static str) -> Result<()> {
        self.0.expect(&TokenKind::RightParen, expected)
    }

    /// Takes `=`.
    pub(crate) fn equals(&mut self) -> Result<()> {
        self.0.expect(&TokenKind::Eq, "`=`")
    }

    /// A name without dots.
    pub(crate) fn name(&mut self, what: &'static str) -> Result<Ident> {
        let span = self.0.span();
        let path = self.0.path(what)?;
        if path.qualifiers.is_empty() {
            Ok(path.last)
        } else {
            let found = format!("`{}`", shown(&path.to_string())).into();
            let hint = Some("write one name, without dots".into());
            Err(SoqlError { kind: ErrorKind::Expected { expected: what, found, hint }, span })
        }
    }

    /// `FIELDS(` and the word after it, when they are here; the parenthesis after it is taken too.
    pub(crate) fn fields_of<T: Copy>(
        &mut self,
        words: &[(&'static str, T)],
        expected: &'static str,
    ) -> Result<Option<T>> {
        if !(self.at_word("FIELDS") && self.0.token(1).kind == TokenKind::LeftParen) {
            return Ok(None);
        }
        self.0.advance();
        self.0.advance();
        let found = self.one_of(words, expected)?;
        self.close("`)`")?;
        Ok(Some(found))
    }

    /// A field or a function of one, and its alias.
    pub(crate) fn field(&mut self) -> Result<(FieldExpr, Option<Ident>)> {
        Ok((self.0.field_expr()?, self.0.alias()?))
    }

    /// `WHERE …`, if it is here.
    pub(crate) fn filter(&mut self) -> Result<Option<Condition>> {
        self.0.where_clause()
    }

    /// `ORDER BY …`, if it is here.
    pub(crate) fn order_by(&mut self) -> Result<Vec<OrderItem>> {
        self.0.order_by_clause()
    }

    /// `LIMIT n`, if it is here.
    pub(crate) fn limit(&mut self) -> Result<Option<u32>> {
        self.0.row_count(Keyword::Limit)
    }

    /// `OFFSET n`, if it is here.
    pub(crate) fn offset(&mut self) -> Result<Option<u32>> {
        self.0.row_count(Keyword::Offset)
    }

    /// A string in single quotes.
    pub(crate) fn string(&mut self) -> Result<StringLiteral> {
        self.0.string()
    }

    /// Digits that make a number of 32 bits.
    pub(crate) fn whole_number(&mut self) -> Result<u32> {
        self.0.whole_number()
    }

    /// Refuses the next item of a list that already has `count`, when there may be no more.
    pub(crate) fn room(&self, count: usize, limit: usize, what: &'static str) -> Result<()> {
        self.0.room(count, limit, what)
    }

    /// Refuses the next item of a field list that already has `count`, as in a SOQL query.
    pub(crate) fn room_for_field(&self, count: usize) -> Result<()> {
        self.room(count, limits::SELECT_ITEMS, "items in a field list")
    }

    /// The error that something else was needed here.
    pub(crate) fn expected(&self, expected: &'static str) -> SoqlError {
        self.0.expected(expected)
    }
}
