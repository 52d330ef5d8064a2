//! The footprint of bulk jobs: that of every record they write, or of their query.
//!
//! A later step of a job touches what the job touches, so that it is closed to an agent that may no
//! longer do that.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use super::error::{FootprintError, Unresolved};
use super::path::{Walk, field};
use super::{Access, Action, Place, Target, Walked, most_rows, privilege};
use crate::org::Object;
use crate::salesforce::bulk::{
    BulkOperation, BulkQuery, Column, Columns, Ingest, IngestOperation, Job, MOST_GRANT_BYTES,
    MOST_QUERY_BYTES, Rows, Upload, Work,
};
use crate::salesforce::rest::bulk::{MOST_INLINE_CHARS, print_rows};
use crate::salesforce::{FieldName, FieldValue, Operation, ParentKey, RecordId};
use crate::soql::ast::{FieldExpr, Query, SelectItem};

type Result<T> = std::result::Result<T, FootprintError>;

impl Walk<'_> {
    pub(super) fn bulk(&mut self, operation: BulkOperation) -> Result<Walked> {
        let (operation, rows) = match operation {
            BulkOperation::CreateIngest { ingest, rows } => {
                let (ingest, object) = self.ingest(ingest)?;
                let bound = rows_of(&ingest, &rows, &object)?;
                (BulkOperation::CreateIngest { ingest, rows }, bound)
            }
            BulkOperation::Upload { job, ingest, max_rows } => {
                let (ingest, _) = self.ingest(ingest)?;
                (BulkOperation::Upload { job, ingest, max_rows }, Some(max_rows))
            }
            BulkOperation::CreateQuery(query) => {
                let (query, rows) = self.bulk_query(*query)?;
                (BulkOperation::CreateQuery(Box::new(query)), rows)
            }
            BulkOperation::GetJob(job) => (BulkOperation::GetJob(self.job(*job)?), Some(1)),
            BulkOperation::AbortJob(job) => (BulkOperation::AbortJob(self.job(*job)?), Some(1)),
            BulkOperation::IngestResults { job, ingest, which, max_rows } => {
                let (ingest, object) = self.ingest(ingest)?;
                self.results(&ingest, &object)?;
                let results = BulkOperation::IngestResults { job, ingest, which, max_rows };
                (results, max_rows)
            }
            BulkOperation::QueryResults { job, query, page, max_rows } => {
                let (query, rows) = self.bulk_query(*query)?;
                let query = Box::new(query);
                let results = BulkOperation::QueryResults { job, query, page, max_rows };
                (results, max_rows.or(rows))
            }
        };
        Ok((Operation::Bulk(operation), rows))
    }

    fn job(&mut self, job: Job) -> Result<Box<Job>> {
        let work = match job.work {
            Work::Ingest(ingest) => Work::Ingest(self.ingest(ingest)?.0),
            Work::Query(query) => Work::Query(Box::new(self.bulk_query(*query)?.0)),
        };
        Ok(Box::new(Job { work, ..job }))
    }

    /// The columns of a job, each written as the operation writes it.
    fn ingest(&mut self, ingest: Ingest) -> Result<(Ingest, Arc<Object>)> {
        let object = self.object(ingest.object.as_str())?;
        let key = match &ingest.operation {
            IngestOperation::Upsert { field: key } => {
                Some(field(&object, || object.name.to_string(), key.as_str())?)
            }
            IngestOperation::Insert | IngestOperation::Update | IngestOperation::Delete => None,
        };
        let (actions, names_record): (&[Action], Option<FieldName>) = match &ingest.operation {
            IngestOperation::Insert => (&[Action::Create], None),
            IngestOperation::Update => (&[Action::Update], FieldName::parse("Id").ok()),
            IngestOperation::Upsert { .. } => {
                (&[Action::Create, Action::Update], key.map(|key| key.name.clone()))
            }
            IngestOperation::Delete => {
                self.delete(&object);
                (&[], FieldName::parse("Id").ok())
            }
        };
        let columns = ingest.columns.iter();
        let is_key = |column: &&Column| {
            column.relationship.is_none() && Some(&column.field) == names_record.as_ref()
        };
        if let Some(name) = &names_record
            && !columns.clone().any(|column| is_key(&column))
        {
            let operation = ingest.operation.name();
            return Err(Unresolved::KeyColumn { operation, name: name.clone() }.into());
        }
        if ingest.operation == IngestOperation::Delete && columns.len() > 1 {
            return Err(Unresolved::ColumnsOfDelete.into());
        }
        let mut written = BTreeSet::new();
        if let Some(key) = key {
            // Records are found by it, and a new one is given it.
            self.identifying(&object, key, object.name.as_str())?;
            self.set(&[Action::Create], &object, key, key.name.as_str(), &mut written)?;
        }
        let writes = ingest.operation != IngestOperation::Delete;
        if let Some(action) = privilege::of_object(&object.name).filter(|_| writes) {
            self.touch(action, Target::Object(object.name.clone()), "");
        }
        let mut spelled = Vec::with_capacity(columns.len());
        for column in columns {
            spelled.push(if is_key(&column) {
                let field = field(&object, || object.name.to_string(), column.field.as_str())?;
                written.insert(field.name.clone());
                field.name.to_string()
            } else {
                self.column(actions, &object, column, &mut written)?.to_string()
            });
        }
        if writes && written.len() < 2 && key.is_none() && names_record.is_some() {
            return Err(Unresolved::NothingToWrite.into());
        }
        let columns = Columns::parse(spelled.iter().map(String::as_str));
        let columns = columns.map_err(|error| Unresolved::Columns(error.to_string()))?;
        let operation = match (ingest.operation, key) {
            (IngestOperation::Upsert { .. }, Some(key)) => {
                IngestOperation::Upsert { field: key.name.clone() }
            }
            (other, _) => other,
        };
        Ok((Ingest { object: object.name.clone(), operation, columns }, object))
    }

    /// One column that is written: a field, or a lookup by a field of the parent.
    fn column(
        &mut self,
        actions: &[Action],
        object: &Object,
        column: &Column,
        written: &mut BTreeSet<FieldName>,
    ) -> Result<Column> {
        let Some(relationship) = &column.relationship else {
            let field = field(object, || object.name.to_string(), column.field.as_str())?;
            self.set(actions, object, field, column.field.as_str(), written)?;
            return Ok(Column { field: field.name.clone(), ..column.clone() });
        };
        let key = ParentKey {
            object: column.object.clone(),
            field: column.field.clone(),
            // The values come with the records.
            value: FieldValue::Json(Value::String(String::new())),
        };
        let (relationship, key) =
            self.parent_key(actions, object, relationship, key, written, Place::Alone)?;
        Ok(Column { object: key.object, relationship: Some(relationship), field: key.field })
    }

    /// The columns come back with the results, each as far as its field may be read.
    fn results(&mut self, ingest: &Ingest, object: &Object) -> Result<()> {
        for column in &ingest.columns {
            for target in shown_by(self.schema, object, column) {
                // The answer knows the column by this text.
                let path = column.to_string().into();
                self.prune(Access { path, ..Access::plain(Action::Select, target) });
            }
        }
        Ok(())
    }

    /// A query, without what a query job can't do or answers in a form of its own.
    fn bulk_query(&mut self, query: BulkQuery) -> Result<(BulkQuery, Option<u32>)> {
        let BulkQuery { query, all_rows } = query;
        refuse_clauses(&query)?;
        let query = self.query(query)?;
        self.refuse_compounds(&query)?;
        // It is sealed for the agent, with some bytes of the job's own.
        if query.to_string().len() > MOST_QUERY_BYTES {
            let (clause, reason) = ("so long a query", "write a shorter list of values");
            return Err(Unresolved::Refused { clause, reason }.into());
        }
        let rows = most_rows(&query);
        Ok((BulkQuery { query, all_rows }, rows))
    }

    /// A compound field would come back as a column that no name tells the parts of.
    fn refuse_compounds(&self, query: &Query) -> Result<()> {
        let from = self.object(&query.from.source.to_string())?;
        for item in &query.select {
            let SelectItem::Field { expr: FieldExpr::Path(path), .. } = item else { continue };
            let mut object = Arc::clone(&from);
            for step in &path.qualifiers {
                let lookup = super::path::parent(&object, String::new, step)?;
                if lookup.polymorphic {
                    break;
                }
                object = Arc::clone(self.target(lookup, step)?);
            }
            let found = FieldName::parse(path.last.as_str()).ok();
            let found = found.and_then(|name| object.field(&name));
            if found.is_some_and(|field| matches!(field.kind.as_str(), "address" | "location")) {
                return Err(Unresolved::CompoundInBulk(path.to_string()).at(path.span()));
            }
        }
        Ok(())
    }
}

