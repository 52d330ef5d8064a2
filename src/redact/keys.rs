//! The keys that a record may come back with, compared without case, each of them once.

use std::collections::BTreeMap;

use smol_str::SmolStr;

use super::shape::Shape;

/// Keys with what may stand under each.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Keys {
    /// Names in lower case, in the order of the query: Salesforce answers in it.
    shapes: Vec<(SmolStr, Shape)>,
    places: BTreeMap<SmolStr, usize>,
}

impl Keys {
    /// Puts a shape under a key, in place of what stood there.
    pub(super) fn put(&mut self, name: &str, shape: Shape) {
        if let Some(known) = self.get_mut(name) {
            *known = shape;
        } else {
            let name = lower(name);
            self.places.insert(name.clone(), self.shapes.len());
            self.shapes.push((name, shape));
        }
    }

    /// What stands under a key.
    pub(super) fn get_mut(&mut self, name: &str) -> Option<&mut Shape> {
        let place = *self.places.get(&lower(name))?;
        self.shapes.get_mut(place).map(|(_, shape)| shape)
    }

    /// Everything that stands under a key.
    pub(super) fn shapes(&self) -> impl Iterator<Item = &Shape> {
        self.shapes.iter().map(|(_, shape)| shape)
    }

    /// The keys of one record while it is read.
    pub(super) fn unread(&self) -> Unread<'_> {
        Unread { keys: self, read: vec![false; self.shapes.len()], next: 0 }
    }
}

/// In lower case; names of usual length take no memory of their own.
fn lower(name: &str) -> SmolStr {
    name.chars().map(|c| c.to_ascii_lowercase()).collect()
}

/// The keys of a record that did not come yet.
pub(super) struct Unread<'a> {
    keys: &'a Keys,
    read: Vec<bool>,
    /// The one that comes next if the answer keeps the query's order.
    next: usize,
}

impl<'a> Unread<'a> {
    /// What may stand under a key; `None` for one that may not come, or came before.
    pub(super) fn take(&mut self, key: &str) -> Option<&'a Shape> {
        let Keys { shapes, places } = self.keys;
        let expected =
            shapes.get(self.next).is_some_and(|(name, _)| name.eq_ignore_ascii_case(key));
        let place = if expected { self.next } else { *places.get(&lower(key))? };
        self.next = place.saturating_add(1);
        let read = self.read.get_mut(place)?;
        if std::mem::replace(read, true) {
            return None;
        }
        shapes.get(place).map(|(_, shape)| shape)
    }
}
