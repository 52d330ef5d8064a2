//! Bulk jobs: each column of a file is a write, as of one record, and a query is a query.

use super::records::{name, org};
use super::*;
use crate::csv::Dialect;
use crate::salesforce::FieldName;
use crate::salesforce::bulk::{
    BulkOperation, BulkQuery, Columns, Ingest, IngestOperation, Job, Outcomes, Rows, Work,
};

fn columns(header: &str) -> Columns {
    Columns::parse(header.split(',')).unwrap()
}

fn upsert(key: &str) -> IngestOperation {
    IngestOperation::Upsert { field: FieldName::parse(key).unwrap() }
}

fn ingest(operation: IngestOperation, object: &str, header: &str) -> Ingest {
    Ingest { object: name(object), operation, columns: columns(header) }
}

/// Every step of a job that has a file of its own.
fn steps(ingest: &Ingest) -> [BulkOperation; 4] {
    let id = RecordId::parse("750000000000001AAA").unwrap();
    let rows = Rows::Later { dialect: Dialect::default(), max_rows: Some(9) };
    let job = || Box::new(Job { id: id.clone(), work: Work::Ingest(ingest.clone()) });
    [
        BulkOperation::CreateIngest { ingest: ingest.clone(), rows },
        BulkOperation::Upload { job: id.clone(), ingest: ingest.clone(), max_rows: 9 },
        BulkOperation::GetJob(job()),
        BulkOperation::AbortJob(job()),
    ]
}

fn told(operation: BulkOperation) -> String {
    match resolve(Operation::Bulk(operation), &org()) {
        Ok(resolved) => accesses(&resolved).join(", "),
        Err(error) => format!("refused: {error}"),
    }
}

/// What a job touches, the same at each of its steps.
fn table(rows: &[(IngestOperation, &str, &str, &str)]) {
    for (operation, object, header, expected) in rows {
        for step in steps(&ingest(operation.clone(), object, header)) {
            assert_eq!(told(step.clone()), *expected, "{step:?}");
        }
    }
}

#[test]
fn each_column_is_a_write_at_every_step_of_a_job() {
    use IngestOperation::{Delete, Insert, Update};
    table(&[
        (
            Insert,
            "custom__C",
            "NAME,secret__C",
            "create Custom__c.Name, create Custom__c.Secret__c",
        ),
        (Update, "Custom__c", "ID,Secret__c", "update Custom__c.Secret__c"),
        (Delete, "Custom__c", "id", "delete Custom__c"),
        (
            upsert("key__C"),
            "Custom__c",
            "Secret__c,KEY__C",
            "create Custom__c.Key__c, create Custom__c.Secret__c, filter Custom__c.Key__c, \
             update Custom__c.Secret__c",
        ),
        // Whether a unique value is taken shows in which rows fail.
        (Insert, "Custom__c", "code__C", "create Custom__c.Code__c, filter Custom__c.Code__c"),
        (Update, "Custom__c", "Id,Key__c", "filter Custom__c.Key__c, update Custom__c.Key__c"),
        // A compound field writes its parts.
        (
            Insert,
            "Custom__c",
            "Where__c",
            "create Custom__c.Where__City__s, create Custom__c.Where__Street__s, create Custom__c.Where__c",
        ),
        // A relationship writes the lookup, and finds parents by a field of theirs.
        (Insert, "Custom__c", "up__R.key__C", "create Custom__c.Up__c, filter Parent__c.Key__c"),
        (
            Update,
            "Custom__c",
            "Id,user:OWNER.username",
            "filter User.Username, update Custom__c.OwnerId",
        ),
    ]);
}

#[test]
fn what_is_more_than_data_needs_its_own_action_in_bulk_too() {
    use IngestOperation::{Delete, Insert, Update};
    table(&[
        (
            Update,
            "User",
            "Id,Title,Email",
            "changeAccess User.Email, update User.Email, update User.Title",
        ),
        (
            Insert,
            "Custom__Share",
            "RowCause",
            "changeAccess Custom__Share, create Custom__Share.RowCause",
        ),
        (Delete, "ApexClass", "Id", "changeCode ApexClass, delete ApexClass"),
        // The key of a new user is set too.
        (
            upsert("Username"),
            "User",
            "Username",
            "changeAccess User.Username, create User.Username, filter User.Username",
        ),
    ]);
}

