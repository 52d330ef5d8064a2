//! From a report's column to the one field of the org that is behind it.
//!
//! Three witnesses are heard: the column's own name, where it is a path of names; what the report's
//! describe says; and the table of the tokens of standard report types. None of them is believed
//! against another: a column whose witnesses name two fields, or none, is refused.

use std::sync::Arc;

use crate::org::{Field, Object, Schema};
use crate::salesforce::report::Column;

/// The objects that standard report types start from.
const ROOTS: [(&str, &str); 5] = [
    ("AccountList", "Account"),
    ("CaseList", "Case"),
    ("ContactList", "Contact"),
    ("LeadList", "Lead"),
    ("Opportunity", "Opportunity"),
];

/// Tokens of standard report types: the type, the token, the path from the type's object.
const TOKENS: [(&str, &str, &str); 44] = [
    ("AccountList", "ACCOUNT.NAME", "Name"),
    ("AccountList", "INDUSTRY", "Industry"),
    ("AccountList", "RATING", "Rating"),
    ("AccountList", "TYPE", "Type"),
    ("CaseList", "ACCOUNT.NAME", "Account.Name"),
    ("CaseList", "CASE_NUMBER", "CaseNumber"),
    ("CaseList", "CLOSED", "IsClosed"),
    ("CaseList", "CONTACT.NAME", "Contact.Name"),
    ("CaseList", "ORIGIN", "Origin"),
    ("CaseList", "PRIORITY", "Priority"),
    ("CaseList", "REASON", "Reason"),
    ("CaseList", "STATUS", "Status"),
    ("CaseList", "SUBJECT", "Subject"),
    ("CaseList", "TYPE", "Type"),
    ("ContactList", "ACCOUNT.NAME", "Account.Name"),
    ("ContactList", "DEPARTMENT", "Department"),
    ("ContactList", "EMAIL", "Email"),
    ("ContactList", "FIRST_NAME", "FirstName"),
    ("ContactList", "INDUSTRY", "Account.Industry"),
    ("ContactList", "LAST_NAME", "LastName"),
    ("ContactList", "PHONE1", "Phone"),
    ("ContactList", "TITLE", "Title"),
    ("LeadList", "COMPANY", "Company"),
    ("LeadList", "EMAIL", "Email"),
    ("LeadList", "FIRST_NAME", "FirstName"),
    ("LeadList", "LAST_NAME", "LastName"),
    ("LeadList", "LEAD_SOURCE", "LeadSource"),
    ("LeadList", "RATING", "Rating"),
    ("LeadList", "STATUS", "Status"),
    ("LeadList", "TITLE", "Title"),
    ("Opportunity", "ACCOUNT_NAME", "Account.Name"),
    ("Opportunity", "AMOUNT", "Amount"),
    ("Opportunity", "CLOSED", "IsClosed"),
    ("Opportunity", "CLOSE_DATE", "CloseDate"),
    ("Opportunity", "EXP_AMOUNT", "ExpectedRevenue"),
    ("Opportunity", "FORECAST_CATEGORY", "ForecastCategory"),
    ("Opportunity", "FULL_NAME", "Owner.Name"),
    ("Opportunity", "INDUSTRY", "Account.Industry"),
    ("Opportunity", "LEAD_SOURCE", "LeadSource"),
    ("Opportunity", "NEXT_STEP", "NextStep"),
    ("Opportunity", "OPPORTUNITY_NAME", "Name"),
    ("Opportunity", "PROBABILITY", "Probability"),
    ("Opportunity", "STAGE_NAME", "StageName"),
    ("Opportunity", "TYPE", "Type"),
];

/// The field behind a column.
pub(super) struct Traced<'a> {
    /// The lookups on the way to its object, as far as they are known.
    pub(super) steps: Vec<(&'a Object, &'a Field)>,
    pub(super) object: &'a Object,
    pub(super) field: &'a Field,
    /// There are no other lookups on the way.
    pub(super) sure: bool,
}

/// The object that a report type starts from, for those that are known.
pub(super) fn root<'a>(schema: &'a Schema, report_type: &str) -> Option<&'a Object> {
    // The standard report type of an object that was made by the org's own people.
    let custom = report_type.strip_prefix("CustomEntity$");
    let standard = ROOTS.iter().find(|(name, _)| *name == report_type).map(|(_, object)| *object);
    exact(schema, standard.or(custom)?)
}

/// The one field that all witnesses name.
pub(super) fn trace<'a>(
    schema: &'a Schema,
    report_type: &str,
    column: &Column,
) -> Option<Traced<'a>> {
    let root = root(schema, report_type);
    let standard =
        TOKENS.iter().find(|(of, token, _)| *of == report_type && *token == column.token);
    let standard = standard.and_then(|(_, _, path)| from(schema, root?, path, true));
    let said = std::iter::once(&column.token).chain(&column.sources);
    let said = said.filter_map(|text| read(schema, text));
    let mut best: Option<Traced<'a>> = None;
    for found in standard.into_iter().chain(said) {
        let at_root = root.is_some_and(|root| root.name == found.object.name);
        let found = Traced { sure: found.sure || at_root, ..found };
        best = Some(match best {
            None => found,
            Some(best) if best.object.name != found.object.name => return None,
            Some(best) if best.field.name != found.field.name => return None,
            Some(best) if found.sure && !best.sure => found,
            Some(best) => best,
        });
    }
    best
}

/// A path of names: `Contact.Level__c`, `Contact.Account.Name`, or as custom report types write it,
/// `Account.Contacts$Owner.Name`: child relationships, then a path to a field.
fn read<'a>(schema: &'a Schema, text: &str) -> Option<Traced<'a>> {
    let Some((objects, path)) = text.split_once('$') else {
        let (object, path) = text.split_once('.')?;
        return from(schema, exact(schema, object)?, path, path.contains('.'));
    };
    let mut names = objects.split('.');
    let mut object = exact(schema, names.next()?)?;
    let mut steps = Vec::new();
    for name in names {
        let child = object.child_named(name)?;
        object = schema.object(&child.object)?;
        steps.push((object, object.field(&child.field)?));
    }
    let found = from(schema, object, path, true)?;
    steps.extend(found.steps);
    Some(Traced { steps, ..found })
}

/// A path of lookups to a field, each in describe's spelling.
fn from<'a>(schema: &'a Schema, object: &'a Object, path: &str, sure: bool) -> Option<Traced<'a>> {
    let mut names: Vec<&str> = path.split('.').collect();
    let last = names.pop()?;
    let mut object = object;
    let mut steps = Vec::new();
    for name in names {
        let lookup = object.parent_named(name).or_else(|| object.field_named(name))?;
        if lookup.polymorphic {
            return None;
        }
        steps.push((object, lookup));
        object = schema.object(lookup.reference_to.first()?)?;
    }
    let field = object.field_named(last).filter(|field| field.name.as_str() == last)?;
    Some(Traced { steps, object, field, sure })
}

fn exact<'a>(schema: &'a Schema, name: &str) -> Option<&'a Object> {
    schema.object_named(name).map(Arc::as_ref).filter(|object| object.name.as_str() == name)
}
