//! What is kept, in a bounded number of bytes.

use std::collections::HashMap;
use std::hash::Hash;
use std::mem;
use std::sync::{PoisonError, RwLock};

/// Values by key, of which the least recently used half goes when there are too many.
///
/// There are two generations. What is added or used joins the young one; when that is full it becomes
/// the old one, and what was old is dropped. The lock is held for a look-up or an insertion, never
/// while a value is made or dropped.
#[derive(Debug)]
pub(super) struct Cache<K, V> {
    /// What one generation may weigh.
    most: usize,
    generations: RwLock<Generations<K, V>>,
}

#[derive(Debug)]
struct Generations<K, V> {
    /// Each with its weight.
    young: HashMap<K, (V, usize)>,
    old: HashMap<K, (V, usize)>,
    /// What the young ones weigh together.
    weight: usize,
}

impl<K: Eq + Hash, V: Clone> Cache<K, V> {
    /// A cache of values that weigh at the most `most` together.
    pub(super) fn new(most: usize) -> Self {
        let generations = Generations { young: HashMap::new(), old: HashMap::new(), weight: 0 };
        Self { most: most / 2, generations: RwLock::new(generations) }
    }

    /// The value of a key.
    pub(super) fn get(&self, key: &K) -> Option<V> {
        let generations = self.generations.read().unwrap_or_else(PoisonError::into_inner);
        if let Some((value, _)) = generations.young.get(key) {
            return Some(value.clone());
        }
        generations.old.get(key)?;
        drop(generations);
        let mut generations = self.generations.write().unwrap_or_else(PoisonError::into_inner);
        let (key, (value, weight)) = generations.old.remove_entry(key)?;
        let dropped = generations.add(self.most, key, value.clone(), weight);
        drop(generations);
        drop(dropped);
        Some(value)
    }

    /// Drops all values.
    pub(super) fn clear(&self) {
        let none = Generations { young: HashMap::new(), old: HashMap::new(), weight: 0 };
        let mut generations = self.generations.write().unwrap_or_else(PoisonError::into_inner);
        let dropped = mem::replace(&mut *generations, none);
        drop(generations);
        drop(dropped);
    }

    /// Keeps a value, in the place of any that the key had. One that is too heavy is not kept.
    pub(super) fn insert(&self, key: K, value: V, weight: usize) {
        if weight > self.most {
            return;
        }
        let mut generations = self.generations.write().unwrap_or_else(PoisonError::into_inner);
        let replaced = generations.old.remove(&key);
        let dropped = generations.add(self.most, key, value, weight);
        drop(generations);
        drop((replaced, dropped));
    }
}

/// What has to go; the caller drops it when the lock is free.
type Dropped<K, V> = (HashMap<K, (V, usize)>, Option<(V, usize)>);

impl<K: Eq + Hash, V> Generations<K, V> {
    fn add(&mut self, most: usize, key: K, value: V, weight: usize) -> Dropped<K, V> {
        let mut gone = HashMap::new();
        if self.weight.saturating_add(weight) > most {
            self.weight = 0;
            gone = mem::replace(&mut self.old, mem::take(&mut self.young));
        }
        self.weight = self.weight.saturating_add(weight);
        let replaced = self.young.insert(key, (value, weight));
        if let Some((_, weight)) = &replaced {
            self.weight = self.weight.saturating_sub(*weight);
        }
        (gone, replaced)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_never_holds_more_than_its_bound_and_keeps_what_is_used() {
        let cache = Cache::new(20);
        for key in 0..1_000 {
            cache.insert(key, key, 1);
            // One that is used all the time survives any number of others.
            assert_eq!(cache.get(&0), Some(0), "after {key}");
            let generations = cache.generations.read().unwrap();
            let held = generations.young.values().chain(generations.old.values());
            assert!(held.map(|(_, weight)| weight).sum::<usize>() <= 20);
            assert_eq!(
                generations.young.values().map(|(_, w)| w).sum::<usize>(),
                generations.weight
            );
        }
        assert_eq!(cache.get(&500), None);
        assert_eq!(cache.get(&999), Some(999));
    }

    #[test]
    fn a_key_has_its_latest_value_and_what_is_too_heavy_is_not_kept() {
        let cache = Cache::new(20);
        for (value, weight) in [(1, 3), (2, 4), (3, 10)] {
            cache.insert("key", value, weight);
            assert_eq!(cache.get(&"key"), Some(value));
        }
        cache.insert("other", 1, 10);
        cache.insert("key", 4, 2);
        assert_eq!(cache.get(&"key"), Some(4));
        cache.insert("heavy", 1, 11);
        assert_eq!(cache.get(&"heavy"), None);
        assert_eq!(cache.get(&"key"), Some(4));
    }

    #[test]
    fn threads_share_it() {
        let cache = Cache::new(64);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for key in (0..200).cycle().take(5_000) {
                        assert!(cache.get(&key).is_none_or(|value| value == key * 2));
                        cache.insert(key, key * 2, 1);
                    }
                });
            }
        });
        assert_eq!(cache.get(&199), Some(398));
    }
}
