//! Paths: from the names that a caller wrote to the fields of the org's schema that they touch.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::error::{FootprintError, Unresolved, shown};
use super::{Access, Action, Footprint, Target};
use crate::org::{Field, FormulaReference, Object, Schema};
use crate::salesforce::{FieldName, ObjectName, RecordId, RelationshipName};
use crate::soql::ast::{Ident, Path, Span};

/// Salesforce follows at most five relationships from child to parent (SOQL and SOSL Reference,
/// "Understanding Relationship Query Limitations").
const MOST_RELATIONSHIPS: usize = 5;

/// The fields of the pseudo-object `Name` that a polymorphic relationship leads to. `Type` tells
/// which object it is.
const NAME_FIELDS: [&str; 11] = [
    "Id",
    "Name",
    "Type",
    "FirstName",
    "LastName",
    "Email",
    "Phone",
    "Title",
    "Username",
    "Alias",
    "IsActive",
];

/// What the names of one query (or of one operation's fields) stand for.
pub(super) struct Scope {
    pub(super) object: Arc<Object>,
    /// What `FROM` is printed with: the object, or the child relationship that leads to it.
    pub(super) source: String,
    /// The alias of the object itself.
    pub(super) alias: Option<Ident>,
    /// Further aliases, each with the relationships that it stands for.
    pub(super) aliases: Vec<(Ident, Vec<Ident>)>,
}

impl Scope {
    pub(super) fn of(object: Arc<Object>) -> Self {
        let source = object.name.to_string();
        Self { object, source, alias: None, aliases: Vec::new() }
    }

    /// The relationships that qualify a path, aliases replaced by what they stand for.
    pub(super) fn relationships(&self, qualifiers: &[Ident]) -> Result<Vec<Ident>, Unresolved> {
        let Some((first, rest)) = qualifiers.split_first() else { return Ok(Vec::new()) };
        if self.alias.as_ref() == Some(first) {
            return Ok(rest.to_vec());
        }
        if let Some((_, stands_for)) = self.aliases.iter().find(|(name, _)| name == first) {
            return Ok(stands_for.iter().chain(rest).cloned().collect());
        }
        if first.is(self.object.name.as_str()) {
            let also_parent =
                relationship(first).is_some_and(|name| self.object.parent(&name).is_some());
            return if also_parent {
                Err(Unresolved::Ambiguous(shown(first.as_str())))
            } else {
                Ok(rest.to_vec())
            };
        }
        Ok(qualifiers.to_vec())
    }
}

pub(super) fn relationship(name: &Ident) -> Option<RelationshipName> {
    RelationshipName::parse(name.as_str()).ok()
}

/// An identifier in the schema's spelling. The schema holds only names, so it always is one.
fn spelled(name: &str, span: Span) -> Result<Ident, Unresolved> {
    Ident::new(name, span).ok_or_else(|| Unresolved::Object(shown(name)))
}

