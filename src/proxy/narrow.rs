//! Leaves forbidden fields out of `SELECT` lists, where a server is set to.
//!
//! Only what comes back can be left out: a query that filters, sorts or groups on a forbidden field
//! stays refused. The narrower query is resolved and judged anew, like any other.

use std::collections::BTreeSet;

use crate::footprint::{self, Action, Target};
use crate::org::Schema;
use crate::policy::Denial;
use crate::salesforce::{ObjectName, Operation, RelationshipName};
use crate::soql::ast::{FieldExpr, From, Ident, Path, Query, SelectItem};

/// The query without the fields that lead to what was refused, and those fields; `None` where that
/// can't make it permitted.
pub(super) fn without_forbidden(
    query: &Query,
    denial: &Denial,
    schema: &Schema,
) -> Option<(Query, Vec<String>)> {
    let refused = denial.refused().iter();
    let selects: Option<BTreeSet<&Target>> = refused
        .map(|refused| (refused.access.action == Action::Select).then_some(&refused.access.target))
        .collect();
    let refused = selects?;
    let mut narrower = query.clone();
    let dropped = narrower.drop_fields(&|children, path| {
        touches(query, children, path, schema)
            .is_none_or(|targets| targets.iter().any(|target| refused.contains(target)))
    });
    let names = dropped.iter().map(|dropped| {
        let mut name: String = dropped.children.iter().map(|child| format!("{child}.")).collect();
        name.push_str(&dropped.path.to_string());
        name
    });
    let names: Vec<String> = names.collect();
    (!names.is_empty()).then_some((narrower, names))
}

/// What selecting a path alone touches, in the list that `children` lead to; `None` where it can't
/// be resolved.
fn touches(query: &Query, children: &[Ident], path: &Path, schema: &Schema) -> Option<Vec<Target>> {
    let mut object = schema.object(&ObjectName::parse(query.from.source.last.as_str()).ok()?)?;
    for child in children {
        let relationship = RelationshipName::parse(child.as_str()).ok()?;
        object = schema.object(&object.child(&relationship)?.object)?;
    }
    let source = Ident::new(object.name.as_str(), path.span())?;
    let alone = Query {
        select: vec![SelectItem::Field { expr: FieldExpr::Path(path.clone()), alias: None }],
        from: From {
            source: Path { qualifiers: Vec::new(), last: source },
            alias: None,
            using: None,
            others: Vec::new(),
        },
        filter: None,
        with: Vec::new(),
        group_by: None,
        having: None,
        order_by: Vec::new(),
        limit: None,
        offset: None,
        ending: crate::soql::ast::Ending::default(),
        span: path.span(),
    };
    let resolved = footprint::resolve(Operation::query(alone), schema).ok()?;
    let accesses = resolved.footprint().accesses.iter();
    Some(accesses.map(|access| access.target.clone()).collect())
}
