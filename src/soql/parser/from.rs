//! `FROM …`: the object, its alias, and further aliases.

use super::{Parser, Result};
use crate::soql::ast::{Alias, From, Ident};
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
        let mut others = Vec::new();
        while self.eat(&TokenKind::Comma) {
            self.room(others.len(), limits::FROM_ALIASES, "names in FROM")?;
            let path = self.path("a path of relationships")?;
            let Some(name) = self.object_alias()? else {
                return Err(self.expected("an alias for this path"));
            };
            others.push(Alias { path, name });
        }
        let from = From { source, alias, others };
        refuse_duplicates(&from)?;
        Ok(from)
    }

    fn object_alias(&mut self) -> Result<Option<Ident>> {
        let explicit = self.eat_keyword(Keyword::As);
        let alias = self.alias()?;
        match self.keyword(0) {
            None if explicit && alias.is_none() => Err(self.expected("an alias")),
            Some(keyword) if alias.is_none() && (explicit || !keyword.is_clause_start()) => {
                let feature = self.unsupported_clause().filter(|_| !explicit);
                Err(self.error(match feature {
                    Some(feature) => ErrorKind::NotSupported(feature),
                    None => ErrorKind::KeywordAlias(keyword.text()),
                }))
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
