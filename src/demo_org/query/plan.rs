//! A query with its names resolved, ready to be run over the records.

use std::cmp::Ordering;

use std::sync::Arc;

use super::super::catalog::{FieldDef, Kind, ObjectDef};
use super::super::json::Json;
use super::super::value::Value;
use super::aggregate::{Group, Groups};
use super::expression::Expression;
use super::filter::{Reader, Test};
use super::resolve::Scope;
use super::shape::Shape;
use super::{Context, Fault, Outcome, Row};
use crate::soql::ast::{Ending, Grouping, Ident, Nulls, OrderItem, Query, SelectItem, Span};

/// Most rows that can be skipped.
const MOST_OFFSET: u32 = 2_000;
/// Most levels of child subqueries below a query.
const MOST_LEVELS: usize = 5;

/// A query that can be run.
#[derive(Debug)]
pub(super) struct Plan {
    object: Arc<ObjectDef>,
    filter: Option<Test>,
    order: Vec<Order>,
    limit: Option<u32>,
    offset: u32,
    output: Output,
}

#[derive(Debug)]
enum Output {
    Count,
    Rows(Shape),
    Groups(Groups),
    Column(Expression),
}

#[derive(Debug)]
struct Order {
    expression: Expression,
    descending: bool,
    nulls_last: bool,
}

impl Plan {
    /// The plan of a query whose `FROM` names an object.
    pub(super) fn of(context: Context<'_>, query: &Query) -> Result<Self, Fault> {
        Self::build(context, query, source(context, query)?, 0)
    }

    /// The plan of a semi-join: one id field, not of a parent.
    pub(super) fn semi_join(context: Context<'_>, query: &Query) -> Result<Self, Fault> {
        let object = source(context, query)?;
        refuse_clauses(query)?;
        let scope = Scope::new(context.store.catalog(), object, &query.from);
        let [SelectItem::Field { expr, alias: None }] = query.select.as_slice() else {
            return Err(Fault::malformed("a semi join selects one field", query.span));
        };
        let column = Expression::of(&scope, expr)?;
        let is_id = matches!(column.kind(), Kind::Id | Kind::Reference);
        if !is_id || !column.column.steps.is_empty() || !column.functions.is_empty() {
            let name = column.column.name();
            let message =
                format!("Semi join sub-selects can only query id fields, cannot use: '{name}'");
            return Err(Fault::malformed(message, column.span));
        }
        let filter = filter(context, &scope, object, query, true)?;
        let output = Output::Column(column);
        Ok(Self {
            object: Arc::clone(object),
            filter,
            order: Vec::new(),
            limit: None,
            offset: 0,
            output,
        })
    }

    fn build(
        context: Context<'_>,
        query: &Query,
        object: &Arc<ObjectDef>,
        level: usize,
    ) -> Result<Self, Fault> {
        refuse_clauses(query)?;
        let scope = Scope::new(context.store.catalog(), object, &query.from);
        let filter = filter(context, &scope, object, query, false)?;
        let aggregates = query.select.iter().any(|item| match item {
            SelectItem::Field { expr, .. } => expr.is_aggregate(),
            SelectItem::Count
            | SelectItem::Child { .. }
            | SelectItem::Fields { .. }
            | SelectItem::Typeof { .. } => false,
        });
        let output = if query.select == [SelectItem::Count] {
            if query.group_by.is_some() {
                let message = "Grouped query cannot use COUNT() without a field";
                return Err(Fault::malformed(message, query.span));
            }
            Output::Count
        } else if aggregates || query.group_by.is_some() {
            Output::Groups(groups(context, &scope, object, query)?)
        } else {
            Output::Rows(rows(context, &scope, object, query, level)?)
        };
        if level > 0 && !matches!(output, Output::Rows(_)) {
            let message = "aggregates are not allowed in a child subquery";
            return Err(Fault::malformed(message, query.span));
        }
        let offset = query.offset.unwrap_or_default();
        if offset > MOST_OFFSET {
            let message = format!("Maximum SOQL offset allowed is {MOST_OFFSET}");
            return Err(Fault::new("NUMBER_OUTSIDE_VALID_RANGE", message, query.span));
        }
        let order = query
            .order_by
            .iter()
            .map(|item| order(&scope, item, &output))
            .collect::<Result<_, _>>()?;
        Ok(Self { object: Arc::clone(object), filter, order, limit: query.limit, offset, output })
    }

