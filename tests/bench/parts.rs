//! What the parts of a call cost in time: `cargo bench --bench parts [-- TITLE…]`.
//!
//! Each row is the median of 41 samples, each long enough to be told by the clock. Making what a part
//! works on is not counted, dropping what comes of it is.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a benchmark stops where it cannot go on")]
#![expect(clippy::print_stdout, reason = "it prints a table")]

mod part;

use std::time::Duration;

use fieldgate::telemetry::Clock;
use part::{Part, all, arguments, table};
use serde_json::json;

const SAMPLES: usize = 41;
/// How long a sample takes, and how long all samples of a part may.
const SAMPLE: Duration = Duration::from_micros(500);
const PART: Duration = Duration::from_secs(1);

fn main() {
    let clock = Clock::system();
    let mut rows = Vec::new();
    let mut written = Vec::new();
    for mut part in all(&arguments()) {
        let micros = median(&mut part, &clock);
        rows.push(vec![part.name.to_owned(), part.size.clone(), format!("{micros:.2}")]);
        written.push(json!({"part": part.name, "size": part.size, "micros": micros}));
    }
    table::print(&["part", "on", "µs"], &rows);
    table::write("parts", written);
}

/// Microseconds of one run.
fn median(part: &mut Part, clock: &Clock) -> f64 {
    let first = sample(part, 1, clock);
    let count = SAMPLE.as_nanos().checked_div(first.as_nanos().max(1)).unwrap_or(1).clamp(1, 2_000);
    let count = usize::try_from(count).unwrap();
    let runs = u32::try_from(count).unwrap();
    let mut samples = Vec::new();
    let began = clock.monotonic();
    while samples.len() < SAMPLES
        && (samples.len() < 11 || clock.monotonic().saturating_sub(began) < PART)
    {
        samples.push(sample(part, count, clock));
    }
    samples.sort();
    let middle = samples.len().checked_div(2).unwrap_or_default();
    samples.into_iter().nth(middle).unwrap().as_secs_f64() * 1e6 / f64::from(runs)
}

fn sample(part: &mut Part, count: usize, clock: &Clock) -> Duration {
    let mut took = Duration::ZERO;
    part.run(count, |work| {
        let began = clock.monotonic();
        work();
        took = clock.monotonic().saturating_sub(began);
    });
    took
}
