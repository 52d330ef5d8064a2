//! What a decision costs, in time and allocations: `cargo bench --bench decision`.
//!
//! Each row is one query that selects 3, 20 or 200 fields of an object and filters on one, decided on
//! by sets of 10, 1,000 and 10,000 policies: a few that speak of it, the rest of other roles and
//! objects. `cold` is the first decision of a set, `warm` any later one.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on should stop loudly")]

#[path = "part/policies.rs"]
mod policies;

use divan::{AllocProfiler, Bencher};
use policies::{CONDITIONAL, decide, query, schema, set};

#[global_allocator]
static ALLOCATIONS: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

const SIZES: [(usize, usize); 9] = [
    (3, 10),
    (3, 1_000),
    (3, 10_000),
    (20, 10),
    (20, 1_000),
    (20, 10_000),
    (200, 10),
    (200, 1_000),
    (200, 10_000),
];

/// No policy that speaks of the query looks at the circumstances.
#[divan::bench(args = SIZES)]
fn warm(bencher: Bencher<'_, '_>, (fields, policies): (usize, usize)) {
    decided_warm(bencher, fields, policies, "");
}

/// Two of the policies that speak of the query look at the circumstances.
#[divan::bench(args = SIZES)]
fn warm_and_asked_when(bencher: Bencher<'_, '_>, (fields, policies): (usize, usize)) {
    decided_warm(bencher, fields, policies, CONDITIONAL);
}

fn decided_warm(bencher: Bencher<'_, '_>, fields: usize, policies: usize, more: &str) {
    let schema = schema();
    let set = set(&schema, policies, more);
    drop(decide(&set, &schema, query(&schema, fields)));
    bencher
        .with_inputs(|| query(&schema, fields))
        .bench_local_values(|query| decide(&set, &schema, query));
}

#[divan::bench(args = SIZES, sample_count = 20, sample_size = 1)]
fn cold(bencher: Bencher<'_, '_>, (fields, policies): (usize, usize)) {
    let schema = schema();
    let set = set(&schema, policies, CONDITIONAL);
    bencher
        .with_inputs(|| {
            // Of another describe of the objects nothing is kept.
            let schema = policies::schema();
            let query = query(&schema, fields);
            (schema, query)
        })
        .bench_local_values(|(schema, query)| {
            drop(decide(&set, &schema, query));
            schema
        });
}