    /// The object whose records it reads.
    pub(super) fn object(&self) -> &ObjectDef {
        &self.object
    }

    /// Runs it.
    pub(super) fn run(&self, context: Context<'_>) -> Result<Outcome, Fault> {
        let rows = self.matching(context, |_| true);
        let shown = match &self.output {
            Output::Count => {
                let total = self.window(rows).count();
                return Ok(Outcome { total, rows: Vec::new(), grouped: true });
            }
            Output::Groups(groups) => {
                let mut groups_found = groups.group(context, rows);
                groups_found.sort_by(|a, b| {
                    self.compare(&|e| e.aggregate(context, a), &|e| e.aggregate(context, b))
                });
                let shown: Vec<Json> = self
                    .window(groups_found)
                    .map(|g: Group<'_>| groups.show(context, &g))
                    .collect();
                return Ok(Outcome { total: shown.len(), rows: shown, grouped: true });
            }
            Output::Rows(shape) => {
                self.sorted(context, rows).map(|row| shape.show(context, row)).collect::<Vec<_>>()
            }
            Output::Column(_) => Vec::new(),
        };
        Ok(Outcome { total: shown.len(), rows: shown, grouped: false })
    }

    /// The rows whose lookup points to a record, as a child subquery shows them.
    pub(super) fn children(&self, context: Context<'_>, lookup: usize, id: &str) -> Vec<Json> {
        let Output::Rows(shape) = &self.output else { return Vec::new() };
        let rows = self.matching(context, |row| row.record.stored(lookup).as_text() == Some(id));
        self.sorted(context, rows).map(|row| shape.show(context, row)).collect()
    }

    /// The rows that `which` chooses, as a search shows them.
    pub(super) fn chosen<'a>(
        &self,
        context: Context<'a>,
        which: impl Fn(Row<'a>) -> bool,
    ) -> Vec<Json> {
        let Output::Rows(shape) = &self.output else { return Vec::new() };
        let rows = self.matching(context, which);
        self.sorted(context, rows).map(|row| shape.show(context, row)).collect()
    }

    /// The rows of a query without groups.
    pub(super) fn found<'a>(&self, context: Context<'a>) -> Vec<Row<'a>> {
        let rows = self.matching(context, |_| true);
        self.sorted(context, rows).collect()
    }

    /// The values of a semi-join's field.
    pub(super) fn values(&self, context: Context<'_>) -> Vec<Value> {
        let Output::Column(column) = &self.output else { return Vec::new() };
        let rows = self.matching(context, |_| true);
        rows.into_iter().map(|row| column.value(context, row)).collect()
    }

    fn matching<'a>(&self, context: Context<'a>, which: impl Fn(Row<'a>) -> bool) -> Vec<Row<'a>> {
        let Some(object) = context.store.catalog().at(self.object.index) else { return Vec::new() };
        let rows = context.store.records(object).iter().map(|record| Row { object, record });
        rows.filter(|row| context.deleted || !row.record.deleted)
            .filter(|row| which(*row))
            .filter(|row| {
                self.filter.as_ref().is_none_or(|test| test.holds(&|e| e.value(context, *row)))
            })
            .collect()
    }

    fn sorted<'a>(
        &self,
        context: Context<'a>,
        mut rows: Vec<Row<'a>>,
    ) -> impl Iterator<Item = Row<'a>> {
        if !self.order.is_empty() {
            rows.sort_by(|a, b| self.compare(&|e| e.value(context, *a), &|e| e.value(context, *b)));
        }
        self.window(rows)
    }

    /// `LIMIT` and `OFFSET`.
    fn window<T>(&self, items: Vec<T>) -> impl Iterator<Item = T> + use<T> {
        let offset = usize::try_from(self.offset).unwrap_or(usize::MAX);
        let limit = self.limit.map_or(usize::MAX, |n| usize::try_from(n).unwrap_or(usize::MAX));
        items.into_iter().skip(offset).take(limit)
    }

    /// `ORDER BY`.
    fn compare(
        &self,
        left: &dyn Fn(&Expression) -> Value,
        right: &dyn Fn(&Expression) -> Value,
    ) -> Ordering {
        for order in &self.order {
            let (a, b) = (left(&order.expression), right(&order.expression));
            let found = match (a.is_null(), b.is_null()) {
                (true, true) => Ordering::Equal,
                (true, false) if order.nulls_last => Ordering::Greater,
                (true, false) => Ordering::Less,
                (false, true) if order.nulls_last => Ordering::Less,
                (false, true) => Ordering::Greater,
                (false, false) => {
                    let order_of = a.compare(&b).unwrap_or(Ordering::Equal);
                    if order.descending { order_of.reverse() } else { order_of }
                }
            };
            if found != Ordering::Equal {
                return found;
            }
        }
        Ordering::Equal
    }
}

