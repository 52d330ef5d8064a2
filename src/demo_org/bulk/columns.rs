//! From the header of a file to what its cells write.

use std::sync::Arc;

use serde_json::{Map, Value as Body};

use super::super::answer::{Refusal, cut};
use super::super::catalog::{Catalog, FieldDef, Kind, ObjectDef};
use super::super::external;
use super::super::store::Store;

/// What a cell says where it means null.
const NULL: &str = "#N/A";

/// What stands in a column.
#[derive(Debug)]
pub(super) enum Column {
    /// The id of the record.
    Id,
    /// A field's value.
    Field(String),
    /// The value of a field of the record that a lookup points to.
    Parent { lookup: String, object: Arc<ObjectDef>, field: usize },
}

/// Reads the names of a header. What is wrong with it is the job's message.
pub(super) fn read(
    catalog: &Catalog,
    object: &ObjectDef,
    names: &[String],
) -> Result<Vec<Column>, String> {
    let mut columns = Vec::new();
    for (place, name) in names.iter().enumerate() {
        if names.iter().take(place).any(|other| other.eq_ignore_ascii_case(name)) {
            return Err(format!("InvalidBatch : Duplicate column : {}", cut(name)));
        }
        let column = column(catalog, object, name);
        columns.push(
            column.ok_or_else(|| format!("InvalidBatch : Field name not found : {}", cut(name)))?,
        );
    }
    Ok(columns)
}

/// `Field`, `Relationship.Field`, or `Object:Relationship.Field`.
fn column(catalog: &Catalog, object: &ObjectDef, name: &str) -> Option<Column> {
    if name.eq_ignore_ascii_case("Id") {
        return Some(Column::Id);
    }
    let Some((relationship, name)) = name.split_once('.') else {
        return object.field(name).map(|(_, field)| Column::Field(field.name.clone()));
    };
    let (kind, relationship) = match relationship.split_once(':') {
        Some((kind, relationship)) => (Some(kind), relationship),
        None => (None, relationship),
    };
    let (_, lookup) = object.parent(relationship)?;
    let target = match (kind, lookup.reference_to.as_slice()) {
        (Some(kind), names) => names.iter().find(|name| name.eq_ignore_ascii_case(kind))?,
        (None, [one]) => one,
        (None, _) => return None,
    };
    let target = catalog.object(target)?;
    let (field, def) = target.field(name)?;
    names_records(def).then(|| Column::Parent {
        lookup: lookup.name.clone(),
        object: Arc::clone(target),
        field,
    })
}

/// Whether records are found by a field's value.
fn names_records(field: &FieldDef) -> bool {
    field.external_id || matches!(field.kind, Kind::Id | Kind::Email)
}

/// What a row says.
#[derive(Debug, Default)]
pub(super) struct Row {
    pub(super) id: Option<String>,
    pub(super) fields: Map<String, Body>,
}

/// Reads a row. An empty cell says nothing, `#N/A` says null.
pub(super) fn row(store: &Store, columns: &[Column], cells: Vec<String>) -> Result<Row, Refusal> {
    let mut row = Row::default();
    for (column, cell) in columns.iter().zip(cells) {
        if cell.is_empty() {
            continue;
        }
        match column {
            Column::Id => row.id = Some(cell),
            Column::Field(name) | Column::Parent { lookup: name, .. } if cell == NULL => {
                row.fields.insert(name.clone(), Body::Null);
            }
            Column::Field(name) => {
                row.fields.insert(name.clone(), Body::String(cell));
            }
            Column::Parent { lookup, object, field } => {
                let id = external::parent(store, object, *field, &cell)?;
                row.fields.insert(lookup.clone(), Body::String(id.to_string()));
            }
        }
    }
    Ok(row)
}