/// The fields that a column of ingest results shows: its own and its parts, or the lookup and the
/// parent's field that finds it.
fn shown_by(schema: &crate::org::Schema, object: &Object, column: &Column) -> Vec<Target> {
    let fields_of = |object: &Object, name: &FieldName| -> Vec<Target> {
        let Some(field) = object.field(name) else { return Vec::new() };
        std::iter::once(&field.name)
            .chain(&field.components)
            .map(|name| Target::Field(object.name.clone(), name.clone()))
            .collect()
    };
    let Some(relationship) = &column.relationship else { return fields_of(object, &column.field) };
    let Some(lookup) = object.parent(relationship) else { return Vec::new() };
    let mut targets = fields_of(object, &lookup.name);
    let parent = column.object.as_ref().or_else(|| lookup.reference_to.first());
    let Some(parent) = parent.and_then(|name| schema.object(name)) else { return Vec::new() };
    targets.extend(fields_of(parent, &column.field));
    targets
}

/// How many records a call brings or announces.
fn rows_of(ingest: &Ingest, rows: &Rows, object: &Object) -> Result<Option<u32>> {
    let rows = match rows {
        Rows::Later { max_rows, dialect } => {
            // The job's id is not known yet, but as long as any.
            let id = RecordId::parse("750000000000000")
                .map_err(|_not_one| Unresolved::NothingToWrite)?;
            let job = Job { id, work: Work::Ingest(ingest.clone()) };
            let upload = Upload { job, dialect: *dialect, max_rows: u32::MAX };
            let bytes = upload.print().len();
            if bytes > MOST_GRANT_BYTES {
                return Err(Unresolved::LongHeader { bytes }.into());
            }
            return Ok(*max_rows);
        }
        Rows::Inline(rows) => rows,
    };
    if rows.is_empty() {
        return Err(Unresolved::NothingToWrite.into());
    }
    let in_rows = |error: String| Unresolved::Rows(error);
    ingest.check_rows(rows, object.key_prefix.as_deref()).map_err(|e| in_rows(e.to_string()))?;
    let printed = print_rows(&ingest.columns, rows).map_err(|e| in_rows(e.to_string()))?;
    let chars = printed.chars().count();
    if chars > MOST_INLINE_CHARS {
        return Err(Unresolved::TooManyInline { chars }.into());
    }
    Ok(Some(u32::try_from(rows.len()).unwrap_or(u32::MAX)))
}

