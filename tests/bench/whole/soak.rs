//! The long run: a steady rate of calls of every kind, and whether anything grows, drifts or breaks.

use std::process::{Command, Stdio};
use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};

use crate::answers::USUAL;
use crate::call::{Ask, Era};
use crate::fieldgate::{self, JOURNAL};
use crate::ground::{self, Ground};
use crate::load::{self, Generator, Load};
use crate::measure::{Experiment, Measured, Slice, float, rounds};
use crate::parts::SHIPPED;
use crate::system::System;
use crate::table::{Table, number};

/// How long, and how much.
#[derive(Args)]
pub(crate) struct Options {
    /// How long it takes
    #[arg(long, default_value_t = 60)]
    minutes: u32,
    /// Calls a second
    #[arg(long, default_value_t = 500)]
    rate: u32,
}

/// Intervals that are looked at one by one.
const INTERVALS: u32 = 30;

/// What one interval showed.
struct Interval {
    slice: Slice,
    descriptors: f64,
}

/// Something that must hold at the end.
struct Check {
    what: &'static str,
    found: String,
    holds: bool,
}

/// Of eight connections six query, in either era; one is denied, one describes.
const CALLS: [(Era, Ask); 8] = [
    (Era::Modern, Ask::Query(USUAL)),
    (Era::Legacy, Ask::Query(USUAL)),
    (Era::Modern, Ask::Query(USUAL)),
    (Era::Legacy, Ask::Query(USUAL)),
    (Era::Modern, Ask::Query(USUAL)),
    (Era::Legacy, Ask::Query(USUAL)),
    (Era::Modern, Ask::Forbidden(USUAL)),
    (Era::Modern, Ask::Describe),
];

/// Runs for the given time and judges; false where something grew, drifted or broke.
pub(crate) fn run(options: &Options) -> Result<bool, String> {
    let machine = ground::machine();
    let ground = Ground::new()?;
    let system = ground.start(SHIPPED)?;
    let (minutes, rate) = (options.minutes.max(1), options.rate.max(1));
    let every = Duration::from_secs(60) * minutes / INTERVALS;
    let intervals: Vec<Interval> = (0..INTERVALS).map(|_| look(&system, rate, every)).collect();
    let pair = Pair::of(&system, &ground.start(SHIPPED)?);
    let mut checks = judge(&intervals, &pair);
    checks.push(Check {
        what: "ends when it is told to",
        found: String::new(),
        holds: system.process.terminate(),
    });
    checks.push(verified(&system)?);
    print(&intervals, every);
    let mut table = Table::new(3, &["", "", ""]);
    for check in &checks {
        let holds = if check.holds { "ok" } else { "FAILED" };
        table.row([check.what.to_owned(), holds.to_owned(), check.found.clone()]);
    }
    table.print();
    let json = json!({
        "machine": machine, "minutes": minutes, "calls_per_second": rate,
        "intervals": intervals.iter().map(Interval::json).collect::<Vec<_>>(),
        "old": pair.old.json(), "fresh": pair.fresh.json(),
        "checks": checks.iter().map(Check::json).collect::<Vec<_>>(),
    });
    ground::write("soak.json", &json)?;
    let failed = checks.iter().filter(|check| !check.holds).count();
    println!("{} passed, {failed} failed", checks.len() - failed);
    Ok(failed == 0)
}

fn look(system: &System, rate: u32, every: Duration) -> Interval {
    let calls: Vec<_> =
        CALLS.iter().map(|&(era, ask)| system.kind.call(system.address, era, ask)).collect();
    let process = &system.process;
    let measure = || (process.cpu(), process.descriptors());
    let (seen, before, after) = load::open(system.address, &calls, rate, every, measure);
    let slice = Slice::of(seen, after.0.since(&before.0), process.memory());
    Interval { slice, descriptors: float(after.1) }
}

/// The process that has run all the time and one that has just been started, called in turns.
struct Pair {
    old: Measured,
    fresh: Measured,
}

