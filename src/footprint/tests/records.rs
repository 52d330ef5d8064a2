//! Rules of what is written, one record or several, and of ways to related records.

use super::*;
use crate::salesforce::body::{self, Rules};
use crate::salesforce::collection::{CollectionOperation, read};
use crate::salesforce::{ExternalKey, Reference, RelationshipName};

/// Custom__c has an external id `Key__c` and a unique field `Code__c`, `Up__c` leads to Parent__c,
/// whose external id is `Key__c` too, and `OwnerId` to several objects.
pub(super) fn org() -> Schema {
    let json = r#"{"apiVersion":"68.0","sobjects":[
        {"name":"Custom__c","keyPrefix":"a00","fields":[
            {"name":"Id","idLookup":true},
            {"name":"Name","nameField":true},
            {"name":"Secret__c"},
            {"name":"Key__c","externalId":true},
            {"name":"Code__c","unique":true},
            {"name":"Formula__c","calculated":true,"calculatedFormula":"Secret__c"},
            {"name":"Where__Street__s","compoundFieldName":"Where__c"},
            {"name":"Where__City__s","compoundFieldName":"Where__c"},
            {"name":"Where__c","type":"address"},
            {"name":"Up__c","referenceTo":["Parent__c"],"relationshipName":"Up__r"},
            {"name":"Boss__c","referenceTo":["Parent__c"],"relationshipName":"Chief__r"},
            {"name":"OwnerId","referenceTo":["User","Group"],"relationshipName":"Owner"},
            {"name":"Lost__c","referenceTo":["Lost"],"relationshipName":"Lost__r"}
        ],"childRelationships":[{"relationshipName":"Kids__r","childSObject":"Kid__c","field":"Custom__c"}]},
        {"name":"Parent__c","keyPrefix":"a01","fields":[
            {"name":"Id","idLookup":true},{"name":"Key__c","externalId":true},{"name":"Plain__c"},
            {"name":"Grand__c","referenceTo":["Grand__c"],"relationshipName":"Grand__r"},
            {"name":"Self__c","referenceTo":["Parent__c"],"relationshipName":"Self__r"}
        ],"childRelationships":[
            {"relationshipName":"Customs__r","childSObject":"Custom__c","field":"Up__c"},
            {"relationshipName":"Kids__r","childSObject":"Kid__c","field":"Parent__c"},
            {"relationshipName":"Selves__r","childSObject":"Parent__c","field":"Self__c"},
            {"relationshipName":"Ghosts__r","childSObject":"Ghost","field":"Parent__c"}]},
        {"name":"Grand__c","keyPrefix":"a02","fields":[{"name":"Id"}],
         "childRelationships":[{"relationshipName":"Kids__r","childSObject":"Kid__c","field":"Grand__c"}]},
        {"name":"Kid__c","keyPrefix":"a03","fields":[{"name":"Id"},{"name":"Name"},
            {"name":"Custom__c","referenceTo":["Custom__c"],"relationshipName":"Custom__r"},
            {"name":"Parent__c","referenceTo":["Parent__c"],"relationshipName":"Parent__r"},
            {"name":"Grand__c","referenceTo":["Grand__c"],"relationshipName":"Grand__r"}]},
        {"name":"Twin__c","keyPrefix":"a04","fields":[{"name":"Id"}]},
        {"name":"Other__c","keyPrefix":"a04","fields":[{"name":"Id"}]},
        {"name":"User","keyPrefix":"005","fields":[{"name":"Id"},{"name":"Username","idLookup":true},
            {"name":"ProfileId"},{"name":"Email"},{"name":"Title"}]},
        {"name":"Group","keyPrefix":"00G","fields":[{"name":"Id"},{"name":"Name"}]},
        {"name":"Custom__Share","keyPrefix":"a0s","fields":[{"name":"Id"},{"name":"RowCause"}]},
        {"name":"AccountRelationshipShareRule","fields":[{"name":"Id"},{"name":"AccessLevel"}]},
        {"name":"ContentDistribution","keyPrefix":"05D","fields":[{"name":"Id"},{"name":"Name"}]},
        {"name":"ApexClass","keyPrefix":"01p","fields":[{"name":"Id"},{"name":"Body"}]}
    ]}"#;
    Schema::from_json(json.as_bytes()).unwrap()
}

