//! Searches, run for real over the syntax tree of SOSL: words are looked for in the fields that
//! Salesforce looks in, and what is found is filtered, sorted and shown as a query's rows.

use super::super::answer::Refusal;
use super::super::catalog::{FieldDef, Kind, ObjectDef};
use super::super::compute;
use super::super::json::{Json, object};
use super::filter::{Piece, is_like};
use super::plan::Plan;
use super::resolve::parent;
use super::{Context, Fault, Row};
use crate::soql::ast::{FieldExpr, Ident, Path, SelectItem, Span};
use crate::sosl::ast::{
    self as sosl, FieldSet, Operand, Operator, ReturnField, Returning, Search, SearchGroup, Term,
    WithKind,
};

/// Most rows of an answer.
const MOST_ROWS: usize = 2_000;

/// What `IN NAME FIELDS` looks in beside the name fields (SOQL and SOSL Reference, "IN
/// SearchGroup"), of the objects that this org has.
const NAMES: [(&str, &[&str]); 6] = [
    ("Account", &["Website", "Site"]),
    ("Case", &["SuppliedName", "SuppliedCompany", "Subject"]),
    ("Contact", &["AssistantName"]),
    ("Lead", &["Company"]),
    ("Task", &["Subject"]),
    ("User", &["CommunityNickname"]),
];

/// Runs a search; answers with `{"searchRecords":[…]}`.
pub(in super::super) fn search(context: Context<'_>, text: &str) -> Result<Json, Refusal> {
    let search = crate::sosl::parse(text)
        .map_err(|error| malformed(error.to_string(), error.span).refusal(text))?;
    let rows = run(context, &search).map_err(|fault| fault.refusal(text))?;
    Ok(object! { "searchRecords" => rows })
}

fn malformed(message: impl Into<String>, span: Span) -> Fault {
    Fault::new("MALFORMED_SEARCH", message, span)
}

fn run(context: Context<'_>, search: &Search) -> Result<Vec<Json>, Fault> {
    let other = search.with.iter().find(|with| match with.kind {
        WithKind::SpellCorrection(_) => false,
        WithKind::Division(_)
        | WithKind::DataCategory(_)
        | WithKind::Snippet(_)
        | WithKind::Highlight
        | WithKind::Network(_)
        | WithKind::PricebookId(_)
        | WithKind::Metadata
        | WithKind::UserMode
        | WithKind::SystemMode => true,
    });
    if let Some(with) = other {
        let message = format!("{} is not supported in this org", with.kind.name());
        return Err(malformed(message, with.span));
    }
    let term = search.term.to_string();
    if term.chars().filter(|c| c.is_alphanumeric()).nth(1).is_none() {
        let message = format!("search term must be longer than one character: {term}");
        return Err(malformed(message, search.span));
    }
    let everything: Vec<Returning>;
    let returning = if search.returning.is_empty() {
        everything = context.store.catalog().objects().filter_map(|object| whole(object)).collect();
        &everything
    } else {
        &search.returning
    };
    let mut rows = Vec::new();
    for returning in returning {
        rows.extend(of_object(context, search, returning)?);
    }
    let limit = search.limit.map_or(MOST_ROWS, |n| usize::try_from(n).unwrap_or(MOST_ROWS));
    rows.truncate(limit.min(MOST_ROWS));
    Ok(rows)
}

fn whole(object: &ObjectDef) -> Option<Returning> {
    Some(Returning {
        object: Ident::new(&object.name, Span::default())?,
        fields: Vec::new(),
        filter: None,
        list_view: None,
        order_by: Vec::new(),
        limit: None,
        offset: None,
        span: Span::default(),
    })
}

fn of_object(
    context: Context<'_>,
    search: &Search,
    returning: &Returning,
) -> Result<Vec<Json>, Fault> {
    if returning.list_view.is_some() {
        return Err(malformed("this org has no list views", returning.span));
    }
    let mut query = returning.query();
    let object = context.store.catalog().object(returning.object.as_str());
    query.select.extend(object.into_iter().flat_map(|object| unnamed(object, returning)));
    let plan = Plan::of(context, &query)?;
    Ok(plan.chosen(context, |row| found(context, search.scope, &search.term, row)))
}

