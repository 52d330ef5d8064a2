//! Text to a tree: `FIND`, the term, then clauses in the order of the grammar (SOQL and SOSL
//! Reference, "SOSL Syntax"). All of the language is read; what may not be sent, `footprint` says.

mod returning;
mod with;

use std::fmt::{self, Write as _};

use super::ast::{Search, SearchGroup, Statistic};
use super::error::{ErrorKind, SoslError};
use super::{limits, term};
use crate::soql::ast::Span;
use crate::soql::{Clauses, shown};

type Result<T> = std::result::Result<T, SoslError>;

/// The words that start a clause of a search.
const CLAUSES: [&str; 7] = ["FIND", "IN", "RETURNING", "WITH", "LIMIT", "OFFSET", "UPDATE"];

/// Reads a search, in time linear to its length.
///
/// # Errors
///
/// The first thing that is wrong, with its place in `source`.
pub fn parse(source: &str) -> Result<Search> {
    if source.chars().nth(limits::TEXT_CHARS).is_some() {
        let span = Span { start: 0, end: 0 };
        return Err(SoslError { kind: ErrorKind::TextTooLong, span });
    }
    let start = header(source);
    let brace = find(source, start)?;
    let (term, end) = term::parse(source, brace)?;
    let mut clauses = Clauses::new(source, end)?;
    let scope = scope(&mut clauses)?;
    let returning = returning::returning(&mut clauses)?;
    let with = with::with(&mut clauses)?;
    let limit = clauses.limit()?;
    let offset = clauses.offset()?;
    let update = update(&mut clauses)?;
    if !clauses.at_end() {
        return Err(unexpected(&clauses));
    }
    let span = Span { start, end: source.len() };
    let search = Search { term, scope, returning, with, limit, offset, update, span };
    refuse_long(&search, source)?;
    Ok(search)
}

/// Where the search starts: after white space and the lines of `//` comments that may head a file
/// of a search, as Salesforce's editor keeps them. They are no part of it and aren't printed.
fn header(source: &str) -> usize {
    let mut rest = source.trim_ascii_start();
    while rest.starts_with("//") {
        rest = rest.split_once('\n').map_or("", |(_, rest)| rest).trim_ascii_start();
    }
    source.len().saturating_sub(rest.len())
}

/// Reads `FIND`; returns where the term's brace is.
fn find(source: &str, start: usize) -> Result<usize> {
    let rest = source.get(start..).unwrap_or("");
    let word = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
    let (word, after) = rest.split_at_checked(word).unwrap_or((rest, ""));
    if !word.eq_ignore_ascii_case("FIND") {
        let length = word.len().max(rest.chars().next().map_or(0, char::len_utf8));
        let end = start.saturating_add(length);
        let found = found(source.get(start..end).unwrap_or(""));
        return Err(SoslError { kind: ErrorKind::NotFind(found), span: Span { start, end } });
    }
    let after = after.trim_ascii_start();
    let at = source.len().saturating_sub(after.len());
    let next = after.chars().next();
    let kind = match next {
        Some('{') => return Ok(at),
        Some('\'') => ErrorKind::ApexTerm,
        Some(':') => ErrorKind::BindVariable,
        Some(c) => ErrorKind::NoTerm(found(c.encode_utf8(&mut [0; 4]))),
        None => ErrorKind::NoTerm(found("")),
    };
    let end = at.saturating_add(next.map_or(0, char::len_utf8));
    Err(SoslError { kind, span: Span { start: at, end } })
}

fn found(text: &str) -> Box<str> {
    match text.chars().next() {
        None => "the end of the search".into(),
        Some(c) if !c.is_ascii() => format!("the character U+{:04X}", u32::from(c)).into(),
        Some(_) => format!("`{}`", shown(text)).into(),
    }
}

/// `IN … FIELDS`.
fn scope(clauses: &mut Clauses<'_>) -> Result<Option<SearchGroup>> {
    if !clauses.eat_word("IN") {
        return Ok(None);
    }
    let group = clauses.one_of(&SearchGroup::ALL, "ALL, NAME, EMAIL, PHONE or SIDEBAR")?;
    clauses.expect_word("FIELDS")?;
    Ok(Some(group))
}

/// `UPDATE TRACKING, VIEWSTAT`.
fn update(clauses: &mut Clauses<'_>) -> Result<Vec<Statistic>> {
    let mut update = Vec::new();
    if !clauses.eat_word("UPDATE") {
        return Ok(update);
    }
    loop {
        let span = clauses.span();
        let statistic = clauses.one_of(&Statistic::ALL, "TRACKING or VIEWSTAT")?;
        if update.contains(&statistic) {
            return Err(SoslError { kind: ErrorKind::ClauseOrder(statistic.name()), span });
        }
        update.push(statistic);
        if !clauses.eat_comma() {
            return Ok(update);
        }
    }
}

/// The error for whatever stands after the last clause.
fn unexpected(clauses: &Clauses<'_>) -> SoslError {
    let span = clauses.span();
    match CLAUSES.iter().find(|word| clauses.at_word(word)) {
        Some(word) => SoslError { kind: ErrorKind::ClauseOrder(word), span },
        None => {
            clauses.expected("IN, RETURNING, WITH, LIMIT, UPDATE or the end of the search").into()
        }
    }
}

/// What is sent is the canonical text, so that too must be a search.
fn refuse_long(search: &Search, source: &str) -> Result<()> {
    // Nothing grows more than sixfold: a raw line separator in a string becomes `\u2028`.
    let may_grow_too_long = source.len() > limits::TEXT_CHARS.div_euclid(6);
    if may_grow_too_long && write!(Room(limits::TEXT_CHARS), "{search}").is_err() {
        return Err(SoslError { kind: ErrorKind::TextTooLong, span: search.span });
    }
    Ok(())
}

/// Takes text of so many characters and keeps none of it.
struct Room(usize);

impl fmt::Write for Room {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 = self.0.checked_sub(text.chars().count()).ok_or(fmt::Error)?;
        Ok(())
    }
}
