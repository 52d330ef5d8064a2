//! What to say about a token that no rule has: the right order, or the word that was probably meant.

use super::Parser;
use super::expression::did_you_mean;
use crate::soql::error::{ErrorKind, SoqlError};
use crate::soql::keyword::{Keyword, nearest};
use crate::soql::token::TokenKind;

impl Keyword {
    /// Whether the word starts a clause, so that no alias stands before it.
    pub(super) fn is_clause_start(self) -> bool {
        matches!(
            self,
            Self::Select
                | Self::From
                | Self::Where
                | Self::Group
                | Self::Having
                | Self::Order
                | Self::Limit
                | Self::Offset
                | Self::Using
                | Self::Bind
                | Self::With
                | Self::For
                | Self::Update
        )
    }
}

impl Parser<'_> {
    /// Whether a clause starts here: its first word, or the two that only together start one.
    pub(super) fn at_clause(&self) -> bool {
        match self.keyword(0) {
            Some(Keyword::All) => self.keyword(1) == Some(Keyword::Rows),
            Some(Keyword::Set) => self.keyword(1) == Some(Keyword::Options),
            Some(keyword) => keyword.is_clause_start(),
            None => false,
        }
    }

    /// The error for whatever stands after a complete query or subquery.
    pub(super) fn unexpected_after_query(&self) -> SoqlError {
        match self.keyword(0) {
            Some(Keyword::And | Keyword::Or | Keyword::Not) => {
                return self.expected_with_hint(
                    "the end of the query",
                    Some("conditions stand after WHERE".into()),
                );
            }
            Some(keyword) if self.at_clause() => {
                return self.error(ErrorKind::ClauseOrder(keyword.text()));
            }
            Some(_) | None => {}
        }
        self.expected_with_hint("the end of the query", self.meant_clause())
    }

    pub(super) fn unexpected_in_semi_join(&self) -> SoqlError {
        if self.at_clause() {
            self.error(ErrorKind::SemiJoin)
        } else {
            self.expected_with_hint("`)`", self.meant_clause())
        }
    }

    /// A hint for `FROM Account WHER Name = …`: the word before this token passed for an alias.
    fn meant_clause(&self) -> Option<Box<str>> {
        const CLAUSES: [&str; 8] =
            ["WHERE", "GROUP BY", "HAVING", "ORDER BY", "LIMIT", "OFFSET", "AND", "OR"];
        let before = self.at.checked_sub(1).and_then(|at| self.tokens.get(at))?;
        let is_name = |kind: &TokenKind| *kind == TokenKind::Name;
        let word = is_name(&before.kind)
            .then(|| self.source.get(before.span.start..before.span.end))
            .flatten()
            .and_then(|word| nearest(word, CLAUSES));
        word.or_else(|| is_name(self.kind()).then(|| nearest(self.text(0), CLAUSES)).flatten())
            .map(did_you_mean)
    }

    pub(super) fn missing_from(&self) -> SoqlError {
        let hint = self.is_word(0).then(|| nearest(self.text(0), ["FROM"])).flatten();
        self.expected_with_hint("`,` or FROM", hint.map(did_you_mean))
    }

    /// The error for whatever stands where a comparison has its operator.
    pub(super) fn expected_operator(&self) -> SoqlError {
        let word = self.text(0);
        let hint: Option<Box<str>> = if self.at_keyword(Keyword::Not) {
            Some("write (NOT field LIKE 'x')".into())
        } else if word.eq_ignore_ascii_case("IS") {
            Some("write = NULL or != NULL".into())
        } else if word.eq_ignore_ascii_case("BETWEEN") {
            Some("write field >= a AND field <= b".into())
        } else {
            nearest(word, ["LIKE", "IN", "INCLUDES", "EXCLUDES"]).map(did_you_mean)
        };
        self.expected_with_hint("=, !=, <, <=, >, >=, LIKE, IN, NOT IN, INCLUDES or EXCLUDES", hint)
    }
}
