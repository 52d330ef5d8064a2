//! `WITH …`, as often as there are kinds of it (SOQL and SOSL Reference, "WITH …").

use super::Result;
use crate::soql::Clauses;
use crate::soql::ast::{Ident, Span, StringLiteral};
use crate::sosl::ast::{CategoryFilter, CategorySelector, With, WithKind};
use crate::sosl::error::{ErrorKind, SoslError};
use crate::sosl::limits;

pub(super) fn with(clauses: &mut Clauses<'_>) -> Result<Vec<With>> {
    let mut all: Vec<With> = Vec::new();
    loop {
        let start = clauses.span().start;
        if !clauses.eat_word("WITH") {
            return Ok(all);
        }
        clauses.room(all.len(), limits::WITHS, "WITH clauses")?;
        let word = clauses.span();
        let kind = kind(clauses)?;
        let twice = all
            .iter()
            .any(|other| std::mem::discriminant(&other.kind) == std::mem::discriminant(&kind));
        let span = Span { start, end: word.end };
        if twice {
            return Err(SoslError { kind: ErrorKind::WithTwice(kind.name()), span });
        }
        all.push(With { kind, span });
    }
}

fn kind(clauses: &mut Clauses<'_>) -> Result<WithKind> {
    let span = clauses.span();
    if clauses.eat_word("DIVISION") {
        clauses.equals()?;
        return Ok(WithKind::Division(clauses.string()?));
    }
    if clauses.eat_word("DATA") {
        clauses.expect_word("CATEGORY")?;
        return Ok(WithKind::DataCategory(categories(clauses)?));
    }
    if clauses.eat_word("SNIPPET") {
        return snippet(clauses);
    }
    if clauses.eat_word("HIGHLIGHT") {
        return Ok(WithKind::Highlight);
    }
    if clauses.eat_word("NETWORK") {
        return Ok(WithKind::Network(networks(clauses)?));
    }
    if clauses.eat_word("PricebookId") {
        clauses.equals()?;
        return Ok(WithKind::PricebookId(clauses.string()?));
    }
    if clauses.eat_word("METADATA") {
        clauses.equals()?;
        let span = clauses.span();
        return if clauses.string()?.text().eq_ignore_ascii_case("LABELS") {
            Ok(WithKind::Metadata)
        } else {
            Err(SoslError { kind: ErrorKind::Metadata, span })
        };
    }
    if clauses.eat_word("SPELL_CORRECTION") {
        clauses.equals()?;
        let on = clauses.one_of(&[("TRUE", true), ("FALSE", false)], "TRUE or FALSE")?;
        return Ok(WithKind::SpellCorrection(on));
    }
    if clauses.eat_word("USER_MODE") {
        return Ok(WithKind::UserMode);
    }
    if clauses.eat_word("SYSTEM_MODE") {
        return Ok(WithKind::SystemMode);
    }
    Err(SoslError { kind: ErrorKind::With, span })
}

/// `(target_length=n)`, which may be missing.
fn snippet(clauses: &mut Clauses<'_>) -> Result<WithKind> {
    if !clauses.eat_open() {
        return Ok(WithKind::Snippet(None));
    }
    clauses.expect_word("target_length")?;
    clauses.equals()?;
    let length = clauses.whole_number()?;
    clauses.close("`)`")?;
    Ok(WithKind::Snippet(Some(length)))
}

/// `= '…'` or `IN ('…', …)`.
fn networks(clauses: &mut Clauses<'_>) -> Result<Vec<StringLiteral>> {
    if !clauses.eat_word("IN") {
        clauses.equals()?;
        return Ok(vec![clauses.string()?]);
    }
    if !clauses.eat_open() {
        return Err(clauses.expected("`(`").into());
    }
    list(clauses, |clauses| Ok(clauses.string()?))
}

/// `group AT category AND group BELOW (category, …)`.
fn categories(clauses: &mut Clauses<'_>) -> Result<Vec<CategoryFilter>> {
    let mut filters = Vec::new();
    loop {
        clauses.room(filters.len(), limits::NAMES, "data category filters")?;
        let group = clauses.name("a data category group")?;
        let selector =
            clauses.one_of(&CategorySelector::ALL, "AT, ABOVE, BELOW or ABOVE_OR_BELOW")?;
        let category =
            |clauses: &mut Clauses<'_>| -> Result<Ident> { Ok(clauses.name("a data category")?) };
        let categories =
            if clauses.eat_open() { list(clauses, category)? } else { vec![category(clauses)?] };
        filters.push(CategoryFilter { group, selector, categories });
        if !clauses.eat_word("AND") {
            return Ok(filters);
        }
    }
}

/// Items after an opening parenthesis, up to the closing one.
fn list<T>(
    clauses: &mut Clauses<'_>,
    item: impl Fn(&mut Clauses<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    let mut items = Vec::new();
    loop {
        clauses.room(items.len(), limits::NAMES, "items in a list")?;
        items.push(item(clauses)?);
        if !clauses.eat_comma() {
            clauses.close("`,` or `)`")?;
            return Ok(items);
        }
    }
}
