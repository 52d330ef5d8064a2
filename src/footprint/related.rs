//! Related records, asked for by relationships from one record: as a query on the children, or as a
//! read of the record where all relationships lead to parents.

use std::sync::Arc;

use super::error::{FootprintError, Unresolved, shown};
use super::path::{Walk, parent};
use super::{Walked, most_rows};
use crate::org::Object;
use crate::salesforce::{ObjectName, Operation, RecordId, RecordKey, RelationshipName};
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
            Some((child.object.clone(), child.field.clone()))
        });
        if parent(&end, String::new, &last).is_ok() {
            steps.push(last);
            let fields: Vec<Path> = fields.iter().map(|field| beneath(&steps, field)).collect();
            let fields = self.fields_of(&start, &fields)?;
            let (object, key) = (start.name.clone(), RecordKey::Id(id.clone()));
            return Ok((Operation::GetRecord { object, key, fields }, Some(1)));
        }
        let Some((child, lookup)) = to_child else {
            return Err(Unresolved::Related {
                place: start.name.to_string(),
                relationship: shown(last.as_str()),
            }
            .into());
        };
        let lookup = Path { qualifiers: Vec::new(), last: ident(lookup.as_str())? };
        let select = fields
            .iter()
            .map(|field| SelectItem::Field { expr: FieldExpr::Path(field.clone()), alias: None });
        let filter = if steps.is_empty() {
            equals(lookup, id)
        } else {
            let of_start = self.lookup_of(&start, &steps)?;
            let inner = query(
                &start.name,
                vec![SelectItem::Field { expr: FieldExpr::Path(of_start), alias: None }],
                equals(Path { qualifiers: Vec::new(), last: ident("Id")? }, id),
                None,
            )?;
            let left = FieldExpr::Path(lookup);
            Condition::InQuery { left, negated: false, query: Box::new(inner) }
        };
        let query = query(&child, select.collect(), filter, Some(limit))?;
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

    /// The path to the lookup at the end of parents: `Account.OwnerId` for `Account.Owner`.
    fn lookup_of(&self, start: &Arc<Object>, steps: &[Ident]) -> Result<Path> {
        let mut before = steps.to_vec();
        let Some(last) = before.pop() else {
            return Err(Unresolved::NothingToWrite.into());
        };
        let object = self.parents(start, &before)?;
        let lookup = parent(&object, || start.name.to_string(), &last)?;
        Ok(Path { qualifiers: before, last: lookup.name.ident(NOWHERE) })
    }
}

fn ident(name: &str) -> Result<Ident> {
    Ok(Ident::new(name, NOWHERE).ok_or_else(|| Unresolved::Object(shown(name)))?)
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
    object: &ObjectName,
    select: Vec<SelectItem>,
    filter: Condition,
    limit: Option<u32>,
) -> Result<Query> {
    let source = Path { qualifiers: Vec::new(), last: ident(object.as_str())? };
    Ok(Query {
        select,
        from: From { source, alias: None, using: None, others: Vec::new() },
        filter: Some(filter),
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
