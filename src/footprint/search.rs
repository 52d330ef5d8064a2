//! The footprint of a SOSL search.
//!
//! A record is found because the term stands in one of its fields, so every field that Salesforce
//! looks in is searched: a hit tells something of its value, also where it isn't returned. What is
//! returned and filtered on is read as of a query. What reads, chooses or writes by names that
//! don't stand in the search is refused.

use std::sync::Arc;

use super::error::{FootprintError, Unresolved};
use super::path::Walk;
use super::{Action, Target};
use crate::org::{Field, Object};
use crate::salesforce::{FieldName, RelationshipName};
use crate::soql::ast::{FieldExpr, Ident, Path, Query, SelectItem, Span};
use crate::sosl::ast::{FieldSet, ReturnField, Returning, Search, SearchGroup, WithKind};

type Result<T> = std::result::Result<T, FootprintError>;

/// What `IN NAME FIELDS` looks in beside the fields that describe marks as name fields (SOQL and
/// SOSL Reference, "IN SearchGroup"). Of a contact's account it is the name.
const NAME_FIELDS: [(&str, &[&str]); 12] = [
    ("Account", &["Website", "Site", "NameLocal"]),
    ("Asset", &["SerialNumber"]),
    ("Case", &["SuppliedName", "SuppliedCompany", "Subject"]),
    ("Contact", &["AssistantName", "FirstNameLocal", "LastNameLocal", "AccountName"]),
    ("Event", &["Subject"]),
    ("Lead", &["Company", "CompanyLocal", "FirstNameLocal", "LastNameLocal"]),
    ("Note", &["Title"]),
    ("PermissionSet", &["Label"]),
    ("Report", &["Description"]),
    ("TagDefinition", &["NormName"]),
    ("Task", &["Subject"]),
    ("User", &["CommunityNickname"]),
];

/// Articles, documents, feeds, files, products and solutions: where one of them is returned,
/// Salesforce ignores `IN` and looks in all fields (as above).
const LOOKED_IN_WHOLE: [&str; 10] = [
    "Document",
    "FeedComment",
    "FeedItem",
    "ContentVersion",
    "ContentDocument",
    "ContentNote",
    "Product2",
    "Solution",
    "KnowledgeArticle",
    "KnowledgeArticleVersion",
];

/// Which fields of an object are looked in.
#[derive(Clone, Copy)]
enum LookedIn {
    All,
    Names,
    OfType(&'static str),
}

impl Walk<'_> {
    /// A whole search; returns it with names in describe's spelling and field lists written out.
    pub(super) fn search(&mut self, search: &Search) -> Result<Search> {
        refuse_clauses(search)?;
        if search.returning.is_empty() {
            return Err(Unresolved::SearchEverywhere.at(search.span));
        }
        let mut objects: Vec<Arc<Object>> = Vec::with_capacity(search.returning.len());
        for returning in &search.returning {
            let span = returning.object.span;
            let object = self.object(returning.object.as_str()).map_err(|kind| kind.at(span))?;
            if objects.iter().any(|other| other.name == object.name) {
                return Err(Unresolved::ReturnedTwice(object.name.clone()).at(span));
            }
            objects.push(object);
        }
        let looked_in = looked_in(search.scope, &objects);
        let mut returning = Vec::with_capacity(objects.len());
        for (object, written) in objects.iter().zip(&search.returning) {
            self.look_in(object, looked_in, written.object.span)?;
            returning.push(self.returning(object, written)?);
        }
        Ok(Search { returning, ..search.clone() })
    }