/// Clauses that Salesforce knows and this org doesn't.
fn refuse_clauses(query: &Query) -> Result<(), Fault> {
    let found = if query.from.using.is_some() {
        "USING"
    } else if !query.with.is_empty() {
        "WITH"
    } else if query.ending != Ending::default() {
        "what stands after OFFSET"
    } else {
        return Ok(());
    };
    let message = format!("{found} is not supported by the demo org");
    Err(Fault::malformed(message, query.span))
}

/// The object of a `FROM`.
fn source<'a>(context: Context<'a>, query: &Query) -> Result<&'a Arc<ObjectDef>, Fault> {
    let path = &query.from.source;
    let object =
        context.store.catalog().object(path.last.as_str()).filter(|_| path.qualifiers.is_empty());
    object.ok_or_else(|| {
        let message = format!(
            "sObject type '{path}' is not supported. If you are attempting to use a custom object, \
             be sure to append the '__c' after the entity name. Please reference your WSDL or the \
             describe call for the appropriate names."
        );
        Fault::new("INVALID_TYPE", message, path.span())
    })
}

fn filter(
    context: Context<'_>,
    scope: &Scope<'_>,
    object: &Arc<ObjectDef>,
    query: &Query,
    inside_join: bool,
) -> Result<Option<Test>, Fault> {
    let reader = Reader { context, scope, object: &object.name, groups: None, inside_join };
    query.filter.as_ref().map(|condition| reader.test(condition)).transpose()
}

fn rows(
    context: Context<'_>,
    scope: &Scope<'_>,
    object: &Arc<ObjectDef>,
    query: &Query,
    level: usize,
) -> Result<Shape, Fault> {
    let mut shape = Shape::default();
    for item in &query.select {
        match item {
            SelectItem::Count => {
                return Err(Fault::malformed("COUNT() stands alone", query.span));
            }
            SelectItem::Field { expr, alias } => {
                let expression = Expression::of(scope, expr)?;
                if expression.is_date_part() {
                    let message = "date functions can't be selected without GROUP BY";
                    return Err(Fault::malformed(message, expression.span));
                }
                if alias.is_some() && expression.functions.is_empty() {
                    let message = "only aggregate expressions use field aliasing";
                    return Err(Fault::malformed(message, expression.span));
                }
                shape.add(expression, alias.as_ref())?;
            }
            SelectItem::Child { query, .. } => child(context, &mut shape, object, query, level)?,
            SelectItem::Fields { span, .. } => {
                return Err(Fault::malformed("FIELDS() is not supported by the demo org", *span));
            }
            SelectItem::Typeof { choice, .. } => {
                let message = "TYPEOF is not supported by the demo org";
                return Err(Fault::malformed(message, choice.span));
            }
        }
    }
    Ok(shape)
}

fn child(
    context: Context<'_>,
    shape: &mut Shape,
    object: &Arc<ObjectDef>,
    query: &Query,
    level: usize,
) -> Result<(), Fault> {
    let path = &query.from.source;
    let level = level.saturating_add(1);
    let found =
        context.store.catalog().child(object, path.last.as_str()).filter(|_| level < MOST_LEVELS);
    let Some((child, lookup, name)) = found else {
        let message = format!(
            "Didn't understand relationship '{path}' in FROM part of query call. If you are \
             attempting to use a custom relationship, be sure to append the '__r' after the custom \
             relationship name. Please reference your WSDL or the describe call for the appropriate \
             names."
        );
        return Err(Fault::new("INVALID_TYPE", message, path.span()));
    };
    let plan = Plan::build(context, query, child, level)?;
    shape.add_child(name, lookup, plan, path.span())
}

