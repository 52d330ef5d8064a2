//! One test a rule, each a table: what is asked → what it touches, what is sent, or why not.

use serde_json::Value;

use super::*;
use crate::salesforce::{FieldName, ObjectName, RecordBody, RecordId, RecordKey};
use crate::soql;
use crate::soql::ast::{Ident, Path, Span};

fn demo() -> Schema {
    Schema::from_json(&crate::demo_org::schema_json()).unwrap()
}

/// A schema from `Object: field, field -> Target(Relationship), field = formula, …` lines.
fn small(lines: &[&str]) -> Schema {
    let objects: Vec<String> = lines.iter().map(|line| object(line)).collect();
    let json = format!(r#"{{"apiVersion":"68.0","sobjects":[{}]}}"#, objects.join(","));
    Schema::from_json(json.as_bytes()).unwrap()
}

fn object(line: &str) -> String {
    let (name, rest) = line.split_once(": ").unwrap();
    let (fields, children) = rest.split_once(" | ").unwrap_or((rest, ""));
    let fields: Vec<String> = fields
        .split(", ")
        .map(|field| {
            if let Some((field, formula)) = field.split_once(" = ") {
                let formula = Value::from(formula);
                format!(r#"{{"name":"{field}","calculated":true,"calculatedFormula":{formula}}}"#)
            } else if let Some((field, to)) = field.split_once(" -> ") {
                let (to, name) = to.trim_end_matches(')').split_once('(').unwrap();
                let to: Vec<String> = to.split('+').map(|to| format!("\"{to}\"")).collect();
                let to = to.join(",");
                format!(r#"{{"name":"{field}","referenceTo":[{to}],"relationshipName":"{name}"}}"#)
            } else if let Some((part, whole)) = field.split_once(" of ") {
                format!(r#"{{"name":"{part}","compoundFieldName":"{whole}"}}"#)
            } else if let Some(hidden) = field.strip_suffix('?') {
                format!(r#"{{"name":"{hidden}","calculated":true}}"#)
            } else {
                format!(r#"{{"name":"{field}"}}"#)
            }
        })
        .collect();
    let children: Vec<String> = children
        .split(", ")
        .filter_map(|child| {
            let (name, lookup) = child.split_once(" <- ")?;
            let (object, field) = lookup.split_once('.')?;
            Some(format!(
                r#"{{"relationshipName":"{name}","childSObject":"{object}","field":"{field}"}}"#
            ))
        })
        .collect();
    format!(
        r#"{{"name":"{name}","fields":[{}],"childRelationships":[{}]}}"#,
        fields.join(","),
        children.join(",")
    )
}

fn parsed(text: &str) -> Box<Query> {
    Box::new(soql::parse(text).unwrap_or_else(|error| panic!("{text}: {error}")))
}

fn query(schema: &Schema, text: &str) -> Result<Resolved, FootprintError> {
    resolve(Operation::query(*parsed(text)), schema)
}

/// Each access as `action Object.Field`, `?` after it where it is opaque; sorted.
fn accesses(resolved: &Resolved) -> Vec<String> {
    let mut list: Vec<String> = resolved
        .footprint()
        .accesses
        .iter()
        .map(|a| format!("{} {}{}", a.action.name(), a.target, if a.opaque { "?" } else { "" }))
        .collect();
    list.sort();
    list
}

fn sent(resolved: &Resolved) -> String {
    resolved.operation().as_query().unwrap().to_string()
}

fn touches(schema: &Schema, table: &[(&str, &[&str])]) {
    for (text, expected) in table {
        let found = query(schema, text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let mut expected: Vec<String> = expected
            .iter()
            .flat_map(|line| {
                let (action, targets) = line.split_once(' ').unwrap();
                targets.split(' ').map(move |target| format!("{action} {target}"))
            })
            .collect();
        expected.sort();
        assert_eq!(accesses(&found), expected, "{text}");
        let again = soql::parse(&sent(&found)).unwrap();
        assert_eq!(Operation::query(again), *found.operation(), "{text}");
    }
}

fn refuses(schema: &Schema, table: &[(&str, &str)]) {
    for (text, why) in table {
        match query(schema, text) {
            Ok(resolved) => panic!("{text}: sent as {}", sent(&resolved)),
            Err(error) => assert!(error.to_string().contains(why), "{text}: {error}"),
        }
    }
}

#[test]
fn what_comes_back_is_selected_and_what_chooses_rows_is_filtered_on() {
    touches(
        &demo(),
        &[
            ("SELECT Name FROM Account", &["select Account.Name"]),
            (
                "SELECT Id FROM Contact WHERE SSN__c LIKE '1%'",
                &["select Contact.Id", "filter Contact.SSN__c"],
            ),
            (
                "SELECT Id FROM Contact ORDER BY SSN__c",
                &["select Contact.Id", "filter Contact.SSN__c"],
            ),
            (
                "SELECT Title, COUNT(Id) FROM Contact GROUP BY Title HAVING MAX(Salary__c) > 5",
                &[
                    "select Contact.Title Contact.Id",
                    "filter Contact.Title Contact.Id Contact.Salary__c",
                ],
            ),
            (
                "SELECT MAX(Salary__c) FROM Contact",
                &["select Contact.Salary__c", "filter Contact.Salary__c"],
            ),
            (
                "SELECT FORMAT(MIN(Salary__c)) m FROM Contact",
                &["select Contact.Salary__c", "filter Contact.Salary__c"],
            ),
            (
                "SELECT COUNT(Id) FROM Contact GROUP BY ROLLUP(Title)",
                &["select Contact.Id", "filter Contact.Id Contact.Title"],
            ),
            (
                "SELECT Id FROM Contact WHERE NOT (SSN__c = NULL OR Salary__c IN (1, 2))",
                &["select Contact.Id", "filter Contact.SSN__c Contact.Salary__c"],
            ),
            (
                "SELECT Id FROM Account WHERE Regions__c INCLUDES ('North')",
                &["select Account.Id", "filter Account.Regions__c"],
            ),
        ],
    );
}

#[test]
fn a_bare_count_reads_the_object_and_every_field_that_it_filters_on() {
    touches(
        &demo(),
        &[
            ("SELECT COUNT() FROM Contact", &["select Contact"]),
            (
                "SELECT COUNT() FROM Contact WHERE SSN__c = '1'",
                &["select Contact", "filter Contact.SSN__c"],
            ),
        ],
    );
}

#[test]
fn a_path_touches_each_lookup_on_its_way_and_the_field_at_its_end() {
    touches(
        &demo(),
        &[
            (
                "SELECT Account.Parent.Industry FROM Contact",
                &["select Contact.AccountId Account.ParentId Account.Industry"],
            ),
            (
                "SELECT Id FROM Contact WHERE Account.Credit_Limit__c > 5",
                &["select Contact.Id", "filter Contact.AccountId Account.Credit_Limit__c"],
            ),
            (
                "SELECT Parent_Group__r.Industry FROM Account",
                &["select Account.Parent_Group__c Account.Industry"],
            ),
        ],
    );
}

#[test]
fn five_relationships_are_the_most_also_through_aliases() {
    let parents = "ReportsTo.ReportsTo.ReportsTo.ReportsTo.ReportsTo";
    let five = format!("SELECT {parents}.Id FROM Contact");
    touches(&demo(), &[(&five, &["select Contact.ReportsToId Contact.Id"])]);
    let chain = "SELECT b.ReportsTo.ReportsTo.Id FROM Contact c, c.ReportsTo.ReportsTo a, a.ReportsTo.ReportsTo b";
    refuses(&demo(), &[(chain, "more than five")]);
}

#[test]
fn a_polymorphic_path_touches_every_object_that_it_can_lead_to() {
    touches(
        &demo(),
        &[
            ("SELECT Owner.Email FROM Case", &["select Case.OwnerId User.Email Group.Email"]),
            ("SELECT Owner.Alias FROM Case", &["select Case.OwnerId User.Alias"]),
            (
                "SELECT Id FROM Task WHERE Who.Type = 'Lead'",
                &["select Task.Id", "filter Task.WhoId"],
            ),
            (
                "SELECT What.Type FROM Task",
                &["select Task.WhatId Account.Type Campaign.Type Case.Type Opportunity.Type"],
            ),
        ],
    );
    refuses(
        &demo(),
        &[
            ("SELECT Owner.Cost_Rate__c FROM Case", "only its Id, Name, Type"),
            ("SELECT Owner.Manager.Name FROM Case", "only its Id, Name, Type"),
            ("SELECT What.Credit_Limit__c FROM Task", "only its Id, Name, Type"),
        ],
    );
}

#[test]
fn a_child_subquery_touches_the_lookup_that_ties_children_to_parents() {
    touches(
        &demo(),
        &[
            (
                "SELECT Id, (SELECT Title FROM Contacts WHERE SSN__c != NULL) FROM Account",
                &["select Account.Id Contact.AccountId Contact.Title", "filter Contact.SSN__c"],
            ),
            (
                "SELECT (SELECT Subject FROM Tasks) FROM Contact",
                &["select Task.WhoId Task.Subject"],
            ),
            (
                "SELECT (SELECT c.Title FROM a.Contacts c) FROM Account a",
                &["select Contact.AccountId Contact.Title"],
            ),
        ],
    );
    refuses(
        &demo(),
        &[
            ("SELECT (SELECT Id FROM Contact) FROM Account", "no child relationship"),
            (
                "SELECT (SELECT Id FROM p.Contacts) FROM Account a, a.Parent p",
                "no child relationship",
            ),
            ("SELECT (SELECT a.Name FROM a.Contacts) FROM Account a", "no relationship `a`"),
        ],
    );
}

#[test]
fn a_semi_join_filters_with_all_that_it_names() {
    touches(
        &demo(),
        &[
            (
                "SELECT Id FROM Account WHERE Id NOT IN (SELECT AccountId FROM Contact WHERE SSN__c = '1')",
                &["select Account.Id", "filter Account.Id Contact.AccountId Contact.SSN__c"],
            ),
            (
                "SELECT Id FROM Case WHERE ContactId IN (SELECT Id FROM Contact WHERE Id IN (SELECT WhoId FROM Task))",
                &["select Case.Id", "filter Case.ContactId Contact.Id Task.WhoId"],
            ),
        ],
    );
}

#[test]
fn aliases_are_resolved_as_a_set_and_never_sent() {
    let schema = demo();
    for (text, printed) in [
        (
            "SELECT c.Title, a.Industry FROM Contact c, c.Account a",
            "SELECT Title, Account.Industry FROM Contact",
        ),
        // Forwards: an alias may stand before the one that it starts from.
        (
            "SELECT p.Industry FROM Contact c, a.Parent p, c.Account a",
            "SELECT Account.Parent.Industry FROM Contact",
        ),
        // An alias wins over the relationship of its name, and over the object's.
        ("SELECT Account.Title FROM Contact Account", "SELECT Title FROM Contact"),
        ("SELECT ACCOUNT.Title FROM Contact account", "SELECT Title FROM Contact"),
        (
            "SELECT Account.Title FROM Contact c, c.ReportsTo Account",
            "SELECT ReportsTo.Title FROM Contact",
        ),
        ("SELECT contact.title FROM CONTACT", "SELECT Title FROM Contact"),
    ] {
        let resolved = query(&schema, text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(sent(&resolved), printed, "{text}");
    }
    refuses(
        &schema,
        &[
            ("SELECT Id FROM Contact c, a.Parent b, b.Parent a", "refers to itself"),
            ("SELECT Id FROM Contact c, a.Parent a", "refers to itself"),
            ("SELECT Id FROM Contact c, c x", "refers to itself"),
            ("SELECT Id FROM Contact c, c.Nothing__r unused", "no relationship `Nothing__r`"),
        ],
    );
}

#[test]
fn a_relationship_with_the_name_of_its_object_is_read_by_nobody() {
    let schema = small(&[
        "Node: Id, Secret__c, Node__c -> Node(Node) | Nodes <- Node.Node__c, Same <- Leaf.Same__c",
        "Leaf: Id, Same__c -> Node(Same)",
    ]);
    refuses(
        &schema,
        &[
            ("SELECT Node.Secret__c FROM Node", "could mean"),
            // Printed without the alias this would be the object's own field for Salesforce.
            ("SELECT n.Node.Secret__c FROM Node n", "could mean"),
            ("SELECT x.Secret__c FROM Node n, n.Node x", "could mean"),
            ("SELECT (SELECT Same.Secret__c FROM Same) FROM Node", "could mean"),
            ("SELECT (SELECT l.Same.Secret__c FROM Same l) FROM Node", "could mean"),
        ],
    );
}

#[test]
fn a_compound_field_shows_its_parts() {
    touches(
        &demo(),
        &[(
            "SELECT Name FROM Contact",
            &["select Contact.Name Contact.FirstName Contact.LastName Contact.Salutation"],
        )],
    );
    let cyclic = small(&["A: X of Y, Y of X"]);
    touches(&cyclic, &[("SELECT X FROM A", &["select A.X A.Y"])]);
}

#[test]
fn a_formula_shows_every_field_that_it_names() {
    touches(
        &demo(),
        &[
            ("SELECT SSN_Last4__c FROM Contact", &["select Contact.SSN_Last4__c Contact.SSN__c"]),
            (
                "SELECT Id FROM Contact WHERE SSN_Last4__c = '1'",
                &["select Contact.Id", "filter Contact.SSN_Last4__c Contact.SSN__c"],
            ),
            (
                "SELECT SSN_Last4__c FROM Contact ORDER BY SSN_Last4__c",
                &[
                    "select Contact.SSN_Last4__c Contact.SSN__c",
                    "filter Contact.SSN_Last4__c Contact.SSN__c",
                ],
            ),
        ],
    );
    let schema = small(&[
        "P: Secret, Owner -> U+G(Owner)",
        "U: Id",
        "G: Id",
        "A: Own, B = A1 & 'B1', A1 = Own, Loop1 = Loop2, Loop2 = Loop1, P -> P(Up), Far = Up.Secret, \
         Poly = Up.Owner.Id, Lost = Gone, Sum?, OfSum = Sum * 2, Session = $Api.Session_ID, \
         Odd = Owner:User.Email, Hid = /* Own */ \"Own\", Set = $Setup.Keys__c.Secret__c, \
         Meta = $CustomMetadata.Keys__mdt.Live.Secret__c, Mine = $User.Email",
    ]);
    touches(
        &schema,
        &[
            ("SELECT B FROM A", &["select A.B A.A1 A.Own"]),
            ("SELECT Loop1 FROM A", &["select A.Loop1 A.Loop2"]),
            ("SELECT Far FROM A", &["select A.Far A.P P.Secret"]),
            ("SELECT Hid FROM A", &["select A.Hid"]),
            // What can't be followed is opaque: only a policy that names the field permits it.
            ("SELECT Poly FROM A", &["select A.Poly?"]),
            ("SELECT Lost FROM A", &["select A.Lost?"]),
            ("SELECT OfSum FROM A", &["select A.OfSum A.Sum?"]),
            ("SELECT Session FROM A", &["select A.Session?"]),
            ("SELECT Odd FROM A", &["select A.Odd?"]),
            ("SELECT Set, Meta, Mine FROM A", &["select A.Meta? A.Mine A.Set?"]),
        ],
    );
}

#[test]
fn a_copy_shows_what_it_is_a_copy_of() {
    let schema = small(&[
        "Contact: Id, Email, SSN__c, MailingStreet, Tail__c = RIGHT(SSN__c) | Histories <- \
         ContactHistory.ContactId",
        "ContactHistory: ContactId -> Contact(Contact), Field, OldValue, NewValue",
        "ContactChangeEvent: SSN__c, ReplayId",
        "Account: Id, SSN__pc, PersonEmail, PersonContactId, Lost__pc, Tail__pc, Of__c = SSN__pc",
        "CampaignMember: Status, Email, Street",
        "FeedTrackedChange: FieldName, NewValue",
    ]);
    touches(
        &schema,
        &[
            // A history has values of any field, so that only a policy that names it permits it.
            (
                "SELECT NewValue FROM ContactHistory WHERE Field = 'SSN__c'",
                &["select ContactHistory.NewValue?", "filter ContactHistory.Field"],
            ),
            (
                "SELECT Id, (SELECT OldValue FROM Histories) FROM Contact",
                &["select Contact.Id ContactHistory.ContactId ContactHistory.OldValue?"],
            ),
            (
                "SELECT FieldName FROM FeedTrackedChange WHERE NewValue = '1'",
                &["select FeedTrackedChange.FieldName", "filter FeedTrackedChange.NewValue?"],
            ),
            (
                "SELECT ReplayId, SSN__c FROM ContactChangeEvent",
                &["select Contact.SSN__c ContactChangeEvent.ReplayId ContactChangeEvent.SSN__c"],
            ),
            ("SELECT SSN__pc FROM Account", &["select Account.SSN__pc Contact.SSN__c"]),
            // A copy of a formula, and a formula of a copy.
            (
                "SELECT Tail__pc FROM Account",
                &["select Account.Tail__pc Contact.SSN__c Contact.Tail__c"],
            ),
            (
                "SELECT Id FROM Account WHERE Of__c = '1'",
                &["select Account.Id", "filter Account.Of__c Account.SSN__pc Contact.SSN__c"],
            ),
            (
                "SELECT Id FROM Account WHERE PersonEmail = 'a'",
                &["select Account.Id", "filter Account.PersonEmail Contact.Email"],
            ),
            // The contact has no such field.
            (
                "SELECT PersonContactId, Lost__pc FROM Account",
                &["select Account.Lost__pc Account.PersonContactId"],
            ),
            (
                "SELECT Status, Email, Street FROM CampaignMember",
                &["select CampaignMember.Email CampaignMember.Status CampaignMember.Street \
                   Contact.Email Contact.MailingStreet"],
            ),
        ],
    );
}

#[test]
fn what_the_org_does_not_know_is_refused_in_the_callers_own_words() {
    let schema = small(&[
        "Open: Id, Hidden__c -> Secret(Hidden__r) | Kids__r <- Secret.Up__c, Lost__r <- Gone.X",
        "Secret: Id, Up__c -> Open(Up__r)",
    ]);
    for (text, why) in [
        ("SELECT Id FROM Nothing", "`Nothing` is not an object"),
        ("SELECT Nope FROM Open", "`Open` has no field `Nope`"),
        ("SELECT Hidden__r.Nope FROM Open", "`Hidden__r` has no field `Nope`"),
        ("SELECT Hidden__r.Up.Id FROM Open", "`Hidden__r` has no relationship `Up`"),
        ("SELECT (SELECT Nope FROM Kids__r) FROM Open", "`Kids__r` has no field `Nope`"),
        ("SELECT (SELECT (SELECT Id FROM X) FROM Kids__r) FROM Open", "`Kids__r` has no child"),
        ("SELECT (SELECT Id FROM Lost__r) FROM Open", "`Open` has no child relationship `Lost__r`"),
    ] {
        let error = query(&schema, text).unwrap_err().to_string();
        assert!(error.contains(why), "{text}: {error}");
        assert!(!error.contains("Secret") && !error.contains("Gone"), "{text}: {error}");
    }
    let long = "a".repeat(200);
    let error = query(&schema, &format!("SELECT {long} FROM Open")).unwrap_err().to_string();
    assert!(error.len() < 150, "{error}");
}

#[test]
fn two_selected_items_never_come_back_under_one_name() {
    refuses(
        &demo(),
        &[
            ("SELECT Title, c.title FROM Contact c", "selected twice"),
            ("SELECT a.Name, Account.Name FROM Contact c, c.Account a", "selected twice"),
            ("SELECT COUNT(Id) n, MAX(Title) N FROM Contact", "selected twice"),
            (
                "SELECT Account.Name, COUNT(Id) Name FROM Contact GROUP BY Account.Name",
                "selected twice",
            ),
            (
                "SELECT Account.Name, ReportsTo.Name FROM Contact GROUP BY Account.Name, ReportsTo.Name",
                "selected twice",
            ),
            (
                "SELECT (SELECT Id FROM Contacts), (SELECT Id FROM contacts) FROM Account",
                "selected twice",
            ),
        ],
    );
}

#[test]
fn the_bound_on_rows_counts_children() {
    let schema = demo();
    for (text, rows) in [
        ("SELECT Id FROM Account", None),
        ("SELECT Id FROM Account LIMIT 7", Some(7)),
        ("SELECT COUNT() FROM Account", Some(1)),
        ("SELECT MAX(Name) FROM Account", Some(1)),
        ("SELECT Id, (SELECT Id FROM Contacts) FROM Account LIMIT 1", None),
        ("SELECT Id, (SELECT Id FROM Contacts LIMIT 9) FROM Account LIMIT 2", Some(20)),
        (
            "SELECT (SELECT Id FROM Contacts LIMIT 4294967295) FROM Account LIMIT 4294967295",
            Some(u32::MAX),
        ),
    ] {
        assert_eq!(query(&schema, text).unwrap().footprint().rows, rows, "{text}");
    }
}

fn path(text: &str) -> Path {
    let mut names: Vec<Ident> =
        text.split('.').map(|name| Ident::new(name, Span::default()).unwrap()).collect();
    let last = names.pop().unwrap();
    Path { qualifiers: names, last }
}

fn get(object: &str, id: &str, fields: &[&str]) -> Operation {
    Operation::GetRecord {
        object: ObjectName::parse(object).unwrap(),
        key: RecordKey::Id(RecordId::parse(id).unwrap()),
        fields: fields.iter().map(|field| path(field)).collect(),
    }
}

#[test]
fn the_fields_of_a_record_are_paths_like_those_of_a_query() {
    let resolved = resolve(
        get("contact", "003000000000001", &["title", "Account.NAME", "Contact.Title"]),
        &demo(),
    )
    .unwrap();
    assert_eq!(
        accesses(&resolved),
        ["select Account.Name", "select Contact.AccountId", "select Contact.Title"]
    );
    assert_eq!(
        *resolved.operation(),
        get("Contact", "003000000000001", &["Title", "Account.Name"])
    );
}

#[test]
fn an_id_of_another_object_is_refused() {
    let key = RecordKey::Id(RecordId::parse("005000000000001").unwrap());
    let object = ObjectName::parse("Contact").unwrap();
    for operation in [
        get("Contact", "005000000000001", &["Id"]),
        Operation::DeleteRecord { object: object.clone(), key: key.clone() },
        Operation::UpdateRecord { object, key, body: values(&[("Title", "1".into())]) },
    ] {
        let error = resolve(operation, &demo()).unwrap_err().to_string();
        assert_eq!(error, "the id is not one of a record of `Contact`");
    }
}

fn values(values: &[(&str, Value)]) -> RecordBody {
    let values: Vec<(FieldName, Value)> =
        values.iter().map(|(n, v)| (FieldName::parse(n).unwrap(), v.clone())).collect();
    values.into()
}

fn create(object: &str, fields: &[(&str, Value)]) -> Operation {
    Operation::CreateRecord { object: ObjectName::parse(object).unwrap(), body: values(fields) }
}

#[test]
fn what_is_written_is_a_known_field_once_with_a_plain_value() {
    let schema = demo();
    for (fields, why) in [
        (vec![], "no field is set"),
        (vec![("Id", "003000000000001AAA".into())], "`Contact.Id` can't be set"),
        (vec![("iD", "003000000000001AAA".into())], "can't be set"),
        (vec![("ssn_last4__C", "1".into())], "`Contact.SSN_Last4__c` can't be set"),
        (vec![("Title", "a".into()), ("TITLE", "b".into())], "`Title` is set twice"),
        (vec![("Account", serde_json::json!({"Name": "x"}))], "no field `Account`"),
        (vec![("AccountId", serde_json::json!({"Name": "x"}))], "must be text"),
        (vec![("Title", serde_json::json!(["x"]))], "must be text"),
        (vec![("attributes", "Account".into())], "no field `attributes`"),
        (vec![("Account__r", "x".into())], "no field `Account__r`"),
    ] {
        let error = resolve(create("Contact", &fields), &schema).unwrap_err().to_string();
        assert!(error.contains(why), "{fields:?}: {error}");
    }
    let resolved = resolve(create("contact", &[("title", Value::Null)]), &schema).unwrap();
    assert_eq!(accesses(&resolved), ["create Contact.Title"]);
    assert_eq!(*resolved.operation(), create("Contact", &[("Title", Value::Null)]));
}

#[test]
fn a_compound_field_writes_its_parts() {
    let schema = small(&["Person: Name, First of Name, Last of Name"]);
    let both = create("Person", &[("Name", "a".into()), ("First", "b".into())]);
    let resolved = resolve(both, &schema).unwrap();
    assert_eq!(
        accesses(&resolved),
        ["create Person.First", "create Person.Last", "create Person.Name"]
    );
}

#[test]
fn a_describe_asks_for_each_part_alone() {
    let schema = small(&[
        "A: Id, B__c -> B+C(B__r) | Cs <- C.A__c",
        "B: Id",
        "C: Id, A__c -> A(A__r), D__c -> D(D__r)",
        "D: Id",
    ]);
    let object = ObjectName::parse("a").unwrap();
    let resolved = resolve(Operation::DescribeObject { object }, &schema).unwrap();
    let pruned: Vec<String> =
        resolved.footprint().pruned.iter().map(|a| a.target.to_string()).collect();
    assert_eq!(accesses(&resolved), ["describe A"]);
    assert_eq!(pruned, ["A.B__c", "A.Id", "B", "C", "C.A__c"]);
}

#[test]
fn a_list_asks_for_each_object_alone() {
    let schema = small(&["A: Id", "B: Id"]);
    let resolved = resolve(Operation::ListObjects, &schema).unwrap();
    let pruned: Vec<String> =
        resolved.footprint().pruned.iter().map(|a| a.target.to_string()).collect();
    assert_eq!(accesses(&resolved), ["listObjects the org"]);
    assert_eq!(pruned, ["A", "B"]);
}

mod bulk;
mod records;
