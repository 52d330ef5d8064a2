use serde_json::{Value, json};

use super::*;
use crate::salesforce::Operation;
use crate::salesforce::rest::{ApiVersion, Request, request};

const FIELD: &str = "00NDm0000000001MAA";
const OBJECT: &str = "01IDm000000000AMAQ";

fn id(text: &str) -> RecordId {
    RecordId::parse(text).unwrap()
}

fn sent(operation: MetadataOperation) -> Request {
    request(&Operation::Metadata(operation), &ApiVersion::parse("68.0").unwrap())
}

fn field_members(text: &str) -> Result<FieldMembers, String> {
    serde_json::from_str::<Members<_>>(text).map(|m| m.0).map_err(|error| error.to_string())
}

fn definition(text: &str) -> Result<FieldDefinition, String> {
    FieldDefinition::new(field_members(text)?).map_err(|error| error.to_string())
}

#[test]
fn a_new_name_ends_in_c_and_has_no_namespace() {
    for name in ["A__c", "Invoice__c", "A1_b2__c", "Invoice_Line__c"] {
        assert_eq!(CustomName::parse(name).unwrap().as_str(), name);
    }
    for (name, says) in [
        ("", "must end in `__c`"),
        ("Invoice", "must end in `__c`"),
        ("Invoice__C", "must end in `__c`"),
        ("Invoice__r", "must end in `__c`"),
        ("Invoice__c.X", "must end in `__c`"),
        ("ns__Invoice__c", "without a namespace"),
        ("__c", "is not a name"),
        ("___c", "is not a name"),
        ("A___c", "is not a name"),
        ("1A__c", "is not a name"),
        ("A b__c", "is not a name"),
        ("A'__c", "is not a name"),
        ("A/../B__c", "is not a name"),
        ("Ä__c", "is not a name"),
        ("aaaaaaaaaabbbbbbbbbbccccccccccddddddddddE__c", "is not a name"),
    ] {
        let error = CustomName::parse(name).unwrap_err().to_string();
        assert!(error.contains(says), "{name}: {error}");
    }
}

/// What a caller writes, and the members of the Metadata API that it becomes.
const MADE: &[(&str, &str)] = &[
    (
        r#"{"label":"A","type":"Text","length":80,"unique":true,"defaultValue":"x"}"#,
        r#"{"label":"A","type":"Text","length":80,"unique":true,"defaultValue":"\"x\""}"#,
    ),
    (r#"{"label":"A","type":"TextArea"}"#, r#"{"label":"A","type":"TextArea"}"#),
    (
        r#"{"label":"A","type":"LongTextArea","length":300}"#,
        r#"{"label":"A","type":"LongTextArea","length":300,"visibleLines":3}"#,
    ),
    (
        r#"{"label":"A","type":"Html","length":300,"visibleLines":30}"#,
        r#"{"label":"A","type":"Html","length":300,"visibleLines":30}"#,
    ),
    (
        r#"{"label":"A","type":"Number","externalId":true,"defaultValue":-1.5}"#,
        r#"{"label":"A","type":"Number","precision":18,"scale":0,"externalId":true,"defaultValue":"-1.5"}"#,
    ),
    (
        r#"{"label":"A","type":"Currency","precision":10,"scale":2,"required":true}"#,
        r#"{"label":"A","type":"Currency","precision":10,"scale":2,"required":true}"#,
    ),
    (
        r#"{"label":"A","type":"Checkbox"}"#,
        r#"{"label":"A","type":"Checkbox","defaultValue":"false"}"#,
    ),
    (
        r#"{"label":"A","type":"Checkbox","defaultValue":true,"description":"d","inlineHelpText":"h"}"#,
        r#"{"label":"A","type":"Checkbox","defaultValue":"true","description":"d","inlineHelpText":"h"}"#,
    ),
    (
        r#"{"label":"A","type":"Picklist","picklistValues":["x","y"],"defaultValue":"y","restricted":true}"#,
        r#"{"label":"A","type":"Picklist","valueSet":{"restricted":true,"valueSetDefinition":{"sorted":false,
            "value":[{"fullName":"x","label":"x","default":false},{"fullName":"y","label":"y","default":true}]}}}"#,
    ),
    (
        r#"{"label":"A","type":"Lookup","referenceTo":"Account","relationshipName":"Things"}"#,
        r#"{"label":"A","type":"Lookup","referenceTo":"Account","relationshipName":"Things"}"#,
    ),
];

