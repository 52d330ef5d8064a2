//! Which keys a row of an answer has: fields, parents and child subqueries, in the order in which
//! the query names them.

use std::sync::Arc;

use super::super::answer::{Refusal, attributes, cut};
use super::super::catalog::{Catalog, FieldDef, ObjectDef};
use super::super::json::{Json, object};
use super::expression::Expression;
use super::plan::Plan;
use super::resolve::{Column, Leaf, Scope, Step, leaf_value, parent};
use super::{Context, Fault, Row};
use crate::soql::ast::{Ident, Path, Span};

/// The keys of a row.
#[derive(Debug, Default)]
pub(super) struct Shape {
    items: Vec<Item>,
    /// Whether the row is one that a polymorphic lookup points to.
    polymorphic: bool,
}

#[derive(Debug)]
enum Item {
    Leaf { key: String, leaf: Leaf, expression: Option<Expression> },
    Parent { step: Step, shape: Shape },
    Child { key: String, lookup: usize, plan: Box<Plan> },
}

impl Shape {
    /// Adds a field under its own name, or a function of it under an alias.
    pub(super) fn add(
        &mut self,
        expression: Expression,
        alias: Option<&Ident>,
    ) -> Result<(), Fault> {
        let Column { steps, leaf } = expression.column.clone();
        let mut shape = self;
        for step in steps {
            let found = shape.items.iter().position(
                |item| matches!(item, Item::Parent { step: other, .. } if *other == step),
            );
            let place = found.unwrap_or(shape.items.len());
            if found.is_none() {
                let below = Self { items: Vec::new(), polymorphic: step.polymorphic };
                shape.items.push(Item::Parent { step, shape: below });
            }
            let Some(Item::Parent { shape: below, .. }) = shape.items.get_mut(place) else {
                return Ok(());
            };
            shape = below;
        }
        let key = alias.map_or_else(|| expression.column.name().to_owned(), Ident::to_string);
        let taken = |item: &Item| match item {
            Item::Leaf { key: other, .. } => other.eq_ignore_ascii_case(&key),
            Item::Parent { .. } | Item::Child { .. } => false,
        };
        if shape.items.iter().any(taken) {
            let message = format!("duplicate field selected: {key}");
            return Err(Fault::field(message, expression.span));
        }
        let expression = (!expression.functions.is_empty()).then_some(expression);
        shape.items.push(Item::Leaf { key, leaf, expression });
        Ok(())
    }

    /// Adds a child subquery under its relationship's name.
    pub(super) fn add_child(
        &mut self,
        key: &str,
        lookup: usize,
        plan: Plan,
        span: Span,
    ) -> Result<(), Fault> {
        let twice = |item: &Item| matches!(item, Item::Child { key: other, .. } if other == key);
        if self.items.iter().any(twice) {
            let message = format!("Cannot follow the same subquery relationship twice: {key}");
            return Err(Fault::malformed(message, span));
        }
        self.items.push(Item::Child { key: key.to_owned(), lookup, plan: Box::new(plan) });
        Ok(())
    }

    /// The row as the answer shows it.
    pub(super) fn show(&self, context: Context<'_>, row: Row<'_>) -> Json {
        let id = row.record.id.as_str();
        let name = row.object.name.as_str();
        let kind = if self.polymorphic { "Name" } else { name };
        let mut members =
            vec![("attributes".to_owned(), attributes(kind, name, id, context.version))];
        for item in &self.items {
            members.push(match item {
                Item::Leaf { key, leaf, expression: None } => {
                    (key.clone(), leaf_value(context, row, leaf).json())
                }
                Item::Leaf { key, leaf, expression: Some(expression) } => {
                    let column = Column { steps: Vec::new(), leaf: leaf.clone() };
                    let here = Expression { column, ..expression.clone() };
                    (key.clone(), here.value(context, row).json())
                }
                Item::Parent { step, shape } => {
                    let parent = parent(context, row, step.lookup);
                    let shown = parent.map_or(Json::Null, |parent| shape.show(context, parent));
                    (step.relationship.clone(), shown)
                }
                Item::Child { key, lookup, plan } => {
                    let rows = plan.children(context, *lookup, id);
                    let total = rows.len();
                    let shown = if rows.is_empty() {
                        Json::Null
                    } else {
                        object! { "totalSize" => total, "done" => true, "records" => rows }
                    };
                    (key.clone(), shown)
                }
            });
        }
        Json::Object(members)
    }
}

/// A record with all its fields.
pub(in super::super) fn all_fields(context: Context<'_>, row: Row<'_>) -> Json {
    let leaf = |(index, field): (usize, &FieldDef)| Item::Leaf {
        key: field.name.clone(),
        leaf: Leaf::Field(Arc::clone(row.object), index),
        expression: None,
    };
    let items = row.object.fields.iter().enumerate().map(leaf).collect();
    Shape { items, polymorphic: false }.show(context, row)
}

/// A record with the fields of a comma-separated list, which may be paths to parents.
pub(in super::super) fn fields(
    context: Context<'_>,
    row: Row<'_>,
    list: &str,
) -> Result<Json, Refusal> {
    Ok(listed(context.store.catalog(), row.object, list)?.show(context, row))
}

/// Records of one object with the fields of such a list; null for one that there is not.
pub(in super::super) fn fields_of_all<'a>(
    context: Context<'a>,
    object: &Arc<ObjectDef>,
    rows: impl Iterator<Item = Option<Row<'a>>>,
    list: &str,
) -> Result<Vec<Json>, Refusal> {
    let shape = listed(context.store.catalog(), object, list)?;
    Ok(rows.map(|row| row.map_or(Json::Null, |row| shape.show(context, row))).collect())
}

fn listed(catalog: &Catalog, object: &Arc<ObjectDef>, list: &str) -> Result<Shape, Refusal> {
    let mut shape = Shape::default();
    for text in list.split(',').map(str::trim).filter(|text| !text.is_empty()) {
        let unknown = || unknown(object, text);
        let column = path(text)
            .and_then(|path| Scope::bare(catalog, object).column(&path).ok())
            .ok_or_else(unknown)?;
        let expression = Expression { column, functions: Vec::new(), span: Span::default() };
        // A field that is named twice is shown once.
        let _named_twice: Result<(), Fault> = shape.add(expression, None);
    }
    Ok(shape)
}

fn unknown(object: &ObjectDef, text: &str) -> Refusal {
    let message = format!("No such column '{}' on sobject of type {}", cut(text), object.name);
    Refusal::new(400, "INVALID_FIELD", message)
}

pub(super) fn path(text: &str) -> Option<Path> {
    let ident = |part| Ident::new(part, Span::default());
    let mut parts = text.split('.').map(ident).collect::<Option<Vec<_>>>()?;
    let last = parts.pop()?;
    (parts.len() <= crate::soql::limits::RELATIONSHIPS).then_some(Path { qualifiers: parts, last })
}
