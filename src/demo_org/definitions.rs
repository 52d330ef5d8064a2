//! `EntityDefinition` and `FieldDefinition`: the org's objects and fields as records, with how the
//! org's own people classify each field.
//!
//! Shapes: Tooling API, "EntityDefinition" and "FieldDefinition". The parts of a compound field have
//! no definition of their own.

use super::catalog::{Catalog, FieldDef, ObjectDef};
use super::json::Json;
use super::store::{Store, new_id};
use super::value::Value;
use crate::salesforce::RecordId;

const OBJECTS: &str = "EntityDefinition";
const FIELDS: &str = "FieldDefinition";

/// Whether a query is one of definitions.
pub(super) fn are_asked_for(soql: &str) -> bool {
    let Ok(query) = crate::soql::parse(soql) else { return false };
    let source = &query.from.source;
    source.qualifiers.is_empty() && (source.last.is(OBJECTS) || source.last.is(FIELDS))
}

/// The definitions of all objects and fields.
pub(super) fn records(catalog: &Catalog) -> Store {
    let mut store = Store::new(Catalog::of(include_str!("definitions.txt")));
    let mut count = 0_usize;
    for object in catalog.objects() {
        let Some(id) = new_id("4ie", object.index) else { continue };
        let row = [
            ("DurableId", Value::text(&object.name)),
            ("QualifiedApiName", Value::text(&object.name)),
            ("Label", Value::text(&object.label)),
            ("KeyPrefix", Value::text(&object.prefix)),
        ];
        put(&mut store, OBJECTS, &id, row);
        for field in object.fields.iter().filter(|field| field.compound.is_none()) {
            let Some(of_field) = new_id("4fe", count) else { continue };
            count = count.saturating_add(1);
            put(&mut store, FIELDS, &of_field, row_of(object, &id, field));
        }
    }
    store
}

fn row_of(object: &ObjectDef, id: &RecordId, field: &FieldDef) -> [(&'static str, Value); 6] {
    let said = |text: &Option<String>| text.as_deref().map_or(Value::Null, Value::text);
    [
        ("DurableId", Value::text(&format!("{}.{}", object.name, field.name))),
        ("QualifiedApiName", Value::text(&field.name)),
        ("EntityDefinitionId", Value::text(id.as_str())),
        ("Label", Value::text(&field.label)),
        ("ComplianceGroup", said(&field.compliance)),
        ("SecurityClassification", said(&field.sensitivity)),
    ]
}

/// Adds to the describe of an object what an org-schema file says of the classification.
pub(super) fn classify(describe: Json, object: &ObjectDef) -> Json {
    let Json::Object(mut members) = describe else { return describe };
    let fields = members.iter_mut().find(|(name, _)| name == "fields").map(|(_, fields)| fields);
    if let Some(Json::List(described)) = fields {
        for (described, field) in described.iter_mut().zip(&object.fields) {
            let Json::Object(described) = described else { continue };
            for (name, said) in [
                ("complianceGroup", &field.compliance),
                ("securityClassification", &field.sensitivity),
            ] {
                described.extend(said.as_deref().map(|said| (name.to_owned(), Json::from(said))));
            }
        }
    }
    Json::Object(members)
}

fn put<const N: usize>(store: &mut Store, object: &str, id: &RecordId, row: [(&str, Value); N]) {
    let Some(object) = store.catalog().object(object).cloned() else { return };
    let place = |(name, value)| object.field(name).map(|(index, _)| (index, value));
    store.put(&object, id.clone(), row.into_iter().filter_map(place));
}
