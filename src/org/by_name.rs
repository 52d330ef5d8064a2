//! Things in the order of their names, each found by its name without case.

use std::cmp::Ordering;

use crate::salesforce::folded_hash;

/// What has a name.
pub(super) trait Named {
    /// The name in describe's spelling.
    fn name(&self) -> &str;
}

/// Built once and then only read. Callers choose what is looked up, never what stands in it, so the
/// hash needs no secret: names that share one are as many as the org has made.
#[derive(Clone, Debug)]
pub(super) struct ByName<T> {
    things: Vec<T>,
    /// Places in `things` by hash, each at its slot or the next free one; at most half are taken.
    slots: Vec<Option<u32>>,
}

impl<T> Default for ByName<T> {
    fn default() -> Self {
        Self { things: Vec::new(), slots: Vec::new() }
    }
}

impl<T: Named> ByName<T> {
    /// Of two things with one name the later one is the error.
    pub(super) fn new(mut things: Vec<T>) -> Result<Self, T> {
        things.sort_by(|a, b| compare(a.name(), b.name()));
        let twice = things.windows(2).position(|pair| match pair {
            [a, b] => a.name().eq_ignore_ascii_case(b.name()),
            _ => false,
        });
        if let Some(at) = twice {
            return Err(things.swap_remove(at.saturating_add(1)));
        }
        let mut slots = vec![None; things.len().saturating_mul(2).next_power_of_two()];
        for (place, thing) in (0..).zip(&things) {
            let free = probe(thing.name(), slots.len())
                .find(|at| slots.get(*at).is_some_and(|slot| slot.is_none()));
            if let Some(slot) = free.and_then(|at| slots.get_mut(at)) {
                *slot = Some(place);
            }
        }
        Ok(Self { things, slots })
    }

    /// The thing of that name.
    pub(super) fn get(&self, name: &str) -> Option<&T> {
        self.things.get(self.place_of(name)?)
    }

    /// The place of the thing of that name in the order.
    pub(super) fn place_of(&self, name: &str) -> Option<usize> {
        for at in probe(name, self.slots.len()) {
            let place = usize::try_from((*self.slots.get(at)?)?).ok()?;
            if self.things.get(place)?.name().eq_ignore_ascii_case(name) {
                return Some(place);
            }
        }
        None
    }
}

impl<T> ByName<T> {
    /// All, in the order of their names.
    pub(super) fn iter(&self) -> std::slice::Iter<'_, T> {
        self.things.iter()
    }

    /// The thing at that place in the order.
    pub(super) fn at(&self, place: usize) -> Option<&T> {
        self.things.get(place)
    }
}

fn compare(a: &str, b: &str) -> Ordering {
    let fold = |byte: u8| byte.to_ascii_lowercase();
    a.bytes().map(fold).cmp(b.bytes().map(fold))
}

/// Every slot of a table, the one of the name's hash first. The number of slots is a power of two.
fn probe(name: &str, slots: usize) -> impl Iterator<Item = usize> {
    let first = usize::try_from(folded_hash(0, name)).unwrap_or_default();
    (0..slots).map(move |step| first.wrapping_add(step) & slots.saturating_sub(1))
}
