//! `FROM …`: the object, its alias, and further aliases.

use super::{Parser, Result};
use crate::soql::ast::{Alias, From, Ident, Using};
use crate::soql::error::{ErrorKind, SoqlError};
use crate::soql::keyword::Keyword;
use crate::soql::limits;
use crate::soql::token::TokenKind;

impl Parser<'_> {
    pub(super) fn parse_from(&mut self) -> Result<From> {
        if !self.at_keyword(Keyword::From) {
            return Err(self.missing_from());
        }
        self.advance();
        if self.keyword(0) == Some(Keyword::Order) && self.keyword(1) == Some(Keyword::By) {
            return Err(self.expected("an object"));
        }
        let source = self.path("an object")?;
        let alias = self.object_alias()?;
        let mut using = self.using_clause()?;
        let mut others = Vec::new();
        while self.eat(&TokenKind::Comma) {
            self.room(others.len(), limits::FROM_ALIASES, "names in FROM")?;
            let path = self.path("a path of relationships")?;
            let Some(name) = self.object_alias()? else {
                return Err(self.expected("an alias for this path"));
            };
            others.push(Alias { path, name });
        }
        if using.is_none() {
            using = self.using_clause()?;
        }
        let from = From { source, alias, using, others };
        refuse_duplicates(&from)?;
        Ok(from)
    }

    /// `USING SCOPE mine` or `USING LOOKUP Case.AccountId`; one a query, after its object or after
    /// the list.
    fn using_clause(&mut self) -> Result<Option<Using>> {
        if !self.eat_keyword(Keyword::Using) {
            return Ok(None);
        }
        if self.eat_keyword(Keyword::Lookup) {
            return self.path("a lookup, for example Case.AccountId").map(Using::Lookup).map(Some);
        }
        if !self.eat_keyword(Keyword::Scope) {
            return Err(self.expected("SCOPE or LOOKUP"));
        }
        self.ident("a scope, for example mine").map(Using::Scope).map(Some)
    }

    fn object_alias(&mut self) -> Result<Option<Ident>> {
        let explicit = self.eat_keyword(Keyword::As);
        let alias = self.alias()?;
        match self.keyword(0) {
            None if explicit && alias.is_none() => Err(self.expected("an alias")),
            Some(keyword) if alias.is_none() && (explicit || !self.at_clause()) => {
                Err(self.error(ErrorKind::KeywordAlias(keyword.text())))
            }
            Some(_) | None => Ok(alias),
        }
    }
}

/// Two entries under one name would let two readers resolve it differently.
fn refuse_duplicates(from: &From) -> Result<()> {
    let object = from.source.qualifiers.is_empty().then_some(&from.source.last);
    let mut taken: Vec<&Ident> = object.into_iter().chain(&from.alias).collect();
    for Alias { name, .. } in &from.others {
        if taken.contains(&name) {
            let kind = ErrorKind::DuplicateAlias(name.as_str().into());
            return Err(SoqlError { kind, span: name.span });
        }
        taken.push(name);
    }
    Ok(())
}
