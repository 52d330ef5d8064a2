//! References between the parts of a composite: which field of an earlier part's answer each leads
//! to.
//!
//! What a reference leads to is read once more, so that it is a `select` of the part that refers to
//! it as well. Into an address or a query only ids may be put: any other value could hold
//! characters that change what is asked.

use std::sync::Arc;

use super::error::{FootprintError, Unresolved};
use super::path::{Scope, Walk, parent};
use super::{Action, Footprint};
use crate::org::Object;
use crate::salesforce::collection::CollectionOperation;
use crate::salesforce::envelope::Part;
use crate::salesforce::{ObjectName, Operation, QueryCall, Reference, Step, Use};
use crate::soql::ast::{FieldExpr, Path, Query, SelectItem};

type Result<T> = std::result::Result<T, FootprintError>;

/// What stands at the end of a reference.
struct Led {
    /// Whether it can be nothing but an id.
    is_id: bool,
    /// The objects whose records it can be the id of.
    objects: Vec<ObjectName>,
}

/// A field of an object that an answer holds.
struct Held {
    object: Arc<Object>,
    path: Path,
}

impl Walk<'_> {
    /// Touches what the references of an operation lead to. `earlier` are the parts before it.
    pub(super) fn referred(&mut self, operation: &Operation, earlier: &[Part]) -> Result<()> {
        let references = operation.references().ok_or(Unresolved::StrayReference)?;
        for (place, reference) in references {
            let refused = |why| Unresolved::Reference { reference: reference.to_string(), why };
            let led = self.follow(&reference, earlier)?;
            match place {
                Use::Value => {}
                Use::Literal if led.is_id => {}
                Use::Literal => {
                    return Err(refused(
                        "stands in a query, where only an id may: any other value could change \
                         what is asked",
                    )
                    .into());
                }
                Use::Record(object) => {
                    let object = self.object(object.as_str())?;
                    if !led.is_id || led.objects.as_slice() != [object.name.clone()] {
                        return Err(refused(
                            "names a record, so it must lead to the id of one of the object \
                             that stands before it",
                        )
                        .into());
                    }
                }
            }
        }
        Ok(())
    }

    fn follow(&mut self, reference: &Reference, earlier: &[Part]) -> Result<Led> {
        let refused = |why| {
            FootprintError::from(Unresolved::Reference { reference: reference.to_string(), why })
        };
        let part = earlier.iter().find(|part| part.reference == reference.part());
        let part = part.ok_or_else(|| refused("names no earlier part of the same composite"))?;
        let held = self.held(&part.operation, reference.steps());
        let Held { object, path } = held.ok_or_else(|| refused(holds(&part.operation)))?;
        let mut walk = Walk::new(self.schema);
        walk.path(&Scope::of(Arc::clone(&object)), &path, &[Action::Select])?;
        let mut read: Footprint = walk.finish(None);
        for access in &mut read.accesses {
            access.path = reference.to_string().into();
        }
        self.absorb(&read);
        self.led(object, &path)
    }

    /// The field that the steps lead to in the answer of an operation, if its answer has one there.
    fn held(&self, operation: &Operation, steps: &[Step]) -> Option<Held> {
        match operation {
            Operation::CreateRecord { object, .. } | Operation::UpsertRecord { object, .. } => {
                self.made(object, steps)
            }
            Operation::GetRecord { object, fields, .. } => {
                let path = path(steps)?;
                // Salesforce adds the id to every record that it returns by one.
                let is_held = path.is("Id") || fields.iter().any(|field| path.is_like(field));
                let object = self.object(object.as_str()).ok()?;
                is_held.then_some(Held { object, path: path.0 })
            }
            Operation::Query(call) => {
                let QueryCall { query, .. } = &**call;
                let object = self.object(&query.from.source.to_string()).ok()?;
                self.row(query, object, steps)
            }
            Operation::Records(CollectionOperation::CreateMany { records, .. }) => {
                let (at, rest) = element(steps)?;
                self.made(&records.get(at)?.0, rest)
            }
            Operation::Records(CollectionOperation::UpsertMany { object, records, .. }) => {
                let (at, rest) = element(steps)?;
                records.get(at)?;
                self.made(object, rest)
            }
            Operation::Records(
                CollectionOperation::GetMany { .. }
                | CollectionOperation::UpdateMany { .. }
                | CollectionOperation::DeleteMany { .. }
                | CollectionOperation::Tree { .. },
            )
            | Operation::GetLimits
            | Operation::ListObjects
            | Operation::DescribeObject { .. }
            | Operation::Search(_)
            | Operation::GetRelated { .. }
            | Operation::UpdateRecord { .. }
            | Operation::DeleteRecord { .. }
            | Operation::RecentlyViewed { .. }
            | Operation::CurrentUser
            | Operation::Envelope(_)
            | Operation::Bulk(_)
            | Operation::Report(_)
            | Operation::Metadata(_) => None,
        }
    }

    /// `id`, the one value in the answer to a new record.
    fn made(&self, object: &ObjectName, steps: &[Step]) -> Option<Held> {
        let [Step::Member(member)] = steps else { return None };
        let object = self.object(object.as_str()).ok()?;
        (member == "id").then_some(())?;
        Some(Held { object, path: Path::read("Id")? })
    }

    /// `records[n]`, then what is selected: a field, or the rows of a child subquery.
    fn row(&self, query: &Query, object: Arc<Object>, steps: &[Step]) -> Option<Held> {
        let [Step::Member(records), Step::Element(_), rest @ ..] = steps else { return None };
        if records != "records" || query.is_aggregate() {
            return None;
        }
        if let Some(path) = path(rest) {
            let is_field = |item: &SelectItem| match item {
                SelectItem::Field { expr: FieldExpr::Path(field), alias: None } => {
                    path.is_like(field)
                }
                SelectItem::Field { .. }
                | SelectItem::Count
                | SelectItem::Child { .. }
                | SelectItem::Fields { .. }
                | SelectItem::Typeof { .. } => false,
            };
            return query.select.iter().any(is_field).then_some(Held { object, path: path.0 });
        }
        let [Step::Member(relationship), children @ ..] = rest else { return None };
        let subquery = query.select.iter().find_map(|item| match item {
            SelectItem::Child { query, alias: None }
                if query.from.source.last.as_str() == relationship =>
            {
                Some(query)
            }
            SelectItem::Child { .. }
            | SelectItem::Field { .. }
            | SelectItem::Count
            | SelectItem::Fields { .. }
            | SelectItem::Typeof { .. } => None,
        })?;
        let child = &object.child_named(relationship)?.object;
        self.row(subquery, self.object(child.as_str()).ok()?, children)
    }

    /// What kind of value a field holds.
    fn led(&self, object: Arc<Object>, path: &Path) -> Result<Led> {
        let mut object = object;
        let mut steps = path.qualifiers.iter();
        while let Some(step) = steps.next() {
            let lookup = parent(&object, || object.name.to_string(), step)?;
            if lookup.polymorphic {
                let objects = lookup.reference_to.clone();
                return Ok(Led { is_id: path.last.is("Id") && steps.next().is_none(), objects });
            }
            let next = Arc::clone(self.target(lookup, step)?);
            object = next;
        }
        let field = super::path::field(&object, || object.name.to_string(), path.last.as_str())?;
        Ok(match field.kind.as_str() {
            "id" => Led { is_id: true, objects: vec![object.name.clone()] },
            "reference" => Led { is_id: true, objects: field.reference_to.clone() },
            _ => Led { is_id: false, objects: Vec::new() },
        })
    }
}

