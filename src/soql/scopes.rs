//! The queries inside a query, each with the paths that it mentions, as written and unresolved.
//!
//! A flat form of the tree for people and for comparison with other readers of SOQL. What the
//! paths mean is `footprint`'s question.

use super::ast::{Condition, FieldExpr, Ident, Path, Query, SelectItem, Span, Typeof};

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
    /// The relationship of a `TYPEOF`.
    Typeof,
    /// A field after `THEN`.
    TypeofWhen,
    /// A field after `ELSE`.
    TypeofElse,
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
            Self::Typeof => "typeof",
            Self::TypeofWhen => "typeof_when",
            Self::TypeofElse => "typeof_else",
            Self::Where => "where",
            Self::Having => "having",
            Self::GroupBy => "groupBy",
            Self::OrderBy => "orderBy",
        }
    }
}

/// What a clause mentions.
#[derive(Clone, Copy, Debug)]
pub enum Mention<'a> {
    /// A field, or a function of one.
    Expr(&'a FieldExpr),
    /// A path in a `TYPEOF`.
    Path(&'a Path),
    /// A path after `THEN`, which starts at another object.
    Of(&'a Ident, &'a Path),
    /// `FIELDS(ALL)`, from the function's name to its closing parenthesis.
    Fields(Span),
}

/// What is mentioned, and the clause that mentions it.
#[derive(Clone, Copy, Debug)]
pub struct Reference<'a> {
    /// Where it is mentioned.
    pub clause: Clause,
    /// What is mentioned.
    pub mention: Mention<'a>,
}

impl<'a> Reference<'a> {
    /// The path; `None` for `FIELDS()`, which has none.
    pub fn path(&self) -> Option<&'a Path> {
        match self.mention {
            Mention::Expr(expr) => Some(expr.path()),
            Mention::Path(path) | Mention::Of(_, path) => Some(path),
            Mention::Fields(_) => None,
        }
    }

    /// What is mentioned in one word: the path, after `THEN` as `Account::Phone`, and for `FIELDS()`
    /// the argument as `source`, the text that was parsed, spells it.
    pub fn text(&self, source: &str) -> String {
        match self.mention {
            Mention::Expr(expr) => expr.path().to_string(),
            Mention::Path(path) => path.to_string(),
            Mention::Of(object, path) => format!("{object}::{path}"),
            Mention::Fields(span) => {
                let argument = call(span, source).nth(1).unwrap_or_default();
                argument.trim_end_matches(')').trim_ascii().to_owned()
            }
        }
    }

    /// The functions around the path as `source`, the text that was parsed, spells them; the
    /// outermost first.
    pub fn functions(&self, source: &str) -> Vec<String> {
        let (span, count) = match self.mention {
            Mention::Expr(FieldExpr::Path(_)) | Mention::Path(_) | Mention::Of(..) => {
                return Vec::new();
            }
            Mention::Expr(FieldExpr::Distance(distance)) => (distance.span, 1),
            Mention::Expr(expr @ FieldExpr::Call { span, .. }) => (*span, expr.functions().count()),
            Mention::Fields(span) => (span, 1),
        };
        call(span, source).take(count).collect()
    }
}

/// A call as it was written, taken apart at its opening parentheses.
fn call(span: Span, source: &str) -> impl Iterator<Item = String> {
    let text = source.get(span.start..span.end).unwrap_or("");
    text.split('(').map(|name| name.trim_ascii().to_owned())
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
            SelectItem::Child { query, .. } => collect(ScopeKind::Child, query, scopes),
            SelectItem::Count
            | SelectItem::Field { .. }
            | SelectItem::Fields { .. }
            | SelectItem::Typeof { .. } => {}
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
    let mut add = |clause, mention| found.push(Reference { clause, mention });
    for item in &query.select {
        match item {
            SelectItem::Field { expr, .. } => add(Clause::Select, Mention::Expr(expr)),
            SelectItem::Fields { span, .. } => add(Clause::Select, Mention::Fields(*span)),
            SelectItem::Typeof { choice, .. } => each_choice(choice, &mut add),
            SelectItem::Count | SelectItem::Child { .. } => {}
        }
    }
    let filter = query.filter.iter().map(|condition| (Clause::Where, condition));
    let having = query.having.iter().map(|condition| (Clause::Having, condition));
    for (clause, condition) in filter.chain(having) {
        each_comparison(condition, &mut |left, _| add(clause, Mention::Expr(left)));
    }
    for expr in query.group_by.iter().flat_map(|group_by| &group_by.items) {
        add(Clause::GroupBy, Mention::Expr(expr));
    }
    for item in &query.order_by {
        add(Clause::OrderBy, Mention::Expr(&item.expr));
    }
    found
}

/// Visits the paths of a `TYPEOF`, in the order of the text.
fn each_choice<'a>(choice: &'a Typeof, add: &mut impl FnMut(Clause, Mention<'a>)) {
    add(Clause::Typeof, Mention::Path(&choice.relationship));
    for branch in &choice.branches {
        for field in &branch.fields {
            add(Clause::TypeofWhen, Mention::Of(&branch.object, field));
        }
    }
    for field in &choice.otherwise {
        add(Clause::TypeofElse, Mention::Path(field));
    }
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
        Condition::Calculate { left, .. } => {
            visit(&left.left, None);
            visit(&left.right, None);
        }
    }
}
