//! The parts of the comparison: what is called of which systems.

use serde_json::{Value, json};
use std::time::Duration;

use crate::answers::{BY_FIELDS, BY_SIZE, USUAL};
use crate::call::{Ask, Call, Era};
use crate::fieldgate::Policies;
use crate::ground::Ground;
use crate::load::{Generator, Load};
use crate::measure::{Experiment, Measured, mebibytes, median, rounds};
use crate::system::{Kind, System};
use crate::table::{Table, number};
use crate::whole::Options;

pub(crate) const SHIPPED: Kind = Kind::Fieldgate(Policies::Shipped);
pub(crate) const THOUSAND: Kind = Kind::Fieldgate(Policies::ShippedAmong(1000));
const COMPARED: [Kind; 5] = [Kind::Hyper, Kind::Nginx, Kind::Envoy, SHIPPED, THOUSAND];

/// The numbers of policies that are compared.
pub(crate) const COUNTS: [usize; 3] = [10, 1000, 10_000];
/// The numbers of connections that are held open.
pub(crate) const OPEN: [usize; 4] = [8, 64, 256, 1000];

/// What the parts have in common.
pub(crate) struct Bench<'a> {
    options: &'a Options,
    ground: &'a Ground,
    generator: &'a Generator,
    systems: Vec<System>,
}

/// How a system starts.
pub(crate) struct Started {
    pub(crate) kind: Kind,
    /// Milliseconds from start to first answer, and MiB then, of each time.
    pub(crate) times: Vec<(f64, f64)>,
}

impl<'a> Bench<'a> {
    /// Starts the systems that are wanted. Of those that are not ours and can't be, it is said why.
    pub(crate) fn new(
        options: &'a Options,
        ground: &'a Ground,
        generator: &'a Generator,
        missing: &mut Vec<(Kind, String)>,
    ) -> Result<Self, String> {
        let mut systems = Vec::new();
        for kind in COMPARED.into_iter().filter(|&kind| options.wants(kind)) {
            match ground.start(kind) {
                Ok(system) => systems.push(system),
                Err(why) if matches!(kind, Kind::Nginx | Kind::Envoy) => missing.push((kind, why)),
                Err(why) => return Err(format!("{}: {why}", kind.name())),
            }
        }
        Ok(Self { options, ground, generator, systems })
    }

    fn system(&self, kind: Kind) -> Option<&System> {
        self.systems.iter().find(|system| system.kind == kind)
    }

