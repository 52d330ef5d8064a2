//! What the parts of a call cost, in time and allocations: `cargo bench`.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on should stop loudly")]

use std::fmt::Write as _;

use divan::{AllocProfiler, Bencher, black_box};
use fieldgate::footprint;
use fieldgate::org::Schema;
use fieldgate::salesforce::Operation;
use fieldgate::soql;

#[global_allocator]
static ALLOCATIONS: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

/// The queries: three fields, forty fields, and ten kilobytes.
const QUERIES: [&str; 3] = ["3 fields", "40 fields", "10 KB"];

fn query(name: &str) -> String {
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

fn schema() -> Schema {
    Schema::from_json(&fieldgate::demo_org::schema_json()).unwrap()
}

#[divan::bench(args = QUERIES)]
fn parse(bencher: Bencher<'_, '_>, name: &str) {
    let text = query(name);
    bencher.bench(|| soql::parse(black_box(&text)).unwrap());
}

#[divan::bench(args = QUERIES)]
fn footprint(bencher: Bencher<'_, '_>, name: &str) {
    let (schema, query) = (schema(), soql::parse(&query(name)).unwrap());
    bencher
        .with_inputs(|| Operation::Query(Box::new(query.clone())))
        .bench_values(|operation| footprint::resolve(operation, &schema).unwrap());
}

#[divan::bench(args = QUERIES)]
fn parse_and_footprint(bencher: Bencher<'_, '_>, name: &str) {
    let (schema, text) = (schema(), query(name));
    bencher.bench(|| {
        let query = soql::parse(black_box(&text)).unwrap();
        footprint::resolve(Operation::Query(Box::new(query)), &schema).unwrap()
    });
}

#[divan::bench(args = QUERIES)]
fn print(bencher: Bencher<'_, '_>, name: &str) {
    let query = soql::parse(&query(name)).unwrap();
    bencher.bench(|| black_box(&query).to_string());
}
