//! What the parts of a call cost in time: `cargo bench --bench parts`.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on should stop loudly")]

mod queries;

use divan::{Bencher, black_box};
use fieldgate::footprint;
use fieldgate::salesforce::Operation;
use fieldgate::soql;
use queries::{QUERIES, query, schema};

fn main() {
    divan::main();
}

#[divan::bench(args = QUERIES)]
fn parse(bencher: Bencher<'_, '_>, name: &str) {
    let text = query(name);
    bencher.bench(|| soql::parse(black_box(&text)).unwrap());
}

#[divan::bench(args = QUERIES)]
fn footprint(bencher: Bencher<'_, '_>, name: &str) {
    let (schema, query) = (schema(), soql::parse(&query(name)).unwrap());
    bencher
        .with_inputs(|| Operation::query(query.clone()))
        .bench_values(|operation| footprint::resolve(operation, &schema).unwrap());
}

#[divan::bench(args = QUERIES)]
fn parse_and_footprint(bencher: Bencher<'_, '_>, name: &str) {
    let (schema, text) = (schema(), query(name));
    bencher.bench(|| {
        let query = soql::parse(black_box(&text)).unwrap();
        footprint::resolve(Operation::query(query), &schema).unwrap()
    });
}

#[divan::bench(args = QUERIES)]
fn print(bencher: Bencher<'_, '_>, name: &str) {
    let query = soql::parse(&query(name)).unwrap();
    bencher.bench(|| black_box(&query).to_string());
}
