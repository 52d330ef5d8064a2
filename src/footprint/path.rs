//! Paths: from the names that a caller wrote to the fields of the org's schema that they touch.

use std::borrow::Cow;
use std::sync::Arc;

use smol_str::SmolStr;

use super::error::{FootprintError, SHOWN_CHARS, Unresolved, shown};
use super::known::{Known, KnownTarget};
use super::{Access, Action, Footprint, PartFootprint, Target};
use crate::org::{Copies, Field, FormulaReference, Object, Schema};
use crate::salesforce::{ObjectName, RecordId};
use crate::soql::ast::{Ident, Path};

/// Salesforce follows at most five relationships from child to parent (SOQL and SOSL Reference,
/// "Understanding Relationship Query Limitations").
pub(super) const MOST_RELATIONSHIPS: usize = 5;

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
    pub(super) fn relationships<'p>(
        &self,
        qualifiers: &'p [Ident],
    ) -> Result<Cow<'p, [Ident]>, Unresolved> {
        let Some((first, rest)) = qualifiers.split_first() else { return Ok(Cow::default()) };
        if self.alias.as_ref() == Some(first) {
            return Ok(Cow::Borrowed(rest));
        }
        if let Some((_, stands_for)) = self.aliases.iter().find(|(name, _)| name == first) {
            return Ok(stands_for.iter().chain(rest).cloned().collect());
        }
        if first.is(self.object.name.as_str()) {
            return if self.object.parent_named(first.as_str()).is_some() {
                Err(Unresolved::Ambiguous(shown(first.as_str())))
            } else {
                Ok(Cow::Borrowed(rest))
            };
        }
        Ok(Cow::Borrowed(qualifiers))
    }
}

impl Scope {
    /// Whether relationships start with a name that could also be the object: what is sent has not
    /// the alias that told the two apart.
    pub(super) fn is_ambiguous(&self, relationships: &[Ident]) -> bool {
        relationships
            .first()
            .is_some_and(|first| first.is(&self.source) || first.is(self.object.name.as_str()))
    }
}

/// A path as the footprint and its errors show it.
pub(super) fn written(path: &Path) -> SmolStr {
    let text = path.text();
    if text.len() <= SHOWN_CHARS { text } else { shown(text).into() }
}

/// The relationship of a lookup in the schema's spelling; `step` led to it.
pub(super) fn spelled(lookup: &Field, step: &Ident) -> Ident {
    lookup.relationship.as_ref().map_or_else(|| step.clone(), |known| known.ident(step.span))
}

/// Gathers accesses while an operation is walked.
pub(super) struct Walk<'a> {
    pub(super) schema: &'a Schema,
    footprint: Footprint,
    /// What stands in the footprint.
    known: Known,
}

impl<'a> Walk<'a> {
    pub(super) fn new(schema: &'a Schema) -> Self {
        Self { schema, footprint: Footprint::default(), known: Known::default() }
    }

    pub(super) fn finish(self, rows: Option<u32>) -> Footprint {
        Footprint { rows, ..self.footprint }
    }