/// What query jobs don't take (Bulk API 2.0 Developer Guide, "Query Jobs"), by name.
fn refuse_clauses(query: &Query) -> Result<()> {
    let refuse = |clause: &'static str, reason: &'static str| {
        Err(Unresolved::Refused { clause, reason }.at(query.span))
    };
    if query.group_by.is_some() {
        return refuse("GROUP BY", "a bulk query returns rows; use executeQuery for groups");
    }
    if query.offset.is_some() {
        return refuse("OFFSET", "a bulk query returns all its rows; read them page by page");
    }
    for item in &query.select {
        match item {
            SelectItem::Count => {
                return refuse("COUNT()", "a bulk query returns rows; use executeQuery to count");
            }
            SelectItem::Child { .. } => {
                return refuse("a subquery of children", "make a bulk query of the children");
            }
            SelectItem::Typeof { .. } => {
                return refuse("TYPEOF", "a bulk query has the same columns in every row");
            }
            SelectItem::Field { expr: FieldExpr::Path(_), alias: None }
            | SelectItem::Fields { .. } => {}
            SelectItem::Field { expr, .. } if expr.is_aggregate() => {
                return refuse("an aggregate", "a bulk query returns rows; use executeQuery");
            }
            SelectItem::Field { .. } => {
                return refuse(
                    "a function or an alias in SELECT",
                    "in a bulk query a column is known by the path of its field",
                );
            }
        }
    }
    Ok(())
}
