//! From paths to fields: aliases, relationships, and the pseudo-object behind a polymorphic
//! lookup.

use std::sync::Arc;

use super::super::catalog::{Catalog, FieldDef, ObjectDef};
use super::super::compute;
use super::super::value::Value;
use super::{Context, Fault, Row};
use crate::soql::ast::{Alias, From, Ident, Path};
use crate::soql::limits::RELATIONSHIPS;

/// What can be read through a lookup that points to several objects.
///
/// SOQL and SOSL Reference, "Understanding Relationship Fields and Polymorphic Fields".
const NAME_FIELDS: [&str; 11] = [
    "Id",
    "Name",
    "FirstName",
    "LastName",
    "Type",
    "Email",
    "Phone",
    "Title",
    "Username",
    "Alias",
    "IsActive",
];

/// The names that paths of one query can begin with.
#[derive(Debug)]
pub(super) struct Scope<'q> {
    catalog: &'q Catalog,
    object: &'q Arc<ObjectDef>,
    alias: Option<&'q Ident>,
    others: &'q [Alias],
}

/// A field, perhaps of a parent.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Column {
    pub(super) steps: Vec<Step>,
    pub(super) leaf: Leaf,
}

/// A step to a parent: the place of the lookup in its object.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Step {
    pub(super) lookup: usize,
    pub(super) relationship: String,
    pub(super) polymorphic: bool,
}

/// The end of a path.
#[derive(Clone, Debug)]
pub(super) enum Leaf {
    /// A field of a known object.
    Field(Arc<ObjectDef>, usize),
    /// A field of whichever object the lookup points to.
    Name(&'static str),
}

impl PartialEq for Leaf {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Field(a, i), Self::Field(b, j)) => a.index == b.index && i == j,
            (Self::Name(a), Self::Name(b)) => a == b,
            (Self::Field(..), Self::Name(_)) | (Self::Name(_), Self::Field(..)) => false,
        }
    }
}

/// Where a path has come to.
enum Place<'q> {
    Object(&'q Arc<ObjectDef>),
    Name,
}

impl<'q> Scope<'q> {
    pub(super) fn new(catalog: &'q Catalog, object: &'q Arc<ObjectDef>, from: &'q From) -> Self {
        Self { catalog, object, alias: from.alias.as_ref(), others: &from.others }
    }

    /// Only the object's own name begins a path.
    pub(super) fn bare(catalog: &'q Catalog, object: &'q Arc<ObjectDef>) -> Self {
        Self { catalog, object, alias: None, others: &[] }
    }

    /// The column of a path.
    pub(super) fn column(&self, path: &Path) -> Result<Column, Fault> {
        let mut steps = Vec::new();
        let place = self.walk(&path.qualifiers, &mut steps, 0)?;
        if steps.len() > RELATIONSHIPS {
            let message = format!("a path follows at most {RELATIONSHIPS} relationships");
            return Err(Fault::malformed(message, path.span()));
        }
        let name = &path.last;
        let leaf = match place {
            Place::Object(object) => {
                let (index, _) =
                    object.field(name.as_str()).ok_or_else(|| no_column(name, &object.name))?;
                Leaf::Field(Arc::clone(object), index)
            }
            Place::Name => {
                let known = NAME_FIELDS.iter().find(|known| name.is(known));
                Leaf::Name(known.ok_or_else(|| no_column(name, "Name"))?)
            }
        };
        Ok(Column { steps, leaf })
    }

    /// Follows the qualifiers of a path; an alias wins over a relationship.
    fn walk(
        &self,
        qualifiers: &[Ident],
        steps: &mut Vec<Step>,
        depth: usize,
    ) -> Result<Place<'q>, Fault> {
        let mut place = Place::Object(self.object);
        let mut rest = qualifiers;
        if let Some((first, after)) = qualifiers.split_first() {
            let other = self.others.iter().find(|other| other.name == *first);
            if let Some(other) = other.filter(|_| depth <= self.others.len()) {
                let path: Vec<Ident> = other.path.segments().cloned().collect();
                place = self.walk(&path, steps, depth.saturating_add(1))?;
                rest = after;
            } else if self.alias == Some(first)
                || (first.is(&self.object.name) && self.object.parent(first.as_str()).is_none())
            {
                rest = after;
            }
        }
        for name in rest {
            let Place::Object(object) = place else { return Err(no_relationship(name)) };
            let (lookup, field) =
                object.parent(name.as_str()).ok_or_else(|| no_relationship(name))?;
            steps.push(Step {
                lookup,
                relationship: field.relationship.clone().unwrap_or_default(),
                polymorphic: field.polymorphic(),
            });
            place = match field.reference_to.first().and_then(|name| self.catalog.object(name)) {
                Some(object) if !field.polymorphic() => Place::Object(object),
                _many => Place::Name,
            };
        }
        Ok(place)
    }
}

fn no_column(name: &Ident, entity: &str) -> Fault {
    let message = format!(
        "No such column '{name}' on entity '{entity}'. If you are attempting to use a custom field, \
         be sure to append the '__c' after the custom field name. Please reference your WSDL or the \
         describe call for the appropriate names."
    );
    Fault::field(message, name.span)
}

fn no_relationship(name: &Ident) -> Fault {
    let message = format!(
        "Didn't understand relationship '{name}' in field path. If you are attempting to use a \
         custom relationship, be sure to append the '__r' after the custom relationship name. Please \
         reference your WSDL or the describe call for the appropriate names."
    );
    Fault::field(message, name.span)
}

impl Column {
    /// The field at the end, where its object is known.
    pub(super) fn field(&self) -> Option<&FieldDef> {
        match &self.leaf {
            Leaf::Field(object, index) => object.fields.get(*index),
            Leaf::Name(_) => None,
        }
    }

    /// The last name in describe's spelling.
    pub(super) fn name(&self) -> &str {
        match &self.leaf {
            Leaf::Field(object, index) => object.fields.get(*index).map_or("", |f| f.name.as_str()),
            Leaf::Name(name) => name,
        }
    }

    /// The whole path in describe's spelling.
    pub(super) fn path(&self) -> String {
        let steps = self.steps.iter().map(|step| step.relationship.as_str());
        steps.chain([self.name()]).collect::<Vec<_>>().join(".")
    }

    /// The value in a row; null where a parent is missing.
    pub(super) fn value(&self, context: Context<'_>, row: Row<'_>) -> Value {
        let mut row = row;
        for step in &self.steps {
            match parent(context, row, step.lookup) {
                Some(parent) => row = parent,
                None => return Value::Null,
            }
        }
        leaf_value(context, row, &self.leaf)
    }
}

/// The record that a lookup of a row points to.
pub(super) fn parent<'a>(context: Context<'a>, row: Row<'a>, lookup: usize) -> Option<Row<'a>> {
    let id = compute::value(context.store, row.object, row.record, lookup);
    let (object, record) = context.store.target(id.as_text()?)?;
    Some(Row { object, record })
}

/// The value of the end of a path in the record that the path came to.
pub(super) fn leaf_value(context: Context<'_>, row: Row<'_>, leaf: &Leaf) -> Value {
    let value = |index| compute::value(context.store, row.object, row.record, index);
    match leaf {
        Leaf::Field(_, index) => value(*index),
        Leaf::Name("Type") => Value::text(&row.object.name),
        Leaf::Name("Name") => {
            row.object.name_field().map_or(Value::Null, |(index, _)| value(index))
        }
        Leaf::Name(name) => row.object.field(name).map_or(Value::Null, |(index, _)| value(index)),
    }
}