#[test]
fn columns_that_no_record_could_be_written_by_are_refused() {
    use IngestOperation::{Delete, Insert, Update};
    for (operation, object, header, why) in [
        (Insert, "Nothing", "Name", "`Nothing`"),
        (Insert, "Custom__c", "Nope__c", "`Nope__c`"),
        (Insert, "Custom__c", "Id", "can't be set"),
        (Insert, "Custom__c", "Formula__c", "can't be set"),
        // Only describe tells that these are one field.
        (Insert, "Custom__c", "Boss__c,Chief__r.Key__c", "`Boss__c`"),
        (Insert, "Custom__c", "Up__r.Plain__c", "`Up__r.Plain__c` is no external id"),
        (Insert, "Custom__c", "Nope__r.Key__c", "`Nope__r`"),
        (Insert, "Custom__c", "Owner.Username", "several objects"),
        (Insert, "Custom__c", "Parent__c:Owner.Key__c", "never leads"),
        (Insert, "Custom__c", "Lost__r.Key__c", "`Lost__r`"),
        (Update, "Custom__c", "Name", "needs the column `Id`"),
        (Update, "Custom__c", "Id", "no field is set"),
        (Delete, "Custom__c", "Id,Name", "one column"),
        (Delete, "Custom__c", "Name", "needs the column `Id`"),
        (upsert("Key__c"), "Custom__c", "Name", "needs the column `Key__c`"),
        (upsert("Name"), "Custom__c", "Name", "no external id"),
        (upsert("Id"), "Custom__c", "Id,Name", "Id"),
    ] {
        let ingest = ingest(operation.clone(), object, header);
        for step in steps(&ingest) {
            let told = told(step);
            assert!(told.starts_with("refused: ") && told.contains(why), "{ingest:?}: {told}");
        }
    }
}

#[test]
fn results_show_a_column_only_as_far_as_all_of_it_may_be_read() {
    let ingest = ingest(IngestOperation::Insert, "Custom__c", "Name,Where__c,up__r.key__c");
    let job = RecordId::parse("750000000000001AAA").unwrap();
    let which = Outcomes::Successful;
    let results = BulkOperation::IngestResults { job, ingest, which, max_rows: Some(5) };
    let resolved = resolve(Operation::Bulk(results), &org()).unwrap();
    let shown = resolved.footprint().pruned.iter();
    let shown: Vec<String> =
        shown.map(|a| format!("{} {} {}", a.path, a.action.name(), a.target)).collect();
    assert_eq!(
        shown,
        [
            "Name select Custom__c.Name",
            "Where__c select Custom__c.Where__c",
            "Where__c select Custom__c.Where__Street__s",
            "Where__c select Custom__c.Where__City__s",
            "Up__r.Key__c select Custom__c.Up__c",
            "Up__r.Key__c select Parent__c.Key__c",
        ]
    );
    // Whoever may no longer write them learns nothing of them.
    assert!(accesses(&resolved).contains(&"create Custom__c.Name".to_owned()));
    assert_eq!(resolved.footprint().rows, Some(5));
}

#[test]
fn rows_are_bounded_by_what_the_job_declares_or_brings() {
    let of = |rows| {
        let ingest = ingest(IngestOperation::Update, "Custom__c", "Id,Name");
        resolve(Operation::Bulk(BulkOperation::CreateIngest { ingest, rows }), &org())
    };
    let later = |max_rows| Rows::Later { dialect: Dialect::default(), max_rows };
    let row = |id: &str| vec![id.to_owned(), "x".to_owned()];
    assert_eq!(of(later(Some(7))).unwrap().footprint().rows, Some(7));
    assert_eq!(of(later(None)).unwrap().footprint().rows, None);
    let inline = Rows::Inline(vec![row("a00000000000001"); 3]);
    assert_eq!(of(inline).unwrap().footprint().rows, Some(3));
    for (rows, why) in [
        (vec![], "no field is set"),
        (vec![row("a00000000000001"), row("a01000000000001")], "row 3, column 1"),
        (vec![row("#N/A")], "row 2, column 1"),
        (vec![row("")], "row 2, column 1"),
        (vec![vec!["a00000000000001".to_owned(), "x".repeat(100_001)]], "a call carries 100000"),
    ] {
        let error = of(Rows::Inline(rows.clone())).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
}

#[test]
fn a_query_job_touches_what_its_query_touches() {
    let job = |text: &str| {
        let query = Box::new(BulkQuery { query: *parsed(text), all_rows: false });
        resolve(Operation::Bulk(BulkOperation::CreateQuery(query)), &demo())
    };
    for text in [
        "SELECT Id, Name, Account.Owner.Name FROM Contact WHERE SSN__c = '1' ORDER BY Salary__c LIMIT 3",
        "SELECT FIELDS(STANDARD) FROM Case LIMIT 3",
        "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact WHERE SSN__c != NULL)",
    ] {
        // Without the compound fields, which a job can't query.
        let (bulk, alone) = (job(text), query(&demo(), text).unwrap());
        let bulk = bulk.unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(accesses(&bulk), accesses(&alone), "{text}");
        assert_eq!(bulk.footprint().rows, alone.footprint().rows, "{text}");
    }
    for (text, why) in [
        ("SELECT FIELDS(STANDARD) FROM Contact LIMIT 3", "several fields"),
        ("SELECT Id, Account.BillingAddress FROM Contact", "several fields"),
        ("SELECT COUNT() FROM Account", "COUNT()"),
        ("SELECT Id FROM Account OFFSET 1", "OFFSET"),
        ("SELECT Industry FROM Account GROUP BY Industry", "GROUP BY"),
        ("SELECT Id, (SELECT Id FROM Contacts) FROM Account", "subquery"),
        ("SELECT Name n FROM Account", "alias"),
    ] {
        let error = job(text).unwrap_err().to_string();
        assert!(error.contains(why), "{text}: {error}");
    }
}
