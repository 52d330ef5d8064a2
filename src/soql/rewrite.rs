//! Rewrites of a query as operations on its tree.

use super::ast::{Condition, FieldExpr, Literal, Query, SelectItem, Setting, StringLiteral, With};

impl Query {
    /// Whether the query answers with one row whatever there is: `COUNT()`, or aggregates without
    /// groups. Salesforce takes no `LIMIT` on the latter, and on the former it changes the count.
    pub fn is_single_row(&self) -> bool {
        self.group_by.is_none()
            && self.select.iter().any(|item| match item {
                SelectItem::Count => true,
                SelectItem::Field { expr, .. } => expr.is_aggregate(),
                SelectItem::Child { .. }
                | SelectItem::Fields { .. }
                | SelectItem::Typeof { .. } => false,
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
                SelectItem::Child { query, .. } => bounded |= query.bound_rows(most),
                SelectItem::Count
                | SelectItem::Field { .. }
                | SelectItem::Fields { .. }
                | SelectItem::Typeof { .. } => {}
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
                SelectItem::Child { query, .. } => query.forget_literals(),
                SelectItem::Field { expr, .. } => expr.forget_literals(),
                SelectItem::Count | SelectItem::Fields { .. } | SelectItem::Typeof { .. } => {}
            }
        }
        for item in &mut self.order_by {
            item.expr.forget_literals();
        }
        for with in &mut self.with {
            match with {
                With::Equals { value, .. } => *value = StringLiteral::default(),
                With::Other { settings, .. } => forget_settings(settings),
                With::SecurityEnforced
                | With::UserMode
                | With::SystemMode(_)
                | With::DataCategory(_) => {}
            }
        }
        forget_settings(&mut self.ending.bind);
        forget_settings(&mut self.ending.options);
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
            Self::Compare { left, right, .. } => {
                left.forget_literals();
                *right = nothing();
            }
            Self::Calculate { right, .. } => *right = nothing(),
            Self::InList { list, .. } => *list = vec![nothing()],
            Self::InQuery { query, .. } => query.forget_literals(),
            Self::Multi { list, .. } => *list = vec![StringLiteral::default()],
        }
    }
}

impl FieldExpr {
    /// Only `DISTANCE` has literals: the place that is measured to.
    fn forget_literals(&mut self) {
        match self {
            Self::Path(_) | Self::Call { .. } => {}
            Self::Distance(distance) => {
                distance.latitude = "0".into();
                distance.longitude = "0".into();
            }
        }
    }
}

fn forget_settings(settings: &mut [Setting]) {
    for setting in settings {
        setting.value = nothing();
    }
}

fn nothing() -> Literal {
    Literal::String(StringLiteral::default())
}
