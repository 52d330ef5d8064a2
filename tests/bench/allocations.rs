//! What the parts of a call allocate: `cargo bench --bench allocations`. Counting costs time, so time
//! is measured by another benchmark.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on should stop loudly")]
#![expect(clippy::print_stdout, reason = "it prints a table")]

mod queries;

use std::alloc::System;
use std::hint::black_box;

use fieldgate::footprint;
use fieldgate::salesforce::Operation;
use fieldgate::soql;
use queries::{QUERIES, query, schema};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATIONS: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Allocations and bytes of one run of `part`.
fn count<T>(part: impl FnOnce() -> T) -> (usize, usize) {
    let region = Region::new(ALLOCATIONS);
    let _kept = black_box(part());
    let change = region.change();
    (change.allocations.saturating_add(change.reallocations), change.bytes_allocated)
}

fn main() {
    let schema = schema();
    println!("{:<12} {:<10} {:>12} {:>10}", "part", "query", "allocations", "bytes");
    for name in QUERIES {
        let text = query(name);
        let parsed = soql::parse(&text).unwrap();
        let operation = Operation::query(parsed.clone());
        let rows = [
            ("parse", count(|| soql::parse(&text).unwrap())),
            ("footprint", count(|| footprint::resolve(operation, &schema).unwrap())),
            ("print", count(|| parsed.to_string())),
        ];
        for (part, (allocations, bytes)) in rows {
            println!("{part:<12} {name:<10} {allocations:>12} {bytes:>10}");
        }
    }
}
