//! Objects and fields as the Metadata API's `CustomObject` and `CustomField` show them.

use super::super::catalog::{FieldDef, Kind, ObjectDef};
use super::super::json::{Json, object};

/// The `Metadata` of an object.
pub(super) fn of_object(object: &ObjectDef) -> Json {
    let name = object.name_field().map(|(_, field)| field);
    let format = name.and_then(|field| field.auto_number.as_deref());
    object! {
        "deploymentStatus" => if object.in_development { "InDevelopment" } else { "Deployed" },
        "description" => object.description.as_deref(),
        "label" => object.label.as_str(),
        "nameField" => object! {
            "displayFormat" => format,
            "label" => name.map(|field| field.label.as_str()),
            "type" => if format.is_some() { "AutoNumber" } else { "Text" },
        },
        "pluralLabel" => object.plural.as_str(),
        "sharingModel" => object.sharing_model.as_str(),
    }
}

/// The `Metadata` of a field.
pub(super) fn of_field(field: &FieldDef) -> Json {
    let sized = matches!(type_name(field), "Text" | "LongTextArea") && !field.calculated();
    let number = |has: bool, n: u32| has.then_some(n);
    object! {
        "complianceGroup" => field.compliance.as_deref(),
        "defaultValue" => field.default.as_deref().filter(|_| field.kind == Kind::Boolean),
        "deleteConstraint" => delete_constraint(field),
        "description" => field.description.as_deref(),
        "externalId" => field.external_id,
        "formula" => field.formula.as_deref(),
        "inlineHelpText" => field.help.as_deref(),
        "label" => field.label.as_str(),
        "length" => number(sized, field.length),
        "precision" => number(field.numeric(), field.length),
        "referenceTo" => field.reference_to.first().map(String::as_str),
        "relationshipName" => field.child.as_deref().map(|name| name.trim_end_matches("__r")),
        "required" => !field.nillable && field.kind != Kind::Boolean,
        "scale" => number(field.numeric(), field.scale),
        "securityClassification" => field.sensitivity.as_deref(),
        "type" => type_name(field),
        "unique" => field.unique,
        "valueSet" => value_set(field),
        "visibleLines" => number(type_name(field) == "LongTextArea", 3),
    }
}

/// The Metadata API's word for a field's type.
pub(super) fn type_name(field: &FieldDef) -> &'static str {
    match field.kind {
        _ if field.roll_up => "Summary",
        Kind::TextArea if field.length > 255 => "LongTextArea",
        Kind::TextArea => "TextArea",
        Kind::Id | Kind::Text | Kind::Combobox | Kind::Address | Kind::Complex => "Text",
        Kind::Int | Kind::Double => "Number",
        Kind::Currency => "Currency",
        Kind::Percent => "Percent",
        Kind::Boolean => "Checkbox",
        Kind::Date => "Date",
        Kind::DateTime => "DateTime",
        Kind::Email => "Email",
        Kind::Phone => "Phone",
        Kind::Url => "Url",
        Kind::Picklist => "Picklist",
        Kind::MultiPicklist => "MultiselectPicklist",
        Kind::Reference => "Lookup",
    }
}

fn delete_constraint(field: &FieldDef) -> Option<&'static str> {
    let lookup = field.kind == Kind::Reference;
    lookup.then_some(if field.cascade { "Cascade" } else { "SetNull" })
}

fn value_set(field: &FieldDef) -> Json {
    if !matches!(field.kind, Kind::Picklist | Kind::MultiPicklist) {
        return Json::Null;
    }
    let value = |value: &String| {
        object! {
            "default" => field.default.as_ref() == Some(value),
            "label" => value.as_str(),
            "valueName" => value.as_str(),
        }
    };
    let values: Vec<Json> = field.values.iter().map(value).collect();
    object! {
        "restricted" => field.restricted,
        "valueSetDefinition" => object! { "sorted" => false, "value" => values },
    }
}
