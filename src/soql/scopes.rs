//! The queries inside a query, each with the paths that it mentions, as written and unresolved.
//!
//! A flat form of the tree for people and for comparison with other readers of SOQL. What the
//! paths mean is `footprint`'s question.

use super::ast::{Condition, FieldExpr, Query, SelectItem};

/// Which kind of query a scope is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScopeKind {
    /// The outermost query.
    Root,
    /// A subquery in `SELECT`; its `FROM` names a child relationship.
    Child,
    /// A subquery after `IN` or `NOT IN`.
    SemiJoin,
}

impl ScopeKind {
    /// Its name in the output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Child => "child",
            Self::SemiJoin => "semijoin",
        }
    }
}

/// The clause that mentions a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clause {
    /// `SELECT`.
    Select,
    /// `WHERE`.
    Where,
    /// `HAVING`.
    Having,
    /// `GROUP BY`.
    GroupBy,
    /// `ORDER BY`.
    OrderBy,
}

impl Clause {
    /// Its name in the output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Select => "select",
            Self::Where => "where",
            Self::Having => "having",
            Self::GroupBy => "groupBy",
            Self::OrderBy => "orderBy",
        }
    }
}

/// A field, or a function of one, and the clause that mentions it.
#[derive(Clone, Copy, Debug)]
pub struct Reference<'a> {
    /// Where it is mentioned.
    pub clause: Clause,
    /// What is mentioned.
    pub expr: &'a FieldExpr,
}

impl Reference<'_> {
    /// The functions around the path as `source`, the text that was parsed, spells them; the
    /// outermost first.
    pub fn functions(&self, source: &str) -> Vec<String> {
        let FieldExpr::Call { span, .. } = self.expr else { return Vec::new() };
        let text = source.get(span.start..span.end).unwrap_or("");
        let written = text.split('(').map(|name| name.trim_ascii().to_owned());
        written.take(self.expr.functions().count()).collect()
    }
}

/// One query with what it mentions itself, its subqueries aside.
#[derive(Clone, Debug)]
pub struct Scope<'a> {
    /// Where the query stands.
    pub kind: ScopeKind,
    /// The query.
    pub query: &'a Query,
    /// What it mentions: `SELECT`, `WHERE`, `HAVING`, `GROUP BY`, `ORDER BY`, each in order.
    pub references: Vec<Reference<'a>>,
}

impl Scope<'_> {
    /// The paths of the `FROM` list, without their aliases.
    pub fn from(&self) -> Vec<String> {
        let from = &self.query.from;
        let others = from.others.iter().map(|other| other.path.to_string());
        std::iter::once(from.source.to_string()).chain(others).collect()
    }
}

/// All scopes of a query: itself, then each subquery followed by those inside it, in the order of
/// the text.
pub fn scopes(query: &Query) -> Vec<Scope<'_>> {
    let mut scopes = Vec::new();
    collect(ScopeKind::Root, query, &mut scopes);
    scopes
}

fn collect<'a>(kind: ScopeKind, query: &'a Query, scopes: &mut Vec<Scope<'a>>) {
    scopes.push(Scope { kind, query, references: references(query) });
    for item in &query.select {
        match item {
            SelectItem::Child { query } => collect(ScopeKind::Child, query, scopes),
            SelectItem::Count | SelectItem::Field { .. } => {}
        }
    }
    for condition in query.filter.iter().chain(&query.having) {
        each_comparison(condition, &mut |_, subquery| {
            if let Some(query) = subquery {
                collect(ScopeKind::SemiJoin, query, scopes);
            }
        });
    }
}

/// What a query mentions itself, its subqueries aside.
pub fn references(query: &Query) -> Vec<Reference<'_>> {
    let mut found = Vec::new();
    let mut add = |clause, expr| found.push(Reference { clause, expr });
    for item in &query.select {
        match item {
            SelectItem::Field { expr, alias: _ } => add(Clause::Select, expr),
            SelectItem::Count | SelectItem::Child { .. } => {}
        }
    }
    let filter = query.filter.iter().map(|condition| (Clause::Where, condition));
    let having = query.having.iter().map(|condition| (Clause::Having, condition));
    for (clause, condition) in filter.chain(having) {
        each_comparison(condition, &mut |left, _| add(clause, left));
    }
    for expr in query.group_by.iter().flat_map(|group_by| &group_by.items) {
        add(Clause::GroupBy, expr);
    }
    for item in &query.order_by {
        add(Clause::OrderBy, &item.expr);
    }
    found
}

/// Visits the left side of each comparison, and the subquery that it is compared with.
fn each_comparison<'a>(
    condition: &'a Condition,
    visit: &mut impl FnMut(&'a FieldExpr, Option<&'a Query>),
) {
    match condition {
        Condition::And(items) | Condition::Or(items) => {
            for item in items {
                each_comparison(item, visit);
            }
        }
        Condition::Not(inner) => each_comparison(inner, visit),
        Condition::Compare { left, .. }
        | Condition::InList { left, .. }
        | Condition::Multi { left, .. } => visit(left, None),
        Condition::InQuery { left, query, .. } => visit(left, Some(query)),
    }
}
