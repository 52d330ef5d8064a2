//! Slices of time, taken of each system in turn, and what is made of several.

use std::time::Duration;

use serde_json::{Value, json};

use crate::call::Call;
use crate::load::{Generator, Load, Seen};
use crate::system::{Kind, System};

/// What one slice showed. Times are in microseconds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Slice {
    pub(crate) calls: f64,
    pub(crate) per_second: f64,
    /// Of the system's process, a call.
    pub(crate) cpu: f64,
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) p999: f64,
    /// Resident memory at the slice's end, in MiB.
    pub(crate) memory: f64,
    pub(crate) wrong: usize,
}

impl Slice {
    pub(crate) fn of(mut seen: Seen, cpu: u64, memory: u64) -> Self {
        seen.latencies.sort_unstable();
        let calls = float(seen.latencies.len());
        let at = |per_mille| percentile(&seen.latencies, per_mille);
        Self {
            calls,
            per_second: calls / seen.elapsed.as_secs_f64(),
            cpu: micros(cpu) / calls.max(1.0),
            p50: at(500),
            p99: at(990),
            p999: at(999),
            memory: mebibytes(memory),
            wrong: seen.wrong,
        }
    }
}

/// The value below which so many in a thousand lie, in microseconds.
fn percentile(sorted: &[u64], per_mille: usize) -> f64 {
    let at = (sorted.len() * per_mille).div_ceil(1000).saturating_sub(1);
    sorted.get(at).map_or(0.0, |&nanos| micros(nanos))
}

#[expect(clippy::cast_precision_loss, reason = "far below where it matters")]
fn micros(nanos: u64) -> f64 {
    nanos as f64 / 1000.0
}

#[expect(clippy::cast_precision_loss, reason = "far below where it matters")]
pub(crate) fn float(count: usize) -> f64 {
    count as f64
}

#[expect(clippy::cast_precision_loss, reason = "far below where it matters")]
pub(crate) fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / 1024.0 / 1024.0
}

/// One line of a table: a system under some calls.
pub(crate) struct Experiment<'a> {
    /// The part that it belongs to.
    pub(crate) part: &'static str,
    /// What is different from the part's other lines.
    pub(crate) row: String,
    pub(crate) system: &'a System,
    pub(crate) call: Call,
    pub(crate) load: Load,
    pub(crate) slice: Duration,
}

/// A line with what was seen in each round.
#[derive(Clone, Debug)]
pub(crate) struct Measured {
    pub(crate) part: &'static str,
    pub(crate) row: String,
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) load: Load,
    pub(crate) slices: Vec<Slice>,
    /// Memory while so many connections were open and none called, in MiB.
    pub(crate) held: Option<f64>,
}

/// Takes a slice of each in turn, so many times over: what disturbs the machine for a while disturbs
/// all of them.
pub(crate) fn rounds(
    generator: &Generator,
    experiments: &[Experiment<'_>],
    rounds: usize,
) -> Vec<Measured> {
    let mut measured: Vec<Measured> = experiments.iter().map(Experiment::blank).collect();
    for _ in 0..rounds {
        for (experiment, line) in experiments.iter().zip(&mut measured) {
            line.slices.push(experiment.slice(generator));
        }
    }
    measured
}

impl Experiment<'_> {
    fn blank(&self) -> Measured {
        let (part, row, load, kind) = (self.part, self.row.clone(), self.load, self.system.kind);
        Measured { part, row, name: kind.name(), kind, load, slices: Vec::new(), held: None }
    }

    fn slice(&self, generator: &Generator) -> Slice {
        let System { address, process, .. } = self.system;
        let run = generator.run(*address, &self.call, self.load, self.slice, || process.cpu());
        let (seen, before, after) = run;
        Slice::of(seen, after.since(&before), process.memory())
    }
}

impl Measured {
    /// The median over the rounds.
    pub(crate) fn median(&self, of: impl Fn(&Slice) -> f64) -> f64 {
        median(self.slices.iter().map(of).collect())
    }

    /// The median over the rounds of what this has above another in the same round.
    pub(crate) fn above(&self, other: &Self, of: impl Fn(&Slice) -> f64) -> f64 {
        let pairs = self.slices.iter().zip(&other.slices);
        median(pairs.map(|(this, other)| of(this) - of(other)).collect())
    }

    /// The median over the rounds of how many times another's this is in the same round.
    pub(crate) fn times(&self, other: &Self, of: impl Fn(&Slice) -> f64) -> f64 {
        let pairs = self.slices.iter().zip(&other.slices);
        median(pairs.map(|(this, other)| of(this) / of(other)).collect())
    }

    pub(crate) fn wrong(&self) -> usize {
        self.slices.iter().map(|slice| slice.wrong).sum()
    }

    pub(crate) fn json(&self) -> Value {
        let each = |of: fn(&Slice) -> f64| {
            let rounds: Vec<f64> = self.slices.iter().map(of).collect();
            json!({ "median": self.median(of), "rounds": rounds })
        };
        json!({
            "part": self.part, "row": self.row, "system": self.name, "load": self.load.name(),
            "calls": each(|s| s.calls), "calls_per_second": each(|s| s.per_second),
            "cpu_us_a_call": each(|s| s.cpu), "p50_us": each(|s| s.p50),
            "p99_us": each(|s| s.p99), "p99_9_us": each(|s| s.p999),
            "memory_mib": each(|s| s.memory), "wrong_answers": self.wrong(),
            "memory_while_none_calls_mib": self.held,
        })
    }
}

pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = values.get(middle).copied().unwrap_or(f64::NAN);
    if values.len() % 2 == 1 {
        return upper;
    }
    let lower = middle.checked_sub(1).and_then(|at| values.get(at).copied());
    lower.map_or(upper, |lower| f64::midpoint(lower, upper))
}
