//! Describe results in Salesforce's shape, built from the catalog.
//!
//! Shapes: REST API Developer Guide, "sObject Describe" and "Describe Global".

use super::catalog::{Catalog, FieldDef, Kind, ObjectDef};
use super::json::{Json, object};

/// The answer of `GET /sobjects`.
pub(super) fn global(catalog: &Catalog, version: &str) -> Json {
    let sobjects: Vec<Json> =
        catalog.objects().map(|object| Json::Object(summary(object, version))).collect();
    object! { "encoding" => "UTF-8", "maxBatchSize" => 200_u32, "sobjects" => sobjects }
}

/// What the global describe says of an object.
pub(super) fn summary(object: &ObjectDef, version: &str) -> Vec<(String, Json)> {
    let mut members = Vec::new();
    for (key, value) in flags(object) {
        match key {
            "name" => {
                members.push(("keyPrefix".to_owned(), Json::from(object.prefix.as_str())));
                members.push(("label".to_owned(), Json::from(object.label.as_str())));
                members.push(("labelPlural".to_owned(), Json::from(object.plural.as_str())));
                members.push(("name".to_owned(), Json::from(object.name.as_str())));
            }
            "associate" => {
                members.push(("associateEntityType".to_owned(), Json::Null));
                members.push(("associateParentEntity".to_owned(), Json::Null));
            }
            _flag => members.push((key.to_owned(), Json::from(value))),
        }
    }
    members.push(("urls".to_owned(), urls(object, version)));
    members
}

