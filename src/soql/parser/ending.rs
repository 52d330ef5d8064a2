//! What can stand after `OFFSET`, in the order of the grammar.

use super::{Parser, Result};
use crate::soql::ast::{Ending, Seen, Statistic};
use crate::soql::error::ErrorKind;
use crate::soql::keyword::Keyword;

impl Parser<'_> {
    /// `[BIND …] [ALL ROWS] [FOR VIEW | FOR REFERENCE] [UPDATE …] [FOR UPDATE] [SET OPTIONS (…)]`.
    pub(super) fn ending(&mut self) -> Result<Ending> {
        let start = self.span().start;
        let bind = if self.eat_keyword(Keyword::Bind) { self.bare_settings()? } else { Vec::new() };
        let all_rows = self.eat_keywords(Keyword::All, Keyword::Rows);
        let seen = if self.eat_keywords(Keyword::For, Keyword::View) {
            Some(Seen::View)
        } else {
            self.eat_keywords(Keyword::For, Keyword::Reference).then_some(Seen::Reference)
        };
        let update =
            if self.eat_keyword(Keyword::Update) { self.statistics()? } else { Vec::new() };
        let lock = self.eat_keywords(Keyword::For, Keyword::Update);
        if self.at_keyword(Keyword::For) && seen.is_none() && update.is_empty() && !lock {
            self.advance();
            return Err(self.expected("VIEW, REFERENCE or UPDATE"));
        }
        let options = if self.eat_keywords(Keyword::Set, Keyword::Options) {
            self.settings()?
        } else {
            Vec::new()
        };
        let span = self.since(start);
        Ok(Ending { bind, all_rows, seen, update, lock, options, span })
    }

    fn eat_keywords(&mut self, first: Keyword, second: Keyword) -> bool {
        let found = self.at_keyword(first) && self.keyword(1) == Some(second);
        if found {
            self.advance();
            self.advance();
        }
        found
    }

    /// `TRACKING, VIEWSTAT`, each once.
    fn statistics(&mut self) -> Result<Vec<Statistic>> {
        let mut statistics = Vec::new();
        loop {
            let statistic = match self.keyword(0) {
                Some(Keyword::Tracking) => Statistic::Tracking,
                Some(Keyword::Viewstat) => Statistic::Viewstat,
                Some(_) | None => return Err(self.expected("TRACKING or VIEWSTAT")),
            };
            if statistics.contains(&statistic) {
                return Err(self.error(ErrorKind::ClauseOrder(statistic.name())));
            }
            self.advance();
            statistics.push(statistic);
            if !self.eat(&crate::soql::token::TokenKind::Comma) {
                return Ok(statistics);
            }
        }
    }
}
