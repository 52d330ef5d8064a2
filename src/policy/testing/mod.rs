//! Tests of policies: calls with what is to become of them, in `*_test.yaml` files beside the
//! policies.
//!
//! `fieldgate policy test` runs all of them. What they say must be denied is asked at each start and
//! before a changed set takes effect, too; a set that permits it isn't loaded. A test asks as the gate
//! does, but of a call as it is written: what a server adds (a bound on rows, fields that are left
//! out instead of refusing the call) is not in it, and what Salesforce would answer is what `answers` says.

mod case;
mod claim;
mod coverage;
mod format;
mod result;

pub use case::{Case, Expect};
pub use coverage::Coverage;
pub use result::{CaseResult, Failure};

use super::check::aside;
use super::decide::Offers;
use super::problem::LoadError;
use super::snapshot::Against;
use super::source::{File, Source, TESTS};
use super::{PolicySet, Problem};

/// The cases of the `*_test.yaml` files that lie in the source's directories, and of those that it
/// names; in the order of the files.
///
/// # Errors
/// With all that is wrong with the files.
pub fn cases_of(source: impl Into<Source>) -> Result<Vec<Case>, LoadError> {
    read(&source.into().tests()?)
}

/// The cases of files that are in memory: names and contents. Those that are no tests are left out.
///
/// # Errors
/// With all that is wrong with them.
pub fn cases_in<'a>(
    texts: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<Vec<Case>, LoadError> {
    let tests = texts.into_iter().filter(|(name, _)| name.ends_with(TESTS));
    let files: Vec<File> = tests.map(|(name, text)| File::named(name, text)).collect();
    read(&files)
}

/// Asks the set about each case. A case without a time, a zone or an environment takes those of
/// `against`.
pub fn run<'c>(
    set: &PolicySet,
    against: &Against<'_>,
    cases: impl IntoIterator<Item = &'c Case>,
) -> Vec<CaseResult<'c>> {
    cases.into_iter().map(|case| run_one(set, against, case)).collect()
}

/// As [`run`], a single case.
pub fn run_one<'c>(set: &PolicySet, against: &Against<'_>, case: &'c Case) -> CaseResult<'c> {
    case.run(set, against, Offers::Made)
}

pub(super) fn read(files: &[File]) -> Result<Vec<Case>, LoadError> {
    let (mut cases, mut problems) = (Vec::new(), Vec::new());
    for file in files {
        match format::cases(file) {
            Ok(read) => cases.extend(read),
            Err(error) => problems.extend_from_slice(error.problems()),
        }
    }
    if problems.is_empty() { Ok(cases) } else { Err(LoadError::new(problems)) }
}

/// What keeps a set out: of all that the cases say must be denied, what it permits. Half of them are
/// asked about on a thread of their own.
///
/// # Errors
/// When that thread can't be had.
pub(super) fn permitted(
    place: &str,
    set: &PolicySet,
    against: &Against<'_>,
    cases: &[Case],
) -> Result<Vec<Problem>, LoadError> {
    let guards: Vec<Case> = cases.iter().filter_map(Case::guard).collect();
    if guards.is_empty() {
        return Ok(Vec::new());
    }
    let (half, rest) = guards.split_at(guards.len() / 2);
    let ask = |guards: &[Case]| -> Vec<Problem> {
        let results = guards.iter().map(|guard| guard.run(set, against, Offers::Left));
        results.flat_map(|result| result.problems().collect::<Vec<_>>()).collect()
    };
    let (rest, mut problems) = aside(place, || Ok(ask(rest)), || ask(half));
    problems.extend(rest?);
    Ok(problems)
}

#[cfg(test)]
mod tests;
