//! Reads values out of the file's sections and gathers every problem, each with its key's path and
//! its line, so that all are reported at once.

use std::cell::RefCell;
use std::fmt;

use serde_saphyr::Spanned;

use super::node::{Node, Raw, line};
use crate::org::nearest;

/// One thing that is wrong with a configuration file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The key's path, for example `org.credential.client_id`; empty for the file as a whole.
    pub path: String,
    /// The line, from 1.
    pub line: u64,
    /// What is wrong and what would be right.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            write!(f, "line {}: {}", self.line, self.message)
        } else {
            write!(f, "line {}: `{}`: {}", self.line, self.path, self.message)
        }
    }
}

/// Where problems are gathered.
pub(super) type Problems = RefCell<Vec<Problem>>;

/// A section of the file: its keys, each to be taken once.
pub(super) struct Section<'a> {
    path: String,
    line: u64,
    members: Vec<(Spanned<String>, Node)>,
    known: Vec<&'static str>,
    problems: &'a Problems,
}

impl<'a> Section<'a> {
    /// `node` as a section; one that is empty, or isn't a section (a problem), has no keys.
    pub(super) fn new(path: String, node: Node, problems: &'a Problems) -> Self {
        let at = line(&node);
        let members = match node.value {
            Raw::Map(members) => members,
            Raw::Null => Vec::new(),
            other @ (Raw::Scalar(_) | Raw::Sequence(_)) => {
                let message = format!("expected a section of keys, found {}", other.kind());
                problems.borrow_mut().push(Problem { path: path.clone(), line: at, message });
                Vec::new()
            }
        };
        Self { path, line: at, members, known: Vec::new(), problems }
    }

    /// Its path, and the line that it starts on.
    pub(super) fn place(&self) -> (String, u64) {
        (self.path.clone(), self.line)
    }

    /// A problem of the section as a whole.
    pub(super) fn problem(&self, message: impl Into<String>) {
        self.report(self.path.clone(), self.line, message.into());
    }

    /// The line that it starts on.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// The value of one of its keys as a section.
    pub(super) fn as_section(&self, key: &str, node: Node) -> Self {
        Self::new(self.key_path(key), node, self.problems)
    }

    /// Whether a problem of the section or of one of its keys was reported.
    pub(super) fn found_problem(&self) -> bool {
        let within = format!("{}.", self.path);
        let problems = self.problems.borrow();
        problems.iter().any(|p| p.path == self.path || p.path.starts_with(&within))
    }

    /// A problem of one key.
    pub(super) fn problem_of(&self, key: &str, line: u64, message: impl Into<String>) {
        self.report(self.key_path(key), line, message.into());
    }

    fn report(&self, path: String, line: u64, message: String) {
        self.problems.borrow_mut().push(Problem { path, line, message });
    }

    fn key_path(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// Takes a key's value, whatever it is.
    pub(super) fn take(&mut self, key: &'static str) -> Option<Node> {
        self.known.push(key);
        let at = self.members.iter().position(|(name, _)| name.value == key)?;
        let (_, node) = self.members.remove(at);
        match node.value {
            Raw::Null => None,
            Raw::Scalar(_) | Raw::Sequence(_) | Raw::Map(_) => Some(node),
        }
    }

    /// A single value, read by `parse`, whose error says what would be right. `None` where the key
    /// isn't there or isn't right.
    pub(super) fn value<T>(
        &mut self,
        key: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let node = self.take(key)?;
        let at = line(&node);
        let text = match node.value {
            Raw::Scalar(text) => text,
            other @ (Raw::Null | Raw::Sequence(_) | Raw::Map(_)) => {
                self.problem_of(key, at, format!("expected a value, found {}", other.kind()));
                return None;
            }
        };
        match parse(&text) {
            Ok(value) => Some(value),
            Err(message) => {
                self.problem_of(key, at, message);
                None
            }
        }
    }

    /// A value that has to be there.
    pub(super) fn required<T>(
        &mut self,
        key: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let before = self.problems.borrow().len();
        let value = self.value(key, parse);
        if value.is_none() && self.problems.borrow().len() == before {
            self.problem_of(key, self.line, "is missing");
        }
        value
    }

    /// A list of single values.
    pub(super) fn list<T>(
        &mut self,
        key: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Vec<T> {
        let mut values = Vec::new();
        for (at, node) in self.elements(key).into_iter().enumerate() {
            let line = line(&node);
            let parsed = match node.value {
                Raw::Scalar(text) => parse(&text),
                other @ (Raw::Null | Raw::Sequence(_) | Raw::Map(_)) => {
                    Err(format!("expected a value, found {}", other.kind()))
                }
            };
            match parsed {
                Ok(value) => values.push(value),
                Err(message) => self.problem_of(&format!("{key}[{at}]"), line, message),
            }
        }
        values
    }

    /// A list of sections.
    pub(super) fn sections(&mut self, key: &'static str) -> Vec<Self> {
        let elements = self.elements(key);
        let path = self.key_path(key);
        let sections = elements.into_iter().enumerate();
        sections.map(|(at, node)| Self::new(format!("{path}[{at}]"), node, self.problems)).collect()
    }

    fn elements(&mut self, key: &'static str) -> Vec<Node> {
        let Some(node) = self.take(key) else { return Vec::new() };
        let at = line(&node);
        match node.value {
            Raw::Sequence(elements) => elements,
            other @ (Raw::Null | Raw::Scalar(_) | Raw::Map(_)) => {
                self.problem_of(key, at, format!("expected a list, found {}", other.kind()));
                Vec::new()
            }
        }
    }

    /// A section under a key; empty where the key isn't there.
    pub(super) fn section(&mut self, key: &'static str) -> Self {
        match self.take(key) {
            Some(node) => self.as_section(key, node),
            None => Self {
                path: self.key_path(key),
                line: self.line,
                members: Vec::new(),
                known: Vec::new(),
                problems: self.problems,
            },
        }
    }

    /// Takes all keys that are left, for a section whose keys are names.
    pub(super) fn rest(&mut self) -> Vec<(Spanned<String>, Node)> {
        std::mem::take(&mut self.members)
    }

    /// Whether there is a key left to take.
    pub(super) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Reports the keys that nobody took.
    pub(super) fn finish(self) {
        for (name, _) in &self.members {
            let message = match nearest(&name.value, self.known.iter().copied()) {
                Some(meant) => format!("is not a key here; did you mean `{meant}`?"),
                None => format!("is not a key here; the keys are {}", self.known.join(", ")),
            };
            self.problem_of(&name.value, line(name), message);
        }
    }
}