    /// Touches every field of an object that the term is looked for in.
    fn look_in(&mut self, object: &Arc<Object>, looked_in: LookedIn, span: Span) -> Result<()> {
        let (which, written): (&dyn Fn(&Field) -> bool, _) = match looked_in {
            LookedIn::All => (&is_text, "IN ALL FIELDS"),
            // Where describe marks none, it isn't known which field Salesforce takes for the name.
            LookedIn::Names if !object.fields().any(|field| field.name_field) => {
                (&is_text, "IN NAME FIELDS")
            }
            LookedIn::Names => (&|field| is_name(object, field), "IN NAME FIELDS"),
            LookedIn::OfType("email") => (&|field| field.kind == "email", "IN EMAIL FIELDS"),
            LookedIn::OfType(kind) => (&move |field| field.kind == kind, "IN PHONE FIELDS"),
        };
        let mut nothing = true;
        for field in object.fields().filter(|field| which(field)) {
            self.field(Action::Search, object, field, written);
            nothing = false;
        }
        match looked_in {
            LookedIn::All | LookedIn::Names => self.look_in_parent(object, written, span)?,
            LookedIn::OfType(_) => {}
        }
        if nothing {
            self.touch(Action::Search, Target::Object(object.name.clone()), written);
        }
        Ok(())
    }

    /// A contact is found by the name of its account.
    fn look_in_parent(&mut self, contact: &Arc<Object>, written: &str, span: Span) -> Result<()> {
        let (Ok(relationship), Ok(name)) =
            (RelationshipName::parse("Account"), FieldName::parse("Name"))
        else {
            return Ok(());
        };
        let Some(lookup) = contact.parent(&relationship).filter(|_| is_object(contact, "Contact"))
        else {
            return Ok(());
        };
        let unknown = || Unresolved::Target { relationship: relationship.to_string() }.at(span);
        let account = lookup.reference_to.first().ok_or_else(unknown)?;
        let account = self.object(account.as_str()).map_err(|_not_described| unknown())?;
        let name = account.field(&name).ok_or_else(unknown)?;
        self.field(Action::Search, contact, lookup, written);
        self.field(Action::Search, &account, name, written);
        Ok(())
    }

    /// What comes back of one object. Without a field list Salesforce returns its id.
    fn returning(&mut self, object: &Object, written: &Returning) -> Result<Returning> {
        let mut query = Returning { fields: fields(object, written)?, ..written.clone() }.query();
        query.from.source.last = spelled(object.name.as_str(), written.object.span)?;
        let Query { select, from, filter, order_by, limit, offset, .. } = self.query(query)?;
        let fields = select.into_iter().filter_map(|item| match item {
            SelectItem::Field { expr, alias } => Some(ReturnField::Field { expr, alias }),
            SelectItem::Count
            | SelectItem::Child { .. }
            | SelectItem::Fields { .. }
            | SelectItem::Typeof { .. } => None,
        });
        Ok(Returning {
            object: from.source.last,
            fields: fields.collect(),
            filter,
            list_view: None,
            order_by,
            limit,
            offset,
            span: written.span,
        })
    }
}

/// The field list, with `FIELDS()` and a missing list written out; what stands in it by itself is
/// not repeated by `FIELDS()`.
fn fields(object: &Object, written: &Returning) -> Result<Vec<ReturnField>> {
    let plain = |name: &str, span| -> Result<ReturnField> {
        let path = Path { qualifiers: Vec::new(), last: spelled(name, span)? };
        Ok(ReturnField::Field { expr: FieldExpr::Path(path), alias: None })
    };
    if written.fields.is_empty() {
        return Ok(vec![plain("Id", written.object.span)?]);
    }
    let mut fields: Vec<ReturnField> = Vec::new();
    for item in &written.fields {
        let (set, span) = match item {
            ReturnField::Field { .. } => {
                fields.push(item.clone());
                continue;
            }
            ReturnField::Fields(set, span) => (*set, *span),
        };
        for field in object.fields() {
            let wanted = match set {
                FieldSet::All => true,
                FieldSet::Standard => !field.custom,
                FieldSet::Custom => field.custom,
            };
            let item = plain(field.name.as_str(), span)?;
            if wanted && !written.fields.contains(&item) && !fields.contains(&item) {
                fields.push(item);
            }
        }
    }
    Ok(fields)
}