/// The fields that are returned without being named.
fn unnamed(object: &ObjectDef, returning: &Returning) -> Vec<SelectItem> {
    let item = |name: &str| {
        let last = Ident::new(name, returning.span)?;
        let expr = FieldExpr::Path(Path { qualifiers: Vec::new(), last });
        Some(ReturnField::Field { expr, alias: None })
    };
    if returning.fields.is_empty() {
        let id = Returning { fields: item("Id").into_iter().collect(), ..returning.clone() };
        return id.query().select;
    }
    let mut fields: Vec<ReturnField> = Vec::new();
    for set in &returning.fields {
        let ReturnField::Fields(set, _) = set else { continue };
        let of_set = object.fields.iter().filter(|field| match set {
            FieldSet::All => true,
            FieldSet::Standard => !field.custom(),
            FieldSet::Custom => field.custom(),
        });
        for item in of_set.filter_map(|field| item(&field.name)) {
            if !fields.contains(&item) && !returning.fields.contains(&item) {
                fields.push(item);
            }
        }
    }
    Returning { fields, ..returning.clone() }.query().select
}

/// Whether a record is found.
fn found(context: Context<'_>, scope: Option<SearchGroup>, term: &Term, row: Row<'_>) -> bool {
    let fields = row.object.fields.iter().enumerate();
    let mut texts: Vec<Vec<String>> = fields
        .filter(|(_, field)| looked_in(scope, row.object, field))
        .map(|(index, _)| words(&text(context, row, index)))
        .collect();
    let names = match scope {
        None | Some(SearchGroup::All | SearchGroup::Sidebar | SearchGroup::Name) => true,
        Some(SearchGroup::Email | SearchGroup::Phone) => false,
    };
    if names && row.object.name == "Contact" {
        texts.push(words(&account_name(context, row)));
    }
    holds(term, &texts)
}

fn text(context: Context<'_>, row: Row<'_>, index: usize) -> String {
    let value = compute::value(context.store, row.object, row.record, index);
    value.as_text().unwrap_or_default().to_owned()
}

/// A contact is found by the name of its account too.
fn account_name(context: Context<'_>, row: Row<'_>) -> String {
    let account = row.object.parent("Account").and_then(|(lookup, _)| parent(context, row, lookup));
    account
        .and_then(|account| account.object.name_field().map(|(index, _)| (account, index)))
        .map_or_else(String::new, |(account, index)| text(context, account, index))
}

/// Text alone, and no formulas.
fn looked_in(scope: Option<SearchGroup>, object: &ObjectDef, field: &FieldDef) -> bool {
    let is_text = field.kind.is_text() && !field.calculated();
    let listed = || {
        NAMES
            .iter()
            .any(|(name, fields)| *name == object.name && fields.contains(&field.name.as_str()))
    };
    is_text
        && match scope {
            None | Some(SearchGroup::All | SearchGroup::Sidebar) => true,
            Some(SearchGroup::Name) => field.name_field || field.name == "Name" || listed(),
            Some(SearchGroup::Email) => field.kind == Kind::Email,
            Some(SearchGroup::Phone) => field.kind == Kind::Phone,
        }
}

/// The words of a text: letters and digits, everything else between them.
fn words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric());
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Whether a term holds of the words of a record's fields: parentheses first, then `AND` (also
/// where nothing is written) and `AND NOT`, then `OR`.
fn holds(term: &Term, texts: &[Vec<String>]) -> bool {
    let mut all = matches(&term.first, texts);
    for (operator, operand) in &term.rest {
        match operator {
            Operator::Next | Operator::And => all = all && matches(operand, texts),
            Operator::AndNot => all = all && !matches(operand, texts),
            Operator::Or if all => return true,
            Operator::Or => all = matches(operand, texts),
        }
    }
    all
}

fn matches(operand: &Operand, texts: &[Vec<String>]) -> bool {
    let patterns = match operand {
        Operand::Group(term) => return holds(term, texts),
        Operand::Word(word) => patterns(std::slice::from_ref(word)),
        Operand::Phrase(words) => patterns(words),
    };
    !patterns.is_empty()
        && texts.iter().any(|text| {
            text.windows(patterns.len())
                .any(|words| words.iter().zip(&patterns).all(|(word, p)| is_like(word, p)))
        })
}

/// One pattern for each word that must follow the other.
fn patterns(words: &[sosl::Word]) -> Vec<Vec<Piece>> {
    let mut patterns = vec![Vec::new()];
    for word in words {
        for piece in &word.pieces {
            let pieces: Vec<Option<Piece>> = match piece {
                sosl::Piece::Any => vec![Some(Piece::Any)],
                sosl::Piece::One => vec![Some(Piece::One)],
                sosl::Piece::Text(text) => text
                    .chars()
                    .flat_map(char::to_lowercase)
                    .map(|c| c.is_alphanumeric().then_some(Piece::Char(c)))
                    .collect(),
            };
            for piece in pieces {
                match (piece, patterns.last_mut()) {
                    (Some(piece), Some(pattern)) => pattern.push(piece),
                    (Some(_) | None, _) => patterns.push(Vec::new()),
                }
            }
        }
        patterns.push(Vec::new());
    }
    patterns.retain(|pattern| !pattern.is_empty());
    patterns
}
