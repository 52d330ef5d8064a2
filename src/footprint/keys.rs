//! The names under which what is selected comes back.

use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, Hash, Hasher, RandomState};

use smol_str::{SmolStr, format_smolstr};

use super::error::{FootprintError, Unresolved, shown};
use super::known::NumberHasher;
use crate::salesforce::folded_hash;
use crate::soql::ast::{FieldExpr, Query, SelectItem};

/// The names under which a row's values come back; each may stand there once, or what is pruned
/// could not be told from what is permitted.
pub(super) struct Keys {
    /// Each with whether it is the path of a field.
    taken: HashMap<Key, bool, BuildHasherDefault<NumberHasher>>,
    /// A secret, as callers choose the names.
    seed: u64,
    /// Paths come back under their last names alone.
    aggregate: bool,
}

impl Keys {
    pub(super) fn of(query: &Query) -> Self {
        let taken = HashMap::with_capacity_and_hasher(query.select.len(), <_>::default());
        let seed = RandomState::new().hash_one(());
        Self { taken, seed, aggregate: query.is_aggregate() }
    }

    /// Takes the name of an item.
    pub(super) fn add(&mut self, item: &SelectItem) -> Result<(), FootprintError> {
        let (key, span) = match item {
            SelectItem::Count => return Ok(()),
            // Each set once, as Salesforce wants it; so a short text stays a short list.
            SelectItem::Fields { set, span } => (format_smolstr!("FIELDS({})", set.name()), *span),
            SelectItem::Field { alias: Some(alias), .. } => (alias.text(), alias.span),
            SelectItem::Field { expr: FieldExpr::Path(path), alias: None } if self.aggregate => {
                (path.last.text(), path.span())
            }
            SelectItem::Field { expr: FieldExpr::Path(path), alias: None } => {
                (path.text(), path.span())
            }
            SelectItem::Field {
                expr: FieldExpr::Call { .. } | FieldExpr::Distance(_),
                alias: None,
            } => return Ok(()),
            SelectItem::Child { query, .. } => (query.from.source.text(), query.span),
            SelectItem::Typeof { choice, .. } => (choice.relationship.text(), choice.span),
        };
        let is_path = matches!(item, SelectItem::Field { expr: FieldExpr::Path(_), alias: None });
        match self.taken.insert(self.key(key.clone()), is_path && !self.aggregate) {
            None => Ok(()),
            Some(_) => Err(Unresolved::SelectedTwice(shown(key)).at(span)),
        }
    }

    /// Whether the path of a field has been added that comes back under the same name.
    pub(super) fn has_field(&self, item: &SelectItem) -> bool {
        match item {
            SelectItem::Field { expr: FieldExpr::Path(path), alias: None } => {
                self.taken.get(&self.key(path.text())) == Some(&true)
            }
            SelectItem::Field { .. }
            | SelectItem::Count
            | SelectItem::Child { .. }
            | SelectItem::Fields { .. }
            | SelectItem::Typeof { .. } => false,
        }
    }
    fn key(&self, name: SmolStr) -> Key {
        Key { hash: folded_hash(self.seed, &name), name }
    }
}

/// A name, compared without case.
struct Key {
    name: SmolStr,
    hash: u64,
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.name.eq_ignore_ascii_case(&other.name)
    }
}
impl Eq for Key {}
impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}
