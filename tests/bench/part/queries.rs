//! The queries that are measured.

use std::fmt::Write as _;

use fieldgate::org::Schema;

/// The queries: three fields, forty fields, and ten kilobytes.
pub(crate) const QUERIES: [&str; 3] = ["3 fields", "40 fields", "10 KB"];

pub(crate) fn query(name: &str) -> String {
    match name {
        "3 fields" => {
            "SELECT Id, Name, Email FROM Contact WHERE LastName = 'Ray' LIMIT 10".to_owned()
        }
        "40 fields" => {
            "SELECT Id, Name, FirstName, LastName, Salutation, Email, Phone, Fax, MobilePhone, \
             HomePhone, Title, Department, Birthdate, LeadSource, Description, AssistantName, \
             MailingStreet, MailingCity, MailingState, MailingPostalCode, MailingCountry, \
             AccountId, Account.Name, Account.Industry, Account.Type, Account.Phone, \
             Account.Website, OwnerId, Owner.Name, Owner.Email, Owner.Title, ReportsToId, \
             ReportsTo.Name, ReportsTo.Email, CreatedById, CreatedBy.Name, CreatedDate, \
             LastModifiedById, LastModifiedDate, SystemModstamp FROM Contact \
             WHERE Account.Industry = 'Energy' AND CreatedDate = LAST_N_DAYS:30 \
             ORDER BY LastName LIMIT 100"
                .to_owned()
        }
        _ => {
            let mut text = "SELECT Id, Name FROM Contact WHERE LastName IN (".to_owned();
            for at in 0..600 {
                let comma = if at == 0 { "" } else { ", " };
                let _infallible = write!(text, "{comma}'surname-{at:05}'");
            }
            text + ") LIMIT 100"
        }
    }
}

/// The demo org's schema.
pub(crate) fn schema() -> Schema {
    Schema::from_json(&fieldgate::demo_org::schema_json()).unwrap()
}
