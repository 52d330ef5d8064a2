//! The policy sets that are in force, and their replacement while calls run.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use arc_swap::ArcSwap;

use super::{LoadError, PolicySet, ShadowCounts};

/// The sets that are in force together.
#[derive(Clone, Debug)]
pub struct Sets {
    /// The one that decides.
    pub enforced: Arc<PolicySet>,
    /// The one that is compared with it and decides nothing.
    pub shadow: Option<Arc<PolicySet>>,
}

impl Sets {
    /// Whether these are the same sets, and not only such as say the same.
    pub fn are(&self, others: &Self) -> bool {
        let shadows = match (&self.shadow, &others.shadow) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        shadows && Arc::ptr_eq(&self.enforced, &others.enforced)
    }
}

/// What became of the last loads, for logs and readiness.
#[derive(Clone, Debug)]
pub struct ReloadState {
    /// The hash of the set that decides.
    pub policy_set: String,
    /// The hash of the shadow set, where there is one.
    pub shadow_set: Option<String>,
    /// Since when they are in force.
    pub loaded_at: SystemTime,
    /// What lies in the policy folder and is not in force.
    pub refused: Option<Refusal>,
    /// What lies in the shadow folder and is not compared.
    pub shadow_refused: Option<Refusal>,
}

/// A set that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The digest of the folders that it is from.
    pub digest: String,
    /// What is wrong with it.
    pub error: LoadError,
    /// When that was found.
    pub at: SystemTime,
}

impl Refusal {
    /// Whether it says of the same folders the same.
    pub fn repeats(&self, other: &Self) -> bool {
        self.digest == other.digest && self.error == other.error
    }
}

impl ReloadState {
    fn of(sets: &Sets, shadow_refused: Option<Refusal>, now: SystemTime) -> Self {
        Self {
            policy_set: sets.enforced.hash().to_owned(),
            shadow_set: sets.shadow.as_ref().map(|shadow| shadow.hash().to_owned()),
            loaded_at: now,
            refused: None,
            shadow_refused,
        }
    }
}

/// Holds the sets that are in force.
#[derive(Debug)]
pub struct Store {
    sets: ArcSwap<Sets>,
    state: ArcSwap<ReloadState>,
    shadow_counts: ShadowCounts,
}

impl Store {
    /// Begins with these sets, and what is wrong with the shadow set that is not among them.
    pub fn new(sets: Sets, shadow_refused: Option<Refusal>, now: SystemTime) -> Self {
        let state = ReloadState::of(&sets, shadow_refused, now);
        Self {
            sets: ArcSwap::from_pointee(sets),
            state: ArcSwap::from_pointee(state),
            shadow_counts: ShadowCounts::default(),
        }
    }

    /// One set that stays as it is.
    pub fn fixed(set: PolicySet) -> Self {
        Self::new(Sets { enforced: Arc::new(set), shadow: None }, None, UNIX_EPOCH)
    }

    /// The sets in force. A call takes them once and uses them to its end.
    pub fn sets(&self) -> Arc<Sets> {
        self.sets.load_full()
    }

    /// The set that decides.
    pub fn current(&self) -> Arc<PolicySet> {
        Arc::clone(&self.sets.load().enforced)
    }

    /// Puts checked sets in force, from the next call on; what was refused before is forgotten.
    pub fn put(&self, sets: Sets, shadow_refused: Option<Refusal>, now: SystemTime) {
        let state = ReloadState::of(&sets, shadow_refused, now);
        self.sets.store(Arc::new(sets));
        self.state.store(Arc::new(state));
    }

    /// Notes what was refused; the sets in force stay.
    pub fn refuse(&self, refusal: Refusal) {
        let state = ReloadState::clone(&self.state.load());
        self.state.store(Arc::new(ReloadState { refused: Some(refusal), ..state }));
    }

    /// How many calls were compared with the shadow set.
    pub fn shadow_counts(&self) -> &ShadowCounts {
        &self.shadow_counts
    }

    /// What became of the last loads.
    pub fn state(&self) -> Arc<ReloadState> {
        self.state.load_full()
    }
}
