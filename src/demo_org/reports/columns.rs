//! Report types: which columns a report can have, and the field behind each.

use std::sync::Arc;

use super::super::catalog::{Catalog, FieldDef, Kind, ObjectDef};
use super::super::query::{FieldPath, field_path};

/// A report type over the org's objects as they are now.
#[derive(Debug)]
pub(super) struct ReportType {
    pub(super) root: Arc<ObjectDef>,
    /// Its objects, the root first.
    pub(super) objects: Vec<Arc<ObjectDef>>,
    pub(super) columns: Vec<Column>,
}

/// A column.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) token: String,
    pub(super) label: String,
    pub(super) path: FieldPath,
    /// The id of the record that the column shows the name of.
    pub(super) id: Option<FieldPath>,
}

impl Column {
    pub(super) fn field(&self) -> Option<&FieldDef> {
        self.path.field()
    }

    pub(super) fn kind(&self) -> Kind {
        self.field().map_or(Kind::Text, |field| field.kind)
    }
}

impl ReportType {
    /// The report type of that name.
    pub(super) fn of(catalog: &Catalog, name: &str) -> Option<Self> {
        let mut lines = include_str!("types.txt").lines().filter(|line| !line.starts_with('#'));
        let objects = lines.find_map(|line| {
            let mut cells = line.strip_prefix("type |")?.split('|').map(str::trim);
            (cells.next()? == name).then_some(())?;
            cells.nth(1)
        })?;
        let mut known: Vec<(Arc<ObjectDef>, String)> = Vec::new();
        for object in objects.split(';').map(str::trim) {
            let (name, lookup) = object.split_once('=').unwrap_or((object, ""));
            known.push((Arc::clone(catalog.object(name)?), lookup.to_owned()));
        }
        let root = Arc::clone(&known.first()?.0);
        let lines = lines.take_while(|line| !line.starts_with("type |"));
        let standard = lines.filter(|line| !line.is_empty()).filter_map(|line| {
            let mut cells = line.split('|').map(str::trim);
            let (token, path, label) = (cells.next()?, cells.next()?, cells.next()?);
            column(catalog, &root, token, path, label)
        });
        let custom = known.iter().flat_map(|(object, lookup)| {
            let fields = object.fields.iter().filter(|field| field.custom());
            let root = &root;
            fields.filter_map(move |field| {
                let token = format!("{}.{}", object.name, field.name);
                let dot = if lookup.is_empty() { "" } else { "." };
                let path = format!("{lookup}{dot}{}", field.name);
                column(catalog, root, &token, &path, &field.label)
            })
        });
        let columns = standard.chain(custom).collect();
        let objects = known.iter().map(|(object, _)| Arc::clone(object)).collect();
        Some(Self { root, objects, columns })
    }

    /// The column of a token.
    pub(super) fn column(&self, token: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.token == token)
    }
}

fn column(
    catalog: &Catalog,
    root: &Arc<ObjectDef>,
    token: &str,
    path: &str,
    label: &str,
) -> Option<Column> {
    let found = field_path(catalog, root, path)?;
    let id = found.field().filter(|field| field.name_field).and_then(|_| {
        let above = path.rsplit_once('.').map_or(String::new(), |(above, _)| format!("{above}."));
        field_path(catalog, root, &format!("{above}Id"))
    });
    Some(Column { token: token.to_owned(), label: label.to_owned(), path: found, id })
}

/// The report's word for a type.
pub(super) fn data_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Id | Kind::Reference => "id",
        Kind::MultiPicklist => "multipicklist",
        Kind::Text | Kind::Complex => "string",
        Kind::TextArea
        | Kind::Phone
        | Kind::Email
        | Kind::Url
        | Kind::Picklist
        | Kind::Combobox
        | Kind::Boolean
        | Kind::Int
        | Kind::Double
        | Kind::Currency
        | Kind::Percent
        | Kind::Date
        | Kind::DateTime
        | Kind::Address => kind.name(),
    }
}
