//! What is wrong with a policy set, with its place.

use std::fmt;

/// One thing that is wrong with a policy set.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file's name within the policy directory; the directory itself where no file is at fault.
    pub file: String,
    /// Line and column in characters, both from 1, where there is a place in the file.
    pub position: Option<(usize, usize)>,
    /// What is wrong, and what would be right.
    pub message: String,
}

impl Problem {
    /// A problem with a whole file.
    pub(super) fn of_file(file: &str, message: impl Into<String>) -> Self {
        Self { file: file.to_owned(), position: None, message: message.into() }
    }

    /// A problem at a byte of a file.
    pub(super) fn at(file: &str, text: &str, offset: usize, message: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            position: Some(position(text, offset)),
            message: message.into(),
        }
    }
}

fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count().saturating_add(1);
    let last = before.rsplit('\n').next().unwrap_or_default();
    (line, last.chars().count().saturating_add(1))
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.position {
            Some((line, column)) => {
                write!(f, "{}:{line}:{column}: {}", self.file, self.message)
            }
            None => write!(f, "{}: {}", self.file, self.message),
        }
    }
}

/// A policy set that can't be used: everything that is wrong with it, in the order of the files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadError {
    problems: Vec<Problem>,
}

impl LoadError {
    pub(super) fn new(mut problems: Vec<Problem>) -> Self {
        problems.sort();
        problems.dedup();
        Self { problems }
    }

    /// One thing that is wrong with a file or a folder.
    pub fn of(place: &str, message: impl Into<String>) -> Self {
        Problem::of_file(place, message).into()
    }

    /// Everything that is wrong, sorted, each once.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl From<Problem> for LoadError {
    fn from(problem: Problem) -> Self {
        Self { problems: vec![problem] }
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, problem) in self.problems.iter().enumerate() {
            if nth > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for LoadError {}
