//! The policy set that decides now, and its replacement while calls run.

use std::sync::Arc;

use arc_swap::ArcSwap;

use super::{LoadError, Names, PolicySet, Source};

/// The current policy set and where it is from, if it is from files.
#[derive(Debug)]
pub struct Store {
    source: Option<Source>,
    current: ArcSwap<PolicySet>,
}

impl Store {
    /// Loads the first set; without a good one there is no store.
    pub fn load(source: impl Into<Source>, names: &Names<'_>) -> Result<Self, LoadError> {
        let source = source.into();
        let set = PolicySet::load(source.clone(), names)?;
        Ok(Self { source: Some(source), current: ArcSwap::from_pointee(set) })
    }

    /// A set that is from no files and stays as it is.
    pub fn fixed(set: PolicySet) -> Self {
        Self { source: None, current: ArcSwap::from_pointee(set) }
    }

    /// The set that decides. A call takes it once and uses it to its end.
    pub fn current(&self) -> Arc<PolicySet> {
        self.current.load_full()
    }

    /// Reads the files again. A good set decides from the next call on; a bad one changes
    /// nothing and is returned as what is wrong with it.
    pub fn reload(&self, names: &Names<'_>) -> Result<Arc<PolicySet>, LoadError> {
        let Some(source) = &self.source else { return Ok(self.current()) };
        let set = Arc::new(PolicySet::load(source.clone(), names)?);
        self.current.store(Arc::clone(&set));
        Ok(set)
    }
}
