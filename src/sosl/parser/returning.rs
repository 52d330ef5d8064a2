//! `RETURNING Object(fields WHERE … USING ListView=… ORDER BY … LIMIT n OFFSET n), …` (SOQL and
//! SOSL Reference, "RETURNING FieldSpec").

use super::Result;
use crate::soql::Clauses;
use crate::soql::ast::Span;
use crate::soql::scopes::{Mention, references};
use crate::sosl::ast::{FieldSet, ReturnField, Returning};
use crate::sosl::error::{ErrorKind, SoslError};
use crate::sosl::limits;

/// The words that start a clause of an object.
const CLAUSES: [&str; 5] = ["WHERE", "USING", "ORDER", "LIMIT", "OFFSET"];

pub(super) fn returning(clauses: &mut Clauses<'_>) -> Result<Vec<Returning>> {
    let mut objects = Vec::new();
    if !clauses.eat_word("RETURNING") {
        return Ok(objects);
    }
    loop {
        clauses.room(objects.len(), limits::OBJECTS, "objects in RETURNING")?;
        objects.push(object(clauses)?);
        if !clauses.eat_comma() {
            return Ok(objects);
        }
    }
}

fn object(clauses: &mut Clauses<'_>) -> Result<Returning> {
    let object = clauses.name("an object")?;
    let span = object.span;
    let mut returning = Returning {
        object,
        fields: Vec::new(),
        filter: None,
        list_view: None,
        order_by: Vec::new(),
        limit: None,
        offset: None,
        span,
    };
    if !clauses.eat_open() {
        return Ok(returning);
    }
    returning.fields = fields(clauses)?;
    returning.filter = clauses.filter()?;
    if clauses.eat_word("USING") {
        clauses.expect_word("ListView")?;
        clauses.equals()?;
        returning.list_view = Some(clauses.name("the name of a list view")?);
    }
    returning.order_by = clauses.order_by()?;
    returning.limit = clauses.limit()?;
    returning.offset = clauses.offset()?;
    let end = clauses.span();
    if let Some(word) = CLAUSES.iter().find(|word| clauses.at_word(word)) {
        return Err(SoslError { kind: ErrorKind::ObjectClauseOrder(word), span: end });
    }
    clauses.close("`,`, WHERE, USING, ORDER BY, LIMIT, OFFSET or `)`")?;
    returning.span = Span { start: span.start, end: end.end };
    refuse_aggregates(&returning)?;
    Ok(returning)
}

fn fields(clauses: &mut Clauses<'_>) -> Result<Vec<ReturnField>> {
    let mut fields = Vec::new();
    loop {
        clauses.room_for_field(fields.len())?;
        let span = clauses.span();
        let clause = CLAUSES.iter().any(|word| clauses.at_word(word) && !named_field(word));
        if fields.is_empty() && (clause || clauses.at_close()) {
            return Err(SoslError { kind: ErrorKind::NoFields, span });
        }
        fields.push(match clauses.fields_of(&FieldSet::ALL, "ALL, STANDARD or CUSTOM")? {
            Some(set) => ReturnField::Fields(set, span),
            None => {
                let (expr, alias) = clauses.field()?;
                ReturnField::Field { expr, alias }
            }
        });
        if !clauses.eat_comma() {
            return Ok(fields);
        }
    }
}

/// Whether a word that starts a clause may also be the name of a field.
fn named_field(word: &str) -> bool {
    matches!(word, "ORDER" | "OFFSET")
}

fn refuse_aggregates(returning: &Returning) -> Result<()> {
    let query = returning.query();
    let found = references(&query).into_iter().find_map(|reference| {
        let Mention::Expr(expr) = reference.mention else { return None };
        let function = expr.functions().find(|function| function.is_aggregate())?;
        Some((function, expr.span()))
    });
    match found {
        Some((function, span)) => {
            Err(SoslError { kind: ErrorKind::Aggregate(function.name()), span })
        }
        None => Ok(()),
    }
}
