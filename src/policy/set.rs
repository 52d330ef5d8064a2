//! A policy set: read, checked whole, then only read.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use super::check::{self, Checked};
use super::model::Model;
use super::names::{Lint, Names};
use super::problem::LoadError;
use super::scope::Scoped;
use super::slice::Slices;
use super::source::{self, File, Source, TESTS};
use crate::footprint::Action;
use crate::org;

/// Policies that have been checked: what decides.
pub struct PolicySet {
    pub(super) model: Arc<Model>,
    pub(super) policies: BTreeMap<String, Arc<Scoped>>,
    /// Whether some policy can permit that anything is seen masked.
    pub(super) masks: bool,
    pub(super) slices: Slices,
    files: Vec<String>,
    hash: String,
}

/// How many policies differ between two sets; ids tell which is which.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Policies that were not there.
    pub added: usize,
    /// Policies that are not there any more.
    pub removed: usize,
    /// Policies that say something else under the same id.
    pub changed: usize,
}

impl fmt::Debug for PolicySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the policies: they are trees, and long.
        f.debug_struct("PolicySet").field("files", &self.files).field("hash", &self.hash).finish()
    }
}

impl PolicySet {
    /// Reads every `*.cedar` file of a directory, with the `labels.yaml` beside them, and checks the
    /// whole: syntax, strict validation with warnings as errors, ids, annotations, and every name
    /// against the org's. All that is wrong is reported at once; a directory without a policy is
    /// wrong.
    pub fn load(source: impl Into<Source>, names: &Names<'_>) -> Result<Self, LoadError> {
        let source = source.into();
        Self::checked(&source.place(), &source.read()?, names)
    }

    /// The same for texts that are in memory: file names and contents. Tests are left out.
    pub fn from_texts<'a>(
        texts: impl IntoIterator<Item = (&'a str, &'a str)>,
        names: &Names<'_>,
    ) -> Result<Self, LoadError> {
        let policies = texts.into_iter().filter(|(name, _)| !name.ends_with(TESTS));
        let mut files: Vec<File> = policies.map(|(name, text)| File::named(name, text)).collect();
        files.sort_by(|a, b| a.name.cmp(&b.name));
        Self::checked("policies", &files, names)
    }

    pub(super) fn checked(
        place: &str,
        files: &[File],
        names: &Names<'_>,
    ) -> Result<Self, LoadError> {
        Self::checked_while(place, files, names, || ()).0
    }

    /// As [`Self::checked`], with something to do meanwhile.
    pub(super) fn checked_while<T>(
        place: &str,
        files: &[File],
        names: &Names<'_>,
        meanwhile: impl FnOnce() -> T,
    ) -> (Result<Self, LoadError>, T) {
        let lint = Lint::from(names);
        let check = || {
            let (model, policies) = Checked::of(place, files, lint)?.finish()?;
            let names = files.iter().map(|file| file.name.clone()).collect();
            let hash = source::hex(&source::digest(files));
            let set = Self::unchecked(model, policies.into_values());
            Ok(Self { files: names, hash, ..set })
        };
        check::aside(place, check, meanwhile)
    }

    /// A set of policies that nobody has checked.
    pub(super) fn unchecked(
        model: Arc<Model>,
        policies: impl IntoIterator<Item = Arc<Scoped>>,
    ) -> Self {
        let named = |policy: Arc<Scoped>| (policy.id().to_owned(), policy);
        let policies: BTreeMap<String, Arc<Scoped>> = policies.into_iter().map(named).collect();
        let slices = Slices::new(&model, policies.values());
        let masks = policies.values().any(|policy| {
            policy.permits() && policy.speaks_of_action(&model, Action::SelectMasked)
        });
        Self { model, policies, masks, slices, files: Vec::new(), hash: String::new() }
    }

    /// The names of its files, sorted.
    pub fn files(&self) -> &[String] {
        &self.files
    }

    /// The ids of its policies, sorted.
    pub fn policy_ids(&self) -> impl ExactSizeIterator<Item = &str> {
        self.policies.keys().map(String::as_str)
    }

    /// The names of all labels that something can stand under.
    pub fn labels(&self, schema: &org::Schema) -> BTreeSet<String> {
        self.model.labels.names(Some(schema))
    }

    /// The fields that its policies name, sorted, each once.
    pub fn named_fields(&self) -> BTreeSet<String> {
        let literals = self.policies.values().flat_map(|policy| &policy.literals);
        let fields = literals.filter(|literal| *literal.type_name() == self.model.types.field);
        fields.map(|field| field.id().unescaped().to_owned()).collect()
    }

    /// What differs from the set that was before.
    pub fn changes(&self, before: &Self) -> Changes {
        let same = |(id, policy): (&String, &Arc<Scoped>)| {
            before.policies.get(id).map(|other| other.policy == policy.policy)
        };
        let same: Vec<Option<bool>> = self.policies.iter().map(same).collect();
        let gone = before.policies.keys().filter(|id| !self.policies.contains_key(*id));
        Changes {
            added: same.iter().filter(|same| same.is_none()).count(),
            removed: gone.count(),
            changed: same.iter().filter(|same| **same == Some(false)).count(),
        }
    }

    /// SHA-256 over the sorted files' names and contents, in lower-case hexadecimal.
    pub fn hash(&self) -> &str {
        &self.hash
    }
}
