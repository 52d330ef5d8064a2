//! What stands between the braces: words, phrases, wildcards, operators and parentheses.
//!
//! The reserved characters and how they are escaped: SOQL and SOSL Reference, "FIND
//! {SearchQuery}". Where that says that a reserved character must be escaped, one that isn't is an
//! error here, so that nothing is read as text that Salesforce reads as something else.

use super::ast::{Operand, Operator, Piece, Term, Word};
use super::error::{ErrorKind, SoslError};
use super::limits;
use crate::soql::ast::Span;

type Result<T> = std::result::Result<T, SoslError>;

/// Whether a character stands for itself only after a backslash.
pub(super) fn is_reserved(c: char) -> bool {
    matches!(
        c,
        '&' | '|'
            | '!'
            | '('
            | ')'
            | '{'
            | '}'
            | '['
            | ']'
            | '^'
            | '"'
            | '~'
            | '*'
            | '?'
            | ':'
            | '\\'
            | '\''
            | '+'
            | '-'
    )
}

/// Reads a term from its opening brace at the byte `start` on; returns it with the byte after its
/// closing brace.
pub(super) fn parse(source: &str, start: usize) -> Result<(Term, usize)> {
    let mut reader = Reader { source, start, at: start.saturating_add(1), depth: 0 };
    let term = reader.term()?;
    match reader.peek() {
        Some('}') => reader.advance('}'),
        Some(')') => return Err(reader.error(ErrorKind::Unopened)),
        Some(_) | None => return Err(reader.unterminated()),
    }
    let span = Span { start, end: reader.at };
    // Nothing grows more than twofold: a character gets a backslash.
    let may_be_too_long = reader.at.saturating_sub(start) > limits::TERM_CHARS.div_euclid(2);
    if may_be_too_long && term.to_string().chars().nth(limits::TERM_CHARS).is_some() {
        return Err(SoslError { kind: ErrorKind::TermTooLong, span });
    }
    Ok((term, reader.at))
}

/// A place in a term, always on a character's boundary.
struct Reader<'a> {
    source: &'a str,
    /// The opening brace.
    start: usize,
    at: usize,
    depth: usize,
}

/// What can stand in a term next to an operand.
enum Item {
    Operand(Operand),
    And,
    Or,
    Not,
    /// `)`, `}` or the end of the text, none of them taken.
    End,
}

