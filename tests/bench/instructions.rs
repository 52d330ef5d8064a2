//! Runs one part of a call a hundred times where a counter of instructions can see it:
//! `tests/bench/instructions` drives it under callgrind.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a benchmark stops where it cannot go on")]

mod part;

use part::{all, arguments};

const RUNS: usize = 100;

fn main() {
    for mut part in all(&arguments()) {
        // The first run may fill what later ones find.
        part.run(1, |work| work());
        part.run(RUNS, counted);
    }
}

/// What is counted is what goes on in here.
#[inline(never)]
fn counted(work: &mut dyn FnMut()) {
    work();
}
