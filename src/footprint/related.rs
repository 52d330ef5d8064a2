//! Related records, asked for by relationships from one record: as a query on the children, or as a
//! read of the record where all relationships lead to parents.

use std::sync::Arc;

use super::error::{FootprintError, Unresolved, shown};
use super::path::{Walk, parent};
use super::record::all_fields;
use super::{Walked, most_rows};
use crate::org::Object;
use crate::salesforce::{FieldName, ObjectName, Operation, RecordId, RecordKey, RelationshipName};
use crate::soql::ast::{
    CompareOp, Condition, Ending, FieldExpr, From, Ident, Literal, Path, Query, SelectItem, Span,
    StringLiteral, StringPart,
};

type Result<T> = std::result::Result<T, FootprintError>;

const NOWHERE: Span = Span { start: 0, end: 0 };

impl Walk<'_> {
    pub(super) fn related(
        &mut self,
        object: &ObjectName,
        id: &RecordId,
        path: &[RelationshipName],
        fields: &[Path],
        limit: u32,
    ) -> Result<Walked> {
        let start = self.record(object, id)?;
        let mut steps = path.iter().map(|name| ident(name.as_str())).collect::<Result<Vec<_>>>()?;
        let Some(last) = steps.pop() else {
            return Err(Unresolved::NothingToWrite.into());
        };
        let end = self.parents(&start, &steps)?;
        let to_child = RelationshipName::parse(last.as_str()).ok().and_then(|name| {
            let child = end.child(&name)?;
            Some(ToChild {
                relationship: child.relationship.clone(),
                object: child.object.clone(),
                lookup: child.field.clone(),
            })
        });
        if let Ok(lookup) = parent(&end, String::new, &last) {
            let all;
            let fields = if fields.is_empty() {
                if lookup.polymorphic {
                    return Err(Unresolved::Polymorphic { path: shown(last.as_str()) }.into());
                }
                all = all_fields(self.target(lookup, &last)?);
                &all
            } else {
                fields
            };
            steps.push(last);
            let fields: Vec<Path> = fields.iter().map(|field| beneath(&steps, field)).collect();
            let fields = self.fields_of(&start, &fields)?;
            let (object, key) = (start.name.clone(), RecordKey::Id(id.clone()));
            return Ok((Operation::GetRecord { object, key, fields }, Some(1)));
        }
        let Some(child) = to_child else {
            return Err(Unresolved::Related {
                place: start.name.to_string(),
                relationship: shown(last.as_str()),
            }
            .into());
        };
        let all;
        let fields = if fields.is_empty() {
            all = all_fields(&*self.object(child.object.as_str())?);
            &all
        } else {
            fields
        };
        let select = fields
            .iter()
            .map(|field| SelectItem::Field { expr: FieldExpr::Path(field.clone()), alias: None })
            .collect();
        let query = children(&start, id, &steps, &end, &child, select, limit)?;
        let query = self.query(query)?;
        let rows = most_rows(&query);
        Ok((Operation::query(query), rows))
    }

    /// The object that parents lead to.
    fn parents(&self, start: &Arc<Object>, steps: &[Ident]) -> Result<Arc<Object>> {
        let mut object = Arc::clone(start);
        for step in steps {
            let lookup = parent(&object, || start.name.to_string(), step)?;
            if lookup.polymorphic {
                return Err(Unresolved::Polymorphic { path: shown(step.as_str()) }.into());
            }
            let next = Arc::clone(self.target(lookup, step)?);
            object = next;
        }
        Ok(object)
    }
}

/// A child relationship of the object that the parents lead to.
struct ToChild {
    relationship: RelationshipName,
    object: ObjectName,
    lookup: FieldName,
}

/// The query for the children of a record, or of its parent. Salesforce has no subquery in a filter
/// on the object that is queried, none that follows a relationship and none in another, so that
/// longer ways take more calls (SOQL and SOSL Reference, "Semi-Joins with IN").
fn children(
    start: &Object,
    id: &RecordId,
    steps: &[Ident],
    parent_object: &Object,
    child: &ToChild,
    select: Vec<SelectItem>,
    limit: u32,
) -> Result<Query> {
    let of_child = plain(child.lookup.as_str())?;
    let step = match steps {
        [] => return query(child.object.as_str(), select, Some(equals(of_child, id)), Some(limit)),
        [step] => step,
        [..] => return Err(Unresolved::RelatedTooFar.into()),
    };
    let lookup = parent(start, || start.name.to_string(), step)?;
    let inner = query(
        start.name.as_str(),
        vec![SelectItem::Field {
            expr: FieldExpr::Path(plain(lookup.name.as_str())?),
            alias: None,
        }],
        Some(equals(plain("Id")?, id)),
        None,
    )?;
    let within = |left: Path| Condition::InQuery {
        left: FieldExpr::Path(left),
        negated: false,
        query: Box::new(inner),
    };
    if child.object != start.name {
        return query(child.object.as_str(), select, Some(within(of_child)), Some(limit));
    }
    if parent_object.name == start.name {
        return Err(Unresolved::RelatedTooFar.into());
    }
    // The record's own siblings, as the children of its parent.
    let beneath = query(child.relationship.as_str(), select, None, Some(limit))?;
    let beneath = SelectItem::Child { query: Box::new(beneath), alias: None };
    query(parent_object.name.as_str(), vec![beneath], Some(within(plain("Id")?)), Some(1))
}

fn ident(name: &str) -> Result<Ident> {
    Ok(Ident::new(name, NOWHERE).ok_or_else(|| Unresolved::Object(shown(name)))?)
}

fn plain(name: &str) -> Result<Path> {
    Ok(Path { qualifiers: Vec::new(), last: ident(name)? })
}

fn beneath(steps: &[Ident], field: &Path) -> Path {
    let qualifiers = steps.iter().chain(&field.qualifiers).cloned().collect();
    Path { qualifiers, last: field.last.clone() }
}

fn equals(field: Path, id: &RecordId) -> Condition {
    let text = StringLiteral { parts: vec![StringPart::Text(id.as_str().into())] };
    Condition::Compare {
        left: FieldExpr::Path(field),
        op: CompareOp::Eq,
        right: Literal::String(text),
    }
}

fn query(
    source: &str,
    select: Vec<SelectItem>,
    filter: Option<Condition>,
    limit: Option<u32>,
) -> Result<Query> {
    Ok(Query {
        select,
        from: From { source: plain(source)?, alias: None, using: None, others: Vec::new() },
        filter,
        with: Vec::new(),
        group_by: None,
        having: None,
        order_by: Vec::new(),
        limit,
        offset: None,
        ending: Ending::default(),
        span: NOWHERE,
    })
}
