//! From a query's text to its footprint, and back to text.

use std::sync::Arc;

use fieldgate::footprint;
use fieldgate::salesforce::Operation;
use fieldgate::soql;

use super::Part;
use super::queries::{QUERIES, query, schema};

pub(super) fn parts() -> Vec<Part> {
    let schema = Arc::new(schema());
    QUERIES.into_iter().flat_map(|name| of(name, &schema)).collect()
}

fn of(name: &'static str, schema: &Arc<fieldgate::org::Schema>) -> Vec<Part> {
    let text = query(name);
    let parsed = soql::parse(&text).unwrap();
    let (printed, schema) = (parsed.clone(), Arc::clone(schema));
    vec![
        Part::of("query: parse", name, move || soql::parse(&text).unwrap()),
        Part::with(
            "query: footprint",
            name,
            move || Operation::query(parsed.clone()),
            move |operation| footprint::resolve(operation, &schema).unwrap(),
        ),
        Part::of("query: print", name, move || printed.to_string()),
    ]
}
