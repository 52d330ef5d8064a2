//! What the shipped policies decide on the demo org, in files that people review.
//!
//! A test writes each file anew and compares. To accept a change, run the tests with
//! `FIELDGATE_BLESS=1` and review the diff.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use fieldgate::footprint::{self, Action};
use fieldgate::org::Schema;
use fieldgate::policy::{
    Agent, CallContext, Denial, Environment, Extent, Names, Permitted, PolicySet,
};
use fieldgate::salesforce::metadata::{
    CustomName, FieldDefinition, FieldRef, MetadataOperation, Sought,
};
use fieldgate::salesforce::report::ReportOperation;
use fieldgate::salesforce::{FieldName, ObjectName, Operation, RecordId, RecordKey};
use fieldgate::soql;
use jiff::tz::TimeZone;
use serde_json::json;

/// Those that the policies name: one that is not here fails.
const ROLES: [&str; 4] = ["support", "sales-operations", "administrator", "contractor"];

static UTC: TimeZone = TimeZone::UTC;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn schema() -> Schema {
    Schema::from_json(&fieldgate::demo_org::schema_json()).unwrap()
}

fn shipped(schema: &Schema) -> PolicySet {
    let names = Names { roles: Some(&ROLES), ..Names::new(schema) };
    PolicySet::load(root().join("policies"), &names).unwrap()
}

fn agent(role: &str) -> Agent {
    Agent::new(role, "fieldgate", role, [role])
}

/// A Friday morning.
fn context(tool: &str) -> CallContext<'_> {
    let now = "2026-11-20T10:00:00Z".parse().unwrap();
    CallContext { tool, environment: Environment::Developer, now, zone: &UTC }
}

fn matches_file(name: &str, text: &str) {
    let path = root().join("tests/decisions").join(name);
    if std::env::var_os("FIELDGATE_BLESS").is_some() {
        fs::write(&path, text).unwrap();
    }
    let known = fs::read_to_string(&path).unwrap_or_default();
    let gone: Vec<&str> = known.lines().filter(|line| !text.lines().any(|l| l == *line)).collect();
    let new: Vec<&str> = text.lines().filter(|line| !known.lines().any(|l| l == *line)).collect();
    assert!(
        known == text,
        "{} differs:\n- {}\n+ {}",
        path.display(),
        gone.join("\n- "),
        new.join("\n+ ")
    );
}

/// An extent, field by field.
fn permits(extent: &Extent, field: &FieldName) -> bool {
    match extent {
        Extent::Nothing => false,
        Extent::All => true,
        Extent::Except(fields) => !fields.contains(field),
        Extent::Only(fields) => fields.contains(field),
    }
}

#[test]
fn the_matrix_is_the_reviewed_one() {
    let schema = schema();
    let set = shipped(&schema);
    let matrices = ROLES.map(|role| set.matrix(&agent(role), &schema, &context("createRecord")));
    let row = |name: &str, cells: [String; ROLES.len()]| {
        let cells = cells.map(|cell| format!("{cell:20}"));
        format!("{name:36}{}\n", cells.concat().trim_end())
    };
    let mut text = format!(
        "# What the shipped policies permit on the demo org by createRecord, role by field.\n\
         # d describe  s select  f filter  S search  c create  u update  D delete (of the object's records)\n\n\
         {}",
        row("", ROLES.map(str::to_owned))
    );
    for matrix in &matrices {
        assert_eq!(matrix.org, [Action::ListObjects, Action::ReadLimits]);
    }
    for (at, object) in schema.objects().enumerate() {
        let rights = matrices.each_ref().map(|matrix| &matrix.objects[at].rights);
        let deletes = rights.map(|rights| match rights.last().unwrap() {
            (Action::Delete, Extent::All) => "D",
            (Action::Delete, Extent::Nothing) => "-",
            other => panic!("{other:?}"),
        });
        text += &row(object.name.as_str(), deletes.map(|delete| format!("     {delete}")));
        for field in object.fields() {
            let cells = rights.map(|rights| {
                let letters = "dsfScu".chars();
                let allowed = letters.zip(rights).map(|(letter, (_, extent))| {
                    if permits(extent, &field.name) { letter } else { '-' }
                });
                allowed.collect::<String>()
            });
            let name = format!("  {}.{}", object.name, field.name);
            text += &row(&name, cells);
        }
    }
    matches_file("fields.txt", &text);
}

fn query(text: &str) -> (String, Operation) {
    (text.to_owned(), Operation::query(soql::parse(text).unwrap()))
}

fn name(text: &str) -> ObjectName {
    ObjectName::parse(text).unwrap()
}

