//! `SELECT …`: the whole query in the order of its clauses, and the list of what is selected.

use super::{Parser, Result};
use crate::soql::ast::{FieldExpr, FieldSet, Ident, Query, SelectItem};
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
        let with = self.with_clauses()?;
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
        let ending = self.ending()?;
        let span = self.since(start);
        let query = Query {
            select,
            from,
            filter,
            with,
            group_by,
            having,
            order_by,
            limit,
            offset,
            ending,
            span,
        };
        if self.long_path {
            super::paths::check(&query)?;
        }
        Ok(query)
    }

    fn select_list(&mut self, level: usize) -> Result<Vec<SelectItem>> {
        let mut items = Vec::with_capacity(self.list_length().min(limits::SELECT_ITEMS));
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
            let choice = Box::new(self.type_of()?);
            let alias = self.item_alias()?;
            return Ok(SelectItem::Typeof { choice, alias });
        }
        if self.at_keyword(Keyword::Fields) && self.token(1).kind == TokenKind::LeftParen {
            return self.field_set();
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
        let expr = self.field_or_distance()?;
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
        let alias = self.item_alias()?;
        Ok(SelectItem::Child { query, alias })
    }

    /// `FIELDS(ALL)`, `FIELDS(STANDARD)` or `FIELDS(CUSTOM)`.
    fn field_set(&mut self) -> Result<SelectItem> {
        let start = self.span().start;
        self.advance();
        self.advance();
        let text = self.text(0);
        let Some(set) = FieldSet::ALL.into_iter().find(|set| set.name().eq_ignore_ascii_case(text))
        else {
            return Err(self.expected("ALL, STANDARD or CUSTOM"));
        };
        self.advance();
        self.expect(&TokenKind::RightParen, "`)`")?;
        let span = self.since(start);
        if self.is_word(0) && !self.at_keyword(Keyword::From) {
            return Err(self.expected("`,` or FROM"));
        }
        Ok(SelectItem::Fields { set, span })
    }

    /// The alias after a subquery or `TYPEOF`, which only `FROM` and `,` can follow.
    fn item_alias(&mut self) -> Result<Option<Ident>> {
        let alias = self.alias()?;
        match self.keyword(0) {
            Some(Keyword::From) | None => Ok(alias),
            Some(keyword) if alias.is_none() && !keyword.is_clause_start() => {
                Err(self.error(ErrorKind::KeywordAlias(keyword.text())))
            }
            Some(_) => Err(self.expected("`,` or FROM")),
        }
    }
}
