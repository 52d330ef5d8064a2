//! `WITH …`: data categories, modes and settings.

use super::{Parser, Result};
use crate::soql::ast::{Category, Ident, Literal, Path, Selector, Setting, With};
use crate::soql::keyword::Keyword;
use crate::soql::limits;
use crate::soql::token::TokenKind;

impl Parser<'_> {
    /// One `WITH DATA CATEGORY` or `WITH name = 'x'`, then any others.
    pub(super) fn with_clauses(&mut self) -> Result<Vec<With>> {
        let mut clauses = Vec::new();
        while self.eat_keyword(Keyword::With) {
            self.room(clauses.len(), limits::WITH_CLAUSES, "WITH clauses")?;
            let first = clauses.is_empty();
            clauses.push(self.with_clause(first)?);
        }
        Ok(clauses)
    }

    fn with_clause(&mut self, first: bool) -> Result<With> {
        if first && self.at_keyword(Keyword::Data) && self.keyword(1) == Some(Keyword::Category) {
            self.advance();
            self.advance();
            return self.categories().map(With::DataCategory);
        }
        let name = self.ident("DATA CATEGORY, SECURITY_ENFORCED, USER_MODE or another word")?;
        if *self.kind() == TokenKind::LeftParen {
            return Ok(With::Other { name, settings: self.settings()? });
        }
        if first && self.eat(&TokenKind::Eq) {
            return Ok(With::Equals { name, value: self.string()? });
        }
        Ok(if name.is("SECURITY_ENFORCED") {
            With::SecurityEnforced
        } else if name.is("USER_MODE") {
            With::UserMode
        } else if name.is("SYSTEM_MODE") {
            With::SystemMode(name.span)
        } else {
            With::Other { name, settings: Vec::new() }
        })
    }

    /// `group AT category AND group ABOVE (category, category)`.
    fn categories(&mut self) -> Result<Vec<Category>> {
        let mut categories = Vec::new();
        loop {
            self.room(categories.len(), limits::CATEGORIES, "data categories")?;
            let group = self.ident("a category group")?;
            let selector = match self.keyword(0) {
                Some(Keyword::At) => Selector::At,
                Some(Keyword::Above) => Selector::Above,
                Some(Keyword::Below) => Selector::Below,
                Some(Keyword::AboveOrBelow) => Selector::AboveOrBelow,
                Some(_) | None => return Err(self.expected("AT, ABOVE, BELOW or ABOVE_OR_BELOW")),
            };
            self.advance();
            categories.push(Category { group, selector, names: self.category_names()? });
            if !self.eat_keyword(Keyword::And) {
                return Ok(categories);
            }
        }
    }

    fn category_names(&mut self) -> Result<Vec<Ident>> {
        if !self.eat(&TokenKind::LeftParen) {
            return Ok(vec![self.ident("a category")?]);
        }
        let mut names = Vec::new();
        loop {
            self.room(names.len(), limits::CATEGORIES, "data categories")?;
            names.push(self.ident("a category")?);
            if !self.eat(&TokenKind::Comma) {
                self.expect(&TokenKind::RightParen, "`,` or `)`")?;
                return Ok(names);
            }
        }
    }

    /// `(name = value, …)`.
    pub(super) fn settings(&mut self) -> Result<Vec<Setting>> {
        self.expect(&TokenKind::LeftParen, "`(`")?;
        let settings = self.bare_settings()?;
        self.expect(&TokenKind::RightParen, "`,` or `)`")?;
        Ok(settings)
    }

    /// `name = value, …`.
    pub(super) fn bare_settings(&mut self) -> Result<Vec<Setting>> {
        let mut settings = Vec::new();
        loop {
            self.room(settings.len(), limits::SETTINGS, "settings")?;
            let (name, value) = self.setting()?;
            settings.push(Setting { name, value });
            if !self.eat(&TokenKind::Comma) {
                return Ok(settings);
            }
        }
    }

    fn setting(&mut self) -> Result<(Path, Literal)> {
        let name = self.path("the name of a setting")?;
        self.expect(&TokenKind::Eq, "`=`")?;
        Ok((name, self.literal()?))
    }
}
