//! Where a policy set is from: `*.cedar` files with a `labels.yaml` beside them, read with bounds.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::problem::{LoadError, Problem};

/// The longest file that is read, in bytes.
pub(super) const LONGEST_FILE: u64 = 256 * 1024;

/// The most files that are read.
const MOST_FILES: usize = 200;

/// The name of the file with the labels.
pub(super) const LABELS: &str = "labels.yaml";

/// Where a policy set is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Directories, of which every `*.cedar` file is read, and single files.
    pub paths: Vec<PathBuf>,
    /// The file with the labels, instead of the `labels.yaml` that lies beside the policies.
    pub labels: Option<PathBuf>,
}

impl<P: Into<PathBuf>> From<P> for Source {
    fn from(path: P) -> Self {
        Self { paths: vec![path.into()], labels: None }
    }
}

/// How the name of a file with tests ends; it lies beside the policies.
pub(super) const TESTS: &str = "_test.yaml";

/// A file as it was read.
#[derive(Clone, Debug)]
pub(super) struct File {
    /// Its name, without the directories.
    pub(super) name: String,
    /// How problems call it.
    pub(super) shown: String,
    pub(super) text: Arc<str>,
}

impl File {
    /// A text that is in memory.
    pub(super) fn named(name: &str, text: &str) -> Self {
        Self { name: name.to_owned(), shown: name.to_owned(), text: text.into() }
    }

    /// Whether it is one of labels rather than of policies.
    pub(super) fn is_of_labels(&self) -> bool {
        is_yaml(Path::new(&self.name))
    }
}

impl Source {
    /// How problems of the whole call it.
    pub(super) fn place(&self) -> String {
        let paths: Vec<String> = self.paths.iter().map(|path| path.display().to_string()).collect();
        paths.join(", ")
    }

    /// Reads all files, in the order of their names.
    pub(super) fn read(&self) -> Result<Vec<File>, LoadError> {
        let mut files = Vec::new();
        let mut problems = Vec::new();
        for path in &self.paths {
            match self.files(path) {
                Ok(found) => files.extend(found),
                Err(error) => problems.extend_from_slice(error.problems()),
            }
        }
        files.extend(self.labels.clone());
        files.sort();
        files.dedup();
        if files.len() > MOST_FILES {
            let message = format!("{} policy files, more than {MOST_FILES}", files.len());
            problems.push(Problem::of_file(&self.place(), message));
        }
        match read_all(files.into_iter().take(MOST_FILES)) {
            Ok(files) if problems.is_empty() => Ok(files),
            Ok(_) => Err(LoadError::new(problems)),
            Err(error) => {
                problems.extend_from_slice(error.problems());
                Err(LoadError::new(problems))
            }
        }
    }

    /// Reads the tests that lie in its directories, and those that it names.
    pub(super) fn tests(&self) -> Result<Vec<File>, LoadError> {
        let mut files = Vec::new();
        for path in &self.paths {
            if path.is_dir() {
                files.extend(entries(path, |name| name.ends_with(TESTS))?);
            } else if path.to_string_lossy().ends_with(TESTS) {
                files.push(path.clone());
            }
        }
        files.sort();
        read_all(files.into_iter().take(MOST_FILES))
    }

    /// The files of a path: itself, or those of a directory; and the labels that lie there.
    fn files(&self, path: &Path) -> Result<Vec<PathBuf>, LoadError> {
        let place = path.display().to_string();
        let fail = |message: String| LoadError::from(Problem::of_file(&place, message));
        let unreadable = |error: std::io::Error| fail(format!("can't be read: {error}"));
        let is_directory = fs::metadata(path).map_err(unreadable)?.is_dir();
        let mut files = Vec::new();
        if is_directory {
            files = entries(path, |name| name.ends_with(".cedar"))?;
        } else if path.to_string_lossy().ends_with(TESTS) {
            // Not of the set: `policies/*` names them as well.
            return Ok(files);
        } else {
            files.push(path.to_owned());
        }
        let beside = if is_directory { Some(path) } else { path.parent() };
        let labels = beside.map(|directory| directory.join(LABELS));
        if self.labels.is_none() && !is_yaml(path) {
            files.extend(labels.filter(|file| file.exists()));
        }
        Ok(files)
    }
}

/// The files of a directory that have such a name. A Kubernetes volume keeps its versions in hidden
/// directories, which are none.
pub(super) fn entries(
    directory: &Path,
    is_one: impl Fn(&str) -> bool,
) -> Result<Vec<PathBuf>, LoadError> {
    let place = directory.display().to_string();
    let unreadable =
        |error: std::io::Error| LoadError::of(&place, format!("can't be read: {error}"));
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).map_err(unreadable)? {
        let name = entry.map_err(unreadable)?.file_name();
        match name.to_str() {
            Some(name) if is_one(name) && !name.starts_with('.') => {
                files.push(directory.join(name));
            }
            Some(_) => {}
            None => return Err(LoadError::of(&place, "a file's name is not UTF-8")),
        }
    }
    Ok(files)
}

/// SHA-256 over files' names and contents.
pub(super) fn digest<'f>(files: impl IntoIterator<Item = &'f File>) -> [u8; 32] {
    let mut sha = Sha256::new();
    for part in files.into_iter().flat_map(|file| [file.name.as_bytes(), file.text.as_bytes()]) {
        // Each part's length first, so that no text can be moved from one part to the next.
        sha.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
        sha.update(part);
    }
    sha.finalize().into()
}

/// A digest in lower-case hexadecimal.
pub(super) fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn read_all(paths: impl Iterator<Item = PathBuf>) -> Result<Vec<File>, LoadError> {
    let mut read = Vec::new();
    let mut problems = Vec::new();
    for path in paths {
        let shown = path.display().to_string();
        match read_file(&path) {
            Ok(text) => {
                let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
                let name = name.unwrap_or_default();
                read.push(File { name, shown, text: text.into() });
            }
            Err(message) => problems.push(Problem::of_file(&shown, message)),
        }
    }
    if problems.is_empty() { Ok(read) } else { Err(LoadError::new(problems)) }
}

fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|kind| kind == "yaml" || kind == "yml")
}

fn read_file(path: &Path) -> Result<String, String> {
    let unreadable = |error: std::io::Error| format!("can't be read: {error}");
    // Before it is opened: to open a pipe is to wait for a writer.
    if !fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err("is not a file".to_owned());
    }
    let file = fs::File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(LONGEST_FILE.saturating_add(1)).read_to_end(&mut bytes).map_err(unreadable)?;
    String::from_utf8(bytes).map_err(|_not_utf8| "is not UTF-8".to_owned())
}