/// The flags that both describes show, in their order; `name` and `associate` stand for the
/// members of other types at that place.
fn flags(object: &ObjectDef) -> [(&'static str, bool); 23] {
    let has_page = object.name != "Group";
    [
        ("activateable", false),
        ("associate", false),
        ("createable", object.createable),
        ("custom", object.custom()),
        ("customSetting", false),
        ("deepCloneable", false),
        ("deletable", object.deletable),
        ("deprecatedAndHidden", false),
        ("feedEnabled", has_page),
        ("hasSubtypes", false),
        ("isInterface", false),
        ("isSubtype", false),
        ("name", false),
        ("layoutable", has_page),
        ("mergeable", matches!(object.name.as_str(), "Account" | "Contact" | "Lead" | "Case")),
        ("mruEnabled", has_page),
        ("queryable", true),
        ("replicateable", true),
        ("retrieveable", true),
        ("searchable", true),
        ("triggerable", object.deletable),
        ("undeletable", object.deletable),
        ("updateable", object.updateable),
    ]
}

fn urls(object: &ObjectDef, version: &str) -> Json {
    let base = format!("/services/data/v{version}/sobjects/{}", object.name);
    object! {
        "compactLayouts" => format!("{base}/describe/compactLayouts"),
        "rowTemplate" => format!("{base}/{{ID}}"),
        "approvalLayouts" => format!("{base}/describe/approvalLayouts"),
        "listviews" => format!("{base}/listviews"),
        "describe" => format!("{base}/describe"),
        "quickActions" => format!("{base}/quickActions"),
        "layouts" => format!("{base}/describe/layouts"),
        "sobject" => base,
    }
}

/// The answer of `GET /sobjects/{O}/describe`.
pub(super) fn object(catalog: &Catalog, object: &ObjectDef, version: &str) -> Json {
    let mut members = summary(object, version);
    let text = |key: &str| key.to_owned();
    let layout = format!(
        "/services/data/v{version}/sobjects/{}/describe/layouts/012000000000000AAA",
        object.name
    );
    let fields: Vec<Json> = object.fields.iter().map(|f| field(object, f)).collect();
    let children: Vec<Json> =
        catalog.children(object).map(|(child, _, f)| child_of(child, f)).collect();
    members.extend([
        (text("actionOverrides"), Json::List(Vec::new())),
        (text("childRelationships"), Json::List(children)),
        (text("compactLayoutable"), Json::Bool(object.name != "Group")),
        (text("defaultImplementation"), Json::Null),
        (text("extendedBy"), Json::Null),
        (text("extendsInterfaces"), Json::Null),
        (text("fields"), Json::List(fields)),
        (text("implementedBy"), Json::Null),
        (text("implementsInterfaces"), Json::Null),
        (text("listviewable"), Json::Null),
        (text("lookupLayoutable"), Json::Null),
        (text("namedLayoutInfos"), Json::List(Vec::new())),
        (text("networkScopeFieldName"), Json::Null),
        (
            text("recordTypeInfos"),
            Json::List(vec![object! {
                "active" => true,
                "available" => true,
                "defaultRecordTypeMapping" => true,
                "developerName" => "Master",
                "master" => true,
                "name" => "Master",
                "recordTypeId" => "012000000000000AAA",
                "urls" => object! { "layout" => layout },
            }]),
        ),
        (text("searchLayoutable"), Json::Bool(object.name != "Group")),
        (text("sobjectDescribeOption"), Json::from("FULL")),
        (
            text("supportedScopes"),
            Json::List(vec![
                object! { "label" => format!("All {}", object.plural.to_lowercase()),
                "name" => "everything" },
                object! { "label" => format!("My {}", object.plural.to_lowercase()),
                "name" => "mine" },
            ]),
        ),
    ]);
    members.sort_by(|(a, _), (b, _)| a.cmp(b));
    Json::Object(members)
}

fn child_of(child: &ObjectDef, field: &FieldDef) -> Json {
    object! {
        "cascadeDelete" => field.cascade,
        "childSObject" => child.name.as_str(),
        "deprecatedAndHidden" => false,
        "field" => field.name.as_str(),
        "junctionIdListNames" => Vec::new(),
        "junctionReferenceTo" => Vec::new(),
        "relationshipName" => field.child.as_deref(),
        "restrictedDelete" => false,
    }
}

fn field(object: &ObjectDef, field: &FieldDef) -> Json {
    let mut members = booleans(object, field);
    let text = |key: &str, value: Option<&str>| (key.to_owned(), Json::from(value));
    let number = |key: &str, value: u32| (key.to_owned(), Json::from(value));
    let default = field.default.as_deref().map(|default| {
        let boolean = field.kind == Kind::Boolean;
        if boolean { Json::Bool(default == "true") } else { Json::from(default) }
    });
    members.extend([
        number("byteLength", byte_length(field)),
        text("calculatedFormula", field.formula.as_deref()),
        text("compoundFieldName", field.compound.as_deref()),
        text("controllerName", None),
        ("defaultValue".to_owned(), default.unwrap_or(Json::Null)),
        text("defaultValueFormula", None),
        number("digits", if field.kind == Kind::Int { field.length } else { 0 }),
        text("extraTypeInfo", extra_type(field)),
        text("filteredLookupInfo", None),
        text("inlineHelpText", field.help.as_deref()),
        text("label", Some(&field.label)),
        number("length", if has_length(field.kind) { field.length } else { 0 }),
        text("mask", None),
        text("maskType", None),
        text("name", Some(&field.name)),
        ("picklistValues".to_owned(), picklist(field)),
        number("precision", if has_precision(field.kind) { field.length } else { 0 }),
        text("referenceTargetField", None),
        (
            "referenceTo".to_owned(),
            Json::List(field.reference_to.iter().map(|name| Json::from(name.as_str())).collect()),
        ),
        text("relationshipName", field.relationship.as_deref()),
        text("relationshipOrder", None),
        number("scale", field.scale),
        text("soapType", Some(soap_type(field.kind))),
        text("type", Some(field.kind.name())),
    ]);
    members.sort_by(|(a, _), (b, _)| a.cmp(b));
    Json::Object(members)
}

fn booleans(object: &ObjectDef, field: &FieldDef) -> Vec<(String, Json)> {
    let is_id = field.kind == Kind::Id;
    let number_as_zero = field.formula.is_some() && field.numeric();
    [
        ("aggregatable", field.aggregatable()),
        ("aiPredictionField", false),
        ("autoNumber", field.auto_number.is_some()),
        ("calculated", field.calculated()),
        ("cascadeDelete", field.cascade),
        ("caseSensitive", false),
        ("createable", object.createable && field.createable),
        ("custom", field.custom()),
        ("defaultedOnCreate", field.defaulted),
        ("dependentPicklist", false),
        ("deprecatedAndHidden", false),
        ("displayLocationInDecimal", false),
        ("encrypted", false),
        ("externalId", field.external_id),
        ("filterable", field.filterable()),
        ("formulaTreatNullNumberAsZero", number_as_zero),
        ("groupable", field.groupable()),
        ("highScaleNumber", false),
        ("htmlFormatted", false),
        ("idLookup", is_id || field.kind == Kind::Email || field.external_id),
        ("nameField", field.name_field),
        ("namePointing", field.polymorphic()),
        ("nillable", field.nillable),
        ("permissionable", field.nillable && !field.compound.as_deref().is_some_and(is_name)),
        ("polymorphicForeignKey", field.polymorphic()),
        ("queryByDistance", field.kind == Kind::Address),
        ("restrictedDelete", false),
        ("restrictedPicklist", field.restricted),
        ("searchPrefilterable", field.kind == Kind::Reference),
        ("sortable", field.sortable()),
        ("unique", field.unique),
        ("updateable", object.updateable && field.updateable),
        ("writeRequiresMasterRead", false),
    ]
    .into_iter()
    .map(|(key, value)| (key.to_owned(), Json::Bool(value)))
    .collect()
}

fn is_name(compound: &str) -> bool {
    compound == "Name"
}

fn has_precision(kind: Kind) -> bool {
    matches!(kind, Kind::Double | Kind::Currency | Kind::Percent)
}

fn has_length(kind: Kind) -> bool {
    !has_precision(kind) && kind != Kind::Int
}

/// Ids take a byte a character, all other text up to three.
fn byte_length(field: &FieldDef) -> u32 {
    if matches!(field.kind, Kind::Id | Kind::Reference) {
        field.length
    } else if has_length(field.kind) {
        field.length.saturating_mul(3)
    } else {
        0
    }
}

fn extra_type(field: &FieldDef) -> Option<&'static str> {
    let part = field.compound.as_deref().is_some_and(is_name);
    if field.kind == Kind::TextArea {
        Some("plaintextarea")
    } else if part || (field.name_field && field.label == "Full Name") {
        Some("personname")
    } else {
        None
    }
}

fn soap_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Id | Kind::Reference => "tns:ID",
        Kind::Boolean => "xsd:boolean",
        Kind::Int => "xsd:int",
        Kind::Double | Kind::Currency | Kind::Percent => "xsd:double",
        Kind::Date => "xsd:date",
        Kind::DateTime => "xsd:dateTime",
        Kind::Address => "urn:address",
        Kind::Complex => "urn:complexvalue",
        Kind::Text
        | Kind::TextArea
        | Kind::Phone
        | Kind::Email
        | Kind::Url
        | Kind::Picklist
        | Kind::MultiPicklist
        | Kind::Combobox => "xsd:string",
    }
}

fn picklist(field: &FieldDef) -> Json {
    let value = |value: &String| {
        object! {
            "active" => true,
            "defaultValue" => field.default.as_ref() == Some(value),
            "label" => value.as_str(),
            "validFor" => Json::Null,
            "value" => value.as_str(),
        }
    };
    Json::List(field.values.iter().map(value).collect())
}