/// An identifier in the schema's spelling. The schema holds only names, so it always is one.
fn spelled(name: &str, span: Span) -> Result<Ident> {
    Ident::new(name, span).ok_or_else(|| Unresolved::Object(name.to_owned()).at(span))
}

fn looked_in(group: Option<SearchGroup>, objects: &[Arc<Object>]) -> LookedIn {
    let whole = objects.iter().any(|object| {
        let name = object.name.as_str().to_ascii_lowercase();
        LOOKED_IN_WHOLE.iter().any(|whole| is_object(object, whole))
            || name.ends_with("__kav")
            || name.ends_with("__ka")
            || name.ends_with("feed")
    });
    match group {
        _ if whole => LookedIn::All,
        None | Some(SearchGroup::All | SearchGroup::Sidebar) => LookedIn::All,
        Some(SearchGroup::Name) => LookedIn::Names,
        Some(SearchGroup::Email) => LookedIn::OfType("email"),
        Some(SearchGroup::Phone) => LookedIn::OfType("phone"),
    }
}

/// Whether a term could be found in a field: all but numbers, dates and check boxes, which
/// Salesforce doesn't look in, and addresses and locations, whose parts are fields of their own.
fn is_text(field: &Field) -> bool {
    const NOT_LOOKED_IN: [&str; 11] = [
        "boolean", "int", "long", "double", "currency", "percent", "date", "datetime", "time",
        "address", "location",
    ];
    !NOT_LOOKED_IN.contains(&field.kind.as_str())
}

fn is_name(object: &Object, field: &Field) -> bool {
    let is = |name: &str| field.name.as_str().eq_ignore_ascii_case(name);
    let listed = NAME_FIELDS
        .iter()
        .any(|(known, names)| is_object(object, known) && names.iter().any(|name| is(name)));
    field.name_field || is("Name") || listed
}

fn is_object(object: &Object, name: &str) -> bool {
    object.name.as_str().eq_ignore_ascii_case(name)
}

/// Refuses the clauses that read, choose or write by something that isn't named.
fn refuse_clauses(search: &Search) -> Result<()> {
    let refuse = |clause: &'static str, reason, span| {
        Err(Unresolved::SearchClause { clause, reason }.at(span))
    };
    for with in &search.with {
        if let Some(reason) = unsound(&with.kind) {
            return refuse(with.kind.name(), reason, with.span);
        }
    }
    for returning in &search.returning {
        if returning.list_view.is_some() {
            let reason = "it filters by the conditions of a list view, which aren't known here";
            return refuse("USING ListView", reason, returning.span);
        }
    }
    if search.offset.is_some() {
        let reason =
            "write it after the LIMIT of an object: RETURNING Account(Id LIMIT 5 OFFSET 5)";
        return refuse("OFFSET at the end", reason, search.span);
    }
    if !search.update.is_empty() {
        let reason = "it writes statistics, and a search only reads";
        return refuse("UPDATE", reason, search.span);
    }
    Ok(())
}

/// Why a `WITH` clause is refused; `None` where it only narrows or widens what counts as a match of
/// the term in the fields that are searched anyway.
fn unsound(with: &WithKind) -> Option<&'static str> {
    Some(match with {
        WithKind::SpellCorrection(_) => return None,
        WithKind::Division(_) => "it filters by the division of records, a field that isn't named",
        WithKind::DataCategory(_) => {
            "it filters by data categories, which are not fields and can't be decided on"
        }
        WithKind::Snippet(_) => "it returns text of fields that aren't named",
        WithKind::Highlight => "it returns marked text beside the fields that are named",
        WithKind::Network(_) => "it filters by communities, which no field names",
        WithKind::PricebookId(_) => "it filters by entries of a price book that aren't named",
        WithKind::Metadata => "it returns labels of fields: call describeObject for them",
        WithKind::UserMode => "it is of Apex: Salesforce checks its own user's rights anyway",
        WithKind::SystemMode => "it ignores the rights of Salesforce's own user",
    })
}