/// Gathers accesses while an operation is walked.
pub(super) struct Walk<'a> {
    pub(super) schema: &'a Schema,
    footprint: Footprint,
    /// Where each access stands in the footprint.
    known: BTreeMap<(Action, Target), usize>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(schema: &'a Schema) -> Self {
        Self { schema, footprint: Footprint::default(), known: BTreeMap::new() }
    }

    pub(super) fn finish(self, rows: Option<u32>) -> Footprint {
        Footprint { rows, ..self.footprint }
    }

    pub(super) fn object(&self, name: &str) -> Result<Arc<Object>, Unresolved> {
        ObjectName::parse(name)
            .ok()
            .and_then(|known| self.schema.object(&known).cloned())
            .ok_or_else(|| Unresolved::Object(shown(name)))
    }

    /// The object of a record. An id with the prefix of another object names another's record.
    pub(super) fn record(
        &self,
        object: &ObjectName,
        id: &RecordId,
    ) -> Result<Arc<Object>, Unresolved> {
        let object = self.object(object.as_str())?;
        match object.key_prefix.as_deref() {
            Some(prefix) if prefix != id.key_prefix() => {
                Err(Unresolved::OtherObject(object.name.clone()))
            }
            Some(_) | None => Ok(object),
        }
    }

    /// Adds an access; false where the same action on the same target is known already.
    pub(super) fn touch(&mut self, action: Action, target: Target, path: &str) -> bool {
        let key = (action, target);
        if self.known.contains_key(&key) {
            return false;
        }
        let access = Access { action, target: key.1.clone(), path: path.to_owned(), opaque: false };
        self.known.insert(key, self.footprint.accesses.len());
        self.footprint.accesses.push(access);
        true
    }

    pub(super) fn prune(&mut self, access: Access) {
        self.footprint.pruned.push(access);
    }

    fn mark_opaque(&mut self, action: Action, target: &Target) {
        let at = self.known.get(&(action, target.clone()));
        if let Some(access) = at.and_then(|at| self.footprint.accesses.get_mut(*at)) {
            access.opaque = true;
        }
    }

    /// Resolves a path that is read for `actions`: touches every lookup on the way and the field
    /// at its end, and returns the path in describe's spelling, without aliases.
    pub(super) fn path(
        &mut self,
        scope: &Scope,
        path: &Path,
        actions: &[Action],
    ) -> Result<Path, FootprintError> {
        let fail = |kind: Unresolved| kind.at(path.span());
        let written = shown(&path.to_string());
        let relationships = scope.relationships(&path.qualifiers).map_err(fail)?;
        if relationships.len() > MOST_RELATIONSHIPS {
            return Err(fail(Unresolved::TooDeep(written)));
        }
        // The path is sent without the alias that told the two apart.
        let first = relationships.first();
        if first
            .is_some_and(|first| first.is(&scope.source) || first.is(scope.object.name.as_str()))
        {
            return Err(fail(Unresolved::Ambiguous(written)));
        }
        let mut object = Arc::clone(&scope.object);
        let mut qualifiers = Vec::with_capacity(relationships.len());
        let mut left = relationships.iter();
        while let Some(step) = left.next() {
            let lookup = parent(&object, &place(scope, &qualifiers), step)
                .map_err(|kind| kind.at(step.span))?;
            let spelling = lookup.relationship.as_ref().map_or(step.as_str(), |r| r.as_str());
            qualifiers.push(spelled(spelling, step.span).map_err(fail)?);
            self.each(actions, &object, lookup, &written);
            if lookup.polymorphic {
                if left.next().is_some() {
                    return Err(fail(Unresolved::Polymorphic { path: written }));
                }
                let last = self.polymorphic(lookup, path, actions, &written).map_err(fail)?;
                return Ok(Path { qualifiers, last });
            }
            object = self.target(lookup, step).map_err(fail)?;
        }
        let place = place(scope, &qualifiers);
        let field = field(&object, &place, path.last.as_str()).map_err(fail)?;
        self.each(actions, &object, field, &written);
        Ok(Path { qualifiers, last: spelled(field.name.as_str(), path.last.span).map_err(fail)? })
    }

    /// Checks that an alias stands for relationships that there are, also where nothing uses it.
    pub(super) fn alias(&self, scope: &Scope, stands_for: &[Ident]) -> Result<(), Unresolved> {
        let mut object = Arc::clone(&scope.object);
        let mut left = stands_for.iter().peekable();
        while let Some(step) = left.next() {
            let lookup = parent(&object, &scope.source, step)?;
            if left.peek().is_none() {
                break;
            }
            if lookup.polymorphic {
                return Err(Unresolved::Polymorphic { path: shown(step.as_str()) });
            }
            object = self.target(lookup, step)?;
        }
        Ok(())
    }

    fn each(&mut self, actions: &[Action], object: &Arc<Object>, field: &Field, path: &str) {
        for action in actions {
            self.field(*action, object, field, path);
        }
    }

    fn target(&self, lookup: &Field, step: &Ident) -> Result<Arc<Object>, Unresolved> {
        lookup
            .reference_to
            .first()
            .and_then(|name| self.schema.object(name).cloned())
            .ok_or_else(|| Unresolved::Target { relationship: shown(step.as_str()) })
    }

    /// The field at the end of a polymorphic relationship: of every object that it can lead to.
    fn polymorphic(
        &mut self,
        lookup: &Field,
        path: &Path,
        actions: &[Action],
        written: &str,
    ) -> Result<Ident, Unresolved> {
        let not_there = || Unresolved::Polymorphic { path: written.to_owned() };
        let spelling =
            NAME_FIELDS.iter().find(|name| path.last.is(name)).copied().ok_or_else(not_there)?;
        let name = FieldName::parse(spelling).map_err(|_not_a_name| not_there())?;
        let mut found = spelling == "Type";
        for target in &lookup.reference_to {
            let object = self
                .schema
                .object(target)
                .cloned()
                .ok_or_else(|| Unresolved::Target { relationship: written.to_owned() })?;
            // `Name` there is whatever a record is known by, such as the `CaseNumber` of a Case.
            let known_by = if spelling == "Name" { object.name_field() } else { None };
            let fields = [object.field(&name), known_by];
            for field in fields.into_iter().flatten() {
                found = true;
                self.each(actions, &object, field, written);
            }
        }
        if found { spelled(spelling, path.last.span) } else { Err(not_there()) }
    }

    /// Touches a field and all that it shows: the parts of a compound field, and the fields that a
    /// formula names.
    pub(super) fn field(
        &mut self,
        action: Action,
        object: &Arc<Object>,
        field: &Field,
        path: &str,
    ) {
        let mut open = vec![(Arc::clone(object), field.name.clone())];
        while let Some((object, name)) = open.pop() {
            let Some(field) = object.field(&name) else { continue };
            let target = Target::Field(object.name.clone(), field.name.clone());
            if !self.touch(action, target.clone(), path) {
                continue;
            }
            for part in &field.components {
                open.push((Arc::clone(&object), part.clone()));
            }
            if !field.calculated {
                continue;
            }
            match field.formula.as_ref() {
                Some(Ok(references)) if self.known_references(&object, references) => {
                    for reference in references {
                        open.extend(self.along(&object, reference));
                    }
                }
                Some(Ok(_) | Err(_)) | None => self.mark_opaque(action, &target),
            }
        }
    }

    fn known_references(&self, object: &Arc<Object>, references: &[FormulaReference]) -> bool {
        references.iter().all(|reference| {
            let steps = reference.relationships.len();
            self.along(object, reference).len() == steps.saturating_add(1)
        })
    }

    /// Every field on the way of a formula's reference, the lookups first. Shorter than the path
    /// where the schema doesn't know a part of it, or where it goes through a polymorphic lookup.
    fn along(
        &self,
        object: &Arc<Object>,
        reference: &FormulaReference,
    ) -> Vec<(Arc<Object>, FieldName)> {
        let mut fields = Vec::new();
        let mut object = Arc::clone(object);
        for step in &reference.relationships {
            let Some(lookup) = object.parent(step).filter(|lookup| !lookup.polymorphic) else {
                return fields;
            };
            let next = lookup.reference_to.first().and_then(|name| self.schema.object(name));
            let Some(next) = next.cloned() else { return fields };
            let name = lookup.name.clone();
            fields.push((object, name));
            object = next;
        }
        if let Some(field) = object.field(&reference.field) {
            let name = field.name.clone();
            fields.push((object, name));
        }
        fields
    }
}

/// Where a path has got to, in words that the caller wrote.
fn place(scope: &Scope, qualifiers: &[Ident]) -> String {
    let names: Vec<&str> = qualifiers.iter().map(Ident::as_str).collect();
    if names.is_empty() { scope.source.clone() } else { shown(&names.join(".")) }
}

pub(super) fn field<'a>(
    object: &'a Object,
    place: &str,
    name: &str,
) -> Result<&'a Field, Unresolved> {
    FieldName::parse(name)
        .ok()
        .and_then(|known| object.field(&known))
        .ok_or_else(|| Unresolved::Field { place: place.to_owned(), field: shown(name) })
}

fn parent<'a>(object: &'a Object, place: &str, step: &Ident) -> Result<&'a Field, Unresolved> {
    relationship(step).and_then(|name| object.parent(&name)).ok_or_else(|| Unresolved::Parent {
        place: place.to_owned(),
        relationship: shown(step.as_str()),
    })
}
