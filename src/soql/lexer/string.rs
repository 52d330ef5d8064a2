//! String literals: what stands between single quotes, with its escapes read.

use super::Lexer;
use crate::soql::ast::{Span, StringLiteral, StringPart};
use crate::soql::error::{ErrorKind, SoqlError};
use crate::soql::limits;
use crate::soql::token::TokenKind;

/// A string in the making.
#[derive(Default)]
struct Value {
    parts: Vec<StringPart>,
    text: String,
    chars: usize,
}

impl Value {
    fn push(&mut self, c: char) {
        self.text.push(c);
    }

    fn push_part(&mut self, part: StringPart) {
        self.flush();
        self.parts.push(part);
    }

    fn flush(&mut self) {
        if !self.text.is_empty() {
            if self.parts.is_empty() {
                self.parts.reserve_exact(1);
            }
            self.parts.push(StringPart::Text(std::mem::take(&mut self.text).into()));
        }
    }
}

impl Lexer<'_> {
    /// Reads a string from its opening quote on.
    pub(super) fn string(&mut self) -> Result<TokenKind, SoqlError> {
        let start = self.at;
        self.advance(1);
        let mut value = Value::default();
        while let Some(c) = self.peek() {
            match c {
                '\'' => {
                    self.advance(1);
                    value.flush();
                    return Ok(TokenKind::String(StringLiteral { parts: value.parts }));
                }
                '\\' => self.escape(&mut value)?,
                _ if c.is_control() && c != '\t' => {
                    return Err(self.error(ErrorKind::StringCharacter(c)));
                }
                _ => {
                    let room = limits::STRING_CHARS.saturating_sub(value.chars);
                    let plain = self.plain(room).max(c.len_utf8());
                    value.text.push_str(self.rest().get(..plain).unwrap_or_default());
                    value.chars = value.chars.saturating_add(plain.saturating_sub(c.len_utf8()));
                    self.advance(plain);
                }
            }
            value.chars = value.chars.saturating_add(1);
            if value.chars > limits::STRING_CHARS {
                return Err(SoqlError {
                    kind: ErrorKind::StringTooLong,
                    span: Span { start, end: self.at },
                });
            }
        }
        let span = Span { start, end: start.saturating_add(1) };
        Err(SoqlError { kind: ErrorKind::UnterminatedString, span })
    }

    /// How many characters from here on are of one byte and stand for themselves, up to `most`.
    fn plain(&self, most: usize) -> usize {
        let plain = |b: &u8| matches!(b, b' '..=b'~') && !matches!(b, b'\'' | b'\\');
        self.rest().bytes().take(most).take_while(plain).count()
    }

    /// Reads one escape from its backslash on.
    fn escape(&mut self, value: &mut Value) -> Result<(), SoqlError> {
        let start = self.at;
        self.advance(1);
        let c = self.peek();
        self.advance(c.map_or(0, char::len_utf8));
        match c.map(|c| c.to_ascii_lowercase()) {
            Some(c @ ('\'' | '"' | '\\')) => value.push(c),
            Some('b') => value.push('\u{8}'),
            Some('n') => value.push('\n'),
            Some('r') => value.push('\r'),
            Some('t') => value.push('\t'),
            Some('%') => value.push_part(StringPart::EscapedPercent),
            Some('_') => value.push_part(StringPart::EscapedUnderscore),
            Some('u') => value.push(self.unicode().ok_or_else(|| self.bad_escape(start))?),
            _ => return Err(self.bad_escape(start)),
        }
        Ok(())
    }

    /// The character of `\uXXXX`, or of two that are a pair of surrogates.
    fn unicode(&mut self) -> Option<char> {
        let first = self.four_digits()?;
        let mut units = vec![first];
        let escaped = self.byte(0) == Some(b'\\') && matches!(self.byte(1), Some(b'u' | b'U'));
        if (0xD800..0xDC00).contains(&first) && escaped {
            self.advance(2);
            units.push(self.four_digits()?);
        }
        let mut decoded = char::decode_utf16(units);
        match (decoded.next(), decoded.next()) {
            (Some(Ok(c)), None) => Some(c),
            _ => None,
        }
    }

    fn four_digits(&mut self) -> Option<u16> {
        let digits = self.rest().get(..4).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))?;
        self.advance(4);
        u16::from_str_radix(digits, 16).ok()
    }

    fn bad_escape(&self, start: usize) -> SoqlError {
        SoqlError { kind: ErrorKind::Escape, span: Span { start, end: self.at } }
    }
}