    pub(super) fn object(&self, name: &str) -> Result<Arc<Object>, Unresolved> {
        let known = self.schema.object_named(name).cloned();
        known.ok_or_else(|| Unresolved::Object(shown(name)))
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

    /// Adds an access; `None` where the same action on the same target is known already.
    pub(super) fn touch(
        &mut self,
        action: Action,
        target: Target,
        path: &str,
    ) -> Option<&mut Access> {
        self.is_new(action, &target).then(|| self.add(action, target, path))
    }

    /// Whether no such access is known; from now on it is, so the caller adds it.
    fn is_new(&mut self, action: Action, target: &Target) -> bool {
        match KnownTarget::find(self.schema, target) {
            Some(known) => self.known.insert((action, known)),
            None => {
                let mut accesses = self.footprint.accesses.iter();
                !accesses.any(|known| known.action == action && known.target == *target)
            }
        }
    }

    fn add(&mut self, action: Action, target: Target, path: &str) -> &mut Access {
        let access = Access { action, target, path: path.into(), opaque: false };
        self.footprint.accesses.push_mut(access)
    }

    /// Makes room for the accesses of so many paths.
    pub(super) fn expect(&mut self, paths: usize) {
        let paths = paths.saturating_add(paths.div_euclid(2)).saturating_add(8);
        self.footprint.accesses.reserve(paths);
        self.known.reserve(paths);
    }

    /// Adds what a part touches to what the whole touches.
    pub(super) fn absorb(&mut self, part: &Footprint) {
        for access in &part.accesses {
            if self.is_new(access.action, &access.target) {
                self.footprint.accesses.push(access.clone());
            } else if access.opaque {
                let same = |other: &&mut Access| {
                    other.action == access.action && other.target == access.target
                };
                if let Some(known) = self.footprint.accesses.iter_mut().find(same) {
                    known.opaque = true;
                }
            }
        }
        self.footprint.pruned.extend(part.pruned.iter().cloned());
    }

    pub(super) fn add_part(&mut self, part: PartFootprint) {
        self.footprint.parts.push(part);
    }

    /// How many rows all parts can answer with together.
    pub(super) fn rows_of_parts(&self) -> Option<u32> {
        super::envelope::rows(&self.footprint.parts)
    }

    pub(super) fn prune(&mut self, access: Access) {
        self.footprint.pruned.push(access);
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
        let written = written(path);
        let relationships = scope.relationships(&path.qualifiers).map_err(fail)?;
        if relationships.len() > MOST_RELATIONSHIPS {
            return Err(fail(Unresolved::TooDeep(written.into())));
        }
        if scope.is_ambiguous(&relationships) {
            return Err(fail(Unresolved::Ambiguous(written.into())));
        }
        let mut object = &scope.object;
        let mut qualifiers = Vec::with_capacity(relationships.len());
        let mut left = relationships.iter();
        while let Some(step) = left.next() {
            let lookup = parent(object, || place(scope, &qualifiers), step)
                .map_err(|kind| kind.at(step.span))?;
            qualifiers.push(spelled(lookup, step));
            self.each(actions, object, lookup, &written);
            if lookup.polymorphic {
                if left.next().is_some() {
                    return Err(fail(Unresolved::Polymorphic { path: written.into() }));
                }
                let last = self.polymorphic(lookup, path, actions, &written).map_err(fail)?;
                return Ok(Path { qualifiers, last });
            }
            object = self.target(lookup, step).map_err(fail)?;
        }
        let place = || place(scope, &qualifiers);
        let field = field(object, place, path.last.as_str()).map_err(fail)?;
        self.each(actions, object, field, &written);
        Ok(Path { qualifiers, last: field.name.ident(path.last.span) })
    }

    /// Checks that an alias stands for relationships that there are, also where nothing uses it.
    pub(super) fn alias(&self, scope: &Scope, stands_for: &[Ident]) -> Result<(), Unresolved> {
        let mut object = &scope.object;
        let mut left = stands_for.iter().peekable();
        while let Some(step) = left.next() {
            let lookup = parent(object, || scope.source.clone(), step)?;
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

    pub(super) fn each(&mut self, actions: &[Action], object: &Object, field: &Field, path: &str) {
        for action in actions {
            self.field(*action, object, field, path);
        }
    }

    pub(super) fn target(
        &self,
        lookup: &Field,
        step: &Ident,
    ) -> Result<&'a Arc<Object>, Unresolved> {
        lookup
            .reference_to
            .first()
            .and_then(|name| self.schema.object(name))
            .ok_or_else(|| Unresolved::Target { relationship: shown(step.as_str()) })
    }

    /// The field at the end of a polymorphic relationship: of every object that it can lead to.
    pub(super) fn polymorphic(
        &mut self,
        lookup: &Field,
        path: &Path,
        actions: &[Action],
        written: &str,
    ) -> Result<Ident, Unresolved> {
        let not_there = || Unresolved::Polymorphic { path: written.to_owned() };
        let spelling =
            NAME_FIELDS.iter().find(|name| path.last.is(name)).copied().ok_or_else(not_there)?;
        let mut found = spelling == "Type";
        for target in &lookup.reference_to {
            let object = self
                .schema
                .object(target)
                .ok_or_else(|| Unresolved::Target { relationship: written.to_owned() })?;
            // `Name` there is whatever a record is known by, such as the `CaseNumber` of a Case.
            let known_by = if spelling == "Name" { object.name_field() } else { None };
            let fields = [object.field_named(spelling), known_by];
            for field in fields.into_iter().flatten() {
                found = true;
                self.each(actions, object, field, written);
            }
        }
        let last = Ident::new(spelling, path.last.span).filter(|_| found);
        last.ok_or_else(not_there)
    }

    /// Touches a field and all that it shows: the parts of a compound field, the fields that a
    /// formula names, and those that it is a copy of.
    pub(super) fn field(&mut self, action: Action, object: &Object, field: &Field, path: &str) {
        let schema = self.schema;
        let mut open = Vec::new();
        let mut next = Some((object, field));
        while let Some((object, field)) = next {
            if self.known.insert((action, KnownTarget::of(field))) {
                let target = Target::Field(object.name.clone(), field.name.clone());
                let access = self.add(action, target, path);
                let parts = field.components.iter().filter_map(|part| object.field(part));
                open.extend(parts.map(|part| (object, part)));
                match computed_from(schema, object, field) {
                    Some(fields) => open.extend(fields),
                    None => access.opaque = true,
                }
            }
            next = open.pop();
        }
    }
}

/// The fields that a field's value is computed or copied from; `None` where they are not all known.
fn computed_from<'s>(
    schema: &'s Schema,
    object: &'s Object,
    field: &'s Field,
) -> Option<Vec<(&'s Object, &'s Field)>> {
    if field.copies == Copies::Unknown {
        return None;
    }
    let mut fields: Vec<_> = copied(schema, field).collect();
    if field.calculated {
        for reference in field.formula.as_ref()?.as_ref().ok()? {
            along(schema, object, reference, &mut fields)?;
        }
    }
    Some(fields)
}

/// The fields that a field is a copy of, those that the org has.
pub(super) fn copied<'s>(
    schema: &'s Schema,
    field: &'s Field,
) -> impl Iterator<Item = (&'s Object, &'s Field)> {
    let of = match &field.copies {
        Copies::Of(of) => of.as_slice(),
        Copies::Nothing | Copies::Unknown => &[],
    };
    of.iter().filter_map(|(object, field)| {
        let object = schema.object(object)?;
        Some((object.as_ref(), object.field(field)?))
    })
}

