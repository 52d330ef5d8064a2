//! The right side of a comparison.

use super::expression::did_you_mean;
use super::{Parser, Result};
use crate::soql::ast::{DateRange, Literal, StringLiteral};
use crate::soql::error::{ErrorKind, Feature};
use crate::soql::keyword::{COUNTED_DATE_RANGES, DATE_RANGES, Keyword, date_range, nearest};
use crate::soql::lexer::shown;
use crate::soql::limits;
use crate::soql::token::TokenKind;

impl Parser<'_> {
    pub(super) fn literal(&mut self) -> Result<Literal> {
        let text = self.text(0);
        let literal = match self.kind() {
            TokenKind::String(_) => return self.string().map(Literal::String),
            TokenKind::Number => Literal::Number(text.into()),
            TokenKind::Date => Literal::Date(text.into()),
            TokenKind::DateTime => Literal::DateTime(text.into()),
            TokenKind::Time => Literal::Time(text.into()),
            TokenKind::Keyword(Keyword::Null) => Literal::Null,
            TokenKind::Keyword(Keyword::True) => Literal::Boolean(true),
            TokenKind::Keyword(Keyword::False) => Literal::Boolean(false),
            TokenKind::Plus | TokenKind::Minus => return self.signed(),
            TokenKind::Name => return self.named_literal(text),
            TokenKind::Colon => {
                return Err(self.error(ErrorKind::NotSupported(Feature::BindVariable)));
            }
            TokenKind::Keyword(keyword) if !keyword.is_reserved() => {
                return Err(self.error(ErrorKind::NotALiteral { found: shown(text), hint: None }));
            }
            _ => return Err(self.expected("a value")),
        };
        self.advance();
        Ok(literal)
    }

    pub(super) fn string(&mut self) -> Result<StringLiteral> {
        let token = self.tokens.get_mut(self.at).map(|token| &mut token.kind);
        let Some(TokenKind::String(value)) = token else {
            return Err(self.expected("a string in single quotes"));
        };
        let value = std::mem::take(value);
        self.advance();
        Ok(value)
    }

    /// A sign and the number or amount of money after it.
    fn signed(&mut self) -> Result<Literal> {
        let sign = self.text(0);
        self.advance();
        let text = self.text(0);
        let literal = match self.kind() {
            TokenKind::Number => Literal::Number(format!("{sign}{text}").into()),
            TokenKind::Name => match currency(text) {
                Some((code, amount)) => Literal::Currency {
                    code: code.into(),
                    amount: format!("{sign}{amount}").into(),
                },
                None => return Err(self.expected("a number")),
            },
            _ => return Err(self.expected("a number")),
        };
        self.advance();
        Ok(literal)
    }

    /// `TODAY`, `LAST_N_DAYS:30` or `USD5000`.
    fn named_literal(&mut self, text: &str) -> Result<Literal> {
        if let Some((code, amount)) = currency(text) {
            self.advance();
            return Ok(Literal::Currency { code: code.into(), amount: amount.into() });
        }
        let Some((name, counted)) = date_range(text) else {
            let names = DATE_RANGES.into_iter().chain(COUNTED_DATE_RANGES);
            let names = names.chain(["NULL", "TRUE", "FALSE"]);
            let hint = nearest(text, names).map(did_you_mean);
            return Err(self.error(ErrorKind::NotALiteral { found: shown(text), hint }));
        };
        let has_count = self.token(1).kind == TokenKind::Colon;
        if has_count != counted {
            return Err(self.error(ErrorKind::DateRangeCount { name, counted }));
        }
        self.advance();
        if !counted {
            return Ok(Literal::DateRange(DateRange { name, count: None }));
        }
        self.advance();
        let count = self.whole_number()?;
        Ok(Literal::DateRange(DateRange { name, count: Some(count) }))
    }

    /// Digits that make a number of 32 bits.
    pub(super) fn whole_number(&mut self) -> Result<u32> {
        let text = self.text(0);
        if *self.kind() == TokenKind::Colon {
            return Err(self.error(ErrorKind::NotSupported(Feature::BindVariable)));
        }
        let Ok(number) = text.parse() else {
            return Err(self.error(ErrorKind::WholeNumber(self.found())));
        };
        self.advance();
        Ok(number)
    }
}

/// Three letters and an amount: digits, perhaps a point and digits.
fn currency(text: &str) -> Option<(&str, &str)> {
    let (code, amount) = text.split_at_checked(3)?;
    let (whole, fraction) = amount.split_once('.').unwrap_or((amount, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let short = amount.len() < limits::NUMBER_BYTES;
    let is_code = code.bytes().all(|b| b.is_ascii_alphabetic());
    (is_code && short && digits(whole) && digits(fraction)).then_some((code, amount))
}
