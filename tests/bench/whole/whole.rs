//! The comparison: which parts of it, of which systems, and what becomes of the results.

use clap::Args;
use serde_json::{Value, json};
use std::time::Duration;

use crate::goals;
use crate::ground::{self, Ground};
use crate::load::Generator;
use crate::measure::Measured;
use crate::parts::{self, Bench, Started};
use crate::system::Kind;
use crate::table::{Table, number};
use crate::time::now;

/// What is compared and how long.
#[derive(Args, Default)]
pub(crate) struct Options {
    /// Slices twice as long and more rounds: some five minutes
    #[arg(long)]
    long: bool,
    /// Only these systems: hyper, nginx, envoy, fieldgate
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Only these parts: load, calls, fields, policies, sizes, connections, start
    #[arg(long, value_delimiter = ',', value_parser = PARTS)]
    parts: Vec<String>,
    /// Rounds over which medians are taken (3; with --long 5)
    #[arg(long)]
    rounds: Option<usize>,
    /// End with 1 where a goal isn't met
    #[arg(long)]
    strict: bool,
}

const PARTS: [&str; 7] = ["load", "calls", "fields", "policies", "sizes", "connections", "start"];

impl Options {
    pub(crate) fn wants(&self, kind: Kind) -> bool {
        self.only.is_empty() || self.only.iter().any(|word| word == kind.word())
    }

    fn wants_part(&self, part: &str) -> bool {
        self.parts.is_empty() || self.parts.iter().any(|word| word == part)
    }

    pub(crate) fn rounds(&self) -> usize {
        self.rounds.unwrap_or(if self.long { 5 } else { 3 }).max(1)
    }

    /// A slice of time.
    pub(crate) fn slice(&self, millis: u64) -> Duration {
        Duration::from_millis(if self.long { millis * 2 } else { millis })
    }
}

/// Everything that was seen.
#[derive(Default)]
pub(crate) struct Results {
    pub(crate) lines: Vec<Measured>,
    pub(crate) started: Vec<Started>,
}

/// Compares; false where an answer was wrong, or, where that counts, a goal isn't met.
pub(crate) fn run(options: &Options) -> Result<bool, String> {
    let began = now();
    let machine = ground::machine();
    let ground = Ground::new()?;
    let (generator, mut missing) = (Generator::new(), Vec::new());
    let bench = Bench::new(options, &ground, &generator, &mut missing)?;
    for (kind, why) in &missing {
        println!("{}: not measured: {why}\n", kind.name());
    }
    let mut results = Results::default();
    for part in PARTS.into_iter().filter(|part| options.wants_part(part)) {
        let (title, lines) = match part {
            "load" => ("By load: a permitted query, 20 fields, 2 KB", bench.load()),
            "calls" => ("By call, 8 connections", bench.calls()),
            "fields" => ("By fields, 8 connections, 3 KB", bench.fields()),
            "policies" => ("By policies, 8 connections", bench.policies()?),
            "sizes" => ("By answer, 8 connections, 20 fields", bench.sizes()),
            "connections" => ("By open connections, all calling", bench.connections()?),
            _ => {
                results.started = bench.start()?;
                parts::print_started(&results.started);
                continue;
            }
        };
        add(&mut results, title, lines);
    }
    let goals = goals::judge(&results);
    goals::print(&goals);
    let wrong: usize = results.lines.iter().map(Measured::wrong).sum();
    let missing: Vec<Value> =
        missing.iter().map(|(kind, why)| json!({ "system": kind.name(), "why": why })).collect();
    let json = json!({
        "machine": machine, "missing": missing, "wrong_answers": wrong,
        "goals": goals.iter().map(goals::Goal::json).collect::<Vec<_>>(),
        "lines": results.lines.iter().map(Measured::json).collect::<Vec<_>>(),
        "started": results.started.iter().map(Started::json).collect::<Vec<_>>(),
    });
    ground::write("whole.json", &json)?;
    println!("{} s in all, {wrong} wrong answers", (now() - began).as_secs());
    Ok(wrong == 0 && !(options.strict && goals.iter().any(|goal| goal.met == Some(false))))
}

fn add(results: &mut Results, title: &str, lines: Vec<Measured>) {
    println!("{title}\n");
    let head =
        ["", "system", "calls/s", "CPU us", "x bare", "p50 us", "p99 us", "p99.9 us", "RSS MiB"];
    let mut table = Table::new(2, &head);
    for line in &lines {
        let note = match line.wrong() {
            0 => line
                .held
                .map_or_else(String::new, |held| format!("{} MiB while none calls", number(held))),
            wrong => format!("{wrong} WRONG"),
        };
        let bare = lines.iter().find(|bare| bare.kind == Kind::Hyper && bare.row == line.row);
        let times = bare.map(|bare| format!("{:.2}", line.times(bare, |s| s.cpu)));
        table.row([
            line.row.clone(),
            line.name.clone(),
            number(line.median(|s| s.per_second)),
            number(line.median(|s| s.cpu)),
            times.unwrap_or_default(),
            number(line.median(|s| s.p50)),
            number(line.median(|s| s.p99)),
            number(line.median(|s| s.p999)),
            number(line.median(|s| s.memory)),
            note,
        ]);
    }
    table.print();
    results.lines.extend(lines);
}
