//! The keys that a record may come back with, compared without case, each of them once.

use std::collections::BTreeMap;

use smol_str::SmolStr;

use super::shape::Shape;

/// Up to so many keys are looked through for one: quicker than a tree, which has to be built first.
const FEW: usize = 32;

/// Keys with what may stand under each.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Keys {
    /// In the order of the query: Salesforce answers in it.
    shapes: Vec<(SmolStr, Shape)>,
    /// Where each stands, by its name in lower case; empty for few.
    places: BTreeMap<String, usize>,
}

impl Keys {
    /// Puts a shape under a key, in place of what stood there.
    pub(super) fn put(&mut self, name: &str, shape: Shape) {
        if let Some(known) = self.get_mut(name) {
            *known = shape;
            return;
        }
        self.shapes.push((SmolStr::new(name), shape));
        if self.shapes.len() > FEW {
            let known = self.places.len();
            let unplaced = self.shapes.iter().enumerate().skip(known);
            self.places.extend(unplaced.map(|(at, (name, _))| (name.to_ascii_lowercase(), at)));
        }
    }

    /// What stands under a key.
    pub(super) fn get_mut(&mut self, name: &str) -> Option<&mut Shape> {
        let place = self.place(name)?;
        self.shapes.get_mut(place).map(|(_, shape)| shape)
    }

    fn place(&self, name: &str) -> Option<usize> {
        if self.places.is_empty() {
            self.shapes.iter().position(|(known, _)| alike(known, name))
        } else {
            self.places.get(&name.to_ascii_lowercase()).copied()
        }
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
        let shapes = &self.keys.shapes;
        let expected = shapes.get(self.next).is_some_and(|(name, _)| alike(name, key));
        let place = if expected { self.next } else { self.keys.place(key)? };
        self.next = place.saturating_add(1);
        let read = self.read.get_mut(place)?;
        if std::mem::replace(read, true) {
            return None;
        }
        shapes.get(place).map(|(_, shape)| shape)
    }
}

/// Whether two names are one without case. Most are spelt alike, which is seen sooner.
fn alike(one: &str, other: &str) -> bool {
    one == other || one.eq_ignore_ascii_case(other)
}

#[cfg(test)]
mod tests {
    use super::{FEW, Keys};
    use crate::redact::shape::Shape;

    #[test]
    fn few_keys_and_many_are_each_taken_once_and_without_case() {
        for count in [1, FEW - 1, FEW, FEW + 1, FEW + 2, 3 * FEW] {
            let names: Vec<String> = (0..count).map(|nth| format!("Field_{nth}__c")).collect();
            let mut keys = Keys::default();
            for name in names.iter().chain(&names) {
                keys.put(&name.to_uppercase(), Shape::Value);
            }
            assert_eq!(keys.shapes().count(), count);
            let mut unread = keys.unread();
            for name in names.iter().rev() {
                assert!(unread.take(name).is_some(), "{name} of {count}");
                assert!(unread.take(&name.to_lowercase()).is_none(), "{name} of {count} again");
            }
            assert!(unread.take("Other__c").is_none());
        }
    }
}
