//! Shows an error in its source: position, the line, and a caret.

use std::fmt;

use super::SoqlError;
use crate::soql::ast::Span;

/// Characters of the line that are shown on each side of the error.
const EXCERPT_CHARS: usize = 40;
/// Carets at most.
const CARETS: usize = 20;

/// A place in a text as people count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Bytes before it.
    pub offset: usize,
    /// Line, from 1; only a line feed ends one.
    pub line: usize,
    /// Character of the line, from 1.
    pub column: usize,
}

impl SoqlError {
    /// Where the error starts in `source`, the text that was parsed.
    pub fn position(&self, source: &str) -> Position {
        Position::of(self.span, source)
    }

    /// Message, position and an excerpt of `source`: see [`render`].
    pub fn render(&self, source: &str) -> String {
        render(&self.kind, self.span, source)
    }
}

impl Position {
    /// Where a node of `source` starts.
    pub fn of(span: Span, source: &str) -> Self {
        let before = source.get(..span.start).unwrap_or(source);
        let line_start = before.rfind('\n').map_or(0, |at| at.saturating_add(1));
        Self {
            offset: before.len(),
            line: before.bytes().filter(|b| *b == b'\n').count().saturating_add(1),
            column: before.get(line_start..).unwrap_or("").chars().count().saturating_add(1),
        }
    }
}

/// A message about a place in `source`, its position, and an excerpt of bounded length with a caret
/// under the place: three lines, no line feed at the end, control characters shown as `·`.
pub fn render(message: &dyn fmt::Display, span: Span, source: &str) -> String {
    let position = Position::of(span, source);
    let (before, rest) = source.split_at_checked(position.offset).unwrap_or((source, ""));
    let before = before.rsplit('\n').next().unwrap_or("");
    let rest = rest.split('\n').next().unwrap_or("");
    let skipped = before.chars().count().saturating_sub(EXCERPT_CHARS);
    let left: String = before.chars().skip(skipped).map(visible).collect();
    let right: String = rest.chars().take(EXCERPT_CHARS).map(visible).collect();
    let marked = source.get(span.start..span.end).unwrap_or("");
    let carets = marked.chars().take(CARETS).take_while(|c| *c != '\n').count().max(1);
    format!(
        "{message} (line {}, column {})\n  {}{left}{right}{}\n  {}{}",
        position.line,
        position.column,
        if skipped > 0 { "…" } else { "" },
        if rest.chars().nth(EXCERPT_CHARS).is_some() { "…" } else { "" },
        " ".repeat(left.chars().count().saturating_add(usize::from(skipped > 0))),
        "^".repeat(carets),
    )
}

/// A character that takes one cell and does nothing else to a terminal.
fn visible(c: char) -> char {
    if c.is_ascii_graphic() || c == ' ' || (c.is_alphanumeric() && !c.is_ascii()) {
        c
    } else {
        '·'
    }
}
