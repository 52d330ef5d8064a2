//! Objects and fields read from a table in the form of `objects.txt`.

use super::{FieldDef, Kind, ObjectDef};

/// What every custom object has.
const CUSTOM: &str = "\
object | Custom__c | a00 | Custom | Custom | CUDS
OwnerId | reference | !d | Owner ID | to=Group,User | rel=Owner
Name | string(80) | n | Name
@system";

/// A custom object without custom fields.
pub(super) fn custom(index: usize, name: &str, prefix: String) -> Option<ObjectDef> {
    let object = read(CUSTOM).into_iter().next()?;
    Some(ObjectDef { index, name: name.to_owned(), prefix, ..object })
}

/// A field that has a name, a label, and a type such as `string(80)`, and may be left empty.
pub(in super::super) fn field(name: &str, label: &str, kind: &str) -> FieldDef {
    let label = label.to_owned();
    FieldDef { label, ..field_line(&format!("{name} | {kind} | |"), &[]) }
}

/// All objects of a table.
pub(super) fn read(table: &str) -> Vec<ObjectDef> {
    let mut objects: Vec<ObjectDef> = Vec::new();
    for line in table.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')) {
        if let Some(rest) = line.strip_prefix("object |") {
            objects.push(object_line(objects.len(), rest));
        } else if let Some(object) = objects.last_mut() {
            field_lines(object, line);
        }
    }
    objects
}

fn object_line(index: usize, line: &str) -> ObjectDef {
    let mut cells = line.split('|').map(str::trim);
    let mut next = || cells.next().unwrap_or_default();
    let (name, prefix, label, plural, can) = (next(), next(), next(), next(), next());
    let mut object = ObjectDef {
        index,
        name: name.to_owned(),
        prefix: prefix.to_owned(),
        label: label.to_owned(),
        plural: plural.to_owned(),
        createable: can.contains('C'),
        updateable: can.contains('U'),
        deletable: can.contains('D'),
        description: None,
        sharing_model: "ReadWrite".to_owned(),
        in_development: false,
        fields: Vec::new(),
    };
    object.fields.push(field_line(&format!("Id | id | !rd | {label} ID"), &[]));
    if can.contains('S') {
        object.fields.push(field_line("IsDeleted | boolean | !rd | Deleted", &["default=false"]));
    }
    object
}

fn field_lines(object: &mut ObjectDef, line: &str) {
    if line == "@system" {
        for line in ["Created", "LastModified"] {
            let label = if line == "Created" { "Created" } else { "Last Modified" };
            object
                .fields
                .push(field_line(&format!("{line}Date | datetime | !rd | {label} Date"), &[]));
            let rel = if line == "Created" { "rel=CreatedBy" } else { "rel=LastModifiedBy" };
            object.fields.push(field_line(
                &format!("{line}ById | reference | !rd | {label} By ID"),
                &["to=User", rel],
            ));
        }
        object.fields.push(field_line("SystemModstamp | datetime | !rd | System Modstamp", &[]));
    } else if let Some(name) = line.strip_prefix("@address") {
        address(object, name.trim());
    } else {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let (head, more) = cells.split_at(cells.len().min(4));
        object.fields.push(field_line(&head.join(" | "), more));
    }
}

fn address(object: &mut ObjectDef, name: &str) {
    let space = if name.is_empty() { "" } else { " " };
    for (part, kind, label) in [
        ("Street", "textarea(255)", "Street"),
        ("City", "string(40)", "City"),
        ("State", "string(80)", "State/Province"),
        ("PostalCode", "string(20)", "Zip/Postal Code"),
        ("Country", "string(80)", "Country"),
        ("Latitude", "double(18,15)", "Latitude"),
        ("Longitude", "double(18,15)", "Longitude"),
        ("GeocodeAccuracy", "picklist(40)", "Geocode Accuracy"),
    ] {
        let restricted = if kind.starts_with("pick") { "R" } else { "" };
        let values: &[&str] = match restricted {
            "R" => &["values=Address;NearAddress;Block;Street;Zip;City;State;Unknown"],
            _ => &[],
        };
        let mut field = field_line(
            &format!("{name}{part} | {kind} | {restricted} | {name}{space}{label}"),
            values,
        );
        field.compound = Some(format!("{name}Address"));
        object.fields.push(field);
    }
    object
        .fields
        .push(field_line(&format!("{name}Address | address | r | {name}{space}Address"), &[]));
}

/// `name | type | flags | label`, then `key=value` cells.
fn field_line(head: &str, more: &[&str]) -> FieldDef {
    let mut cells = head.split('|').map(str::trim);
    let mut next = || cells.next().unwrap_or_default();
    let (name, kind, flags, label) = (next(), next(), next(), next());
    let (kind, size) = kind.split_once('(').unwrap_or((kind, ""));
    let mut sizes = size.trim_end_matches(')').split(',').map(|n| n.parse().unwrap_or_default());
    let kind = Kind::named(kind);
    let is_id = matches!(kind, Kind::Id | Kind::Reference);
    let length = if is_id { 18 } else { sizes.next().unwrap_or_default() };
    let cell = |key: &str| {
        let value = |cell: &&str| {
            cell.strip_prefix(key)?.strip_prefix('=').map(str::trim).map(str::to_owned)
        };
        more.iter().find_map(value)
    };
    let list = |key: &str, separator: char| -> Vec<String> {
        cell(key).map(|text| text.split(separator).map(str::to_owned).collect()).unwrap_or_default()
    };
    let read_only = flags.contains('r');
    FieldDef {
        number: 0,
        name: name.to_owned(),
        label: label.to_owned(),
        kind,
        length,
        scale: sizes.next().unwrap_or_default(),
        createable: !read_only,
        updateable: !read_only && !flags.contains('c'),
        nillable: !flags.contains('!') && kind != Kind::Boolean,
        defaulted: flags.contains('d'),
        name_field: flags.contains('n'),
        restricted: flags.contains('R'),
        external_id: flags.contains('x'),
        unique: flags.contains('u'),
        unfilterable: flags.contains('f'),
        auto_number: cell("autonumber"),
        roll_up: cell("rollup").is_some(),
        cascade: cell("cascade").is_some(),
        reference_to: list("to", ','),
        relationship: cell("rel"),
        child: cell("child"),
        compound: cell("compound"),
        formula: cell("formula"),
        default: cell("default"),
        values: list("values", ';'),
        description: None,
        help: None,
        compliance: cell("compliance"),
        sensitivity: cell("sensitivity"),
    }
}
