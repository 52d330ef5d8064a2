//! `TYPEOF … WHEN … THEN … ELSE … END`.

use super::{Parser, Result};
use crate::soql::ast::{Branch, Path, Typeof};
use crate::soql::keyword::Keyword;
use crate::soql::limits;
use crate::soql::token::TokenKind;

impl Parser<'_> {
    /// From `TYPEOF` to `END`.
    pub(super) fn type_of(&mut self) -> Result<Typeof> {
        let start = self.span().start;
        self.expect_keyword(Keyword::Typeof)?;
        let relationship = self.path("a relationship")?;
        let mut branches = Vec::new();
        while self.eat_keyword(Keyword::When) {
            self.room(branches.len(), limits::TYPEOF_BRANCHES, "WHEN branches")?;
            let object = self.ident("an object")?;
            self.expect_keyword(Keyword::Then)?;
            branches.push(Branch { object, fields: self.branch_fields()? });
        }
        if branches.is_empty() {
            return Err(self.expected("WHEN"));
        }
        let otherwise =
            if self.eat_keyword(Keyword::Else) { self.branch_fields()? } else { Vec::new() };
        self.expect_keyword(Keyword::End)?;
        Ok(Typeof { relationship, branches, otherwise, span: self.since(start) })
    }

    fn branch_fields(&mut self) -> Result<Vec<Path>> {
        let mut fields = Vec::new();
        loop {
            self.room(fields.len(), limits::SELECT_ITEMS, "fields in a branch of TYPEOF")?;
            fields.push(self.path("a field")?);
            if self.token(0).kind == TokenKind::LeftParen {
                return Err(self.expected("`,`, WHEN, ELSE or END"));
            }
            if !self.eat(&TokenKind::Comma) {
                return Ok(fields);
            }
        }
    }
}