    /// A line of a part, with slices as short as eight connections allow.
    fn line<'s>(
        &self,
        part: &'static str,
        row: impl Into<String>,
        system: &'s System,
        (era, ask): (Era, Ask),
    ) -> Experiment<'s> {
        let call = system.kind.call(system.address, era, ask);
        let (row, load, slice) = (row.into(), Load::Closed(8), self.options.slice(200));
        Experiment { part, row, system, call, load, slice }
    }

    fn measured(&self, lines: &[Experiment<'_>]) -> Vec<Measured> {
        rounds(self.generator, lines, self.options.rounds())
    }

    pub(crate) fn load(&self) -> Vec<Measured> {
        let mut lines = Vec::new();
        for load in [Load::Closed(1), Load::Closed(8), Load::Closed(64), Load::Open(1000)] {
            for system in std::iter::once(&self.ground.upstream).chain(&self.systems) {
                let line = self.line("load", load.name(), system, PERMITTED);
                let slice = match load {
                    Load::Closed(_) => self.options.slice(300),
                    Load::Open(_) => self.options.slice(1000),
                };
                lines.push(Experiment { load, slice, ..line });
            }
        }
        self.measured(&lines)
    }

    /// Permitted, denied and describe calls apart, in both eras.
    pub(crate) fn calls(&self) -> Vec<Measured> {
        let mut lines = Vec::new();
        for era in [Era::Modern, Era::Legacy] {
            let mut add = |kind, what: &str, ask| {
                if let Some(system) = self.system(kind) {
                    let row = format!("{what}, {}", era.revision());
                    lines.push(self.line("calls", row, system, (era, ask)));
                }
            };
            add(Kind::Hyper, "permitted", Ask::Query(USUAL));
            add(Kind::Envoy, "permitted", Ask::Query(USUAL));
            add(SHIPPED, "permitted", Ask::Query(USUAL));
            add(Kind::Envoy, "denied tool", Ask::ForbiddenTool);
            add(SHIPPED, "denied field", Ask::Forbidden(USUAL));
            add(SHIPPED, "describe", Ask::Describe);
        }
        if let Some(system) = self.system(SHIPPED) {
            let line = self.line("calls", "initialize, 2025-11-25", system, PERMITTED);
            let call = Call::initialize(system.address, "/mcp");
            lines.push(Experiment { call, ..line });
        }
        self.measured(&lines)
    }

    pub(crate) fn fields(&self) -> Vec<Measured> {
        let of = |system| {
            BY_FIELDS.map(|query| {
                let row = format!("{} fields", query.fields);
                self.line("fields", row, system, (Era::Modern, Ask::Query(query)))
            })
        };
        self.measured(&self.system(SHIPPED).into_iter().flat_map(of).collect::<Vec<_>>())
    }

    pub(crate) fn policies(&self) -> Result<Vec<Measured>, String> {
        let mut systems = Vec::new();
        for count in COUNTS {
            let kind = Kind::Fieldgate(Policies::TenAmong(count));
            if self.options.wants(kind) {
                systems.push((count, self.ground.start(kind)?));
            }
        }
        let line =
            |(count, system)| self.line("policies", format!("{count} policies"), system, PERMITTED);
        let lines: Vec<_> = systems.iter().map(|(count, system)| line((*count, system))).collect();
        Ok(self.measured(&lines))
    }

    pub(crate) fn sizes(&self) -> Vec<Measured> {
        let mut lines = Vec::new();
        for query in BY_SIZE {
            for system in self.systems.iter().filter(|system| system.kind != THOUSAND) {
                let row = format!("{} KB", query.bytes / 1000);
                lines.push(self.line("sizes", row, system, (Era::Modern, Ask::Query(query))));
            }
        }
        self.measured(&lines)
    }

    /// Of fresh processes, and first while none calls, so that memory is not what earlier parts needed.
    pub(crate) fn connections(&self) -> Result<Vec<Measured>, String> {
        let mut measured = Vec::new();
        let kinds = COMPARED.into_iter().filter(|&kind| kind != THOUSAND);
        for kind in kinds.filter(|&kind| self.system(kind).is_some()) {
            let system = self.ground.start(kind)?;
            let call = kind.call(system.address, PERMITTED.0, PERMITTED.1);
            let held = OPEN.map(|count| {
                let memory = || mebibytes(system.process.memory());
                self.generator.held(system.address, &call, count, memory)
            });
            for (count, held) in OPEN.into_iter().zip(held) {
                let line = self.line("connections", format!("{count} open"), &system, PERMITTED);
                let line = Experiment { load: Load::Closed(count), ..line };
                let line = rounds(self.generator, &[line], 1).into_iter();
                measured.extend(line.map(|line| Measured { held: Some(held), ..line }));
            }
        }
        Ok(measured)
    }

    pub(crate) fn start(&self) -> Result<Vec<Started>, String> {
        let more = COUNTS.map(|count| Kind::Fieldgate(Policies::TenAmong(count)));
        let kinds = COMPARED.into_iter().filter(|&kind| self.system(kind).is_some());
        let kinds = kinds.chain(more.into_iter().filter(|&kind| self.options.wants(kind)));
        let mut started: Vec<Started> =
            kinds.map(|kind| Started { kind, times: Vec::new() }).collect();
        for _ in 0..self.options.rounds() {
            for one in &mut started {
                let system = self.ground.start(one.kind)?;
                one.times.push((millis(system.first_answer), mebibytes(system.idle)));
            }
        }
        Ok(started)
    }
}

const PERMITTED: (Era, Ask) = (Era::Modern, Ask::Query(USUAL));

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

impl Started {
    /// The median of the milliseconds to the first answer.
    pub(crate) fn first_answer(&self) -> f64 {
        median(self.times.iter().map(|(millis, _)| *millis).collect())
    }

    /// The median of the MiB after it.
    pub(crate) fn idle(&self) -> f64 {
        median(self.times.iter().map(|(_, memory)| *memory).collect())
    }

    pub(crate) fn json(&self) -> Value {
        json!({ "system": self.kind.name(), "first_answer_ms": self.first_answer(),
                "idle_mib": self.idle(), "rounds": self.times })
    }
}

pub(crate) fn print_started(started: &[Started]) {
    println!("From start to first answer\n");
    let mut table = Table::new(1, &["system", "ms", "RSS MiB"]);
    for one in started {
        table.row([one.kind.name(), number(one.first_answer()), number(one.idle())]);
    }
    table.print();
}
