//! The footprint of a SOQL query: a walk over its tree that touches what each clause reads and leaves
//! the tree with its names in describe's spelling and its `FROM` aliases resolved.

use std::sync::Arc;

use super::Action;
use super::Target;
use super::clause::refuse_alias;
use super::error::{FootprintError, Unresolved, shown};
use super::keys::Keys;
use super::path::{Scope, Walk};
use crate::org::Object;
use crate::soql::ast::{
    Argument, Arithmetic, Condition, Distance, Ending, FieldExpr, From, GroupBy, Ident, OrderItem,
    Path, Query, SelectItem,
};

type Result<T> = std::result::Result<T, FootprintError>;

/// What a clause does with a field: a value that comes back is selected; one that rows are chosen,
/// sorted, grouped or aggregated by can be inferred from them, so it is filtered on.
const SELECT: &[Action] = &[Action::Select];
const FILTER: &[Action] = &[Action::Filter];
const SELECT_AND_FILTER: &[Action] = &[Action::Select, Action::Filter];

impl Walk<'_> {
    /// A whole query, whose `FROM` names an object.
    pub(super) fn query(&mut self, mut query: Query) -> Result<Query> {
        self.expect(query.select.len());
        let object = self.source(&query.from)?;
        let source = object.name.to_string();
        self.body(&mut query, object, source, SELECT, SELECT_AND_FILTER)?;
        Ok(query)
    }

    /// The inner query of a semi-join: nothing of it comes back, all of it filters.
    fn semi_join(&mut self, query: &mut Query) -> Result<()> {
        let object = self.source(&query.from)?;
        let source = object.name.to_string();
        self.body(query, object, source, FILTER, FILTER)
    }

    fn source(&self, from: &From) -> Result<Arc<Object>> {
        let written = from.source.text();
        self.object(&written).map_err(|kind| kind.at(from.source.span()))
    }

    /// A child subquery: its `FROM` names a child relationship of the outer query's object. It
    /// shows which parent each child has, which is the child's lookup field.
    fn child(&mut self, outer: &Scope, query: &mut Query) -> Result<()> {
        let source = &query.from.source;
        let fail = |kind: Unresolved| kind.at(source.span());
        let unknown = || Unresolved::Child {
            place: outer.source.clone(),
            object: outer.object.name.clone(),
            relationship: shown(source.to_string()),
        };
        if !outer.relationships(&source.qualifiers).map_err(fail)?.is_empty() {
            return Err(fail(unknown()));
        }
        let child =
            outer.object.child_named(source.last.as_str()).ok_or_else(|| fail(unknown()))?;
        // The name of the children's object is not the caller's: it stays out of the error.
        let object = self.schema.object(&child.object).cloned().ok_or_else(|| fail(unknown()))?;
        let lookup = object.field(&child.field).ok_or_else(|| fail(unknown()))?;
        self.field(Action::Select, &object, lookup, source.last.as_str());
        let name = child.relationship.to_string();
        self.body(query, object, name, SELECT, SELECT_AND_FILTER)
    }

    /// Resolves all parts of a query where they stand. Nodes are taken apart field by field, so that
    /// none is passed over unseen.
    fn body(
        &mut self,
        query: &mut Query,
        object: Arc<Object>,
        source: String,
        plain: &[Action],
        aggregate: &[Action],
    ) -> Result<()> {
        let name = Ident::new(&source, query.from.source.last.span)
            .ok_or_else(|| Unresolved::Object(shown(&source)))?;
        let scope = self.scope(object, source, &query.from)?;
        self.select_list(&scope, query, plain, aggregate)?;
        let Query {
            select: _,
            from,
            filter,
            with,
            group_by,
            having,
            order_by,
            limit: _,
            offset: _,
            ending,
            span: _,
        } = query;
        super::clause::refuse_with(with)?;
        super::clause::refuse_ending(ending)?;
        *from = From {
            source: Path { qualifiers: Vec::new(), last: name },
            alias: None,
            using: self.using(&scope, from.using.as_ref())?,
            others: Vec::new(),
        };
        // What `WITH` may ask for holds for every query of the REST API.
        with.clear();
        *ending = Ending::default();
        self.optional(&scope, filter.as_mut())?;
        if let Some(GroupBy { items, kind: _ }) = group_by {
            for item in items {
                self.expression(&scope, item, FILTER)?;
            }
        }
        self.optional(&scope, having.as_mut())?;
        for OrderItem { expr, descending: _, nulls: _ } in order_by {
            self.expression(&scope, expr, FILTER)?;
        }
        Ok(())
    }

    /// The `SELECT` list. `FIELDS()` becomes the fields that it stands for, without those that the
    /// list names itself.
    fn select_list(
        &mut self,
        scope: &Scope,
        query: &mut Query,
        plain: &[Action],
        aggregate: &[Action],
    ) -> Result<()> {
        let mut keys = Keys::of(query);
        let mut has_sets = false;
        for item in &mut query.select {
            self.select_item(scope, item, plain, aggregate)?;
            keys.add(item)?;
            has_sets |= matches!(item, SelectItem::Fields { .. });
        }
        if !has_sets {
            return Ok(());
        }
        for item in std::mem::take(&mut query.select) {
            match item {
                SelectItem::Fields { set, span } => {
                    let fields = self.field_set(scope, set, query.limit, plain, span)?;
                    for field in fields {
                        if !keys.has_field(&field) {
                            keys.add(&field)?;
                            query.select.push(field);
                        }
                    }
                }
                SelectItem::Count
                | SelectItem::Field { .. }
                | SelectItem::Child { .. }
                | SelectItem::Typeof { .. } => query.select.push(item),
            }
        }
        Ok(())
    }

    fn select_item(
        &mut self,
        scope: &Scope,
        item: &mut SelectItem,
        plain: &[Action],
        aggregate: &[Action],
    ) -> Result<()> {
        match item {
            SelectItem::Count => {
                for action in plain {
                    self.touch(*action, Target::Object(scope.object.name.clone()), "COUNT()");
                }
                Ok(())
            }
            SelectItem::Field { expr, alias: _ } => {
                let actions = if expr.is_aggregate() { aggregate } else { plain };
                self.expression(scope, expr, actions)
            }
            SelectItem::Child { query, alias } => {
                refuse_alias("an alias after a subquery", alias.as_ref())?;
                self.child(scope, query)
            }
            // `select_list` writes it out once it knows what else is selected.
            SelectItem::Fields { set: _, span: _ } => Ok(()),
            SelectItem::Typeof { choice, alias } => {
                refuse_alias("an alias after TYPEOF … END", alias.as_ref())?;
                **choice = self.choice(scope, choice, plain)?;
                Ok(())
            }
        }
    }

    fn expression(
        &mut self,
        scope: &Scope,
        expr: &mut FieldExpr,
        actions: &[Action],
    ) -> Result<()> {
        let path = match expr {
            FieldExpr::Path(path)
            | FieldExpr::Call {
                function: _,
                argument: Argument::Path(path) | Argument::Call(_, path),
                span: _,
            } => path,
            FieldExpr::Distance(distance) => {
                let Distance { path, latitude: _, longitude: _, unit: _, span: _ } =
                    distance.as_mut();
                path
            }
        };
        *path = self.path(scope, path, actions)?;
        Ok(())
    }

    fn optional(&mut self, scope: &Scope, condition: Option<&mut Condition>) -> Result<()> {
        condition.map_or(Ok(()), |condition| self.condition(scope, condition))
    }

    fn condition(&mut self, scope: &Scope, condition: &mut Condition) -> Result<()> {
        match condition {
            Condition::And(list) | Condition::Or(list) => {
                list.iter_mut().try_for_each(|condition| self.condition(scope, condition))
            }
            Condition::Not(inner) => self.condition(scope, inner),
            Condition::Compare { left, op: _, right: _ }
            | Condition::InList { left, negated: _, list: _ }
            | Condition::Multi { left, excludes: _, list: _ } => {
                self.expression(scope, left, FILTER)
            }
            Condition::Calculate { left, op: _, right: _ } => {
                let Arithmetic { left, minus: _, right } = left.as_mut();
                self.expression(scope, left, FILTER)?;
                self.expression(scope, right, FILTER)
            }
            Condition::InQuery { left, negated: _, query } => {
                self.expression(scope, left, FILTER)?;
                self.semi_join(query)
            }
        }
    }

    /// The names of one `FROM` list. Aliases may stand for paths that start at other aliases, in any
    /// order, so they are resolved as a set: each round resolves at least one, or they go in a circle.
    fn scope(&self, object: Arc<Object>, source: String, from: &From) -> Result<Scope> {
        let mut scope = Scope { object, source, alias: from.alias.clone(), aliases: Vec::new() };
        let names = || from.alias.iter().chain(from.others.iter().map(|other| &other.name));
        for (at, name) in names().enumerate() {
            if names().take(at).any(|earlier| earlier == name) {
                return Err(Unresolved::Alias(shown(name.as_str())).at(name.span));
            }
        }
        let mut open: Vec<_> = from.others.iter().collect();
        while !open.is_empty() {
            let before = open.len();
            let waiting: Vec<Ident> = open.iter().map(|other| other.name.clone()).collect();
            let mut later = Vec::new();
            for other in open {
                let segments: Vec<Ident> = other.path.segments().cloned().collect();
                let first = segments.first();
                if first.is_some_and(|first| {
                    waiting.contains(first) && scope.alias.as_ref() != Some(first)
                }) {
                    later.push(other);
                    continue;
                }
                let fail = |kind: Unresolved| kind.at(other.path.span());
                let stands_for = scope.relationships(&segments).map_err(fail)?;
                if stands_for.is_empty() {
                    return Err(fail(Unresolved::Alias(shown(other.name.as_str()))));
                }
                self.alias(&scope, &stands_for).map_err(fail)?;
                scope.aliases.push((other.name.clone(), stands_for.into_owned()));
            }
            if let Some(stuck) = later.first().filter(|_| later.len() == before) {
                return Err(Unresolved::Alias(shown(stuck.name.as_str())).at(stuck.name.span));
            }
            open = later;
        }
        Ok(scope)
    }
}
