//! `fieldgate policy test`: runs the tests that lie beside policies.

mod json;
mod junit;
mod text;

use std::io::{self, IsTerminal as _, Write};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::cli::asking::Circumstances;
use crate::policy::testing::{self, Case, CaseResult, Coverage};
use crate::telemetry::Clock;

/// A test failed, or the tests look at too few policies.
const FAILED: u8 = 1;

/// Nothing could be tested.
const NOT_RUN: u8 = 2;

const AFTER_HELP: &str = "\
Examples:
  fieldgate policy test
  fieldgate policy test policies --demo --coverage --threshold 60
  fieldgate policy test policies --run \"social security\" -v
  fieldgate policy test policies --format junit > policy-tests.xml

Tests are the files whose names end in _test.yaml, in the directories of the policies. Without a
configuration they are asked about a developer org, unless they say otherwise.

Exit codes:
  0   every test passed
  1   a test failed, or the tests look at fewer policies than --threshold asks for
  2   nothing could be tested: a file is wrong, there is no test";

/// Runs the tests that lie beside policies, and says what they expect and don't get.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Test {
    /// Directories of policies and tests, and single files; by default those of the configuration,
    /// else `policies`. All of them are one set.
    #[arg(value_name = "PATHS")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    circumstances: Circumstances,
    /// Take the demo org's schema, whatever the configuration says.
    #[arg(long, conflicts_with = "org_schema")]
    demo: bool,
    /// Run only the tests with this in `FILE: NAME as AGENT`.
    #[arg(long, value_name = "TEXT")]
    run: Option<String>,
    /// Also say which tests passed, and how long each took.
    #[arg(short, long)]
    verbose: bool,
    /// How to print what came of them.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Text)]
    format: Format,
    /// Also say which policies decide in no test, and which fields no test asks about.
    #[arg(long)]
    coverage: bool,
    /// Fail if fewer than this many of a hundred policies decide in some test.
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(..=100))]
    threshold: Option<u8>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// One JSON object.
    Json,
    /// The XML that build servers read.
    Junit,
}

/// What came of a test, and how long it took.
struct Timed<'c> {
    result: CaseResult<'c>,
    took: Duration,
}

/// What came of all tests.
struct Report<'c> {
    results: Vec<Timed<'c>>,
    /// Where it was asked for.
    coverage: Option<Coverage>,
    threshold: Option<u8>,
}

impl Test {
    pub(super) fn run(&self, out: &mut impl Write) -> io::Result<u8> {
        // What goes wrong before a test is run is told from a test that failed.
        let not_run = |error: io::Error| {
            let _best_effort = writeln!(io::stderr(), "fieldgate: {error}");
            Ok(NOT_RUN)
        };
        let court = match self.circumstances.court_of(self.demo) {
            Ok(court) => court,
            Err(error) => return not_run(error),
        };
        let read = court
            .set(&self.paths)
            .and_then(|set| Ok((set, self.cases(&court.cases(&self.paths)?)?)));
        let (set, cases) = match read {
            Ok(read) => read,
            Err(error) => return not_run(error),
        };
        let (clock, against) = (Clock::system(), court.against());
        let timed = |case| {
            let begun = clock.monotonic();
            let result = testing::run_one(&set, &against, case);
            Timed { result, took: clock.monotonic().saturating_sub(begun) }
        };
        let results: Vec<Timed<'_>> = cases.iter().map(timed).collect();
        let coverage = self.coverage || self.threshold.is_some();
        let coverage =
            coverage.then(|| Coverage::of(&set, results.iter().map(|timed| &timed.result)));
        let report = Report { results, coverage, threshold: self.threshold };
        match self.format {
            Format::Text => text::print(out, &report, self.verbose, in_colour())?,
            Format::Json => json::print(out, &report)?,
            Format::Junit => junit::print(out, &report)?,
        }
        if let (Format::Json | Format::Junit, Some(short)) = (self.format, report.falls_short()) {
            let _best_effort = writeln!(io::stderr(), "fieldgate: {short}");
        }
        let good = report.failed() == 0 && report.falls_short().is_none();
        Ok(if good { 0 } else { FAILED })
    }

    /// Those that are to be run.
    fn cases(&self, all: &[Case]) -> io::Result<Vec<Case>> {
        if all.is_empty() {
            return Err(io::Error::other(
                "there is no test: no *_test.yaml beside the policies has a case",
            ));
        }
        let wanted = |case: &&Case| {
            let title = format!("{}: {} as {}", case.file(), case.name(), case.agent().id());
            self.run.as_ref().is_none_or(|text| title.contains(text.as_str()))
        };
        let cases: Vec<Case> = all.iter().filter(wanted).cloned().collect();
        match (cases.is_empty(), &self.run) {
            (true, Some(text)) => {
                let all = all.len();
                Err(io::Error::other(format!("none of {all} tests has `{text}` in its name")))
            }
            (true, None) | (false, _) => Ok(cases),
        }
    }
}

impl Report<'_> {
    fn failed(&self) -> usize {
        self.results.iter().filter(|timed| !timed.result.passed()).count()
    }

    fn passed(&self) -> usize {
        self.results.len().saturating_sub(self.failed())
    }

    /// What is wrong with the coverage.
    fn falls_short(&self) -> Option<String> {
        let (coverage, threshold) = (self.coverage.as_ref()?, self.threshold?);
        let percent = coverage.percent();
        let short = percent < usize::from(threshold);
        short.then(|| {
            format!("{percent} % of the policies decide in some test, fewer than {threshold} %")
        })
    }
}

/// Colour is for people at a terminal who have not declined it.
fn in_colour() -> bool {
    io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}
