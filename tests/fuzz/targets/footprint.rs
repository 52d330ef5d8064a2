//! Any query on the demo org's schema: resolving it neither panics nor hangs, an error points into
//! the text, and what is sent is a query that resolves to itself and touches the same.
#![no_main]
#![expect(dead_code, unused_imports, reason = "the modules serve more than this target")]

use std::collections::BTreeSet;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

#[path = "../../../src/footprint/mod.rs"]
mod footprint;
#[path = "../../../src/org/mod.rs"]
mod org;
#[path = "../../../src/salesforce/mod.rs"]
mod salesforce;
#[path = "../../../src/soql/mod.rs"]
mod soql;
#[path = "../../../src/sosl/mod.rs"]
mod sosl;

/// The demo org as far as its schema goes.
#[path = "../../../src/demo_org"]
mod demo_org {
    mod catalog;
    mod describe;
    mod json;

    use std::sync::Arc;

    use json::{Json, object};

    pub fn schema_json() -> Vec<u8> {
        let catalog = catalog::Catalog::new();
        let describe = |object: &Arc<catalog::ObjectDef>| describe::object(&catalog, object, "68.0");
        let sobjects: Vec<Json> = catalog.objects().map(describe).collect();
        object! { "apiVersion" => "68.0", "sobjects" => sobjects }.to_bytes()
    }
}

static SCHEMA: LazyLock<org::Schema> = LazyLock::new(|| {
    org::Schema::from_json(&demo_org::schema_json()).expect("the demo org has a schema")
});

type Accesses = BTreeSet<(&'static str, String, bool)>;

/// The text that is sent, and what it touches; `None` for a query that is refused.
fn resolve(text: &str) -> Option<(String, Accesses)> {
    let query = soql::parse(text).ok()?;
    let operation = salesforce::Operation::query(query);
    match footprint::resolve(operation, &SCHEMA) {
        Err(error) => {
            let span = error.span.expect("a query has places");
            assert!(text.get(span.start..span.end).is_some(), "{error:?}");
            assert!(error.to_string().len() < 1_000, "{error}");
            assert_eq!(error.suggestions(&SCHEMA, &|_| false), None);
            None
        }
        Ok(resolved) => {
            let query = resolved.operation().as_query().expect("a query stays a query");
            let accesses = resolved.footprint().accesses.iter();
            let accesses = accesses.map(|a| (a.action.name(), a.target.to_string(), a.opaque));
            Some((query.to_string(), accesses.collect()))
        }
    }
}

fuzz_target!(|text: &str| {
    let Some((sent, touched)) = resolve(text) else { return };
    assert!(!touched.is_empty(), "{sent}");
    // Writing FIELDS() and aliases out can make a text longer than a query may be.
    if sent.chars().count() <= soql::limits::TEXT_CHARS {
        assert_eq!(resolve(&sent), Some((sent.clone(), touched)));
    }
});
