//! The demo org as far as its schema goes, for targets that resolve names.

#[path = "../../src/demo_org/catalog/mod.rs"]
mod catalog;
#[path = "../../src/demo_org/describe.rs"]
mod describe;
#[path = "../../src/demo_org/json.rs"]
mod json;

use std::sync::{Arc, LazyLock};

use json::{Json, object};

use crate::org::Schema;

pub static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    let catalog = catalog::Catalog::new();
    let describe = |object: &Arc<catalog::ObjectDef>| describe::object(&catalog, object, "68.0");
    let sobjects: Vec<Json> = catalog.objects().map(describe).collect();
    let schema = object! { "apiVersion" => "68.0", "sobjects" => sobjects };
    Schema::from_json(&schema.to_bytes()).expect("the demo org has a schema")
});
