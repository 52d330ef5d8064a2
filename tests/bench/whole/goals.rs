//! What Fieldgate has to reach, beside what was measured.

use serde_json::{Value, json};

use crate::fieldgate::Policies;
use crate::load::Load;
use crate::measure::{Measured, Slice};
use crate::parts::{COUNTS, OPEN, SHIPPED, THOUSAND};
use crate::system::Kind;
use crate::table::Table;
use crate::whole::Results;

/// A limit and what was measured.
pub(crate) struct Goal {
    what: String,
    limit: f64,
    /// `None` where it wasn't measured.
    measured: Option<f64>,
    unit: &'static str,
    pub(crate) met: Option<bool>,
    note: String,
}

impl Goal {
    fn new(what: impl Into<String>, limit: f64, unit: &'static str, measured: Option<f64>) -> Self {
        let met = measured.map(|measured| measured <= limit);
        Self { what: what.into(), limit, measured, unit, met, note: String::new() }
    }

    fn noted(self, note: String) -> Self {
        Self { note, ..self }
    }

    pub(crate) fn json(&self) -> Value {
        json!({ "goal": self.what, "at_most": self.limit, "unit": self.unit,
                "measured": self.measured, "met": self.met, "note": self.note })
    }
}

const EIGHT: Load = Load::Closed(8);
const RATE: Load = Load::Open(1000);

fn cpu(slice: &Slice) -> f64 {
    slice.cpu
}

pub(crate) fn judge(results: &Results) -> Vec<Goal> {
    let mut goals = Vec::new();
    for kind in [SHIPPED, THOUSAND] {
        by_load(results, kind, &mut goals);
    }
    let call = |kind, row: &str| results.line("calls", kind, |l| l.row.starts_with(row));
    let denied = call(SHIPPED, "denied").zip(call(Kind::Hyper, "permitted"));
    goals.push(Goal::new(
        "CPU of a denial / of a permitted call of the bare proxy, 8 connections",
        1.0,
        "x",
        denied.map(|(denied, bare)| denied.times(bare, cpu)),
    ));
    let policies = |count| {
        let kind = Kind::Fieldgate(Policies::TenAmong(count));
        results.line("policies", kind, |_| true)
    };
    let (few, many) = (COUNTS[0], COUNTS[2]);
    let grown = policies(many).zip(policies(few)).map(|(many, few)| many.times(few, cpu));
    let what = format!("CPU a call with {many} policies / with {few}");
    goals.push(Goal::new(what, 1.15, "x", grown));
    goals.push(Goal::new(
        "CPU a further field, from 100 to 200 / from 3 to 100: linear",
        1.25,
        "x",
        slopes(results),
    ));
    let started = results.started.iter().find(|started| started.kind == SHIPPED);
    goals.push(Goal::new("RSS idle", 16.0, "MiB", started.map(|s| s.idle())));
    let most = Load::Closed(OPEN[3]);
    let open = results.line("connections", SHIPPED, |line| line.load == most);
    let held = open.and_then(|line| line.held);
    goals.push(Goal::new(format!("RSS with {} open connections", OPEN[3]), 48.0, "MiB", held));
    let memory = open.map(|line| line.median(|s| s.memory));
    goals.push(Goal::new("RSS with all of them calling", 48.0, "MiB", memory));
    let first = started.map(|started| started.first_answer());
    goals.push(Goal::new("first answer after start, schema on disk", 50.0, "ms", first));
    goals
}

fn by_load(results: &Results, kind: Kind, goals: &mut Vec<Goal>) {
    let at = |kind, load| results.line("load", kind, |line| line.load == load);
    let times = |of, than, load| {
        let pair = at(of, load).zip(at(than, load));
        pair.map(|(of, than): (&Measured, &Measured)| of.times(than, cpu))
    };
    let above = |than, of: fn(&Slice) -> f64| {
        at(kind, RATE).zip(at(than, RATE)).map(|(this, than)| this.above(than, of))
    };
    let name = kind.name();
    let hyper = Kind::Hyper;
    goals.push(Goal::new(
        format!("{name}: CPU a query / bare proxy, 8 connections"),
        3.0,
        "x",
        times(kind, hyper, EIGHT),
    ));
    goals.push(Goal::new(
        format!("{name}: CPU a query / bare proxy, 1000 calls/s"),
        1.5,
        "x",
        times(kind, hyper, RATE),
    ));
    goals.push(Goal::new(
        format!("{name}: CPU a query / Envoy with MCP filter, 8 connections"),
        0.5,
        "x",
        times(kind, Kind::Envoy, EIGHT),
    ));
    let mut added = |percentile: &str, limit, of: fn(&Slice) -> f64| {
        let alone = above(Kind::Upstream, of);
        let note = alone.map(|alone| format!("{alone:.0} us above the upstream alone"));
        let what = format!("{name}: {percentile} above the bare proxy, 1000 calls/s");
        let goal = Goal::new(what, limit, "us", above(hyper, of));
        goals.push(goal.noted(note.unwrap_or_default()));
    };
    added("p50", 100.0, |s| s.p50);
    added("p99", 500.0, |s| s.p99);
}

/// How much more a further field costs among many than among few.
fn slopes(results: &Results) -> Option<f64> {
    let at = |fields: f64| {
        let row = format!("{fields} fields");
        Some((fields, results.line("fields", SHIPPED, |line| line.row == row)?.median(cpu)))
    };
    let slope = |from, to| {
        let ((few, less), (many, more)) = (at(from)?, at(to)?);
        Some((more - less) / (many - few))
    };
    let (first, second): (f64, f64) = (slope(3.0, 100.0)?, slope(100.0, 200.0)?);
    Some(second / first)
}

impl Results {
    fn line(&self, part: &str, kind: Kind, is: impl Fn(&Measured) -> bool) -> Option<&Measured> {
        self.lines.iter().find(|line| line.part == part && line.kind == kind && is(line))
    }
}

pub(crate) fn print(goals: &[Goal]) {
    println!("Goals\n");
    let mut table = Table::new(1, &["", "at most", "measured", ""]);
    for goal in goals {
        let Some(measured) = goal.measured else { continue };
        let met = if goal.met == Some(true) { "met" } else { "NOT MET" };
        let (limit, measured) =
            (format!("{} {}", goal.limit, goal.unit), format!("{measured:.2} {}", goal.unit));
        table.row([goal.what.clone(), limit, measured, met.to_owned(), goal.note.clone()]);
    }
    table.print();
    let left = goals.iter().filter(|goal| goal.met.is_none()).count();
    if left > 0 {
        println!("{left} further goals were not measured\n");
    }
}