#[test]
fn a_field_is_printed_as_the_metadata_api_takes_it() {
    for (written, printed) in MADE {
        let printed: Value = serde_json::from_str(printed).unwrap();
        assert_eq!(definition(written).unwrap().metadata(), printed, "{written}");
    }
}

/// What a caller writes, and what the refusal says.
const REFUSED: &[(&str, &str)] = &[
    (
        r#"{"label":"A","type":"Text","length":9,"formula":"SSN__c"}"#,
        "`formula` is refused: a formula could copy",
    ),
    (r#"{"label":"A","type":"Text","length":9,"Formula":"SSN__c"}"#, "`Formula` is refused"),
    (r#"{"label":"A","type":"Text","length":9,"\u0066ormula":"SSN__c"}"#, "`formula` is refused"),
    (r#"{"label":"A","type":"Summary"}"#, "roll-up"),
    (r#"{"label":"A","type":"MasterDetail"}"#, "master-detail"),
    (r#"{"label":"A","type":"EncryptedText"}"#, "encrypted"),
    (r#"{"label":"A","type":"Number","summaryForeignKey":"x"}"#, "roll-up"),
    (r#"{"label":"A","type":"Lookup","lookupFilter":{}}"#, "lookup filter"),
    (r#"{"label":"A","type":"Picklist","valueSet":{}}"#, "picklistValues"),
    (r#"{"label":"A","type":"Picklist","controllingField":"x"}"#, "dependent"),
    (r#"{"label":"A","type":"Text","length":9,"fullName":"X.SSN__c"}"#, "`fullName` is refused"),
    (
        r#"{"label":"A","type":"Text","length":9,"securityClassification":"Public"}"#,
        "unknown field `securityClassification`",
    ),
    (r#"{"label":"A","type":"Text","length":9,"LABEL":"B"}"#, "unknown field `LABEL`"),
    (r#"{"label":"A","label":"B","type":"Text","length":9}"#, "`label` stands twice"),
    (r#"{"label":null,"type":"Date"}"#, "`label` is null"),
    (r#"{"label":"A","type":"Blob"}"#, "unknown variant `Blob`"),
    (r#"{"label":"A","type":"text","length":9}"#, "unknown variant `text`"),
    (r#"{"type":"Date"}"#, "needs `label`"),
    (r#"{"label":"A"}"#, "needs `type`"),
    (r#"{"label":" ","type":"Date"}"#, "`label` must be"),
    (r#"{"label":"A\u0000","type":"Date"}"#, "`label` must be"),
    (r#"{"label":"A","type":"Text"}"#, "needs `length`: 1 to 255"),
    (r#"{"label":"A","type":"Text","length":256}"#, "`length` must be 1 to 255"),
    (r#"{"label":"A","type":"Text","length":-1}"#, "invalid value"),
    (r#"{"label":"A","type":"Date","length":9}"#, "a field of type Date has no `length`"),
    (r#"{"label":"A","type":"Number","precision":4,"scale":5}"#, "`scale` must be"),
    (r#"{"label":"A","type":"Number","precision":19}"#, "`precision` must be"),
    (r#"{"label":"A","type":"Date","unique":true}"#, "has no `unique`"),
    (r#"{"label":"A","type":"Date","defaultValue":"TODAY()"}"#, "has no `defaultValue`"),
    (r#"{"label":"A","type":"Number","defaultValue":"1+1"}"#, "not a formula"),
    (r#"{"label":"A","type":"Number","defaultValue":"Amount"}"#, "not a formula"),
    (r#"{"label":"A","type":"Checkbox","defaultValue":"ISBLANK(X)"}"#, "`true` or `false`"),
    (
        r#"{"label":"A","type":"Text","length":9,"defaultValue":"\" & $User.Email & \""}"#,
        "without quotes",
    ),
    (r#"{"label":"A","type":"Text","length":9,"defaultValue":{"a":1}}"#, "data did not match"),
    (r#"{"label":"A","type":"Picklist"}"#, "needs `picklistValues`"),
    (r#"{"label":"A","type":"Picklist","picklistValues":[]}"#, "`picklistValues` must be"),
    (r#"{"label":"A","type":"Picklist","picklistValues":["a","A"]}"#, "`picklistValues` must be"),
    (
        r#"{"label":"A","type":"Picklist","picklistValues":["a"],"defaultValue":"b"}"#,
        "one of the picklist's values",
    ),
    (r#"{"label":"A","type":"Lookup","relationshipName":"B"}"#, "needs `referenceTo`"),
    (r#"{"label":"A","type":"Lookup","referenceTo":"Account"}"#, "needs `relationshipName`"),
    (
        r#"{"label":"A","type":"Lookup","referenceTo":"Account","relationshipName":"a__r"}"#,
        "without `__r`",
    ),
    (
        r#"{"label":"A","type":"Lookup","referenceTo":"A b","relationshipName":"B"}"#,
        "`A b` is not an API name",
    ),
    ("[]", "invalid type"),
];

#[test]
fn a_field_that_is_not_understood_is_refused_with_what_would_be_right() {
    for (written, says) in REFUSED {
        let error = definition(written).unwrap_err();
        assert!(error.contains(says), "{written}: {error}");
    }
}

fn opened(metadata: &Value) -> Vec<u8> {
    let body = json!({ "attributes": {}, "Id": FIELD, "FullName": "Account.Region__c",
        "TableEnumOrId": "Account", "Metadata": metadata });
    body.to_string().into_bytes()
}

fn update(changes: &str) -> MetadataOperation {
    let field = FieldRef {
        object: ObjectName::parse("Account").unwrap(),
        field: FieldName::parse("Region__c").unwrap(),
    };
    let change = Box::new(Change::Asked(field_members(changes).unwrap()));
    MetadataOperation::UpdateField { id: id(FIELD), field: Sought::Found(field), change }
}

#[expect(clippy::panic_in_result_fn, reason = "a test that cannot go on should stop loudly")]
fn laid(metadata: &Value, changes: &str) -> Result<Value, DefinitionError> {
    let operation = update(changes).with_lookup(&opened(metadata)).unwrap();
    let MetadataOperation::UpdateField { change, .. } = operation else { panic!() };
    let Change::Laid(laid) = *change else { panic!() };
    laid.map(|definition| definition.metadata())
}

#[test]
fn a_change_is_laid_over_what_there_is() {
    let picklist = json!({"label": "R", "type": "Picklist", "required": false, "unique": null,
        "externalId": false, "trackHistory": true, "securityClassification": "Internal",
        "valueSet": {"restricted": true, "controllingField": null, "valueSetName": null,
            "valueSettings": [], "valueSetDefinition": {"sorted": true, "value": [
                {"valueName": "N", "label": "North", "default": true, "isActive": null, "color": "#fff"},
                {"valueName": "S", "label": "South", "default": false, "isActive": false}]}}});
    assert_eq!(
        laid(&picklist, r#"{"label":"Region","picklistValues":["N","W"]}"#).unwrap(),
        json!({"label": "Region", "type": "Picklist", "required": false, "trackHistory": true,
            "securityClassification": "Internal", "valueSet": {"restricted": true,
            "valueSetDefinition": {"sorted": true, "value": [
                {"valueName": "N", "label": "North", "default": true, "color": "#fff"},
                {"valueName": "W", "label": "W", "default": false}]}}})
    );
    let text = json!({"label": "R", "type": "Text", "length": 80, "description": "d",
        "defaultValue": "\"x\"", "required": false});
    assert_eq!(
        laid(&text, r#"{"length":100,"description":""}"#).unwrap(),
        json!({"label": "R", "type": "Text", "length": 100, "defaultValue": "\"x\"",
            "required": false})
    );
    for (metadata, changes, says) in [
        (
            json!({"type": "Text", "label": "R", "length": 9, "formula": "SSN__c"}),
            r#"{"label":"B"}"#,
            "a formula",
        ),
        (
            json!({"type": "Text", "label": "R", "length": 9, "defaultValue": "$User.Email"}),
            r#"{"label":"B"}"#,
            "is a formula",
        ),
        (
            json!({"type": "Lookup", "label": "R", "referenceTo": "Account", "relationshipName": "A",
            "lookupFilter": {"x": 1}}),
            r#"{"label":"B"}"#,
            "a filter",
        ),
        (json!({"type": "Summary", "label": "R"}), r#"{"label":"B"}"#, "not known here"),
        (
            json!({"type": "Date", "label": "R", "newMember": 1}),
            r#"{"label":"B"}"#,
            "not known here",
        ),
        (
            json!({"type": "Picklist", "label": "R", "valueSet": {"valueSetName": "G"}}),
            r#"{"label":"B"}"#,
            "global value set",
        ),
        (json!({"type": "Date", "label": "R"}), "{}", "nothing is changed"),
        (
            json!({"type": "Date", "label": "R"}),
            r#"{"type":"DateTime"}"#,
            "`type` can't be changed",
        ),
        (
            json!({"type": "Date", "label": "R"}),
            r#"{"referenceTo":"Lead"}"#,
            "`referenceTo` can't be changed",
        ),
        (json!({"type": "Date", "label": "R"}), r#"{"length":9}"#, "has no `length`"),
    ] {
        let error = laid(&metadata, changes).unwrap_err().to_string();
        assert!(error.contains(says), "{metadata} {changes}: {error}");
    }
}

#[test]
fn a_definition_of_another_field_is_no_answer() {
    let good = opened(&json!({"type": "Date", "label": "R"}));
    let good = String::from_utf8(good).unwrap();
    assert!(update(r#"{"label":"B"}"#).with_lookup(good.as_bytes()).is_some());
    for (from, to) in [
        (FIELD, "00NDm0000000002MAA"),
        ("Account.Region__c", "Contact.Region__c"),
        ("Account.Region__c", "Account.SSN__c"),
        ("Account.Region__c", "Region__c"),
        ("\"Metadata\"", "\"Meta\""),
    ] {
        let body = good.replace(from, to);
        assert_eq!(update(r#"{"label":"B"}"#).with_lookup(body.as_bytes()), None, "{body}");
    }
}

/// A lookup's rows, and the field that they tell.
fn found(rows: &str) -> Option<Sought<FieldRef>> {
    let delete = MetadataOperation::DeleteField { id: id(FIELD), field: Sought::Unasked };
    let found = delete.with_lookup(rows.as_bytes())?;
    let MetadataOperation::DeleteField { field, .. } = found else { panic!("{found:?}") };
    Some(field)
}

#[test]
fn an_id_stands_for_the_field_of_the_one_row_that_has_it() {
    let row = |members: &str| format!(r#"{{"totalSize":1,"done":true,"records":[{{{members}}}]}}"#);
    let names = |id: &str, developer: &str, namespace: &str, table: &str, full: &str| {
        format!(
            r#""Id":"{id}","DeveloperName":"{developer}","NamespacePrefix":{namespace},"TableEnumOrId":"{table}","FullName":"{full}""#
        )
    };
    let two =
        |a: &str, b: &str| format!(r#"{{"totalSize":2,"done":true,"records":[{{{a}}},{{{b}}}]}}"#);
    let region = names(FIELD, "Region", "null", "Account", "Account.Region__c");
    for (rows, full_name) in [
        (row(&region), "Account.Region__c"),
        (
            row(&names(FIELD, "Region", "null", OBJECT, "Invoice__c.Region__c")),
            "Invoice__c.Region__c",
        ),
        (
            row(&names(FIELD, "Region", "\"ns\"", OBJECT, "ns__I__c.ns__Region__c")),
            "ns__I__c.ns__Region__c",
        ),
        (
            row(&names(FIELD.get(..15).unwrap(), "Region", "null", "Account", "Account.Region__c")),
            "Account.Region__c",
        ),
    ] {
        let Some(Sought::Found(field)) = found(&rows) else { panic!("{rows}") };
        assert_eq!(format!("{}.{}", field.object, field.field), full_name);
    }
    assert_eq!(found(r#"{"totalSize":0,"done":true,"records":[]}"#), Some(Sought::Missing));
    let other = "00NDm0000000002MAA";
    for rows in [
        // Another id, two rows, a row that is not the only one.
        row(&names(other, "Region", "null", "Account", "Account.Region__c")),
        row(&names(OBJECT, "Region", "null", "Account", "Account.Region__c")),
        two(&region, &region),
        two(&region, &names(other, "SSN", "null", "Contact", "Contact.SSN__c")),
        row(&region).replace("\"totalSize\":1", "\"totalSize\":2"),
        row(&region).replace("\"done\":true", "\"done\":false"),
        r#"{"totalSize":1,"done":true,"records":[]}"#.to_owned(),
        // Names that don't agree.
        row(&names(FIELD, "SSN", "null", "Account", "Account.Region__c")),
        row(&names(FIELD, "Region", "\"ns\"", "Account", "Account.Region__c")),
        row(&names(FIELD, "Region", "null", "Contact", "Account.Region__c")),
        row(&names(FIELD, "Region", "null", OBJECT, "Account.Region__c")),
        row(&names(FIELD, "Region", "null", FIELD, "Invoice__c.Region__c")),
        row(&names(FIELD, "Region", "null", "Account", "Region__c")),
        row(&names(FIELD, "Region", "null", "Account", "Account.Owner.Region__c")),
        row(r#""Id":"00NDm0000000001MAA""#),
        "{}".to_owned(),
        "null".to_owned(),
        String::new(),
    ] {
        assert_eq!(found(&rows), None, "{rows}");
    }
}

#[test]
fn requests_are_printed_from_ids_and_names() {
    let object = ObjectName::parse("ns__Invoice__c").unwrap();
    let list = MetadataOperation::ListFields { object, table: Sought::Unasked };
    let lookup = list.lookup().unwrap();
    let path = sent(lookup).path;
    assert!(
        path.contains(
            "DeveloperName%20%3D%20%27Invoice%27%20AND%20NamespacePrefix%20%3D%20%27ns%27"
        ),
        "{path}"
    );
    let standard = ObjectName::parse("Account").unwrap();
    let list = MetadataOperation::ListFields { object: standard.clone(), table: Sought::Unasked };
    assert_eq!(list.lookup(), None);
    let definition = definition(r#"{"label":"A","type":"Date"}"#).unwrap();
    let made = sent(MetadataOperation::CreateField {
        object: standard,
        name: CustomName::parse("Due__c").unwrap(),
        definition: Box::new(definition),
    });
    assert_eq!(
        (made.method.name(), made.path.as_str(), made.body.unwrap().text.as_ref()),
        (
            "POST",
            "/services/data/v68.0/tooling/sobjects/CustomField",
            r#"{"FullName":"Account.Due__c","Metadata":{"label":"A","type":"Date"}}"#
        )
    );
    let gone = sent(MetadataOperation::DeleteObject { id: id(OBJECT), object: Sought::Unasked });
    let path = format!("/services/data/v68.0/tooling/sobjects/CustomObject/{OBJECT}");
    assert_eq!((gone.method.name(), gone.path), ("DELETE", path));
}

#[test]
fn an_object_keeps_what_a_change_does_not_name() {
    let body = json!({"Id": OBJECT, "FullName": "Invoice__c", "Metadata": {
        "label": "Invoice", "pluralLabel": "Invoices", "sharingModel": "Private",
        "deploymentStatus": "Deployed", "enableHistory": true, "actionOverrides": [],
        "nameField": {"type": "AutoNumber", "label": "Number", "displayFormat": "INV-{0000}",
            "trackHistory": false}}});
    let change = |changes: &str, body: &Value| {
        let Members(changes): Members<ObjectMembers> = serde_json::from_str(changes).unwrap();
        let object = ObjectName::parse("Invoice__c").unwrap();
        let operation = MetadataOperation::UpdateObject {
            id: id(OBJECT),
            object: Sought::Found(object),
            change: Box::new(Change::Asked(changes)),
        };
        let opened = operation.with_lookup(body.to_string().as_bytes())?;
        let MetadataOperation::UpdateObject { change, .. } = opened else { panic!("{opened:?}") };
        match *change {
            Change::Laid(laid) => Some(laid),
            Change::Asked(_) => None,
        }
    };
    let changed = change(r#"{"label":"Bill"}"#, &body).unwrap().unwrap();
    assert!(!changed.changes_sharing());
    assert_eq!(
        changed.metadata(),
        json!({"label": "Bill", "pluralLabel": "Invoices", "sharingModel": "Private",
            "deploymentStatus": "Deployed", "enableHistory": true, "nameField": {
                "type": "AutoNumber", "label": "Number", "displayFormat": "INV-{0000}",
                "trackHistory": false}})
    );
    let shared = change(r#"{"sharingModel":"ReadWrite"}"#, &body).unwrap().unwrap();
    assert!(shared.changes_sharing());
    let mut odd = body;
    odd["Metadata"]["searchLayouts"] = json!({"x": 1});
    assert!(change(r#"{"label":"Bill"}"#, &odd).unwrap().is_err());
    odd["FullName"] = json!("Other__c");
    assert!(change(r#"{"label":"Bill"}"#, &odd).is_none());
}
