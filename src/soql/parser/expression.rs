//! Names, dotted paths, and functions of one field.

use super::{Parser, Result};
use crate::soql::ast::{Argument, Distance, FieldExpr, Function, Ident, Path, Span, Unit};
use crate::soql::error::{ErrorKind, Feature, SoqlError};
use crate::soql::keyword::{Keyword, nearest};
use crate::soql::lexer::shown;
use crate::soql::limits;
use crate::soql::token::TokenKind;

impl Parser<'_> {
    /// `path`, `f(path)` or `f(g(path))`.
    pub(super) fn field_expr(&mut self) -> Result<FieldExpr> {
        if !self.at_call() {
            return Ok(FieldExpr::Path(self.path("a field")?));
        }
        let start = self.span().start;
        let function = self.function()?;
        let argument = if self.at_call() {
            let inner = self.function()?;
            if self.at_call() {
                return Err(self.error(ErrorKind::NestedFunctions));
            }
            let path = self.argument()?;
            Argument::Call(inner, path)
        } else {
            Argument::Path(self.argument()?)
        };
        if matches!(argument, Argument::Call(..)) {
            self.expect(&TokenKind::RightParen, "`)`")?;
        }
        Ok(FieldExpr::Call { function, argument, span: self.since(start) })
    }

    /// As [`Self::field_expr`], or `DISTANCE(…)` where the grammar has it.
    pub(super) fn field_or_distance(&mut self) -> Result<FieldExpr> {
        if self.at_keyword(Keyword::Distance) && self.at_call() {
            self.distance().map(|distance| FieldExpr::Distance(Box::new(distance)))
        } else {
            self.field_expr()
        }
    }

    /// `DISTANCE(path, GEOLOCATION(latitude, longitude), 'mi')`.
    fn distance(&mut self) -> Result<Distance> {
        let start = self.span().start;
        self.advance();
        self.advance();
        let path = self.path("a geolocation or address field")?;
        self.expect(&TokenKind::Comma, "`,`")?;
        self.expect_keyword(Keyword::Geolocation)?;
        self.expect(&TokenKind::LeftParen, "`(`")?;
        let latitude = self.degrees()?;
        self.expect(&TokenKind::Comma, "`,`")?;
        let longitude = self.degrees()?;
        self.expect(&TokenKind::RightParen, "`)`")?;
        self.expect(&TokenKind::Comma, "`,`")?;
        let unit = match self.kind() {
            TokenKind::String(value) => {
                let text = value.text();
                Unit::ALL.into_iter().find(|unit| unit.name().eq_ignore_ascii_case(&text))
            }
            _ => None,
        };
        let Some(unit) = unit else { return Err(self.expected("'mi' or 'km'")) };
        self.advance();
        self.expect(&TokenKind::RightParen, "`)`")?;
        Ok(Distance { path, latitude, longitude, unit, span: self.since(start) })
    }

    /// A number with its sign, as written.
    fn degrees(&mut self) -> Result<Box<str>> {
        let sign = match self.kind() {
            TokenKind::Plus | TokenKind::Minus => self.text(0),
            _ => "",
        };
        if !sign.is_empty() {
            self.advance();
        }
        if *self.kind() != TokenKind::Number {
            return Err(self.expected("a number"));
        }
        let degrees = format!("{sign}{}", self.text(0)).into();
        self.advance();
        Ok(degrees)
    }

    fn at_call(&self) -> bool {
        self.is_word(0) && self.token(1).kind == TokenKind::LeftParen
    }

    /// A function's name and its opening parenthesis.
    fn function(&mut self) -> Result<Function> {
        let name = self.text(0);
        let Some(function) = Function::named(name) else { return Err(self.unknown_function(name)) };
        self.advance();
        self.advance();
        Ok(function)
    }

    /// The path in a function and the closing parenthesis after it.
    fn argument(&mut self) -> Result<Path> {
        if *self.kind() == TokenKind::RightParen {
            return Err(self.error(ErrorKind::MissingArgument));
        }
        let path = self.path("a field")?;
        self.expect(&TokenKind::RightParen, "`)`")?;
        Ok(path)
    }

    fn unknown_function(&self, name: &str) -> SoqlError {
        if self.keyword(2) == Some(Keyword::Select) {
            let kind = ErrorKind::Expected {
                expected: "`,` or FROM",
                found: "`(`".into(),
                hint: Some(format!("write a comma after {}", shown(name)).into()),
            };
            return SoqlError { kind, span: self.token(1).span };
        }
        let feature = match self.keyword(0) {
            Some(Keyword::Fields) => Some(Feature::NestedFields),
            Some(Keyword::Formula) => Some(Feature::Formula),
            Some(Keyword::Distance) => Some(Feature::MisplacedDistance),
            Some(Keyword::Geolocation) => Some(Feature::Geolocation),
            Some(keyword) if keyword.is_reserved() => {
                return self.error(ErrorKind::Reserved(keyword.text()));
            }
            Some(_) | None => None,
        };
        self.error(match feature {
            Some(feature) => ErrorKind::NotSupported(feature),
            None => ErrorKind::UnknownFunction {
                name: shown(name),
                hint: nearest(name, Function::ALL.iter().map(|(name, _)| *name)).map(did_you_mean),
            },
        })
    }

    /// A dotted path; `what` says what it names.
    pub(super) fn path(&mut self, what: &'static str) -> Result<Path> {
        if let Some(keyword) = self.keyword(0).filter(|k| k.is_reserved()) {
            // `SELECT Id, FROM` and `WHERE` at the end miss a name rather than misuse a word.
            let clause = matches!(keyword, Keyword::From | Keyword::Where | Keyword::Select);
            return Err(if clause {
                self.expected(what)
            } else {
                self.error(ErrorKind::Reserved(keyword.text()))
            });
        }
        if !self.is_word(0) {
            return Err(self.expected(what));
        }
        let (text, span) = (self.text(0), self.span());
        let path = split(text, span).ok_or_else(|| self.error(ErrorKind::Name(shown(text))))?;
        // One more than relationships: the first may be an alias or the object itself.
        if path.qualifiers.len() > limits::RELATIONSHIPS.saturating_add(1) {
            return Err(self.error(ErrorKind::PathTooDeep(shown(text))));
        }
        self.long_path |= path.qualifiers.len() > limits::RELATIONSHIPS;
        self.advance();
        Ok(path)
    }

    /// A name without dots; `what` says what it names.
    pub(super) fn ident(&mut self, what: &'static str) -> Result<Ident> {
        let (text, span) = (self.text(0), self.span());
        let path = self.path(what)?;
        if path.qualifiers.is_empty() {
            Ok(path.last)
        } else {
            Err(SoqlError { kind: ErrorKind::Name(shown(text)), span })
        }
    }

    /// The word here as an alias, if it can be nothing else.
    pub(super) fn alias(&mut self) -> Result<Option<Ident>> {
        match self.kind() {
            TokenKind::Name => {}
            TokenKind::Keyword(keyword) if keyword.may_be_alias() => {}
            _ => return Ok(None),
        }
        let (text, span) = (self.text(0), self.span());
        let alias =
            Ident::new(text, span).ok_or_else(|| self.error(ErrorKind::Name(shown(text))))?;
        self.advance();
        Ok(Some(alias))
    }
}

/// The identifiers of a dotted path; `None` if one of them isn't any.
fn split(text: &str, span: Span) -> Option<Path> {
    let Some((before, last)) = text.rsplit_once('.') else {
        return Some(Path { qualifiers: Vec::new(), last: Ident::new(text, span)? });
    };
    let mut start = span.start;
    let mut qualifiers = Vec::with_capacity(1);
    for segment in before.split('.') {
        let end = start.saturating_add(segment.len());
        qualifiers.push(Ident::new(segment, Span { start, end })?);
        start = end.saturating_add(1);
    }
    Some(Path { qualifiers, last: Ident::new(last, Span { start, end: span.end })? })
}

/// The hint for a typing error.
pub(super) fn did_you_mean(word: &str) -> Box<str> {
    format!("did you mean {word}?").into()
}
