//! The policy set that decides now, and its replacement while calls run.

use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwap;

use super::{LoadError, Names, PolicySet};

/// The current policy set and the directory it is from, if it is from one.
#[derive(Debug)]
pub struct Store {
    directory: Option<PathBuf>,
    current: ArcSwap<PolicySet>,
}

impl Store {
    /// Loads the first set; without a good one there is no store.
    pub fn load(directory: impl Into<PathBuf>, names: &Names<'_>) -> Result<Self, LoadError> {
        let directory = directory.into();
        let set = PolicySet::load(&directory, names)?;
        Ok(Self { directory: Some(directory), current: ArcSwap::from_pointee(set) })
    }

    /// A set that is from no directory and stays as it is.
    pub fn fixed(set: PolicySet) -> Self {
        Self { directory: None, current: ArcSwap::from_pointee(set) }
    }

    /// The set that decides. A call takes it once and uses it to its end.
    pub fn current(&self) -> Arc<PolicySet> {
        self.current.load_full()
    }

    /// Loads the directory again. A good set decides from the next call on; a bad one changes
    /// nothing and is returned as what is wrong with it.
    pub fn reload(&self, names: &Names<'_>) -> Result<Arc<PolicySet>, LoadError> {
        let Some(directory) = &self.directory else { return Ok(self.current()) };
        let set = Arc::new(PolicySet::load(directory, names)?);
        self.current.store(Arc::clone(&set));
        Ok(set)
    }
}
