//! Standard fields that hold copies of other fields' values: history, change events, person
//! accounts, campaign members. A describe doesn't say so; these are Salesforce's conventions (Object
//! Reference, "Associated Objects", "Person Account", `CampaignMember`, `RecentlyViewed`).
//!
//! Knows names only; whether an org has the fields that are copied is looked up where it matters.

use crate::salesforce::{FieldName, ObjectName};

/// What a field shows of other fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Copies {
    /// Nothing.
    #[default]
    Nothing,
    /// Values of fields that no name tells.
    Unknown,
    /// The values of these, as far as there are such fields.
    Of(Vec<(ObjectName, FieldName)>),
}

/// What an associated object's name ends in; it has the fields of its object under the same names.
const ASSOCIATED: [&str; 3] = ["History", "ChangeEvent", "CleanInfo"];

/// Objects that show records of any object, with the fields there that are nobody's values.
const OF_ANY: [(&str, &[&str]); 3] = [
    ("Name", &["Id", "Type"]),
    ("RecentlyViewed", &["Id", "Type", "LastViewedDate", "LastReferencedDate"]),
    ("EventLogFile", &["Id", "EventType", "LogDate", "LogFileLength", "CreatedDate", "Interval"]),
];

/// What a person account has of its contact under the same name.
const PERSON: [&str; 5] = ["FirstName", "LastName", "MiddleName", "Salutation", "Suffix"];

/// What a campaign member shows of its lead or contact, and under which other name that has it.
const CAMPAIGN_MEMBER: [(&str, &str); 19] = [
    ("Name", "Name"),
    ("FirstName", "FirstName"),
    ("LastName", "LastName"),
    ("Salutation", "Salutation"),
    ("Title", "Title"),
    ("Street", "MailingStreet"),
    ("City", "MailingCity"),
    ("State", "MailingState"),
    ("PostalCode", "MailingPostalCode"),
    ("Country", "MailingCountry"),
    ("Email", "Email"),
    ("Phone", "Phone"),
    ("Fax", "Fax"),
    ("MobilePhone", "MobilePhone"),
    ("Description", "Description"),
    ("DoNotCall", "DoNotCall"),
    ("HasOptedOutOfEmail", "HasOptedOutOfEmail"),
    ("HasOptedOutOfFax", "HasOptedOutOfFax"),
    ("LeadSource", "LeadSource"),
];

impl Copies {
    /// What a field of an object shows of others. Names are compared without case.
    pub(super) fn of(object: &ObjectName, field: &FieldName) -> Self {
        let (on, name) = (object.as_str(), field.as_str());
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        // On whichever object tracks changes: its own history, `FeedTrackedChange`, an archive.
        if !ends_in(name, "__c") && (starts_with(name, "OldValue") || starts_with(name, "NewValue"))
        {
            return Self::Unknown;
        }
        let any = OF_ANY.iter().find(|(object, _)| on.eq_ignore_ascii_case(object));
        if let Some((_, own)) = any {
            return if own.iter().any(|own| is(own)) { Self::Nothing } else { Self::Unknown };
        }
        let mut of = Vec::new();
        if on.eq_ignore_ascii_case("Account") {
            of.extend(contacts(name).and_then(|copied| pair("Contact", &copied)));
        } else if on.eq_ignore_ascii_case("CampaignMember") {
            if let Some((_, contacts)) = CAMPAIGN_MEMBER.iter().find(|(own, _)| is(own)) {
                of.extend(pair("Contact", contacts).into_iter().chain(pair("Lead", name)));
            }
        } else if let Some(object) = associated(on) {
            of.extend(pair(&object, name));
        }
        if of.is_empty() { Self::Nothing } else { Self::Of(of) }
    }
}

/// The contact's field behind a field of a person account.
fn contacts(name: &str) -> Option<String> {
    if let Some(stem) = name.len().checked_sub(4).filter(|_| ends_in(name, "__pc")) {
        return Some(format!("{}__c", name.get(..stem)?));
    }
    if PERSON.iter().any(|same| name.eq_ignore_ascii_case(same)) {
        return Some(name.to_owned());
    }
    name.get("Person".len()..).filter(|_| starts_with(name, "Person")).map(str::to_owned)
}

/// The object whose history or change events an object holds: `Contact` of `ContactHistory`,
/// `Invoice__c` of `Invoice__History`, `Opportunity` of `OpportunityFieldHistory`.
fn associated(object: &str) -> Option<String> {
    let suffix = ASSOCIATED.iter().find(|suffix| ends_in(object, suffix))?;
    let stem = object.get(..object.len().checked_sub(suffix.len())?)?;
    if ends_in(stem, "__") {
        return Some(format!("{stem}c"));
    }
    let whole = stem.len().checked_sub("Field".len()).filter(|_| ends_in(stem, "Field"));
    let stem = whole.and_then(|whole| stem.get(..whole)).unwrap_or(stem);
    Some(stem.to_owned()).filter(|stem| !stem.is_empty())
}

fn pair(object: &str, field: &str) -> Option<(ObjectName, FieldName)> {
    Some((ObjectName::parse(object).ok()?, FieldName::parse(field).ok()?))
}

fn starts_with(name: &str, start: &str) -> bool {
    name.get(..start.len()).is_some_and(|found| found.eq_ignore_ascii_case(start))
}

fn ends_in(name: &str, end: &str) -> bool {
    let from = name.len().checked_sub(end.len());
    from.and_then(|from| name.get(from..)).is_some_and(|found| found.eq_ignore_ascii_case(end))
}

#[cfg(test)]
mod tests {
    use super::Copies;
    use crate::salesforce::{FieldName, ObjectName};

    #[test]
    fn fields_that_copy_others_are_known_by_their_names() {
        for (field, copied) in [
            ("Contact.Email", ""),
            ("Contact.OldValue__c", ""),
            ("Account.Name", ""),
            ("Invoice__c.PersonEmail", ""),
            ("ContactHistory.OldValue", "?"),
            ("contacthistory.newvalue", "?"),
            ("Invoice__History.NewValue", "?"),
            ("OpportunityFieldHistory.OldValue", "?"),
            ("FeedTrackedChange.NewValue", "?"),
            ("FieldHistoryArchive.OldValueString", "?"),
            ("OpportunityHistory.Amount", "Opportunity.Amount"),
            ("ContactChangeEvent.Email", "Contact.Email"),
            ("Invoice__ChangeEvent.Total__c", "Invoice__c.Total__c"),
            ("Account.SSN__pc", "Contact.SSN__c"),
            ("account.ssn__PC", "Contact.ssn__c"),
            ("Account.PersonEmail", "Contact.Email"),
            ("Account.PersonMailingStreet", "Contact.MailingStreet"),
            ("Account.FirstName", "Contact.FirstName"),
            ("CampaignMember.Street", "Contact.MailingStreet Lead.Street"),
            ("CampaignMember.Status", ""),
            ("RecentlyViewed.Name", "?"),
            ("RecentlyViewed.Id", ""),
            ("Name.Email", "?"),
        ] {
            let (on, name) = field.split_once('.').unwrap();
            let found =
                Copies::of(&ObjectName::parse(on).unwrap(), &FieldName::parse(name).unwrap());
            let told = match found {
                Copies::Nothing => String::new(),
                Copies::Unknown => "?".to_owned(),
                Copies::Of(of) => {
                    let of: Vec<String> = of.iter().map(|(o, f)| format!("{o}.{f}")).collect();
                    of.join(" ")
                }
            };
            assert_eq!(told, copied, "{field}");
        }
    }
}