pub(super) fn name(text: &str) -> ObjectName {
    ObjectName::parse(text).unwrap()
}

fn body(json: &str) -> RecordBody {
    body::read(json, Rules::default()).unwrap().body
}

fn key(field: &str) -> ExternalKey {
    ExternalKey::new(FieldName::parse(field).unwrap(), "K").unwrap()
}

fn made(object: &str, json: &str) -> Operation {
    Operation::CreateRecord { object: name(object), body: body(json) }
}

fn upserted(object: &str, field: &str, json: &str, update_only: bool) -> Operation {
    Operation::UpsertRecord { object: name(object), key: key(field), body: body(json), update_only }
}

/// What an operation touches, or why it is refused, in one line.
fn told(operation: Operation) -> String {
    match resolve(operation, &org()) {
        Ok(resolved) => accesses(&resolved).join(", "),
        Err(error) => format!("refused: {error}"),
    }
}

fn table(rows: &[(Operation, &str)]) {
    for (operation, expected) in rows {
        assert_eq!(told(operation.clone()), *expected, "{operation:?}");
    }
}

#[test]
fn null_is_a_write_and_names_have_no_case() {
    table(&[
        (made("CUSTOM__C", r#"{"secret__C":null}"#), "create Custom__c.Secret__c"),
        (
            made("Custom__c", r#"{"formula__c":null}"#),
            "refused: `Custom__c.Formula__c` can't be set",
        ),
        (made("Custom__c", r#"{"iD":"a00000000000001"}"#), "refused: `Custom__c.Id` can't be set"),
    ]);
}

#[test]
fn a_compound_field_is_written_with_its_parts() {
    table(&[(
        made("Custom__c", r#"{"Where__c":"x"}"#),
        "create Custom__c.Where__City__s, create Custom__c.Where__Street__s, create Custom__c.Where__c",
    )]);
}

#[test]
fn a_parent_named_by_an_external_id_is_a_filter_there_and_a_write_of_the_lookup() {
    table(&[
        (
            made("Custom__c", r#"{"up__R":{"key__C":"P"}}"#),
            "create Custom__c.Up__c, filter Parent__c.Key__c",
        ),
        (
            made("Custom__c", r#"{"Up__r":{"attributes":{"type":"parent__C"},"Key__c":"P"}}"#),
            "create Custom__c.Up__c, filter Parent__c.Key__c",
        ),
        (
            made("Custom__c", r#"{"Up__r":{"attributes":{"type":"User"},"Username":"P"}}"#),
            "refused: `Up__r` never leads to `User`",
        ),
        (
            made("Custom__c", r#"{"Up__r":{"Plain__c":"P"}}"#),
            "refused: `Up__r.Plain__c` is no external id, so records can't be named by it",
        ),
        // Not the object's name where only its relationship was written.
        (
            made("Custom__c", r#"{"Chief__r":{"plain__C":"P"}}"#),
            "refused: `Chief__r.Plain__c` is no external id, so records can't be named by it",
        ),
        (
            made("Custom__c", r#"{"Up__r":{"Id":"a01000000000001"}}"#),
            "refused: `Id` is no external id: name the record by its id",
        ),
        (
            made("Custom__c", r#"{"Up__r":{"Key__c":null}}"#),
            "refused: the value of `Up__r.Key__c` must be text, a number, true, false or null",
        ),
        (
            made("Custom__c", r#"{"Lost__r":{"Key__c":"P"}}"#),
            "refused: `Lost__r` can lead to objects that this org's schema does not describe",
        ),
        (
            made("Custom__c", r#"{"Kids__r":{"Key__c":"P"}}"#),
            "refused: `Custom__c` has no relationship `Kids__r` to a parent",
        ),
    ]);
}

#[test]
fn a_lookup_written_by_its_field_and_by_its_relationship_is_refused() {
    table(&[(
        made("Custom__c", r#"{"Up__c":"a01000000000001","Up__r":{"Key__c":"P"}}"#),
        "refused: `Up__c` is set twice",
    )]);
}

#[test]
fn a_parent_of_several_objects_needs_its_type() {
    table(&[
        (
            made("Custom__c", r#"{"Owner":{"Username":"x"}}"#),
            "refused: `Owner` can lead to several objects: give the parent's `attributes.type`",
        ),
        (
            made("Custom__c", r#"{"Owner":{"attributes":{"type":"User"},"Username":"x"}}"#),
            "create Custom__c.OwnerId, filter User.Username",
        ),
    ]);
}

#[test]
fn an_upsert_filters_on_its_key_and_creates_and_updates() {
    table(&[
        (
            upserted("Custom__c", "KEY__c", r#"{"Name":"x"}"#, false),
            "create Custom__c.Key__c, create Custom__c.Name, filter Custom__c.Key__c, update Custom__c.Name",
        ),
        (
            upserted("Custom__c", "Key__c", "{}", false),
            "create Custom__c.Key__c, filter Custom__c.Key__c",
        ),
        (
            upserted("Custom__c", "Key__c", r#"{"Name":"x"}"#, true),
            "filter Custom__c.Key__c, update Custom__c.Name",
        ),
        (upserted("Custom__c", "Key__c", "{}", true), "refused: no field is set"),
        // The key repeated in the body, in another case.
        (
            upserted("Custom__c", "Key__c", r#"{"kEY__C":"L"}"#, false),
            "refused: `Key__c` is set twice",
        ),
        (
            upserted("Custom__c", "Key__c", r#"{"kEY__C":"L"}"#, true),
            "refused: `Key__c` is set twice",
        ),
        (
            upserted("Custom__c", "Name", "{}", false),
            "refused: `Custom__c.Name` is no external id, so records can't be named by it",
        ),
        (
            upserted("Custom__c", "Id", "{}", false),
            "refused: `Id` is no external id: name the record by its id",
        ),
        (
            upserted("Custom__c", "Key__c", r#"{"Id":"a00000000000001"}"#, false),
            "refused: `Custom__c.Id` can't be set",
        ),
    ]);
}

#[test]
fn who_writes_a_copy_writes_what_it_is_a_copy_of() {
    let schema = small(&["Account: Id, Name, Tier__pc", "Contact: Id, Tier__c"]);
    let gold = made("Account", r#"{"Name":"x","Tier__pc":"gold"}"#);
    let resolved = resolve(gold, &schema).unwrap();
    let written = ["create Account.Name", "create Account.Tier__pc", "create Contact.Tier__c"];
    assert_eq!(accesses(&resolved), written);

    // Whether a contact has the value shows as it does where the contact itself is written.
    let json = r#"{"apiVersion":"68.0","sobjects":[
        {"name":"Account","fields":[{"name":"Id"},{"name":"Code__pc"}]},
        {"name":"Contact","fields":[{"name":"Id"},{"name":"Code__c","unique":true}]}]}"#;
    let schema = Schema::from_json(json.as_bytes()).unwrap();
    let resolved = resolve(made("Account", r#"{"Code__pc":"C"}"#), &schema).unwrap();
    let written = ["create Account.Code__pc", "create Contact.Code__c", "filter Contact.Code__c"];
    assert_eq!(accesses(&resolved), written);
}

#[test]
fn an_update_by_external_id_makes_no_record() {
    let operation = Operation::UpdateRecord {
        object: name("custom__c"),
        key: RecordKey::External(key("key__c")),
        body: body(r#"{"Name":"x"}"#),
    };
    let resolved = resolve(operation, &org()).unwrap();
    assert_eq!(accesses(&resolved), ["filter Custom__c.Key__c", "update Custom__c.Name"]);
    let version = crate::salesforce::rest::ApiVersion::parse("68.0").unwrap();
    let request = crate::salesforce::rest::request(resolved.operation(), &version);
    assert!(request.path.ends_with("/sobjects/Custom__c/Key__c/K?updateOnly=true"), "{request:?}");
}

/// A refused value is one that some record has.
#[test]
fn a_unique_field_that_is_written_is_filtered_on() {
    let update = |json: &str| Operation::UpdateRecord {
        object: name("Custom__c"),
        key: RecordKey::Id(RecordId::parse("a00000000000001").unwrap()),
        body: body(json),
    };
    table(&[
        (
            made("Custom__c", r#"{"name":"x","code__C":"C"}"#),
            "create Custom__c.Code__c, create Custom__c.Name, filter Custom__c.Code__c",
        ),
        (
            made("Custom__c", r#"{"Key__c":"K"}"#),
            "create Custom__c.Key__c, filter Custom__c.Key__c",
        ),
        (made("Custom__c", r#"{"Name":"x"}"#), "create Custom__c.Name"),
        (update(r#"{"Code__c":"C"}"#), "filter Custom__c.Code__c, update Custom__c.Code__c"),
        (update(r#"{"Name":"x"}"#), "update Custom__c.Name"),
        (
            upserted("Custom__c", "Key__c", r#"{"Code__c":"C"}"#, false),
            "create Custom__c.Code__c, create Custom__c.Key__c, filter Custom__c.Code__c, \
             filter Custom__c.Key__c, update Custom__c.Code__c",
        ),
    ]);
    let contact = body(r#"{"LastName":"x","ExternalKey__c":"C-0001"}"#);
    let create = Operation::CreateRecord { object: name("Contact"), body: contact };
    assert_eq!(
        accesses(&resolve(create, &demo()).unwrap()),
        [
            "create Contact.ExternalKey__c",
            "create Contact.LastName",
            "filter Contact.ExternalKey__c"
        ]
    );
}

#[test]
fn a_unique_field_of_one_of_several_records_is_filtered_on() {
    let rules = Rules::default();
    let custom = || name("Custom__c");
    let key_field = FieldName::parse("Key__c").unwrap();
    table(&[
        (
            several(read::create(
                true,
                Some(&custom()),
                r#"[{"Name":"x"},{"Code__c":"C"}]"#,
                rules,
            )),
            "create Custom__c.Code__c, create Custom__c.Name, filter Custom__c.Code__c",
        ),
        (
            several(read::update(
                false,
                Some(&custom()),
                r#"[{"id":"a00000000000001","Code__c":"C"}]"#,
                rules,
            )),
            "filter Custom__c.Code__c, update Custom__c.Code__c",
        ),
        (
            several(read::upsert(
                true,
                custom(),
                key_field,
                r#"[{"Key__c":"K","Code__c":"C"}]"#,
                rules,
            )),
            "create Custom__c.Code__c, create Custom__c.Key__c, filter Custom__c.Code__c, \
             filter Custom__c.Key__c, update Custom__c.Code__c",
        ),
        // In a tree of the child as well.
        (
            tree(
                r#"[{"attributes":{"referenceId":"r"},"Plain__c":"x","Customs__r":{"records":[
                    {"attributes":{"referenceId":"k"},"Code__c":"C"}]}}]"#,
            ),
            "create Custom__c.Code__c, create Custom__c.Up__c, create Parent__c.Plain__c, \
             filter Custom__c.Code__c",
        ),
        (
            tree(r#"[{"attributes":{"referenceId":"r"},"Key__c":"K"}]"#),
            "create Parent__c.Key__c, filter Parent__c.Key__c",
        ),
    ]);
}

#[test]
fn reading_and_deleting_by_external_id_filters_on_it() {
    let key = RecordKey::External(key("key__c"));
    table(&[
        (
            Operation::GetRecord {
                object: name("Custom__c"),
                key: key.clone(),
                fields: vec![path("Name")],
            },
            "filter Custom__c.Key__c, select Custom__c.Name",
        ),
        (
            Operation::DeleteRecord { object: name("Custom__c"), key },
            "delete Custom__c, filter Custom__c.Key__c",
        ),
    ]);
}

#[test]
fn a_value_that_could_be_read_as_more_than_one_segment_names_no_record() {
    let field = || FieldName::parse("Key__c").unwrap();
    for bad in ["", ".", "..", "a/b", "a\\b", "a\nb", "%2f", "@{a.id}", "A-1.json", "A-1.XML"] {
        assert!(ExternalKey::new(field(), bad).is_err(), "{bad}");
    }
    for good in ["a b", "a%b", "a?b", "a;b", "json", "é", "..."] {
        assert!(ExternalKey::new(field(), good).is_ok(), "{good}");
    }
}

#[test]
fn records_that_are_more_than_data_need_an_action_of_their_own() {
    table(&[
        (
            made("Custom__share", r#"{"RowCause":"x"}"#),
            "changeAccess Custom__Share, create Custom__Share.RowCause",
        ),
        (
            made("accountRelationshipShareRule", r#"{"AccessLevel":"x"}"#),
            "changeAccess AccountRelationshipShareRule, create AccountRelationshipShareRule.AccessLevel",
        ),
        (
            made("contentDistribution", r#"{"Name":"x"}"#),
            "changeAccess ContentDistribution, create ContentDistribution.Name",
        ),
        (made("APEXCLASS", r#"{"Body":"x"}"#), "changeCode ApexClass, create ApexClass.Body"),
        (made("User", r#"{"Title":"x"}"#), "create User.Title"),
        (
            made("User", r#"{"email":"x","profileID":"y"}"#),
            "changeAccess User.Email, changeAccess User.ProfileId, create User.Email, create User.ProfileId",
        ),
        // The key of a new user is set too.
        (
            upserted("User", "Username", "{}", false),
            "changeAccess User.Username, create User.Username, filter User.Username",
        ),
        (
            Operation::Records(CollectionOperation::DeleteMany {
                all_or_none: false,
                ids: vec![RecordId::parse("a0s000000000001").unwrap()],
            }),
            "changeAccess Custom__Share, delete Custom__Share",
        ),
    ]);
}

fn several(read: Result<CollectionOperation, read::CollectionError>) -> Operation {
    Operation::Records(read.unwrap())
}

fn delete_many(ids: &[&str]) -> Operation {
    let ids = read::ids(ids.iter().copied()).unwrap();
    Operation::Records(CollectionOperation::DeleteMany { all_or_none: true, ids })
}

#[test]
fn each_of_several_records_touches_what_it_would_touch_alone() {
    let rules = Rules::default();
    let many = |n: usize| format!("[{}]", vec![r#"{"Name":"x"}"#; n].join(","));
    let create =
        |records: &str| several(read::create(true, Some(&name("custom__C")), records, rules));
    let mixed = r#"[{"attributes":{"type":"custom__C"},"NAME":"x"},{"attributes":{"type":"Kid__c"},"Custom__r":{"Key__c":"K"}}]"#;
    let update = |id: &str| {
        let records = format!(r#"[{{"id":"{id}","Name":"x"}}]"#);
        several(read::update(true, Some(&name("Custom__c")), &records, rules))
    };
    let upsert = |field: &str, records: &str| {
        let field = FieldName::parse(field).unwrap();
        several(read::upsert(true, name("Custom__c"), field, records, rules))
    };
    let get = |ids: &[&str], fields: &[&str]| {
        Operation::Records(CollectionOperation::GetMany {
            object: name("Custom__c"),
            ids: read::ids(ids.iter().copied()).unwrap(),
            fields: fields.iter().map(|field| path(field)).collect(),
        })
    };
    table(&[
        (
            several(read::create(true, None, mixed, rules)),
            "create Custom__c.Name, create Kid__c.Custom__c, filter Custom__c.Key__c",
        ),
        (create("[{}]"), "refused: no field is set"),
        (create("[]"), "refused: no record is named"),
        (create(&many(200)), "create Custom__c.Name"),
        (create(&many(201)), "refused: there are more than 200 records: split the request"),
        (update("a00000000000001"), "update Custom__c.Name"),
        (update("a01000000000001"), "refused: the id is not one of a record of `Custom__c`"),
        (
            upsert("key__c", r#"[{"KEY__c":"K","Name":"x"}]"#),
            "create Custom__c.Key__c, create Custom__c.Name, filter Custom__c.Key__c, update Custom__c.Name",
        ),
        (
            upsert("Name", r#"[{"Name":"x"}]"#),
            "refused: `Custom__c.Name` is no external id, so records can't be named by it",
        ),
        (
            upsert("Id", r#"[{"Id":"x"}]"#),
            "refused: `Id` is no external id: name the record by its id",
        ),
        (
            get(&["a00000000000001"], &["name", "Up__r.KEY__c"]),
            "select Custom__c.Name, select Custom__c.Up__c, select Parent__c.Key__c",
        ),
        (
            get(&["a00000000000001", "a01000000000001"], &["Name"]),
            "refused: the id is not one of a record of `Custom__c`",
        ),
    ]);
}

#[test]
fn an_id_says_by_its_prefix_which_object_its_record_is_of() {
    let both = delete_many(&["a00000000000001", "a03000000000001"]);
    table(&[(both, "delete Custom__c, delete Kid__c")]);
    for (id, shown) in [
        ("zzz000000000001", "zzz000000000001AAA"),
        // Two objects with one prefix.
        ("a04000000000001", "a04000000000001AAA"),
        // Prefixes have case.
        ("A00000000000001", "A00000000000001BAA"),
    ] {
        let refused = format!(
            "refused: the id {shown} does not say which object its record is of: its first three \
             characters are not the prefix of exactly one object of this org"
        );
        table(&[(delete_many(&[id]), &refused)]);
    }
}

#[test]
fn the_bound_on_rows_is_the_number_of_records() {
    let records = r#"[{"Name":"x"},{"Name":"y"}]"#;
    let create = several(read::create(true, Some(&name("Kid__c")), records, Rules::default()));
    assert_eq!(resolve(create, &org()).unwrap().footprint().rows, Some(2));
}

#[test]
fn references_stand_only_among_parts() {
    let rules = Rules { references: true, node: false };
    let records = r#"[{"Custom__c":"@{a.id}"}]"#;
    let create = several(read::create(true, Some(&name("Kid__c")), records, rules));
    assert!(told(create).contains("refers to another part"));
    // Text that Salesforce would read as a reference there is none here.
    let text = made("Kid__c", r#"{"Name":"@{a.id}"}"#);
    assert_eq!(told(text), "create Kid__c.Name");
    assert!(Reference::parse("@{a.id}").is_some());
}

fn tree(records: &str) -> Operation {
    several(read::tree(name("parent__C"), records, Rules::default()))
}

#[test]
fn the_children_in_a_tree_write_their_lookups() {
    let node = |attributes: &str, rest: &str| format!(r#"{{"attributes":{{{attributes}}}{rest}}}"#);
    let kid = |rest: &str| node(r#""referenceId":"k""#, rest);
    let root = |children: &str| {
        tree(&format!(
            "[{}]",
            node(r#""referenceId":"r""#, &format!(r#","Plain__c":"x"{children}"#))
        ))
    };
    let kids = |kid: &str| format!(r#","KIDS__r":{{"records":[{kid}]}}"#);
    table(&[
        (root(""), "create Parent__c.Plain__c"),
        (
            root(&kids(&kid(r#","Name":"y""#))),
            "create Kid__c.Name, create Kid__c.Parent__c, create Parent__c.Plain__c",
        ),
        // A child with nothing else still writes its lookup.
        (root(&kids(&kid(""))), "create Kid__c.Parent__c, create Parent__c.Plain__c"),
        (
            root(&kids(&kid(r#","parent__C":"a01000000000001""#))),
            "refused: record `k`: `Parent__c` is set twice",
        ),
        (
            root(&kids(&kid(r#","Parent__r":{"Key__c":"P"}"#))),
            "refused: record `k`: `Parent__c` is set twice",
        ),
        (
            root(&kids(&node(r#""referenceId":"k","type":"Custom__c""#, r#","Name":"y""#))),
            "refused: record `k`: `attributes.type` is `Custom__c`, which is not the object that the record is of there",
        ),
        (
            tree(r#"[{"attributes":{"referenceId":"r","type":"Kid__c"},"Name":"x"}]"#),
            "refused: record `r`: `attributes.type` is `Kid__c`, which is not the object that the record is of there",
        ),
        (tree(r#"[{"attributes":{"referenceId":"r"}}]"#), "refused: record `r`: no field is set"),
        (
            root(r#","Nobody__r":{"records":[]}"#),
            "refused: record `r`: `Parent__c` has no child relationship `Nobody__r`",
        ),
        (
            root(r#","Ghosts__r":{"records":[]}"#),
            "refused: record `r`: `Ghosts__r` can lead to objects that this org's schema does not describe",
        ),
    ]);
    let resolved = resolve(root(&kids(&kid(""))), &org()).unwrap();
    let version = crate::salesforce::rest::ApiVersion::parse("68.0").unwrap();
    let sent = crate::salesforce::rest::request(resolved.operation(), &version).body.unwrap().text;
    assert_eq!(
        sent,
        r#"{"records":[{"attributes":{"type":"Parent__c","referenceId":"r"},"Plain__c":"x","Kids__r":{"records":[{"attributes":{"type":"Kid__c","referenceId":"k"}}]}}]}"#
    );
}

#[test]
fn a_tree_has_at_most_five_objects() {
    let objects: Vec<String> = (0..6)
        .map(|n| format!(r#"{{"name":"O{n}__c","fields":[{{"name":"Id"}},{{"name":"Name"}},{{"name":"Up__c","referenceTo":["O0__c"]}}],"childRelationships":[{}]}}"#,
            (1..6).map(|n| format!(r#"{{"relationshipName":"C{n}__r","childSObject":"O{n}__c","field":"Up__c"}}"#)).collect::<Vec<_>>().join(",")))
        .collect();
    let schema = format!(r#"{{"apiVersion":"68.0","sobjects":[{}]}}"#, objects.join(","));
    let schema = Schema::from_json(schema.as_bytes()).unwrap();
    let tree_of = |objects: usize| {
        let children: String = (1..objects)
            .map(|n| {
                format!(r#","C{n}__r":{{"records":[{{"attributes":{{"referenceId":"r{n}"}}}}]}}"#)
            })
            .collect();
        let records = format!(r#"[{{"attributes":{{"referenceId":"r"}},"Name":"x"{children}}}]"#);
        resolve(several(read::tree(name("O0__c"), &records, Rules::default())), &schema)
    };
    assert!(tree_of(5).is_ok());
    let error = tree_of(6).unwrap_err().to_string();
    assert_eq!(error, "there are more than 5 objects: split the request");
}

#[test]
fn related_records_are_asked_for_by_a_query_that_salesforce_can_run() {
    let related = |object: &str, id: &str, steps: &[&str], fields: &[&str]| Operation::GetRelated {
        object: name(object),
        id: RecordId::parse(id).unwrap(),
        path: steps.iter().map(|step| RelationshipName::parse(step).unwrap()).collect(),
        fields: fields.iter().map(|field| path(field)).collect(),
        limit: 7,
    };
    let (custom, parent) = ("a00000000000001", "a01000000000001");
    for (operation, expected, sent) in [
        (
            related("custom__C", custom, &["kids__R"], &["name"]),
            "filter Kid__c.Custom__c, select Kid__c.Name",
            "SELECT Name FROM Kid__c WHERE Custom__c = 'a00000000000001AAA' LIMIT 7",
        ),
        (
            related("Custom__c", custom, &["Up__r", "Kids__r"], &["Name"]),
            "filter Custom__c.Id, filter Custom__c.Up__c, filter Kid__c.Parent__c, select Kid__c.Name",
            "SELECT Name FROM Kid__c WHERE Parent__c IN (SELECT Up__c FROM Custom__c WHERE Id = 'a00000000000001AAA') LIMIT 7",
        ),
        // The record's own siblings: no subquery may be on the object that is queried.
        (
            related("Custom__c", custom, &["Up__r", "Customs__r"], &["Name"]),
            "filter Custom__c.Id, filter Custom__c.Up__c, filter Parent__c.Id, select Custom__c.Name",
            "SELECT (SELECT Name FROM Customs__r LIMIT 7) FROM Parent__c WHERE Id IN (SELECT Up__c FROM Custom__c WHERE Id = 'a00000000000001AAA') LIMIT 1",
        ),
    ] {
        let resolved = resolve(operation, &org()).unwrap();
        assert_eq!(super::sent(&resolved), sent);
        let touched = accesses(&resolved).join(", ");
        for access in expected.split(", ") {
            assert!(touched.contains(access), "{sent}: {access} of {touched}");
        }
    }
    table(&[
        (
            related("Custom__c", custom, &["Up__r"], &["Key__c", "Grand__r.Id"]),
            "select Custom__c.Up__c, select Grand__c.Id, select Parent__c.Grand__c, select Parent__c.Key__c",
        ),
        (
            related("Custom__c", parent, &["Kids__r"], &["Name"]),
            "refused: the id is not one of a record of `Custom__c`",
        ),
        (
            related("Custom__c", custom, &["Nobody__r"], &["Name"]),
            "refused: `Custom__c` has no relationship `Nobody__r`",
        ),
        (
            related("Custom__c", custom, &["Owner", "Kids__r"], &["Name"]),
            "refused: `Owner` goes through a relationship to several objects: only its Id, Name, Type, \
             FirstName, LastName, Email, Phone, Title, Username, Alias and IsActive can be read there",
        ),
    ]);
    for steps in [&["Up__r", "Grand__r", "Kids__r"][..], &["Self__r", "Selves__r"]] {
        let (object, id) =
            if steps.len() == 3 { ("Custom__c", custom) } else { ("Parent__c", parent) };
        let told = told(related(object, id, steps, &["Id"]));
        assert!(told.contains("read the id of the parent first"), "{told}");
    }
}
