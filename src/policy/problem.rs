//! What is wrong with a policy set, with its place.

use std::fmt;

/// One thing that is wrong with a policy set.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file's path; the directory where no file is at fault.
    pub file: String,
    /// Line and column in characters, both from 1, where there is a place in the file.
    pub position: Option<(usize, usize)>,
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub hint: Option<String>,
    /// The line that it stands on.
    pub excerpt: Option<Excerpt>,
}

/// The line of a file that a problem is on, as far as it is good to show.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Excerpt {
    /// The text; what lies far from the problem is cut off, and tabs are spaces.
    pub text: String,
    /// The characters of the text before the problem.
    pub before: usize,
    /// The characters that are at fault; at least one.
    pub width: usize,
}

/// A part of a file: a byte to start from, and how many follow.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) start: usize,
    pub(super) length: usize,
}

impl Span {
    /// A single place.
    pub(super) fn at(start: usize) -> Self {
        Self { start, length: 0 }
    }
}

/// The most characters of a line that are shown before a problem, and altogether.
const SHOWN_BEFORE: usize = 100;
const SHOWN: usize = 140;

impl Problem {
    /// A problem with a whole file.
    pub(super) fn of_file(file: &str, message: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            position: None,
            message: message.into(),
            hint: None,
            excerpt: None,
        }
    }

    /// A problem at a part of a file.
    pub(super) fn at(file: &str, text: &str, span: Span, message: impl Into<String>) -> Self {
        let (line, column) = position(text, span.start);
        Self {
            position: Some((line, column)),
            excerpt: Some(Excerpt::of(text, line, column, span)),
            ..Self::of_file(file, message)
        }
    }

    /// The same problem, with what would be right.
    #[must_use]
    pub(super) fn with_hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint;
        self
    }
}

/// Line and column of a byte, both from 1.
pub(super) fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count().saturating_add(1);
    let last = before.rsplit('\n').next().unwrap_or_default();
    (line, last.chars().count().saturating_add(1))
}

impl Excerpt {
    fn of(text: &str, line: usize, column: usize, span: Span) -> Self {
        let line = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
        let before = column.saturating_sub(1);
        let cut = before.saturating_sub(SHOWN_BEFORE);
        let rest = line.chars().count().saturating_sub(before);
        let end = span.start.saturating_add(span.length);
        let width = text.get(span.start..end).map_or(0, |part| part.chars().count());
        let shown = |c: char| if c.is_control() { ' ' } else { c };
        Self {
            text: line.chars().skip(cut).take(SHOWN).map(shown).collect(),
            before: before.saturating_sub(cut),
            width: width.min(rest).min(SHOWN.saturating_sub(SHOWN_BEFORE)).max(1),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.file)?;
        if let Some((line, column)) = self.position {
            write!(f, "{line}:{column}:")?;
        }
        write!(f, " {}", self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "; {hint}"),
            None => Ok(()),
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
