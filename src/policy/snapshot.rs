//! Policy folders as they were at one moment, and what the sets in them are worth.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use sha2::{Digest as _, Sha256};

use super::problem::{LoadError, Problem};
use super::source::{self, File, Source, TESTS};
use super::stamp::Stamp;
use super::{Environment, Names, PolicySet, testing};

/// Where the sets come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sources {
    /// The one that decides.
    pub policies: Source,
    /// The one that is only compared.
    pub shadow: Option<ShadowSource>,
}

/// Where the shadow set comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShadowSource {
    /// Its files.
    pub source: Source,
    /// What they stand for.
    pub mode: ShadowMode,
}

/// What the files of a shadow set stand for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ShadowMode {
    /// They are added to the enforced ones.
    #[default]
    Add,
    /// They are the whole set.
    Replace,
}

/// What a set is checked against.
#[derive(Clone, Copy, Debug)]
pub struct Against<'a> {
    /// The names that policies may use.
    pub names: Names<'a>,
    /// The kind of org that tests are asked in, where they don't say.
    pub environment: Environment,
    /// When they are asked, where they don't say.
    pub now: Timestamp,
    /// The zone that their hours and weekdays are told in, where they don't say.
    pub zone: &'a TimeZone,
}

/// What was read of one source.
#[derive(Clone, Debug)]
struct Folder {
    place: String,
    files: Result<Files, LoadError>,
}

/// Policies with their labels, and the tests beside them.
#[derive(Clone, Debug)]
struct Files {
    policies: Vec<File>,
    tests: Vec<File>,
}

/// Policy files as they were read at one moment.
#[derive(Clone, Debug)]
pub struct Snapshot {
    policies: Folder,
    shadow: Option<(Folder, ShadowMode)>,
}

/// What came of a check.
#[derive(Debug)]
pub struct Checked {
    /// The set that may decide from now on.
    pub enforced: Result<Arc<PolicySet>, LoadError>,
    /// The set to compare with, where there is a shadow folder.
    pub shadow: Option<Result<Arc<PolicySet>, LoadError>>,
}

impl Folder {
    fn read(source: &Source) -> Self {
        let files = source.read().and_then(|policies| {
            let tests = source.tests()?;
            Ok(Files { policies, tests })
        });
        Self { place: source.place(), files }
    }

    fn feed(&self, sha: &mut Sha256) {
        match &self.files {
            Ok(files) => {
                sha.update([1]);
                sha.update(source::digest(&files.policies));
                sha.update(source::digest(&files.tests));
            }
            Err(error) => {
                sha.update([0]);
                sha.update(Sha256::digest(error.to_string()));
            }
        }
    }
}

impl Sources {
    /// Reads all files now.
    pub fn read(&self) -> Snapshot {
        let shadow = |shadow: &ShadowSource| (Folder::read(&shadow.source), shadow.mode);
        Snapshot {
            policies: Folder::read(&self.policies),
            shadow: self.shadow.as_ref().map(shadow),
        }
    }

    pub(super) fn stamp(&self) -> Vec<Stamp> {
        let sources = [Some(&self.policies), self.shadow.as_ref().map(|shadow| &shadow.source)];
        sources.into_iter().flatten().map(Stamp::of).collect()
    }
}

impl Snapshot {
    /// Texts that are in memory: file names and contents.
    pub fn from_texts<'a>(texts: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut files: Vec<File> =
            texts.into_iter().map(|(name, text)| File::named(name, text)).collect();
        files.sort_by(|a, b| a.name.cmp(&b.name));
        let (tests, policies) = files.into_iter().partition(|file| file.name.ends_with(TESTS));
        let files = Ok(Files { policies, tests });
        Self { policies: Folder { place: "policies".to_owned(), files }, shadow: None }
    }

    /// SHA-256 over all that was read, in lower-case hexadecimal.
    pub fn digest(&self) -> String {
        let mut sha = Sha256::new();
        self.policies.feed(&mut sha);
        if let Some((shadow, _)) = &self.shadow {
            shadow.feed(&mut sha);
        }
        source::hex(&sha.finalize())
    }

    /// Checks the set that would decide, with what the tests beside it say must be denied, and the
    /// one that would be compared.
    pub fn check(&self, against: &Against<'_>) -> Checked {
        Checked {
            enforced: self.enforced(against).map(Arc::new),
            shadow: self.shadow.as_ref().map(|(folder, mode)| {
                let files = self.shadow_files(folder, *mode)?;
                PolicySet::checked(&folder.place, &files, &against.names).map(Arc::new)
            }),
        }
    }

    fn enforced(&self, against: &Against<'_>) -> Result<PolicySet, LoadError> {
        let Folder { place, files } = &self.policies;
        let files = files.clone()?;
        let read = || testing::read(&files.tests);
        let (set, cases) = PolicySet::checked_while(place, &files.policies, &against.names, read);
        let (set, cases) = (set?, cases?);
        let problems = testing::permitted(place, &set, against, &cases)?;
        // Those who ask in tests are not those who will call.
        set.slices.forget();
        if problems.is_empty() { Ok(set) } else { Err(LoadError::new(problems)) }
    }

    fn shadow_files(&self, folder: &Folder, mode: ShadowMode) -> Result<Vec<File>, LoadError> {
        let own = folder.files.clone()?.policies;
        if own.iter().all(File::is_of_labels) {
            return Err(Problem::of_file(&folder.place, "no policy in any *.cedar file").into());
        }
        let own = own.into_iter();
        match mode {
            ShadowMode::Replace => Ok(own.collect()),
            ShadowMode::Add => {
                let mut files = self.policies.files.clone()?.policies;
                let named = |file: File| File { name: format!("shadow/{}", file.name), ..file };
                files.extend(own.map(named));
                Ok(files)
            }
        }
    }
}