/// Members that walk through records to a field.
struct Walked(Path);

impl Walked {
    /// Compared with case, as Salesforce does in an answer.
    fn is(&self, name: &str) -> bool {
        self.0.qualifiers.is_empty() && self.0.last.as_str() == name
    }

    fn is_like(&self, other: &Path) -> bool {
        self.0.segments().map(|name| name.as_str()).eq(other.segments().map(|name| name.as_str()))
    }
}

fn path(steps: &[Step]) -> Option<Walked> {
    let names: Option<Vec<&str>> = steps
        .iter()
        .map(|step| match step {
            Step::Member(name) => Some(name.as_str()),
            Step::Element(_) => None,
        })
        .collect();
    Path::read(&names?.join(".")).map(Walked)
}

fn element(steps: &[Step]) -> Option<(usize, &[Step])> {
    match steps {
        [Step::Element(at), rest @ ..] => Some((usize::from(*at), rest)),
        [] | [Step::Member(_), ..] => None,
    }
}

/// What the answer of an operation holds, for a reference that leads to nothing in it.
fn holds(operation: &Operation) -> &'static str {
    match operation {
        Operation::CreateRecord { .. } | Operation::UpsertRecord { .. } => {
            "leads to nothing: what a create or an upsert answers with is `id`, in lower case"
        }
        Operation::GetRecord { .. } => {
            "leads to nothing that its part reads: write `Id` or one of its `fields`, spelled as \
             the org spells it"
        }
        Operation::Query(_) => {
            "leads to nothing that its query selects: write `records[0].` and a field that is \
             selected without a function or an alias, spelled as the org spells it"
        }
        Operation::Records(
            CollectionOperation::CreateMany { .. } | CollectionOperation::UpsertMany { .. },
        ) => "leads to nothing: what a collection answers with is a list, so write `@{ref[0].id}`",
        Operation::Records(
            CollectionOperation::GetMany { .. }
            | CollectionOperation::UpdateMany { .. }
            | CollectionOperation::DeleteMany { .. }
            | CollectionOperation::Tree { .. },
        )
        | Operation::GetLimits
        | Operation::ListObjects
        | Operation::DescribeObject { .. }
        | Operation::Search(_)
        | Operation::GetRelated { .. }
        | Operation::UpdateRecord { .. }
        | Operation::DeleteRecord { .. }
        | Operation::RecentlyViewed { .. }
        | Operation::CurrentUser
        | Operation::Envelope(_)
        | Operation::Bulk(_)
        | Operation::Report(_)
        | Operation::Metadata(_) => {
            "refers to a part whose answer holds nothing that can be referred to: only creates, \
             upserts, reads of a record and queries do"
        }
    }
}
