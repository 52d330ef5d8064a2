//! The footprint of a SOQL query: a walk over its tree that touches what each clause reads and
//! returns the tree with its names in describe's spelling and its `FROM` aliases resolved.

use std::collections::HashMap;
use std::sync::Arc;

use smol_str::{SmolStr, format_smolstr};

use super::Action;
use super::Target;
use super::clause::refuse_alias;
use super::error::{FootprintError, Unresolved, shown};
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
    pub(super) fn query(&mut self, query: Query) -> Result<Query> {
        self.expect(query.select.len());
        let object = self.source(&query.from)?;
        let source = object.name.to_string();
        self.body(query, object, source, SELECT, SELECT_AND_FILTER)
    }

    /// The inner query of a semi-join: nothing of it comes back, all of it filters.
    fn semi_join(&mut self, query: Query) -> Result<Query> {
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
    fn child(&mut self, outer: &Scope, query: Query) -> Result<Query> {
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

    fn body(
        &mut self,
        mut query: Query,
        object: Arc<Object>,
        source: String,
        plain: &[Action],
        aggregate: &[Action],
    ) -> Result<Query> {
        let name = Ident::new(&source, query.from.source.last.span)
            .ok_or_else(|| Unresolved::Object(shown(&source)))?;
        let scope = self.scope(object, source, &query.from)?;
        let select = self.select_list(&scope, &mut query, plain, aggregate)?;
        super::clause::refuse_with(&query.with)?;
        super::clause::refuse_ending(&query.ending)?;
        Ok(Query {
            select,
            from: From {
                source: Path { qualifiers: Vec::new(), last: name },
                alias: None,
                using: self.using(&scope, query.from.using.as_ref())?,
                others: Vec::new(),
            },
            // What `WITH` may ask for holds for every query of the REST API.
            with: Vec::new(),
            filter: self.optional(&scope, query.filter)?,
            group_by: query.group_by.map(|group| self.group_by(&scope, group)).transpose()?,
            having: self.optional(&scope, query.having)?,
            order_by: query
                .order_by
                .into_iter()
                .map(|item| {
                    Ok(OrderItem { expr: self.expression(&scope, item.expr, FILTER)?, ..item })
                })
                .collect::<Result<_>>()?,
            limit: query.limit,
            offset: query.offset,
            ending: Ending::default(),
            span: query.span,
        })
    }

    /// The `SELECT` list. `FIELDS()` becomes the fields that it stands for, without those that the
    /// list names itself.
    fn select_list(
        &mut self,
        scope: &Scope,
        query: &mut Query,
        plain: &[Action],
        aggregate: &[Action],
    ) -> Result<Vec<SelectItem>> {
        let mut keys = Keys::of(query);
        let mut items = Vec::with_capacity(query.select.len());
        for item in std::mem::take(&mut query.select) {
            let item = self.select_item(scope, item, plain, aggregate)?;
            keys.add(&item)?;
            items.push(item);
        }
        if !items.iter().any(|item| matches!(item, SelectItem::Fields { .. })) {
            return Ok(items);
        }
        let mut select = Vec::with_capacity(items.len());
        for item in items {
            match item {
                SelectItem::Fields { set, span } => {
                    let fields = self.field_set(scope, set, query.limit, plain, span)?;
                    for field in fields {
                        if !keys.has_field(&field) {
                            keys.add(&field)?;
                            select.push(field);
                        }
                    }
                }
                SelectItem::Count
                | SelectItem::Field { .. }
                | SelectItem::Child { .. }
                | SelectItem::Typeof { .. } => select.push(item),
            }
        }
        Ok(select)
    }

    fn select_item(
        &mut self,
        scope: &Scope,
        item: SelectItem,
        plain: &[Action],
        aggregate: &[Action],
    ) -> Result<SelectItem> {
        Ok(match item {
            SelectItem::Count => {
                for action in plain {
                    self.touch(*action, Target::Object(scope.object.name.clone()), "COUNT()");
                }
                SelectItem::Count
            }
            SelectItem::Field { expr, alias } => {
                let actions = if expr.is_aggregate() { aggregate } else { plain };
                SelectItem::Field { expr: self.expression(scope, expr, actions)?, alias }
            }
            SelectItem::Child { query, alias } => {
                refuse_alias("an alias after a subquery", alias.as_ref())?;
                SelectItem::Child { query: Box::new(self.child(scope, *query)?), alias: None }
            }
            SelectItem::Fields { set, span } => SelectItem::Fields { set, span },
            SelectItem::Typeof { choice, alias } => {
                refuse_alias("an alias after TYPEOF … END", alias.as_ref())?;
                let choice = Box::new(self.choice(scope, &choice, plain)?);
                SelectItem::Typeof { choice, alias: None }
            }
        })
    }

    fn expression(
        &mut self,
        scope: &Scope,
        expr: FieldExpr,
        actions: &[Action],
    ) -> Result<FieldExpr> {
        Ok(match expr {
            FieldExpr::Path(path) => FieldExpr::Path(self.path(scope, &path, actions)?),
            FieldExpr::Call { function, argument, span } => FieldExpr::Call {
                function,
                argument: match argument {
                    Argument::Path(path) => Argument::Path(self.path(scope, &path, actions)?),
                    Argument::Call(inner, path) => {
                        Argument::Call(inner, self.path(scope, &path, actions)?)
                    }
                },
                span,
            },
            FieldExpr::Distance(distance) => FieldExpr::Distance(Box::new(Distance {
                path: self.path(scope, &distance.path, actions)?,
                ..*distance
            })),
        })
    }

    fn group_by(&mut self, scope: &Scope, group: GroupBy) -> Result<GroupBy> {
        let items = group.items.into_iter().map(|item| self.expression(scope, item, FILTER));
        Ok(GroupBy { items: items.collect::<Result<_>>()?, kind: group.kind })
    }

    fn optional(
        &mut self,
        scope: &Scope,
        condition: Option<Condition>,
    ) -> Result<Option<Condition>> {
        condition.map(|condition| self.condition(scope, condition)).transpose()
    }

    fn condition(&mut self, scope: &Scope, condition: Condition) -> Result<Condition> {
        let mut all = |list: Vec<Condition>| -> Result<Vec<Condition>> {
            list.into_iter().map(|condition| self.condition(scope, condition)).collect()
        };
        Ok(match condition {
            Condition::And(list) => Condition::And(all(list)?),
            Condition::Or(list) => Condition::Or(all(list)?),
            Condition::Not(inner) => Condition::Not(Box::new(self.condition(scope, *inner)?)),
            Condition::Compare { left, op, right } => {
                Condition::Compare { left: self.expression(scope, left, FILTER)?, op, right }
            }
            Condition::Calculate { left, op, right } => Condition::Calculate {
                left: Box::new(Arithmetic {
                    left: self.expression(scope, left.left, FILTER)?,
                    minus: left.minus,
                    right: self.expression(scope, left.right, FILTER)?,
                }),
                op,
                right,
            },
            Condition::InList { left, negated, list } => {
                Condition::InList { left: self.expression(scope, left, FILTER)?, negated, list }
            }
            Condition::InQuery { left, negated, query } => Condition::InQuery {
                left: self.expression(scope, left, FILTER)?,
                negated,
                query: Box::new(self.semi_join(*query)?),
            },
            Condition::Multi { left, excludes, list } => {
                Condition::Multi { left: self.expression(scope, left, FILTER)?, excludes, list }
            }
        })
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

/// The names under which a row's values come back; each may stand there once, or what is pruned
/// could not be told from what is permitted.
struct Keys {
    /// In lower case, each with whether it is the path of a field.
    taken: HashMap<SmolStr, bool>,
    /// Paths come back under their last names alone.
    aggregate: bool,
}

impl Keys {
    fn of(query: &Query) -> Self {
        let taken = HashMap::with_capacity(query.select.len());
        Self { taken, aggregate: query.is_aggregate() }
    }

    fn add(&mut self, item: &SelectItem) -> Result<()> {
        let (key, span) = match item {
            SelectItem::Count => return Ok(()),
            // Each set once, as Salesforce wants it; so a short text stays a short list.
            SelectItem::Fields { set, span } => (format_smolstr!("FIELDS({})", set.name()), *span),
            SelectItem::Field { alias: Some(alias), .. } => (alias.text(), alias.span),
            SelectItem::Field { expr: FieldExpr::Path(path), alias: None } if self.aggregate => {
                (path.last.text(), path.span())
            }
            SelectItem::Field { expr: FieldExpr::Path(path), alias: None } => {
                (path.text(), path.span())
            }
            SelectItem::Field {
                expr: FieldExpr::Call { .. } | FieldExpr::Distance(_),
                alias: None,
            } => return Ok(()),
            SelectItem::Child { query, .. } => (query.from.source.text(), query.span),
            SelectItem::Typeof { choice, .. } => (choice.relationship.text(), choice.span),
        };
        let is_path = matches!(item, SelectItem::Field { expr: FieldExpr::Path(_), alias: None });
        match self.taken.insert(lower_case(&key), is_path && !self.aggregate) {
            None => Ok(()),
            Some(_) => Err(Unresolved::SelectedTwice(shown(key)).at(span)),
        }
    }

    fn has_field(&self, item: &SelectItem) -> bool {
        match item {
            SelectItem::Field { expr: FieldExpr::Path(path), alias: None } => {
                self.taken.get(&lower_case(&path.text())) == Some(&true)
            }
            SelectItem::Field { .. }
            | SelectItem::Count
            | SelectItem::Child { .. }
            | SelectItem::Fields { .. }
            | SelectItem::Typeof { .. } => false,
        }
    }
}

/// A short key takes no memory of its own.
fn lower_case(key: &str) -> SmolStr {
    let mut short = [0; 32];
    match short.get_mut(..key.len()) {
        Some(short) => {
            short.copy_from_slice(key.as_bytes());
            short.make_ascii_lowercase();
            SmolStr::from_utf8(short).unwrap_or_else(|_| key.to_ascii_lowercase().into())
        }
        None => key.to_ascii_lowercase().into(),
    }
}
