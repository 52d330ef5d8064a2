//! Argument schemas in the subset that every host accepts: an object with `properties` and
//! `required`, one `type` each, `items` on arrays; no `$schema`, no `$ref`, no combinators and no
//! boolean `additionalProperties`, each of which breaks a widely used host. That there are no
//! other arguments is checked when a call is read.

use serde_json::{Map, Value};

/// The schema of `T`, printed.
pub(super) fn portable<T: schemars::JsonSchema>() -> String {
    let generator = schemars::generate::SchemaSettings::draft2020_12()
        .with(|settings| {
            settings.inline_subschemas = true;
            settings.meta_schema = None;
        })
        .into_generator();
    let mut schema: Value = generator.into_root_schema_for::<T>().into();
    if let Value::Object(root) = &mut schema {
        root.remove("title");
        root.remove("description");
        root.entry("properties").or_insert_with(|| Value::Object(Map::new()));
        root.entry("required").or_insert_with(|| Value::Array(Vec::new()));
    }
    strip(&mut schema);
    schema.to_string()
}

fn strip(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if members.get("additionalProperties").is_some_and(Value::is_boolean) {
                members.remove("additionalProperties");
            }
            if members.contains_key("type") {
                members.remove("default");
            }
            members.values_mut().for_each(strip);
        }
        Value::Array(elements) => elements.iter_mut().for_each(strip),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
