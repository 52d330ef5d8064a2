//! The lists of fields that operations have, and what is taken out of them.

use std::sync::Arc;

use super::super::Footprint;
use super::field::Field;
use crate::org::{Object, Schema};
use crate::salesforce::bulk::{BulkOperation, Work};
use crate::salesforce::collection::CollectionOperation;
use crate::salesforce::{ObjectName, Operation};
use crate::soql::Listed;
use crate::soql::ast::{FieldExpr, Ident, Path, Query};
use crate::sosl::ast::{ReturnField, Returning};

/// What has to stay of a list.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Leave {
    /// Something, or the list stays as it is: an empty one would ask for other fields.
    One,
    /// What is left is only looked at.
    Nothing,
}

/// A field that was taken out of a list.
pub(super) struct Taken {
    /// The number of the part that the list is in, for an operation that has parts.
    pub(super) part: Option<usize>,
    /// The names that lead to the list.
    pub(super) lists: Vec<String>,
    pub(super) object: Arc<Object>,
    pub(super) path: Path,
}

impl Taken {
    /// The field as one that comes back as it is.
    pub(super) fn field(&self) -> Field<'_> {
        Field { object: &self.object, path: &self.path, plain: true }
    }

    /// Its path with the names that lead to it.
    pub(super) fn name(&self) -> String {
        let path = self.path.to_string();
        self.lists.iter().cloned().chain([path]).collect::<Vec<_>>().join(".")
    }

    /// The same, after the name of its part.
    pub(super) fn name_in(&self, footprint: &Footprint) -> String {
        let part = self.part.and_then(|at| footprint.parts.get(at));
        match part {
            Some(part) => format!("{}: {}", part.reference, self.name()),
            None => self.name(),
        }
    }
}

type Goes<'a> = &'a dyn Fn(&Field<'_>) -> bool;

/// Takes the fields that `goes` is true for out of the lists of an operation.
pub(super) fn take(
    operation: &mut Operation,
    schema: &Schema,
    leave: Leave,
    goes: Goes<'_>,
) -> Vec<Taken> {
    let list = |object: &ObjectName, fields: &mut Vec<Path>| {
        let object = schema.object(object);
        object.map(|object| of_fields(object, fields, leave, goes)).unwrap_or_default()
    };
    match operation {
        Operation::Query(call) => of_query(&mut call.query, schema, leave, goes),
        Operation::GetRecord { object, fields, .. }
        | Operation::Records(CollectionOperation::GetMany { object, fields, .. }) => {
            list(object, fields)
        }
        Operation::Search(search) => search
            .returning
            .iter_mut()
            .flat_map(|returning| of_returning(returning, schema, leave, goes))
            .collect(),
        Operation::Bulk(operation) => match operation {
            BulkOperation::CreateQuery(query) | BulkOperation::QueryResults { query, .. } => {
                of_query(&mut query.query, schema, leave, goes)
            }
            BulkOperation::GetJob(job) | BulkOperation::AbortJob(job) => match &mut job.work {
                Work::Query(query) => of_query(&mut query.query, schema, leave, goes),
                Work::Ingest(_) => Vec::new(),
            },
            BulkOperation::CreateIngest { .. }
            | BulkOperation::Upload { .. }
            | BulkOperation::IngestResults { .. } => Vec::new(),
        },
        Operation::Envelope(envelope) => {
            let parts = envelope.parts_mut().into_iter().enumerate();
            let taken = parts.flat_map(|(at, part)| {
                let taken = take(&mut part.operation, schema, leave, goes).into_iter();
                taken.map(move |taken| Taken { part: Some(at), ..taken })
            });
            taken.collect()
        }
        Operation::GetLimits
        | Operation::ListObjects
        | Operation::DescribeObject { .. }
        | Operation::GetRelated { .. }
        | Operation::CreateRecord { .. }
        | Operation::UpdateRecord { .. }
        | Operation::UpsertRecord { .. }
        | Operation::DeleteRecord { .. }
        | Operation::RecentlyViewed { .. }
        | Operation::CurrentUser
        | Operation::Records(
            CollectionOperation::CreateMany { .. }
            | CollectionOperation::UpdateMany { .. }
            | CollectionOperation::UpsertMany { .. }
            | CollectionOperation::DeleteMany { .. }
            | CollectionOperation::Tree { .. },
        )
        | Operation::Report(_)
        | Operation::Metadata(_) => Vec::new(),
    }
}

fn of_query(query: &mut Query, schema: &Schema, leave: Leave, goes: Goes<'_>) -> Vec<Taken> {
    let Some(root) = schema.object_named(query.from.source.last.as_str()) else {
        return Vec::new();
    };
    let object = |children: &[Ident]| {
        children.iter().try_fold(root, |object, child| {
            schema.object(&object.child_named(child.as_str())?.object)
        })
    };
    let goes = |listed: &Listed<'_>| {
        let Listed { children, path, plain } = *listed;
        object(children).is_some_and(|object| goes(&Field { object, path, plain }))
    };
    let taken = match leave {
        Leave::One => query.drop_fields(&goes),
        Leave::Nothing => query.take_fields(&goes),
    };
    let taken = taken.into_iter().filter_map(|taken| {
        let object = Arc::clone(object(&taken.children)?);
        let lists = taken.children.iter().map(ToString::to_string).collect();
        Some(Taken { part: None, lists, object, path: taken.path })
    });
    taken.collect()
}

fn of_fields(
    object: &Arc<Object>,
    fields: &mut Vec<Path>,
    leave: Leave,
    goes: Goes<'_>,
) -> Vec<Taken> {
    let goes = |path: &Path| goes(&Field { object, path, plain: true });
    if leave == Leave::One && fields.iter().all(goes) {
        return Vec::new();
    }
    let taken = fields.extract_if(.., |path| goes(path));
    let taken = taken.map(|path| {
        let object = Arc::clone(object);
        Taken { part: None, lists: Vec::new(), object, path }
    });
    let taken = taken.collect();
    if fields.is_empty() {
        // Without a list all fields would come back. Salesforce adds the id anyway.
        fields.extend(Path::read("Id"));
    }
    taken
}

fn of_returning(
    returning: &mut Returning,
    schema: &Schema,
    leave: Leave,
    goes: Goes<'_>,
) -> Vec<Taken> {
    let Some(object) = schema.object_named(returning.object.as_str()) else { return Vec::new() };
    let goes = |field: &ReturnField| match field {
        ReturnField::Field { expr: FieldExpr::Path(path), alias: None } => {
            goes(&Field { object, path, plain: true })
        }
        ReturnField::Field { .. } | ReturnField::Fields(..) => false,
    };
    if leave == Leave::One && returning.fields.iter().all(goes) {
        return Vec::new();
    }
    let taken = returning.fields.extract_if(.., |field| goes(field));
    let taken = taken.filter_map(|field| match field {
        ReturnField::Field { expr, .. } => Some(Taken {
            part: None,
            lists: vec![object.name.to_string()],
            object: Arc::clone(object),
            path: expr.path().clone(),
        }),
        ReturnField::Fields(..) => None,
    });
    taken.collect()
}
