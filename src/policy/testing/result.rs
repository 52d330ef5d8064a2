//! What came of a case.

use std::fmt;

use super::case::Case;
use crate::policy::{Problem, Ruling};

/// What came of a case.
#[derive(Debug)]
pub struct CaseResult<'c> {
    /// The case.
    pub case: &'c Case,
    /// What doesn't hold of what it expects; nothing where it passed.
    pub failures: Vec<Failure>,
    /// What was said of every access of the call, and of what would be seen masked.
    pub rulings: Vec<Ruling>,
    /// The ids of the policies that decided on the call, sorted: those that permit it, or those that
    /// forbid it.
    pub decided_by: Vec<String>,
    /// What the agent would read, where the call is denied.
    pub denial: Option<String>,
}

/// Something that a case expects and that is not so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// An access or a policy; `None` where it is the call.
    pub about: Option<String>,
    /// What it must be.
    pub expected: String,
    /// What it is.
    pub got: String,
}

impl Failure {
    pub(super) fn new(about: String, expected: &str, got: String) -> Self {
        Self { about: Some(about), expected: expected.to_owned(), got }
    }

    pub(super) fn of_call(expected: &str, got: String) -> Self {
        Self { about: None, expected: expected.to_owned(), got }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(about) = &self.about {
            write!(f, "{about} ")?;
        }
        write!(f, "must be {}, and is {}", self.expected, self.got)
    }
}

impl CaseResult<'_> {
    /// Whether all is as the case expects.
    pub fn passed(&self) -> bool {
        self.failures.is_empty()
    }

    /// What failed, as problems of the file that the case is from.
    pub(super) fn problems(&self) -> impl Iterator<Item = Problem> {
        self.failures.iter().map(|failure| {
            let (case, agent) = (self.case, self.case.agent().id());
            let message = format!("`{}` as {agent}: {failure}", case.name());
            Problem { position: Some(case.position()), ..Problem::of_file(case.file(), message) }
        })
    }
}
