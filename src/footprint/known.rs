//! Which accesses a footprint has already, told apart by where in memory the schema has their targets.
//!
//! The schema stays where it is while an operation is walked, so that each of its objects and fields
//! is at one place, which is cheaper to look up than names are.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};

use super::{Action, Target};
use crate::org::Schema;

/// The accesses that stand in a footprint.
pub(super) type Known = HashSet<(Action, KnownTarget), BuildHasherDefault<NumberHasher>>;

/// Where a target is.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct KnownTarget(usize);

impl KnownTarget {
    const ORG: Self = Self(0);

    /// An object or field that is part of the schema.
    pub(super) fn of<T>(part: &T) -> Self {
        Self(std::ptr::from_ref(part).addr())
    }

    /// `None` for what is no part of the schema.
    pub(super) fn find(schema: &Schema, target: &Target) -> Option<Self> {
        match target {
            Target::Org => Some(Self::ORG),
            Target::Report(_) => None,
            Target::Object(object) => schema.object(object).map(|object| Self::of(object.as_ref())),
            Target::Field(object, field) => schema.object(object)?.field(field).map(Self::of),
        }
    }
}

/// For numbers that no caller chooses: places in memory, and hashes that have a secret in them.
#[derive(Default)]
pub(super) struct NumberHasher(u64);

impl Hasher for NumberHasher {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = (self.0.rotate_left(5) ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn write_usize(&mut self, number: usize) {
        self.write_u64(u64::try_from(number).unwrap_or_default());
    }

    /// The upper bits, which all others went into, come first.
    fn finish(&self) -> u64 {
        self.0.rotate_left(32)
    }
}