fn write(text: &str, object: &str, fields: &[&str], update: Option<&str>) -> (String, Operation) {
    let object = name(object);
    let values: Vec<_> =
        fields.iter().map(|field| (FieldName::parse(field).unwrap(), json!("x"))).collect();
    let operation = match update {
        Some(id) => Operation::UpdateRecord {
            object,
            key: RecordKey::Id(RecordId::parse(id).unwrap()),
            body: values.into(),
        },
        None => Operation::CreateRecord { object, body: values.into() },
    };
    (text.to_owned(), operation)
}

fn report(text: &str, columns: &str, grouped_by: &str) -> (String, Operation) {
    let described = json!({ "reportMetadata": {
        "reportFormat": "SUMMARY",
        "reportType": { "type": "ContactList" },
        "detailColumns": columns.split(", ").collect::<Vec<_>>(),
        "groupingsDown": [{ "name": grouped_by }],
    } });
    let run = ReportOperation::run(RecordId::parse("00O000000000001EAA").unwrap(), true);
    let run = run.with_lookup(described.to_string().as_bytes()).unwrap();
    (text.to_owned(), Operation::Report(run))
}

fn calls() -> Vec<(String, Operation)> {
    [queries(), changes(), reports_and_describes(), definitions()].concat()
}

fn id(text: &str) -> RecordId {
    RecordId::parse(text).unwrap()
}

fn queries() -> Vec<(String, Operation)> {
    vec![
        query("SELECT Name, Email, Account.Name, Owner.Name FROM Contact LIMIT 5"),
        query("SELECT Name, SSN__c FROM Contact LIMIT 5"),
        query("SELECT SSN_Last4__c FROM Contact LIMIT 5"),
        query("SELECT Name FROM Contact WHERE SSN__c LIKE '1%' LIMIT 5"),
        query("SELECT Name FROM Contact ORDER BY Salary__c DESC LIMIT 1"),
        query("SELECT COUNT(Id), Salary__c FROM Contact GROUP BY Salary__c"),
        query("SELECT COUNT() FROM Contact WHERE Salary__c > 100000"),
        query("SELECT Name, (SELECT LastName, SSN__c FROM Contacts) FROM Account LIMIT 5"),
        query(
            "SELECT Name FROM Account WHERE Id IN (SELECT AccountId FROM Contact WHERE SSN__c != NULL)",
        ),
        query("SELECT Parent_Group__r.Credit_Limit__c FROM Account LIMIT 5"),
        query("SELECT Name, Total_Won_Amount__c FROM Account LIMIT 5"),
        query("SELECT CaseNumber, Owner.Name, Contact.Name FROM Case LIMIT 5"),
        query("SELECT Subject, Who.Name FROM Task LIMIT 5"),
        query("SELECT Name, StageName, Amount FROM Opportunity LIMIT 5"),
        query("SELECT Name, Commission__c FROM Opportunity LIMIT 5"),
        query("SELECT Name, Username FROM User LIMIT 5"),
        query("SELECT CreatedBy.Cost_Rate__c FROM Contact LIMIT 5"),
    ]
}

fn changes() -> Vec<(String, Operation)> {
    vec![
        write(
            "update Opportunity StageName",
            "Opportunity",
            &["StageName"],
            Some("006000000000001AAA"),
        ),
        write(
            "update Opportunity StageName, Amount",
            "Opportunity",
            &["StageName", "Amount"],
            Some("006000000000001AAA"),
        ),
        write("create Task Subject, Status, WhoId", "Task", &["Subject", "Status", "WhoId"], None),
        write("create Contact LastName, SSN__c", "Contact", &["LastName", "SSN__c"], None),
        (
            "delete Account".to_owned(),
            Operation::DeleteRecord {
                object: name("Account"),
                key: RecordKey::Id(id("001000000000001AAA")),
            },
        ),
    ]
}

fn reports_and_describes() -> Vec<(String, Operation)> {
    vec![
        (
            "describe report".to_owned(),
            Operation::Report(ReportOperation::Describe { id: id("00O000000000001EAA") }),
        ),
        report("report FIRST_NAME, EMAIL by ACCOUNT.NAME", "FIRST_NAME, EMAIL", "ACCOUNT.NAME"),
        report("report FIRST_NAME, SSN__c by EMAIL", "FIRST_NAME, Contact.SSN__c", "EMAIL"),
        report("report FIRST_NAME by Salary__c", "FIRST_NAME", "Contact.Salary__c"),
        query("SELECT Id, Name, FolderName FROM Report LIMIT 5"),
        ("limits".to_owned(), Operation::GetLimits),
        ("objects".to_owned(), Operation::ListObjects),
        ("describe Contact".to_owned(), Operation::DescribeObject { object: name("Contact") }),
        ("describe Lead".to_owned(), Operation::DescribeObject { object: name("Lead") }),
    ]
}

