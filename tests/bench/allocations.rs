//! What the parts of a call allocate: `cargo bench --bench allocations [-- TITLE…]`. Counting costs
//! time, so time is measured by another benchmark.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a benchmark stops where it cannot go on")]
#![expect(clippy::print_stdout, reason = "it prints a table")]

mod part;

use std::alloc::System;

use part::{all, arguments, table};
use serde_json::json;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATIONS: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() {
    let mut rows = Vec::new();
    let mut written = Vec::new();
    for mut part in all(&arguments()) {
        // The first run may fill what later ones find.
        part.run(1, |work| work());
        let mut counted = (0, 0);
        part.run(1, |work| {
            let region = Region::new(ALLOCATIONS);
            work();
            let change = region.change();
            let allocations = change.allocations.saturating_add(change.reallocations);
            counted = (allocations, change.bytes_allocated);
        });
        let (allocations, bytes) = counted;
        rows.push(vec![
            part.name.to_owned(),
            part.size.clone(),
            allocations.to_string(),
            bytes.to_string(),
        ]);
        written.push(json!({
            "part": part.name, "size": part.size, "allocations": allocations, "bytes": bytes,
        }));
    }
    table::print(&["part", "on", "allocations", "bytes"], &rows);
    table::write("allocations", written);
}
