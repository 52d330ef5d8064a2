//! Rewrites of a query as operations on its tree.

use super::ast::{
    Condition, FieldExpr, Ident, Literal, Path, Query, SelectItem, Setting, StringLiteral, With,
};

/// A field of a `SELECT` list.
#[derive(Clone, Copy, Debug)]
pub struct Listed<'a> {
    /// The child relationships that lead to the list, the outermost first; empty for the query's
    /// own list.
    pub children: &'a [Ident],
    /// The field, without the function that it may stand in.
    pub path: &'a Path,
    /// It comes back as it is, under its own path: without a function, an alias or groups.
    pub plain: bool,
}

/// A field that was dropped from a `SELECT` list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// The child relationships that lead to the list, the outermost first; empty for the query's
    /// own list.
    pub children: Vec<Ident>,
    /// The field as it stood there.
    pub path: Path,
}

impl Query {
    /// Whether its rows are groups: it has `GROUP BY` or selects an aggregate.
    pub fn is_aggregate(&self) -> bool {
        self.group_by.is_some()
            || self.select.iter().any(|item| match item {
                SelectItem::Field { expr, .. } => expr.is_aggregate(),
                SelectItem::Count
                | SelectItem::Child { .. }
                | SelectItem::Fields { .. }
                | SelectItem::Typeof { .. } => false,
            })
    }

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

    /// Drops from every `SELECT` list the fields that `goes` is true for. What chooses, sorts or
    /// groups rows stays as it is, and so do aggregates, `TYPEOF`, whatever the answer would number
    /// (`expr0`), and a list of which nothing would be left: such a query is to be refused as before.
    pub fn drop_fields(&mut self, goes: &dyn Fn(&Listed<'_>) -> bool) -> Vec<Dropped> {
        let mut dropped = Vec::new();
        self.drop_below(&mut Vec::new(), true, goes, &mut dropped);
        dropped
    }

    /// The same, but of lists of which nothing is left too: what then remains is to be looked at,
    /// and never to be sent.
    pub fn take_fields(&mut self, goes: &dyn Fn(&Listed<'_>) -> bool) -> Vec<Dropped> {
        let mut taken = Vec::new();
        self.drop_below(&mut Vec::new(), false, goes, &mut taken);
        taken
    }

    fn drop_below(
        &mut self,
        children: &mut Vec<Ident>,
        keeps_one: bool,
        goes: &dyn Fn(&Listed<'_>) -> bool,
        dropped: &mut Vec<Dropped>,
    ) {
        let aggregate = self.is_aggregate();
        let goes_here = |item: &SelectItem| match item {
            SelectItem::Field { expr, alias } => {
                let bare = matches!(expr, FieldExpr::Path(_));
                let named = alias.is_some() || bare || (!aggregate && expr.keeps_name());
                let plain = bare && alias.is_none() && !aggregate;
                let listed = Listed { children, path: expr.path(), plain };
                named && !expr.is_aggregate() && goes(&listed)
            }
            SelectItem::Count
            | SelectItem::Child { .. }
            | SelectItem::Fields { .. }
            | SelectItem::Typeof { .. } => false,
        };
        if !keeps_one || !self.select.iter().all(goes_here) {
            for item in self.select.extract_if(.., |item| goes_here(item)) {
                match item {
                    SelectItem::Field { expr, .. } => {
                        let path = expr.path().clone();
                        dropped.push(Dropped { children: children.clone(), path });
                    }
                    SelectItem::Count
                    | SelectItem::Child { .. }
                    | SelectItem::Fields { .. }
                    | SelectItem::Typeof { .. } => {}
                }
            }
        }
        for item in &mut self.select {
            match item {
                SelectItem::Child { query, .. } => {
                    children.push(query.from.source.last.clone());
                    query.drop_below(children, keeps_one, goes, dropped);
                    children.pop();
                }
                SelectItem::Count
                | SelectItem::Field { .. }
                | SelectItem::Fields { .. }
                | SelectItem::Typeof { .. } => {}
            }
        }
    }

    /// Adds a condition to `WHERE`: a row has to meet it and the one that is there, whatever that
    /// is made of. Child subqueries are left alone.
    pub fn conjoin(&mut self, condition: Condition) {
        let Some(before) = self.filter.take() else {
            self.filter = Some(condition);
            return;
        };
        let mut all = before.into_conjuncts();
        all.extend(condition.into_conjuncts());
        self.filter = Some(Condition::And(all));
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
    /// The conditions that must all be true for this one to be.
    fn into_conjuncts(self) -> Vec<Self> {
        match self {
            Self::And(items) => items,
            Self::Or(_)
            | Self::Not(_)
            | Self::Compare { .. }
            | Self::Calculate { .. }
            | Self::InList { .. }
            | Self::InQuery { .. }
            | Self::Multi { .. } => vec![self],
        }
    }

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
