//! The clauses that are read and may not travel, each with its reason; and the few that may.

use super::Action;
use super::error::{FootprintError, Unresolved};
use super::path::{Scope, Walk};
use crate::soql::ast::{Ending, Ident, Seen, Span, Statistic, Using, With};

type Result<T> = std::result::Result<T, FootprintError>;

fn refused(clause: &'static str, reason: &'static str, span: Span) -> FootprintError {
    Unresolved::Refused { clause, reason }.at(span)
}

/// Refuses an alias where Salesforce doesn't say which key the answer then has.
pub(super) fn refuse_alias(clause: &'static str, alias: Option<&Ident>) -> Result<()> {
    match alias {
        None => Ok(()),
        Some(alias) => Err(refused(
            clause,
            "what comes back could stand under another name than the one that was judged: leave \
             the alias out",
            alias.span,
        )),
    }
}

/// `WITH`. `SECURITY_ENFORCED` and `USER_MODE` belong to Apex; every query of the REST API is held
/// to the permissions of the user that it runs as (REST API Developer Guide, "Query"), so what they
/// ask for holds without them, and they are not sent.
pub(super) fn refuse_with(clauses: &[With]) -> Result<()> {
    for with in clauses {
        match with {
            With::SecurityEnforced | With::UserMode => {}
            With::SystemMode(span) => {
                return Err(refused(
                    "WITH SYSTEM_MODE",
                    "it asks to read without permissions: leave it out",
                    *span,
                ));
            }
            With::DataCategory(categories) => {
                let span = categories.first().map(|category| category.group.span);
                return Err(refused(
                    "WITH DATA CATEGORY",
                    "it chooses articles by categories, which are no fields and which no policy \
                     covers: filter on fields in WHERE",
                    span.unwrap_or_default(),
                ));
            }
            With::Equals { name, .. } => {
                return Err(refused(
                    "WITH … = …",
                    "it reads as a user or record that it names, which no policy covers: filter on \
                     fields in WHERE",
                    name.span,
                ));
            }
            With::Other { name, .. } => {
                return Err(refused(
                    "this WITH",
                    "it changes which records or values come back in a way that no policy covers: \
                     leave it out",
                    name.span,
                ));
            }
        }
    }
    Ok(())
}

/// Everything after `OFFSET`: it writes, locks, or reads what the query doesn't name.
pub(super) fn refuse_ending(ending: &Ending) -> Result<()> {
    let Ending { bind, all_rows, seen, update, lock, options, span } = ending;
    let found = if !bind.is_empty() {
        Some(("BIND", "it sets fields of a lookup that the query doesn't name: leave it out"))
    } else if *all_rows {
        Some(("ALL ROWS", "it reads deleted and archived records: leave it out"))
    } else if let Some(seen) = seen {
        let clause = match seen {
            Seen::View => "FOR VIEW",
            Seen::Reference => "FOR REFERENCE",
        };
        Some((clause, "it writes, as it marks the records as recently viewed: leave it out"))
    } else if let Some(statistic) = update.first() {
        let clause = match statistic {
            Statistic::Tracking => "UPDATE TRACKING",
            Statistic::Viewstat => "UPDATE VIEWSTAT",
        };
        Some((clause, "it writes, as it counts in the statistics of articles: leave it out"))
    } else if *lock {
        Some(("FOR UPDATE", "it locks the records against others: leave it out"))
    } else if !options.is_empty() {
        Some(("SET OPTIONS", "it changes what the names in the query mean: leave it out"))
    } else {
        None
    };
    found.map_or(Ok(()), |(clause, reason)| Err(refused(clause, reason, *span)))
}

impl Walk<'_> {
    /// `USING SCOPE mine` keeps the records whose owner the query runs as, so it filters on
    /// `OwnerId`. The other scopes choose by teams, territories and lists that are no fields, and
    /// `everything` lifts the org's scoping rules.
    pub(super) fn using(&mut self, scope: &Scope, using: Option<&Using>) -> Result<Option<Using>> {
        let (clause, reason, span) = match using {
            None => return Ok(None),
            Some(Using::Lookup(path)) => (
                "USING LOOKUP",
                "it filters by the settings of a lookup, which the query doesn't name: leave it out",
                path.span(),
            ),
            Some(Using::Scope(name)) if name.is("mine") => {
                match scope.object.field_named("OwnerId") {
                    Some(owner) => {
                        self.field(Action::Filter, &scope.object, owner, "USING SCOPE mine");
                        let known = Ident::new("mine", name.span).unwrap_or_else(|| name.clone());
                        return Ok(Some(Using::Scope(known)));
                    }
                    None => (
                        "USING SCOPE mine",
                        "the object has no OwnerId to filter on: leave it out",
                        name.span,
                    ),
                }
            }
            Some(Using::Scope(name)) if name.is("everything") => (
                "USING SCOPE everything",
                "it lifts the org's own scoping rules: leave it out",
                name.span,
            ),
            Some(Using::Scope(name)) => (
                "this USING SCOPE",
                "it chooses records by something that is no field, so no policy covers it: the one \
                 scope that may travel is mine",
                name.span,
            ),
        };
        Err(refused(clause, reason, span))
    }
}