fn groups(
    context: Context<'_>,
    scope: &Scope<'_>,
    object: &Arc<ObjectDef>,
    query: &Query,
) -> Result<Groups, Fault> {
    let by = grouped_on(scope, query)?;
    let mut shown: Vec<(String, Expression)> = Vec::new();
    let mut unnamed = 0_usize;
    for item in &query.select {
        let SelectItem::Field { expr, alias } = item else {
            let message = "a child subquery can't stand beside aggregates";
            return Err(Fault::malformed(message, query.span));
        };
        let expression = Expression::of(scope, expr)?;
        let grouped = by.iter().any(|group| {
            group.same(&expression)
                || group.column == expression.column
                    && !expression.is_date_part()
                    && group.functions.is_empty()
        });
        if !expression.is_aggregate() && !grouped {
            let name = expression.column.name();
            let message = format!("Field must be grouped or aggregated: {name}");
            return Err(Fault::malformed(message, expression.span));
        }
        let key = key(alias.as_ref(), &expression, &mut unnamed);
        if shown.iter().any(|(other, _)| other.eq_ignore_ascii_case(&key)) {
            return Err(Fault::malformed(format!("duplicate alias: {key}"), expression.span));
        }
        shown.push((key, expression));
    }
    let reader =
        Reader { context, scope, object: &object.name, groups: Some(&by), inside_join: true };
    let having = query.having.as_ref().map(|c| reader.test(c)).transpose()?;
    Ok(Groups { by, having, shown })
}

fn grouped_on(scope: &Scope<'_>, query: &Query) -> Result<Vec<Expression>, Fault> {
    let Some(group_by) = &query.group_by else { return Ok(Vec::new()) };
    let kind = match group_by.kind {
        Grouping::Plain => None,
        Grouping::Rollup => Some("ROLLUP"),
        Grouping::Cube => Some("CUBE"),
    };
    if let Some(kind) = kind {
        let message = format!("GROUP BY {kind} is not supported in this org");
        return Err(Fault::malformed(message, query.span));
    }
    let mut by = Vec::new();
    for expr in &group_by.items {
        let expression = Expression::of(scope, expr)?;
        let field = expression.column.field();
        let groupable = field.is_none_or(FieldDef::groupable) || expression.is_date_part();
        if !groupable || expression.is_aggregate() {
            let name = expression.column.name();
            let message = format!("field '{name}' can not be grouped in a query call");
            return Err(Fault::field(message, expression.span));
        }
        by.push(expression);
    }
    Ok(by)
}

/// The answer's key: the alias, the name of a plain field, or `expr0`, `expr1` …
fn key(alias: Option<&Ident>, expression: &Expression, unnamed: &mut usize) -> String {
    if let Some(alias) = alias {
        alias.to_string()
    } else if expression.functions.is_empty() {
        expression.column.name().to_owned()
    } else {
        let key = format!("expr{unnamed}");
        *unnamed = unnamed.saturating_add(1);
        key
    }
}

fn order(scope: &Scope<'_>, item: &OrderItem, output: &Output) -> Result<Order, Fault> {
    let expression = Expression::of(scope, &item.expr)?;
    let refuse = |message: String, span: Span| Err(Fault::malformed(message, span));
    let name = expression.column.name();
    if expression.column.field().is_some_and(|field| !field.sortable()) {
        let message = format!("field '{name}' can not be sorted in a query call");
        return Err(Fault::field(message, expression.span));
    }
    let allowed = match output {
        Output::Rows(_) => !expression.is_aggregate(),
        Output::Groups(groups) => {
            expression.is_aggregate() || groups.by.iter().any(|group| group.same(&expression))
        }
        Output::Count | Output::Column(_) => false,
    };
    if !allowed {
        return refuse(
            format!("Ordered field must be grouped or aggregated: {name}"),
            expression.span,
        );
    }
    Ok(Order {
        expression,
        descending: item.descending,
        nulls_last: item.nulls == Some(Nulls::Last),
    })
}
