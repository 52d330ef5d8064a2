//! The demo org's objects and fields: first those of `objects.txt`, then as they are changed.

use std::sync::Arc;

/// The objects of an org. Each keeps its place, so that what is stored beside it needs no moving
/// when another one goes.
#[derive(Clone, Debug)]
pub(super) struct Catalog {
    objects: Vec<Option<Arc<ObjectDef>>>,
}

impl Catalog {
    /// The objects that a new org has.
    pub(super) fn new() -> Self {
        let objects = read(include_str!("objects.txt"));
        Self { objects: objects.into_iter().map(|object| Some(Arc::new(object))).collect() }
    }

    /// All objects in the order in which they came.
    pub(super) fn objects(&self) -> impl Iterator<Item = &Arc<ObjectDef>> {
        self.objects.iter().flatten()
    }

    /// The object of that name, compared without case.
    pub(super) fn object(&self, name: &str) -> Option<&Arc<ObjectDef>> {
        self.objects().find(|object| object.name.eq_ignore_ascii_case(name))
    }

    /// The object at a place.
    pub(super) fn at(&self, index: usize) -> Option<&Arc<ObjectDef>> {
        self.objects.get(index)?.as_ref()
    }

    /// The object whose ids begin with `prefix`.
    pub(super) fn object_of_prefix(&self, prefix: &str) -> Option<&Arc<ObjectDef>> {
        self.objects().find(|object| object.prefix == prefix)
    }

    /// Every lookup of any object that can point to `object`, with its place.
    pub(super) fn children<'a>(
        &'a self,
        object: &'a ObjectDef,
    ) -> impl Iterator<Item = (&'a Arc<ObjectDef>, usize, &'a FieldDef)> {
        self.objects().flat_map(move |child| {
            let fields = child.fields.iter().enumerate();
            fields
                .filter(move |(_, field)| field.reference_to.contains(&object.name))
                .map(move |(index, field)| (child, index, field))
        })
    }

    /// The children of `object` behind a relationship: their object, the place of their lookup,
    /// the relationship's name.
    pub(super) fn child<'a>(
        &'a self,
        object: &'a ObjectDef,
        relationship: &str,
    ) -> Option<(&'a Arc<ObjectDef>, usize, &'a str)> {
        self.children(object).find_map(|(object, index, field)| {
            field
                .child
                .as_deref()
                .filter(|name| name.eq_ignore_ascii_case(relationship))
                .map(|name| (object, index, name))
        })
    }
}

/// An object.
#[derive(Clone, Debug)]
pub(super) struct ObjectDef {
    /// Its place in the catalog.
    pub(super) index: usize,
    pub(super) name: String,
    pub(super) prefix: String,
    pub(super) label: String,
    pub(super) plural: String,
    pub(super) createable: bool,
    pub(super) updateable: bool,
    pub(super) deletable: bool,
    pub(super) fields: Vec<FieldDef>,
}

/// A field.
#[derive(Clone, Debug)]
pub(super) struct FieldDef {
    pub(super) name: String,
    pub(super) label: String,
    pub(super) kind: Kind,
    pub(super) length: u32,
    pub(super) scale: u32,
    pub(super) createable: bool,
    pub(super) updateable: bool,
    pub(super) nillable: bool,
    pub(super) defaulted: bool,
    pub(super) name_field: bool,
    pub(super) restricted: bool,
    pub(super) auto_number: bool,
    pub(super) roll_up: bool,
    pub(super) cascade: bool,
    pub(super) reference_to: Vec<String>,
    pub(super) relationship: Option<String>,
    pub(super) child: Option<String>,
    pub(super) compound: Option<String>,
    pub(super) formula: Option<String>,
    pub(super) default: Option<String>,
    pub(super) values: Vec<String>,
}

/// Describe's `type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Id,
    Reference,
    Text,
    TextArea,
    Phone,
    Email,
    Url,
    Picklist,
    MultiPicklist,
    Combobox,
    Boolean,
    Int,
    Double,
    Currency,
    Percent,
    Date,
    DateTime,
    Address,
}