impl Reader<'_> {
    /// Operands and the operators between them, up to a `)`, the `}` or the end of the text.
    fn term(&mut self) -> Result<Term> {
        let first = match self.item()? {
            (Item::Operand(operand), _) => operand,
            (Item::And, span) => return Err(operator("AND", span)),
            (Item::Or, span) => return Err(operator("OR", span)),
            (Item::Not, span) => return Err(SoslError { kind: ErrorKind::BareNot, span }),
            (Item::End, _) if self.peek().is_none() => return Err(self.unterminated()),
            (Item::End, span) => return Err(SoslError { kind: ErrorKind::Empty, span }),
        };
        let mut rest = Vec::new();
        loop {
            let (item, span) = self.item()?;
            let (name, joined) = match item {
                Item::Operand(operand) => {
                    rest.push((Operator::Next, operand));
                    continue;
                }
                Item::And => ("AND", Operator::And),
                Item::Or => ("OR", Operator::Or),
                Item::Not => return Err(SoslError { kind: ErrorKind::BareNot, span }),
                Item::End => return Ok(Term { first, rest }),
            };
            rest.push(match (joined, self.item()?) {
                (joined, (Item::Operand(operand), _)) => (joined, operand),
                (Operator::And, (Item::Not, span)) => match self.item()? {
                    (Item::Operand(operand), _) => (Operator::AndNot, operand),
                    (Item::And | Item::Or | Item::Not | Item::End, _) => {
                        return Err(operator("AND NOT", span));
                    }
                },
                (_, (Item::Not, span)) => {
                    return Err(SoslError { kind: ErrorKind::BareNot, span });
                }
                (_, (Item::And | Item::Or | Item::End, _)) => return Err(operator(name, span)),
            });
        }
    }

    fn item(&mut self) -> Result<(Item, Span)> {
        self.skip_white_space();
        let start = self.at;
        let item = match self.peek() {
            None | Some(')' | '}') => Item::End,
            Some('(') => Item::Operand(self.group()?),
            Some('"') => Item::Operand(self.phrase()?),
            Some(_) => {
                let word = self.word()?;
                let is = |text: &str| match word.pieces.as_slice() {
                    [Piece::Text(word)] => word.eq_ignore_ascii_case(text),
                    _ => false,
                };
                if is("AND") {
                    Item::And
                } else if is("OR") {
                    Item::Or
                } else if is("NOT") {
                    Item::Not
                } else {
                    Item::Operand(Operand::Word(word))
                }
            }
        };
        Ok((item, Span { start, end: self.at }))
    }

    /// `( term )`.
    fn group(&mut self) -> Result<Operand> {
        let open = Span { start: self.at, end: self.at.saturating_add(1) };
        if self.depth >= limits::DEPTH {
            return Err(SoslError { kind: ErrorKind::TooDeep, span: open });
        }
        self.depth = self.depth.saturating_add(1);
        self.advance('(');
        let term = self.term()?;
        if self.peek() != Some(')') {
            return Err(SoslError { kind: ErrorKind::Unclosed, span: open });
        }
        self.advance(')');
        self.depth = self.depth.saturating_sub(1);
        Ok(Operand::Group(Box::new(term)))
    }

    /// `"words"`.
    fn phrase(&mut self) -> Result<Operand> {
        let start = self.at;
        self.advance('"');
        let mut words = Vec::new();
        loop {
            self.skip_white_space();
            match self.peek() {
                None => {
                    let span = Span { start, end: start.saturating_add(1) };
                    return Err(SoslError { kind: ErrorKind::UnterminatedPhrase, span });
                }
                Some('"') => break,
                Some(c @ ('(' | ')' | '}')) => return Err(self.error(ErrorKind::Reserved(c))),
                Some(_) => words.push(self.word()?),
            }
        }
        self.advance('"');
        if words.is_empty() {
            let span = Span { start, end: self.at };
            return Err(SoslError { kind: ErrorKind::EmptyPhrase, span });
        }
        Ok(Operand::Phrase(words))
    }

    /// A word up to white space, a quote, a parenthesis or the closing brace.
    fn word(&mut self) -> Result<Word> {
        let mut pieces = Vec::new();
        let mut text = String::new();
        while let Some(c) = self.peek() {
            let wildcard = match c {
                '"' | '(' | ')' | '}' => break,
                _ if is_space(c) => break,
                '*' => Some(Piece::Any),
                '?' => Some(Piece::One),
                '\\' => {
                    text.push(self.escape()?);
                    continue;
                }
                _ if is_reserved(c) => return Err(self.error(ErrorKind::Reserved(c))),
                _ if c.is_control() || c == '\u{feff}' => {
                    return Err(self.error(ErrorKind::Character(c)));
                }
                _ => {
                    text.push(c);
                    None
                }
            };
            self.advance(c);
            if let Some(wildcard) = wildcard {
                flush(&mut text, &mut pieces);
                pieces.push(wildcard);
            }
        }
        flush(&mut text, &mut pieces);
        Ok(Word { pieces })
    }

    /// A backslash and the reserved character after it.
    fn escape(&mut self) -> Result<char> {
        let start = self.at;
        self.advance('\\');
        let found = self.peek();
        if let Some(c) = found {
            self.advance(c);
        }
        let span = Span { start, end: self.at };
        found.filter(|c| is_reserved(*c)).ok_or(SoslError { kind: ErrorKind::Escape, span })
    }

    fn skip_white_space(&mut self) {
        while let Some(c) = self.peek().filter(|c| is_space(*c)) {
            self.advance(c);
        }
    }

    fn peek(&self) -> Option<char> {
        self.source.get(self.at..).and_then(|rest| rest.chars().next())
    }

    fn advance(&mut self, c: char) {
        self.at = self.at.saturating_add(c.len_utf8());
    }

    /// An error at the character here.
    fn error(&self, kind: ErrorKind) -> SoslError {
        let length = self.peek().map_or(0, char::len_utf8);
        SoslError { kind, span: Span { start: self.at, end: self.at.saturating_add(length) } }
    }

    fn unterminated(&self) -> SoslError {
        let span = Span { start: self.start, end: self.start.saturating_add(1) };
        SoslError { kind: ErrorKind::UnterminatedTerm, span }
    }
}

/// White space of any alphabet, without the control characters that only look like it.
fn is_space(c: char) -> bool {
    c.is_whitespace() && (!c.is_control() || matches!(c, '\t' | '\r' | '\n'))
}

fn flush(text: &mut String, pieces: &mut Vec<Piece>) {
    if !text.is_empty() {
        pieces.push(Piece::Text(std::mem::take(text).into()));
    }
}

fn operator(name: &'static str, span: Span) -> SoslError {
    SoslError { kind: ErrorKind::Operator(name), span }
}