impl Pair {
    /// Short turns: what else the machine does falls on both.
    fn of(old: &System, fresh: &System) -> Self {
        let experiment = |system| Experiment {
            part: "soak",
            row: String::new(),
            system,
            call: system.kind.call(system.address, Era::Modern, Ask::Query(USUAL)),
            load: Load::Closed(1),
            slice: Duration::from_millis(100),
        };
        let (generator, both) = (Generator::new(), [experiment(old), experiment(fresh)]);
        let _warm = rounds(&generator, &both, 10);
        let mut lines = rounds(&generator, &both, 60);
        let fresh = lines.remove(1);
        Self { old: lines.remove(0), fresh }
    }
}

/// Memory and descriptors of the last third are held against the second's; the first is for warming
/// up. Latencies follow whatever else the machine does: they are held against a fresh process's.
fn judge(intervals: &[Interval], pair: &Pair) -> Vec<Check> {
    let third = intervals.len() / 3;
    let (early, late) = intervals[third..].split_at(third);
    let stays = |what, of: fn(&Interval) -> f64, times: f64, more: f64| {
        let both = [early, late].map(|some| quartile(some.iter().map(of).collect()));
        let ([first, last], holds) = (both.map(number), both[1] <= both[0] * times + more);
        Check { what, found: format!("{first} in the second third, {last} in the last"), holds }
    };
    let as_fresh = |what, of: fn(&Slice) -> f64, most: f64| {
        let times = pair.old.times(&pair.fresh, of);
        let [old, fresh] = [&pair.old, &pair.fresh].map(|line| number(line.median(of)));
        let found = format!("{} times: {old}, and {fresh} of a fresh one", number(times));
        Check { what, found, holds: times <= most }
    };
    let soaked: usize = intervals.iter().map(|interval| interval.slice.wrong).sum();
    let wrong = soaked + pair.old.wrong() + pair.fresh.wrong();
    vec![
        Check { what: "every answer right", found: format!("{wrong} wrong"), holds: wrong == 0 },
        stays("memory stays, MiB", |i| i.slice.memory, 1.03, 1.0),
        as_fresh("p50 as a fresh one's, us", |slice| slice.p50, 1.5),
        as_fresh("p99 as a fresh one's, us", |slice| slice.p99, 2.0),
        stays("descriptors stay", |i| i.descriptors, 1.0, 2.0),
    ]
}

/// The lower quartile: what else the machine does only adds, and only for a while.
fn quartile(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 4]
}

fn verified(system: &System) -> Result<Check, String> {
    let output = Command::new(fieldgate::binary()?)
        .args(["audit", "verify"])
        .arg(system.work.join(JOURNAL))
        .stdin(Stdio::null())
        .output()
        .map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&output.stdout).trim().replace('\n', "; ");
    Ok(Check { what: "the journal verifies", found: said, holds: output.status.success() })
}

fn print(intervals: &[Interval], every: Duration) {
    let head = ["s", "calls", "CPU us", "p50 us", "p99 us", "p99.9 us", "RSS MiB", "descriptors"];
    let mut table = Table::new(0, &head);
    for (nth, Interval { slice, descriptors }) in intervals.iter().enumerate() {
        table.row([
            number(every.as_secs_f64() * float(nth + 1)),
            slice.calls.to_string(),
            number(slice.cpu),
            number(slice.p50),
            number(slice.p99),
            number(slice.p999),
            number(slice.memory),
            descriptors.to_string(),
        ]);
    }
    table.print();
}

impl Interval {
    fn json(&self) -> Value {
        let Self { slice, descriptors } = self;
        json!({ "calls": slice.calls, "cpu_us_a_call": slice.cpu, "p50_us": slice.p50,
                "p99_us": slice.p99, "p99_9_us": slice.p999, "memory_mib": slice.memory,
                "descriptors": descriptors, "wrong_answers": slice.wrong })
    }
}

impl Check {
    fn json(&self) -> Value {
        json!({ "check": self.what, "found": self.found, "holds": self.holds })
    }
}
