//! Numbers, dates and times: whatever starts with a digit.

use super::Lexer;
use crate::soql::error::{ErrorKind, SoqlError};
use crate::soql::token::TokenKind;

impl Lexer<'_> {
    /// Reads a number, a date (`2026-11-20`), a date with its time, or a time (`10:00:00Z`).
    pub(super) fn number_or_time(&mut self) -> Result<TokenKind, SoqlError> {
        let start = self.at;
        let kind = if self.looks_like("0000-0") {
            self.date()
                .map(|with_time| if with_time { TokenKind::DateTime } else { TokenKind::Date })
        } else if self.looks_like("00:0") {
            self.time().map(|()| TokenKind::Time)
        } else {
            return self.number();
        };
        let runs_on =
            self.byte(0).is_some_and(|b| b.is_ascii_alphanumeric() || b"_.:".contains(&b));
        kind.filter(|_| !runs_on).ok_or_else(|| {
            self.skip_while(|b| b.is_ascii_alphanumeric() || b"-+:.".contains(&b));
            self.error_since(start, ErrorKind::DateOrTime)
        })
    }

    /// Whether the text goes on as `shape`, where `0` is any digit.
    fn looks_like(&self, shape: &str) -> bool {
        let rest = self.rest().as_bytes();
        rest.len() >= shape.len()
            && shape
                .bytes()
                .zip(rest)
                .all(|(s, b)| if s == b'0' { b.is_ascii_digit() } else { s == *b })
    }

    /// Reads a date and, after `T`, a time; says whether there was one.
    fn date(&mut self) -> Option<bool> {
        let year = self.digits(4)?;
        self.expect_byte(b'-')?;
        let month = self.digits(2)?;
        self.expect_byte(b'-')?;
        let day = self.digits(2)?;
        if year == 0 || day == 0 || day > days_in_month(year, month) {
            return None;
        }
        if self.byte(0) != Some(b'T') {
            return Some(false);
        }
        self.advance(1);
        self.time()?;
        Some(true)
    }

    /// Reads `hh:mm:ss`, perhaps a fraction, and `Z` or an offset.
    fn time(&mut self) -> Option<()> {
        let hour = self.digits(2)?;
        self.expect_byte(b':')?;
        let minute = self.digits(2)?;
        self.expect_byte(b':')?;
        let second = self.digits(2)?;
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        if self.byte(0) == Some(b'.') {
            self.advance(1);
            let start = self.at;
            self.skip_while(|b| b.is_ascii_digit());
            if !(1..=9).contains(&self.at.saturating_sub(start)) {
                return None;
            }
        }
        match self.byte(0)? {
            b'Z' => {
                self.advance(1);
                Some(())
            }
            b'+' | b'-' => self.offset(),
            _ => None,
        }
    }

    /// Reads `+hh:mm` or `+hhmm`, at most 18 hours.
    fn offset(&mut self) -> Option<()> {
        self.advance(1);
        let hours = self.digits(2)?;
        if self.byte(0) == Some(b':') {
            self.advance(1);
        }
        let minutes = self.digits(2)?;
        (minutes <= 59 && hours.saturating_mul(60).saturating_add(minutes) <= 18 * 60).then_some(())
    }

    /// Reads exactly `count` digits.
    fn digits(&mut self, count: usize) -> Option<u32> {
        let digits = self.rest().get(..count)?;
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        self.advance(count);
        digits.parse().ok()
    }

    fn expect_byte(&mut self, byte: u8) -> Option<()> {
        (self.byte(0)? == byte).then(|| self.advance(1))
    }
}

/// Days of a month of the Gregorian calendar; 0 for a month that there isn't.
fn days_in_month(year: u32, month: u32) -> u32 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 0,
    }
}
