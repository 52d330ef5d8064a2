//! Text to tokens, in one pass, by the rules of Salesforce's published grammar.
//!
//! Where that lexer drops what it doesn't know (brackets, a byte order mark, NUL) this one
//! refuses: what is dropped by one reader may be seen by another.

mod string;
mod temporal;

use super::ast::Span;
use super::error::{ErrorKind, SoqlError};
use super::keyword::Keyword;
use super::limits;
use super::token::{Token, TokenKind};

/// Longest piece of the source that a message repeats, in bytes.
const SHOWN_BYTES: usize = 60;

/// What a token and the space before it take in a usual query, in bytes.
const BYTES_A_TOKEN: usize = 6;

/// Reads all tokens of a text; the last one is [`TokenKind::End`].
pub(super) fn lex(source: &str) -> Result<Vec<Token>, SoqlError> {
    lex_from(source, 0)
}

/// Reads the tokens of a text from the byte `at` on.
pub(super) fn lex_from(source: &str, at: usize) -> Result<Vec<Token>, SoqlError> {
    let mut lexer = Lexer { source, at };
    if source.len() > limits::TEXT_CHARS && source.chars().nth(limits::TEXT_CHARS).is_some() {
        return Err(lexer.error(ErrorKind::TextTooLong));
    }
    let mut tokens = Vec::with_capacity(source.len().div_euclid(BYTES_A_TOKEN));
    loop {
        lexer.skip_white_space();
        let start = lexer.at;
        let kind = lexer.token()?;
        let last = kind == TokenKind::End;
        tokens.push(Token { kind, span: Span { start, end: lexer.at } });
        if last {
            return Ok(tokens);
        }
    }
}

/// A place in the source, always on a character's boundary.
struct Lexer<'a> {
    source: &'a str,
    at: usize,
}

impl<'a> Lexer<'a> {
    fn token(&mut self) -> Result<TokenKind, SoqlError> {
        let Some(c) = self.peek() else { return Ok(TokenKind::End) };
        if c.is_ascii_alphabetic() {
            return self.word();
        }
        if c.is_ascii_digit() || (c == '.' && self.byte(1).is_some_and(|b| b.is_ascii_digit())) {
            return self.number_or_time();
        }
        if c == '\'' {
            return self.string();
        }
        for comment in ["$", "//", "/*", "--"] {
            if self.rest().starts_with(comment) {
                return Err(self.error(ErrorKind::Comment(comment)));
            }
        }
        let (kind, length) = match (c, self.byte(1)) {
            ('(', _) => (TokenKind::LeftParen, 1),
            (')', _) => (TokenKind::RightParen, 1),
            (',', _) => (TokenKind::Comma, 1),
            (':', _) => (TokenKind::Colon, 1),
            ('+', _) => (TokenKind::Plus, 1),
            ('-', _) => (TokenKind::Minus, 1),
            ('=', _) => (TokenKind::Eq, 1),
            ('!', Some(b'=')) | ('<', Some(b'>')) => (TokenKind::NotEq, 2),
            ('<', Some(b'=')) => (TokenKind::LtEq, 2),
            ('>', Some(b'=')) => (TokenKind::GtEq, 2),
            ('<', _) => (TokenKind::Lt, 1),
            ('>', _) => (TokenKind::Gt, 1),
            _ => return Err(self.error(ErrorKind::Character(c))),
        };
        self.advance(length);
        Ok(kind)
    }

    /// A keyword, a name, or a dotted path; what its parts are worth is the parser's question.
    fn word(&mut self) -> Result<TokenKind, SoqlError> {
        let start = self.at;
        self.skip_while(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'.');
        if let Some(c) = self.peek().filter(|c| !c.is_ascii()) {
            return Err(self.error(ErrorKind::Character(c)));
        }
        let text = self.since(start);
        Ok(Keyword::named(text).map_or(TokenKind::Name, TokenKind::Keyword))
    }

    fn number(&mut self) -> Result<TokenKind, SoqlError> {
        let start = self.at;
        self.skip_while(|b| b.is_ascii_digit());
        if self.byte(0) == Some(b'.') {
            self.advance(1);
            let point = self.at;
            self.skip_while(|b| b.is_ascii_digit());
            if self.at == point {
                return Err(self.error_since(start, ErrorKind::Number));
            }
        }
        // `5OFFSET` is two tokens to Salesforce and a typing error to everyone else.
        let runs_on = self.byte(0).is_some_and(|b| b.is_ascii_alphanumeric() || b"_.".contains(&b));
        if runs_on || self.at.saturating_sub(start) >= limits::NUMBER_BYTES {
            self.skip_while(|b| b.is_ascii_alphanumeric() || b"_.".contains(&b));
            return Err(self.error_since(start, ErrorKind::Number));
        }
        Ok(TokenKind::Number)
    }

    fn skip_white_space(&mut self) {
        self.skip_while(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n'));
    }

    /// Skips ASCII bytes that `keep` accepts.
    fn skip_while(&mut self, keep: impl Fn(u8) -> bool) {
        let length = self.rest().bytes().take_while(|b| b.is_ascii() && keep(*b)).count();
        self.advance(length);
    }

    fn rest(&self) -> &'a str {
        self.source.get(self.at..).unwrap_or("")
    }

    fn since(&self, start: usize) -> &'a str {
        self.source.get(start..self.at).unwrap_or("")
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn byte(&self, ahead: usize) -> Option<u8> {
        self.source.as_bytes().get(self.at.saturating_add(ahead)).copied()
    }

    fn advance(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes);
    }

    /// An error at the character that comes next.
    fn error(&self, kind: ErrorKind) -> SoqlError {
        let length = self.peek().map_or(0, char::len_utf8);
        SoqlError { kind, span: Span { start: self.at, end: self.at.saturating_add(length) } }
    }

    /// An error about everything since `start`, shown in the message.
    fn error_since(&self, start: usize, kind: impl FnOnce(Box<str>) -> ErrorKind) -> SoqlError {
        let text = shown(self.since(start));
        SoqlError { kind: kind(text), span: Span { start, end: self.at } }
    }
}

/// A piece of the source as a message repeats it: bounded, and without control characters.
pub(crate) fn shown(text: &str) -> Box<str> {
    let mut shown = String::new();
    for c in text.chars() {
        if shown.len() > SHOWN_BYTES {
            shown.push('…');
            break;
        }
        if c.is_control() {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown.into()
}
