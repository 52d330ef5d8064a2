//! `WHERE` and `HAVING`: conditions, lists and semi-joins.

use super::{Parser, Result};
use crate::soql::ast::{
    Arithmetic, CompareOp, Condition, Ending, FieldExpr, Literal, Query, SelectItem,
};
use crate::soql::error::{ErrorKind, Feature};
use crate::soql::keyword::Keyword;
use crate::soql::limits;
use crate::soql::token::TokenKind;

impl Parser<'_> {
    pub(super) fn where_clause(&mut self) -> Result<Option<Condition>> {
        if self.eat_keyword(Keyword::Where) { self.condition().map(Some) } else { Ok(None) }
    }

    pub(super) fn having_clause(&mut self) -> Result<Option<Condition>> {
        if self.eat_keyword(Keyword::Having) { self.condition().map(Some) } else { Ok(None) }
    }

    /// One operand, operands joined by one operator, or `NOT` and one operand.
    fn condition(&mut self) -> Result<Condition> {
        if self.at_keyword(Keyword::Not) {
            let not = self.span();
            self.advance();
            let inner = self.operand()?;
            if matches!(self.keyword(0), Some(Keyword::And | Keyword::Or)) {
                let kind = ErrorKind::BareNot;
                return Err(crate::soql::SoqlError { kind, span: not });
            }
            return Ok(Condition::Not(Box::new(inner)));
        }
        let first = self.operand()?;
        let Some(joiner @ (Keyword::And | Keyword::Or)) = self.keyword(0) else {
            return Ok(first);
        };
        let mut items = vec![first];
        while self.eat_keyword(joiner) {
            items.push(self.operand()?);
        }
        if matches!(self.keyword(0), Some(Keyword::And | Keyword::Or)) {
            return Err(self.error(ErrorKind::MixedAndOr));
        }
        Ok(if joiner == Keyword::And { Condition::And(items) } else { Condition::Or(items) })
    }

    /// A condition in parentheses, or a comparison.
    fn operand(&mut self) -> Result<Condition> {
        if self.at_keyword(Keyword::Not) {
            return Err(self.error(ErrorKind::BareNot));
        }
        if *self.kind() != TokenKind::LeftParen {
            return self.comparison();
        }
        self.enter()?;
        self.advance();
        let inner = self.condition()?;
        self.expect(&TokenKind::RightParen, "`)`, AND or OR")?;
        self.leave();
        Ok(inner)
    }

    fn comparison(&mut self) -> Result<Condition> {
        self.room(self.comparisons, limits::COMPARISONS, "comparisons")?;
        self.comparisons = self.comparisons.saturating_add(1);
        let left = self.field_or_distance()?;
        if let Some(op) = self.comparison_operator() {
            self.advance();
            let right = self.right_side()?;
            return Ok(Condition::Compare { left, op, right });
        }
        let op = match self.kind() {
            _ if matches!(left, FieldExpr::Distance(_)) => {
                return Err(self.expected("=, !=, <, <=, > or >="));
            }
            TokenKind::Keyword(Keyword::Like) => CompareOp::Like,
            TokenKind::Keyword(Keyword::In) => return self.membership(left, false),
            TokenKind::Keyword(Keyword::Not) if self.keyword(1) == Some(Keyword::In) => {
                self.advance();
                return self.membership(left, true);
            }
            TokenKind::Keyword(Keyword::Includes) => return self.multi(left, false),
            TokenKind::Keyword(Keyword::Excludes) => return self.multi(left, true),
            TokenKind::Plus | TokenKind::Minus => return self.calculation(left),
            _ => return Err(self.expected_operator()),
        };
        self.advance();
        if !matches!(self.kind(), TokenKind::String(_)) {
            return Err(self.expected("a string in single quotes after LIKE"));
        }
        let right = self.right_side()?;
        Ok(Condition::Compare { left, op, right })
    }

    /// `a + b op literal`, from the sign on.
    fn calculation(&mut self, left: FieldExpr) -> Result<Condition> {
        let minus = *self.kind() == TokenKind::Minus;
        let sign = self.error(ErrorKind::NotSupported(Feature::Arithmetic));
        self.advance();
        if !self.is_word(0) || matches!(left, FieldExpr::Distance(_)) {
            return Err(sign);
        }
        let right = self.field_expr()?;
        let Some(op) = self.comparison_operator() else {
            let more = matches!(self.kind(), TokenKind::Plus | TokenKind::Minus);
            return Err(if more { sign } else { self.expected("=, !=, <, <=, > or >=") });
        };
        self.advance();
        let left = Box::new(Arithmetic { left, minus, right });
        let right = self.right_side()?;
        Ok(Condition::Calculate { left, op, right })
    }

    fn comparison_operator(&self) -> Option<CompareOp> {
        Some(match self.kind() {
            TokenKind::Eq => CompareOp::Eq,
            TokenKind::NotEq => CompareOp::NotEq,
            TokenKind::Lt => CompareOp::Lt,
            TokenKind::LtEq => CompareOp::LtEq,
            TokenKind::Gt => CompareOp::Gt,
            TokenKind::GtEq => CompareOp::GtEq,
            _ => return None,
        })
    }

    /// One literal; there is no arithmetic with literals.
    fn right_side(&mut self) -> Result<Literal> {
        let right = self.literal()?;
        match self.kind() {
            TokenKind::Plus | TokenKind::Minus => {
                Err(self.error(ErrorKind::NotSupported(Feature::Arithmetic)))
            }
            _ => Ok(right),
        }
    }

    /// From `IN` on.
    fn membership(&mut self, left: FieldExpr, negated: bool) -> Result<Condition> {
        self.advance();
        if *self.kind() == TokenKind::LeftParen && self.keyword(1) == Some(Keyword::Select) {
            let query = Box::new(self.semi_join()?);
            return Ok(Condition::InQuery { left, negated, query });
        }
        let list = self.values(Self::literal)?;
        Ok(Condition::InList { left, negated, list })
    }

    /// From `INCLUDES` or `EXCLUDES` on.
    fn multi(&mut self, left: FieldExpr, excludes: bool) -> Result<Condition> {
        self.advance();
        let list = self.values(Self::string)?;
        Ok(Condition::Multi { left, excludes, list })
    }

    /// `(value, …)`.
    fn values<T>(&mut self, value: impl Fn(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        self.expect(&TokenKind::LeftParen, "`(`")?;
        if *self.kind() == TokenKind::RightParen {
            return Err(self.error(ErrorKind::EmptyList));
        }
        let mut values = Vec::with_capacity(self.list_length().min(limits::LIST_VALUES));
        loop {
            self.room(values.len(), limits::LIST_VALUES, "values in a list")?;
            values.push(value(self)?);
            if !self.eat(&TokenKind::Comma) {
                self.expect(&TokenKind::RightParen, "`,` or `)`")?;
                return Ok(values);
            }
        }
    }

    /// `(SELECT field FROM … [WHERE …] [WITH …])`.
    fn semi_join(&mut self) -> Result<Query> {
        self.enter()?;
        self.advance();
        let start = self.span().start;
        self.expect_keyword(Keyword::Select)?;
        let expr = self.field_expr()?;
        if !self.at_keyword(Keyword::From) {
            return Err(self.error(ErrorKind::SemiJoin));
        }
        let from = self.parse_from()?;
        let filter = self.where_clause()?;
        let with = self.with_clauses()?;
        let query = Query {
            select: vec![SelectItem::Field { expr, alias: None }],
            from,
            filter,
            with,
            group_by: None,
            having: None,
            order_by: Vec::new(),
            limit: None,
            offset: None,
            ending: Ending::default(),
            span: self.since(start),
        };
        super::paths::check(&query)?;
        if !self.eat(&TokenKind::RightParen) {
            return Err(self.unexpected_in_semi_join());
        }
        self.leave();
        Ok(query)
    }
}
