//! How many relationships a path goes over; known only once `FROM` is read.

use super::Result;
use crate::soql::ast::{From, Path, Query};
use crate::soql::error::{ErrorKind, SoqlError};
use crate::soql::limits;
use crate::soql::scopes::{Reference, references};

/// Refuses a path of this query, its subqueries aside, that goes over too many relationships.
pub(super) fn check(query: &Query) -> Result<()> {
    let references = references(query);
    let paths = references.iter().filter_map(Reference::path);
    for path in paths.chain(query.from.others.iter().map(|other| &other.path)) {
        let named = path.qualifiers.first().is_some_and(|first| stands_for(&query.from, first));
        let relationships = path.qualifiers.len().saturating_sub(usize::from(named));
        if relationships > limits::RELATIONSHIPS {
            let kind = ErrorKind::PathTooDeep(crate::soql::lexer::shown(&path.to_string()));
            return Err(SoqlError { kind, span: path.span() });
        }
    }
    Ok(())
}

/// Whether a first qualifier is the object or an alias rather than a relationship.
fn stands_for(from: &From, first: &crate::soql::ast::Ident) -> bool {
    let Path { qualifiers, last } = &from.source;
    (qualifiers.is_empty() && last == first)
        || from.alias.as_ref() == Some(first)
        || from.others.iter().any(|other| other.name == *first)
}
