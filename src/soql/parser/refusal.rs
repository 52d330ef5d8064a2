//! What to say about a token that no rule has: the name of a clause that isn't supported, the
//! right order, or the word that was probably meant.

use super::Parser;
use super::expression::did_you_mean;
use crate::soql::error::{ErrorKind, Feature, SoqlError};
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
    /// The error for whatever stands after a complete query or subquery.
    pub(super) fn unexpected_after_query(&self) -> SoqlError {
        if let Some(feature) = self.unsupported_clause() {
            return self.error(ErrorKind::NotSupported(feature));
        }
        match self.keyword(0) {
            Some(Keyword::And | Keyword::Or | Keyword::Not) => {
                return self.expected_with_hint(
                    "the end of the query",
                    Some("conditions stand after WHERE".into()),
                );
            }
            Some(keyword) if keyword.is_clause_start() => {
                return self.error(ErrorKind::ClauseOrder(keyword.text()));
            }
            Some(_) | None => {}
        }
        self.expected_with_hint("the end of the query", self.meant_clause())
    }

    pub(super) fn unexpected_in_semi_join(&self) -> SoqlError {
        match (self.unsupported_clause(), self.keyword(0)) {
            (Some(feature), _) => self.error(ErrorKind::NotSupported(feature)),
            (None, Some(keyword)) if keyword.is_clause_start() => self.error(ErrorKind::SemiJoin),
            (None, _) => self.expected_with_hint("`)`", self.meant_clause()),
        }
    }

    /// The part of the language that this keyword starts and that is refused.
    pub(super) fn unsupported_clause(&self) -> Option<Feature> {
        let next = self.keyword(1);
        Some(match self.keyword(0)? {
            Keyword::Using if next == Some(Keyword::Lookup) => Feature::UsingLookup,
            Keyword::Using => Feature::UsingScope,
            Keyword::With if next == Some(Keyword::Data) => Feature::WithDataCategory,
            Keyword::With => self.unsupported_with(),
            Keyword::For if next == Some(Keyword::Reference) => Feature::ForReference,
            Keyword::For if next == Some(Keyword::Update) => Feature::ForUpdate,
            Keyword::For => Feature::ForView,
            Keyword::Update if next == Some(Keyword::Viewstat) => Feature::UpdateViewstat,
            Keyword::Update => Feature::UpdateTracking,
            Keyword::All if next == Some(Keyword::Rows) => Feature::AllRows,
            Keyword::Set if next == Some(Keyword::Options) => Feature::SetOptions,
            Keyword::Bind => Feature::Bind,
            _ => return None,
        })
    }

    fn unsupported_with(&self) -> Feature {
        const KINDS: [(&str, Feature); 3] = [
            ("SECURITY_ENFORCED", Feature::WithSecurityEnforced),
            ("USER_MODE", Feature::WithUserMode),
            ("SYSTEM_MODE", Feature::WithSystemMode),
        ];
        let found = KINDS.iter().find(|(word, _)| word.eq_ignore_ascii_case(self.text(1)));
        found.map_or(Feature::With, |(_, feature)| *feature)
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