fn definitions() -> Vec<(String, Operation)> {
    vec![
        metadata("fields of Contact", |contact, _| MetadataOperation::ListFields {
            object: contact,
            table: Sought::Unasked,
        }),
        metadata("definition of Contact.SSN__c", |_, ssn| MetadataOperation::GetField {
            id: id("00N000000000001EAA"),
            field: Sought::Found(ssn),
        }),
        metadata("which field 00N000000000001EAA is", |_, _| MetadataOperation::FindField {
            id: id("00N000000000001EAA"),
        }),
        metadata("new field of Contact", |contact, _| {
            let members = r#"{"label":"Due","type":"Date"}"#;
            MetadataOperation::CreateField {
                object: contact,
                name: CustomName::parse("Due__c").unwrap(),
                definition: Box::new(
                    FieldDefinition::new(serde_json::from_str(members).unwrap()).unwrap(),
                ),
            }
        }),
        metadata("delete field Contact.SSN__c", |_, ssn| MetadataOperation::DeleteField {
            id: id("00N000000000001EAA"),
            field: Sought::Found(ssn),
        }),
    ]
}

fn metadata(
    call: &str,
    operation: impl FnOnce(ObjectName, FieldRef) -> MetadataOperation,
) -> (String, Operation) {
    let contact = name("Contact");
    let field = FieldName::parse("SSN__c").unwrap();
    let ssn = FieldRef { object: contact.clone(), field };
    (call.to_owned(), Operation::Metadata(operation(contact, ssn)))
}

fn shown(decision: &Result<Permitted, Box<Denial>>) -> String {
    match decision {
        Ok(permitted) => {
            let ids: Vec<&str> = permitted.policy_ids().collect();
            let pruned = &permitted.resolved().footprint().pruned;
            let kept = pruned.iter().filter(|a| permitted.visible(a.action, &a.target)).count();
            let kept = match pruned.len() {
                0 => String::new(),
                all => format!(", {kept} of {all} parts kept"),
            };
            format!("allow by {}{kept}", ids.join(", "))
        }
        // The fields on offer are many, and follow from the other file.
        Err(denial) => {
            let sentence = denial.sentence();
            let (refused, offers) = sentence.split_once(" Do not retry it.").unwrap();
            format!("{refused}{}", offers.chars().take(70).collect::<String>())
        }
    }
}

#[test]
fn the_calls_are_decided_as_reviewed() {
    let schema = schema();
    let set = shipped(&schema);
    let mut text = String::from("# What the shipped policies decide on calls to the demo org.\n");
    for (call, operation) in calls() {
        writeln!(text, "\n{call}").unwrap();
        for role in ROLES {
            let resolved = footprint::resolve(operation.clone(), &schema).unwrap();
            let tool = operation.kind();
            let decision = set.authorize(&agent(role), &schema, &context(tool), resolved);
            if let Ok(permitted) = &decision {
                assert_eq!(permitted.policy_set(), set.hash());
            }
            writeln!(text, "  {role}: {}", shown(&decision)).unwrap();
        }
    }
    matches_file("calls.txt", &text);
}

#[test]
fn help_is_true_what_a_denial_offers_is_then_permitted() {
    let schema = schema();
    let set = shipped(&schema);
    let mut offered = BTreeSet::new();
    for role in ROLES {
        for (_, operation) in calls() {
            let resolved = footprint::resolve(operation, &schema).unwrap();
            let Err(denial) = set.authorize(&agent(role), &schema, &context("none"), resolved)
            else {
                continue;
            };
            for allowed in denial.allowed() {
                for field in &allowed.fields {
                    offered.insert((role, allowed.action, allowed.object.clone(), field.clone()));
                }
            }
        }
    }
    assert!(offered.len() > 50, "{}", offered.len());
    for (role, action, object, field) in offered {
        let text = if action == Action::Select {
            format!("SELECT {field} FROM {object} LIMIT 1")
        } else if action == Action::Filter {
            format!("SELECT Id FROM {object} WHERE {field} = NULL LIMIT 1")
        } else {
            continue;
        };
        let resolved = footprint::resolve(query(&text).1, &schema).unwrap();
        let decision = set.authorize(&agent(role), &schema, &context("none"), resolved);
        assert!(decision.is_ok(), "{role}: {text}: {}", shown(&decision));
    }
}
