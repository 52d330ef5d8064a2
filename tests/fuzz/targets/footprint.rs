//! Any query on the demo org's schema: resolving it neither panics nor hangs, an error points into
//! the text, and what is sent is a query that resolves to itself and touches the same.
#![no_main]
#![expect(dead_code, unused_imports, reason = "the modules serve more than this target")]

use std::collections::BTreeSet;

use libfuzzer_sys::fuzz_target;

#[path = "../../../src/csv/mod.rs"]
mod csv;
#[path = "../demo_org.rs"]
mod demo_org;
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

use demo_org::SCHEMA;

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
