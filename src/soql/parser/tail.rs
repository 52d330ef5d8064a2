//! `GROUP BY`, `ORDER BY`, `LIMIT` and `OFFSET`.

use super::{Parser, Result};
use crate::soql::ast::{FieldExpr, GroupBy, Grouping, Nulls, OrderItem};
use crate::soql::keyword::Keyword;
use crate::soql::limits;
use crate::soql::token::TokenKind;

impl Parser<'_> {
    pub(super) fn group_by_clause(&mut self) -> Result<Option<GroupBy>> {
        if !self.eat_keyword(Keyword::Group) {
            return Ok(None);
        }
        self.expect_keyword(Keyword::By)?;
        let kind = match self.keyword(0) {
            Some(Keyword::Rollup) => Grouping::Rollup,
            Some(Keyword::Cube) => Grouping::Cube,
            Some(_) | None => {
                let items = self.group_items()?;
                return Ok(Some(GroupBy { items, kind: Grouping::Plain }));
            }
        };
        self.advance();
        self.expect(&TokenKind::LeftParen, "`(`")?;
        let items = self.group_items()?;
        self.expect(&TokenKind::RightParen, "`,` or `)`")?;
        Ok(Some(GroupBy { items, kind }))
    }

    fn group_items(&mut self) -> Result<Vec<FieldExpr>> {
        let mut items = Vec::new();
        loop {
            self.room(items.len(), limits::GROUP_ITEMS, "items in GROUP BY")?;
            items.push(self.field_expr()?);
            if !self.eat(&TokenKind::Comma) {
                return Ok(items);
            }
        }
    }

    pub(super) fn order_by_clause(&mut self) -> Result<Vec<OrderItem>> {
        let mut items = Vec::new();
        if !self.eat_keyword(Keyword::Order) {
            return Ok(items);
        }
        self.expect_keyword(Keyword::By)?;
        loop {
            self.room(items.len(), limits::ORDER_ITEMS, "items in ORDER BY")?;
            items.push(self.order_item()?);
            if !self.eat(&TokenKind::Comma) {
                return Ok(items);
            }
        }
    }

    fn order_item(&mut self) -> Result<OrderItem> {
        let expr = self.field_or_distance()?;
        let descending = !self.eat_keyword(Keyword::Asc) && self.eat_keyword(Keyword::Desc);
        let nulls = if self.eat_keyword(Keyword::Nulls) {
            if self.eat_keyword(Keyword::First) {
                Some(Nulls::First)
            } else if self.eat_keyword(Keyword::Last) {
                Some(Nulls::Last)
            } else {
                return Err(self.expected("FIRST or LAST"));
            }
        } else {
            None
        };
        Ok(OrderItem { expr, descending, nulls })
    }

    /// `LIMIT n` or `OFFSET n`, if the keyword is here.
    pub(super) fn row_count(&mut self, keyword: Keyword) -> Result<Option<u32>> {
        if self.eat_keyword(keyword) { self.whole_number().map(Some) } else { Ok(None) }
    }
}
