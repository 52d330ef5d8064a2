//! `SELECT …`: the whole query in the order of its clauses, and the list of what is selected.

use super::{Parser, Result};
use crate::soql::ast::{FieldExpr, Ident, Query, SelectItem};
use crate::soql::error::{ErrorKind, Feature, SoqlError};
use crate::soql::keyword::Keyword;
use crate::soql::limits;
use crate::soql::token::TokenKind;

impl Parser<'_> {
    /// A query from `SELECT` on; what follows it is the caller's question. `level` is 1 for the
    /// outermost query.
    pub(super) fn query(&mut self, level: usize) -> Result<Query> {
        let start = self.span().start;
        self.expect_keyword(Keyword::Select)?;
        let select = self.select_list(level)?;
        let from = self.parse_from()?;
        let filter = self.where_clause()?;
        let group_by = self.group_by_clause()?;
        let having = match group_by {
            Some(_) => self.having_clause()?,
            None if self.at_keyword(Keyword::Having) => {
                return Err(self.error(ErrorKind::HavingWithoutGroupBy));
            }
            None => None,
        };
        let order_by = self.order_by_clause()?;
        let limit = self.row_count(Keyword::Limit)?;
        let offset = self.row_count(Keyword::Offset)?;
        let span = self.since(start);
        let query = Query { select, from, filter, group_by, having, order_by, limit, offset, span };
        super::paths::check(&query)?;
        Ok(query)
    }

    fn select_list(&mut self, level: usize) -> Result<Vec<SelectItem>> {
        let mut items = Vec::new();
        loop {
            self.room(items.len(), limits::SELECT_ITEMS, "items in SELECT")?;
            let at = self.span();
            let item = self.select_item(level)?;
            let more = *self.kind() == TokenKind::Comma;
            if item == SelectItem::Count && (more || !items.is_empty()) {
                return Err(SoqlError { kind: ErrorKind::CountAlone, span: at });
            }
            items.push(item);
            if !more {
                return Ok(items);
            }
            self.advance();
        }
    }

    fn select_item(&mut self, level: usize) -> Result<SelectItem> {
        if *self.kind() == TokenKind::LeftParen {
            return self.child_query(level);
        }
        if self.at_keyword(Keyword::Typeof) && self.is_word(1) && !self.ends_item(1) {
            return Err(self.error(ErrorKind::NotSupported(Feature::Typeof)));
        }
        if self.at_keyword(Keyword::Count) && self.at_empty_call() {
            let at = self.span();
            for _ in 0..3 {
                self.advance();
            }
            if self.is_word(0) && !self.at_keyword(Keyword::From) {
                return Err(SoqlError { kind: ErrorKind::CountAlone, span: at });
            }
            return Ok(SelectItem::Count);
        }
        let expr = self.field_expr()?;
        let alias = self.select_alias(&expr)?;
        Ok(SelectItem::Field { expr, alias })
    }

    fn at_empty_call(&self) -> bool {
        self.token(1).kind == TokenKind::LeftParen && self.token(2).kind == TokenKind::RightParen
    }

    /// Whether the token `ahead` can only come after an item of the list.
    fn ends_item(&self, ahead: usize) -> bool {
        self.keyword(ahead) == Some(Keyword::From)
    }

    /// The alias after a selected field. `FROM` and `,` end an item, all else is looked at closely.
    fn select_alias(&mut self, expr: &FieldExpr) -> Result<Option<Ident>> {
        if let Some(alias) = self.alias()? {
            return Ok(Some(alias));
        }
        match self.kind() {
            TokenKind::Plus | TokenKind::Minus => {
                Err(self.error(ErrorKind::NotSupported(Feature::Arithmetic)))
            }
            TokenKind::Keyword(Keyword::From) => Ok(None),
            TokenKind::Keyword(Keyword::As) => Err(self.error(ErrorKind::SelectAs)),
            TokenKind::Keyword(keyword) if keyword.is_clause_start() => {
                Err(self.expected("`,` or FROM"))
            }
            TokenKind::Keyword(keyword) => Err(self.error(ErrorKind::KeywordAlias(keyword.text()))),
            TokenKind::LeftParen if matches!(expr, FieldExpr::Path(_)) => {
                Err(self.expected_with_hint("`,` or FROM", Some("is a comma missing?".into())))
            }
            _ => Ok(None),
        }
    }

    /// `(SELECT … FROM Contacts)` in the list.
    fn child_query(&mut self, level: usize) -> Result<SelectItem> {
        if self.keyword(1) != Some(Keyword::Select) {
            self.advance();
            return Err(self.expected("SELECT"));
        }
        let level = level.saturating_add(1);
        if level > limits::CHILD_LEVELS {
            return Err(self.error(ErrorKind::TooManyLevels));
        }
        self.room(self.child_queries, limits::CHILD_QUERIES, "child subqueries")?;
        self.child_queries = self.child_queries.saturating_add(1);
        self.enter()?;
        self.advance();
        let query = Box::new(self.query(level)?);
        if !self.eat(&TokenKind::RightParen) {
            return Err(self.unexpected_after_query());
        }
        self.leave();
        if self.is_word(0) && !self.at_keyword(Keyword::From) {
            return Err(self.error(ErrorKind::NotSupported(Feature::SubqueryAlias)));
        }
        Ok(SelectItem::Child { query })
    }
}
