//! The demo org's objects and fields: first those of `objects.txt`, then as they are changed.

mod table;

use std::sync::Arc;

pub(super) use table::field as plain_field;

/// Most custom objects that an org takes.
const MOST_OBJECTS: usize = 100;
/// Most custom fields that an org takes, those of all objects together.
const MOST_FIELDS: usize = 500;
/// The digits of ids and key prefixes.
pub(super) const DIGITS: &[u8; 62] =
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The objects of an org. Each keeps its place, so that what is stored beside it needs no moving
/// when another one goes.
#[derive(Clone, Debug)]
pub(super) struct Catalog {
    objects: Vec<Option<Arc<ObjectDef>>>,
    /// Custom fields that were ever made.
    fields_made: usize,
}

/// Why an object or a field can't be added: the org has as many as it takes.
#[derive(Debug)]
pub(super) struct CatalogFull;

impl Catalog {
    /// The objects that a new org has.
    pub(super) fn new() -> Self {
        Self::of(include_str!("../objects.txt"))
    }

    /// The objects of a table in the form of `objects.txt`.
    pub(super) fn of(text: &str) -> Self {
        let mut objects = table::read(text);
        let mut fields_made = 0_usize;
        let fields = objects.iter_mut().flat_map(|object| &mut object.fields);
        for field in fields.filter(|field| field.custom()) {
            field.number = fields_made;
            fields_made = fields_made.saturating_add(1);
        }
        let objects = objects.into_iter().map(|object| Some(Arc::new(object))).collect();
        Self { objects, fields_made }
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

    /// How many places there are, those of objects that went counted.
    pub(super) fn places(&self) -> usize {
        self.objects.len()
    }

    /// Adds a custom object with the fields that all of them have.
    pub(super) fn add_object(&mut self, name: &str) -> Result<&mut ObjectDef, CatalogFull> {
        let index = self.objects.len();
        let digit = |n: Option<usize>| DIGITS.get(n?).copied().map(char::from);
        let prefix = match (digit(index.checked_div(62)), digit(index.checked_rem(62))) {
            (Some(high), Some(low)) => format!("a{high}{low}"),
            (None, _) | (_, None) => return Err(CatalogFull),
        };
        if self.objects().filter(|object| object.custom()).count() >= MOST_OBJECTS {
            return Err(CatalogFull);
        }
        let object = table::custom(index, name, prefix).ok_or(CatalogFull)?;
        self.objects.push(Some(Arc::new(object)));
        self.object_mut(index).ok_or(CatalogFull)
    }

    /// Removes an object and returns the lookups of other objects that pointed to it alone.
    pub(super) fn remove_object(&mut self, index: usize) -> Vec<(usize, usize)> {
        let Some(object) = self.objects.get_mut(index).and_then(Option::take) else {
            return Vec::new();
        };
        let pointing = self.children(&object).map(|(child, field, _)| (child.index, field));
        pointing.collect()
    }

    /// Adds a field to an object.
    pub(super) fn add_field(
        &mut self,
        object: usize,
        mut field: FieldDef,
    ) -> Result<(), CatalogFull> {
        let fields = self.objects().flat_map(|object| &object.fields);
        if fields.filter(|field| field.custom()).count() >= MOST_FIELDS {
            return Err(CatalogFull);
        }
        field.number = self.fields_made;
        self.fields_made = self.fields_made.saturating_add(1);
        self.object_mut(object).ok_or(CatalogFull)?.fields.push(field);
        Ok(())
    }

    /// The object at a place, to be changed.
    pub(super) fn object_mut(&mut self, index: usize) -> Option<&mut ObjectDef> {
        self.objects.get_mut(index)?.as_mut().map(Arc::make_mut)
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
    pub(super) description: Option<String>,
    /// The Metadata API's word for who sees its records.
    pub(super) sharing_model: String,
    pub(super) in_development: bool,
    pub(super) fields: Vec<FieldDef>,
}

/// A field.
#[derive(Clone, Debug)]
pub(super) struct FieldDef {
    /// Which custom field of the org it is, the first one made being 0.
    pub(super) number: usize,
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
    pub(super) external_id: bool,
    pub(super) unique: bool,
    pub(super) unfilterable: bool,
    /// How the org numbers records here, for example `A-{0000}`.
    pub(super) auto_number: Option<String>,
    pub(super) roll_up: bool,
    pub(super) cascade: bool,
    pub(super) reference_to: Vec<String>,
    pub(super) relationship: Option<String>,
    pub(super) child: Option<String>,
    pub(super) compound: Option<String>,
    pub(super) formula: Option<String>,
    pub(super) default: Option<String>,
    pub(super) values: Vec<String>,
    pub(super) description: Option<String>,
    pub(super) help: Option<String>,
    /// The org's compliance categories for it, with semicolons between.
    pub(super) compliance: Option<String>,
    /// The org's sensitivity level for it.
    pub(super) sensitivity: Option<String>,
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
    /// What the Tooling API shows of metadata.
    Complex,
}

impl Kind {
    const ALL: [(&'static str, Self); 19] = [
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
        ("complexvalue", Self::Complex),
    ];

    fn named(name: &str) -> Self {
        Self::ALL.iter().find(|(n, _)| *n == name).map_or(Self::Text, |(_, kind)| *kind)
    }

    /// Describe's word for it.
    pub(super) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, kind)| *kind == self).map_or("string", |(name, _)| name)
    }

    /// Whether its values are texts, ids left aside.
    pub(super) fn is_text(self) -> bool {
        match self {
            Self::Text
            | Self::TextArea
            | Self::Phone
            | Self::Email
            | Self::Url
            | Self::Picklist
            | Self::MultiPicklist
            | Self::Combobox => true,
            Self::Id
            | Self::Reference
            | Self::Boolean
            | Self::Int
            | Self::Double
            | Self::Currency
            | Self::Percent
            | Self::Date
            | Self::DateTime
            | Self::Address
            | Self::Complex => false,
        }
    }

    /// Whether its values are numbers.
    pub(super) fn is_number(self) -> bool {
        matches!(self, Self::Int | Self::Double | Self::Currency | Self::Percent)
    }
}

impl ObjectDef {
    /// Made by the org's own people.
    pub(super) fn custom(&self) -> bool {
        self.name.ends_with("__c")
    }

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

    /// Values made of others, which can be shown and nothing else.
    fn compound(&self) -> bool {
        matches!(self.kind, Kind::Address | Kind::Complex)
    }

    pub(super) fn filterable(&self) -> bool {
        !self.long_text() && !self.unfilterable
    }

    pub(super) fn sortable(&self) -> bool {
        self.filterable() && !self.compound() && self.kind != Kind::MultiPicklist
    }

    pub(super) fn groupable(&self) -> bool {
        match self.kind {
            Kind::Currency | Kind::Double | Kind::Percent | Kind::DateTime => false,
            Kind::Address | Kind::Complex | Kind::MultiPicklist => false,
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
            | Kind::Date => self.filterable() && self.formula.is_none(),
        }
    }

    pub(super) fn aggregatable(&self) -> bool {
        self.sortable() && self.kind != Kind::Boolean
    }

    pub(super) fn numeric(&self) -> bool {
        self.kind.is_number()
    }

    pub(super) fn calculated(&self) -> bool {
        self.roll_up || self.formula.is_some()
    }

    /// Whether a path through the lookup reads whichever object it points to.
    pub(super) fn polymorphic(&self) -> bool {
        self.reference_to.len() > 1
    }
}
