//! Rewrites of a query as operations on its tree.

use super::ast::{Condition, Literal, Query, SelectItem, StringLiteral};

impl Query {
    /// Whether the query answers with one row whatever there is: `COUNT()`, or aggregates without
    /// groups. Salesforce takes no `LIMIT` on the latter, and on the former it changes the count.
    pub fn is_single_row(&self) -> bool {
        self.group_by.is_none()
            && self.select.iter().any(|item| match item {
                SelectItem::Count => true,
                SelectItem::Field { expr, .. } => expr.is_aggregate(),
                SelectItem::Child { .. } => false,
            })
    }

    /// Adds a `LIMIT` of `most` rows or lowers a higher one; true where it did. Child subqueries
    /// get the same bound.
    pub fn bound_rows(&mut self, most: u32) -> bool {
        let mut bounded = false;
        if !self.is_single_row() && self.limit.is_none_or(|limit| limit > most) {
            self.limit = Some(most);
            bounded = true;
        }
        for item in &mut self.select {
            match item {
                SelectItem::Child { query } => bounded |= query.bound_rows(most),
                SelectItem::Count | SelectItem::Field { .. } => {}
            }
        }
        bounded
    }

    /// The query with every literal replaced by the same one, so that what is left are names and
    /// structure: two queries of one shape differ only in values.
    pub fn shape(&self) -> Self {
        let mut shape = self.clone();
        shape.forget_literals();
        shape
    }

    fn forget_literals(&mut self) {
        for item in &mut self.select {
            match item {
                SelectItem::Child { query } => query.forget_literals(),
                SelectItem::Count | SelectItem::Field { .. } => {}
            }
        }
        for condition in self.filter.iter_mut().chain(self.having.iter_mut()) {
            condition.forget_literals();
        }
    }
}

impl Condition {
    fn forget_literals(&mut self) {
        match self {
            Self::And(list) | Self::Or(list) => list.iter_mut().for_each(Self::forget_literals),
            Self::Not(inner) => inner.forget_literals(),
            Self::Compare { right, .. } => *right = nothing(),
            Self::InList { list, .. } => *list = vec![nothing()],
            Self::InQuery { query, .. } => query.forget_literals(),
            Self::Multi { list, .. } => *list = vec![StringLiteral::default()],
        }
    }
}

fn nothing() -> Literal {
    Literal::String(StringLiteral::default())
}