impl Kind {
    const ALL: [(&'static str, Self); 18] = [
        ("id", Self::Id),
        ("reference", Self::Reference),
        ("string", Self::Text),
        ("textarea", Self::TextArea),
        ("phone", Self::Phone),
        ("email", Self::Email),
        ("url", Self::Url),
        ("picklist", Self::Picklist),
        ("multipicklist", Self::MultiPicklist),
        ("combobox", Self::Combobox),
        ("boolean", Self::Boolean),
        ("int", Self::Int),
        ("double", Self::Double),
        ("currency", Self::Currency),
        ("percent", Self::Percent),
        ("date", Self::Date),
        ("datetime", Self::DateTime),
        ("address", Self::Address),
    ];

    fn named(name: &str) -> Self {
        Self::ALL.iter().find(|(n, _)| *n == name).map_or(Self::Text, |(_, kind)| *kind)
    }

    /// Describe's word for it.
    pub(super) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, kind)| *kind == self).map_or("string", |(name, _)| name)
    }
}

impl ObjectDef {
    /// The field of that name, compared without case, with its place.
    pub(super) fn field(&self, name: &str) -> Option<(usize, &FieldDef)> {
        self.fields.iter().enumerate().find(|(_, field)| field.name.eq_ignore_ascii_case(name))
    }

    /// The lookup behind a relationship to a parent.
    pub(super) fn parent(&self, relationship: &str) -> Option<(usize, &FieldDef)> {
        self.fields.iter().enumerate().find(|(_, field)| {
            field.relationship.as_ref().is_some_and(|name| name.eq_ignore_ascii_case(relationship))
        })
    }

    /// The field that people know a record by.
    pub(super) fn name_field(&self) -> Option<(usize, &FieldDef)> {
        self.fields.iter().enumerate().find(|(_, field)| field.name_field)
    }
}

impl FieldDef {
    /// Made by the org's own people.
    pub(super) fn custom(&self) -> bool {
        self.name.ends_with("__c")
    }

    /// Long text can neither be filtered on, sorted nor grouped.
    fn long_text(&self) -> bool {
        self.kind == Kind::TextArea && self.length > 255
    }

    pub(super) fn filterable(&self) -> bool {
        !self.long_text()
    }

    pub(super) fn sortable(&self) -> bool {
        !self.long_text() && self.kind != Kind::Address && self.kind != Kind::MultiPicklist
    }

    pub(super) fn groupable(&self) -> bool {
        match self.kind {
            Kind::Currency | Kind::Double | Kind::Percent | Kind::DateTime => false,
            Kind::Address | Kind::MultiPicklist => false,
            Kind::Id
            | Kind::Reference
            | Kind::Text
            | Kind::TextArea
            | Kind::Phone
            | Kind::Email
            | Kind::Url
            | Kind::Picklist
            | Kind::Combobox
            | Kind::Boolean
            | Kind::Int
            | Kind::Date => !self.long_text() && self.formula.is_none(),
        }
    }

    pub(super) fn aggregatable(&self) -> bool {
        self.sortable() && self.kind != Kind::Boolean
    }

    pub(super) fn numeric(&self) -> bool {
        matches!(self.kind, Kind::Int | Kind::Double | Kind::Currency | Kind::Percent)
    }

    pub(super) fn calculated(&self) -> bool {
        self.roll_up || self.formula.is_some()
    }

    /// Whether a path through the lookup reads whichever object it points to.
    pub(super) fn polymorphic(&self) -> bool {
        self.reference_to.len() > 1
    }
}

fn read(table: &str) -> Vec<ObjectDef> {
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
        auto_number: cell("autonumber").is_some(),
        roll_up: cell("rollup").is_some(),
        cascade: cell("cascade").is_some(),
        reference_to: list("to", ','),
        relationship: cell("rel"),
        child: cell("child"),
        compound: cell("compound"),
        formula: cell("formula"),
        default: cell("default"),
        values: list("values", ';'),
    }
}