/// Adds every field on the way of a formula's reference, the lookups first. `None` where the schema
/// doesn't know a part of it, or where it goes through a polymorphic lookup.
fn along<'s>(
    schema: &'s Schema,
    object: &'s Object,
    reference: &FormulaReference,
    fields: &mut Vec<(&'s Object, &'s Field)>,
) -> Option<()> {
    let mut object = object;
    for step in &reference.relationships {
        let lookup = object.parent(step).filter(|lookup| !lookup.polymorphic)?;
        fields.push((object, lookup));
        object = schema.object(lookup.reference_to.first()?)?;
    }
    fields.push((object, object.field(&reference.field)?));
    Some(())
}

/// Where a path has got to, in words that the caller wrote.
pub(super) fn place(scope: &Scope, qualifiers: &[Ident]) -> String {
    let names: Vec<&str> = qualifiers.iter().map(Ident::as_str).collect();
    if names.is_empty() { scope.source.clone() } else { shown(names.join(".")) }
}

pub(super) fn field<'a>(
    object: &'a Object,
    place: impl FnOnce() -> String,
    name: &str,
) -> Result<&'a Field, Unresolved> {
    object.field_named(name).ok_or_else(|| Unresolved::Field {
        place: place(),
        object: object.name.clone(),
        field: shown(name),
    })
}

pub(super) fn parent<'a>(
    object: &'a Object,
    place: impl FnOnce() -> String,
    step: &Ident,
) -> Result<&'a Field, Unresolved> {
    object.parent_named(step.as_str()).ok_or_else(|| Unresolved::Parent {
        place: place(),
        object: object.name.clone(),
        relationship: shown(step.as_str()),
    })
}
