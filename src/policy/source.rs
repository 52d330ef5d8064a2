//! Where a policy set is from: `*.cedar` files with a `labels.yaml` beside them, read with bounds.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

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

/// A file as it was read.
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
        let mut read = Vec::new();
        for path in files.into_iter().take(MOST_FILES) {
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

    /// The files of a path: itself, or those of a directory; and the labels that lie there.
    fn files(&self, path: &Path) -> Result<Vec<PathBuf>, LoadError> {
        let place = path.display().to_string();
        let fail = |message: String| LoadError::from(Problem::of_file(&place, message));
        let unreadable = |error: std::io::Error| fail(format!("can't be read: {error}"));
        let is_directory = fs::metadata(path).map_err(unreadable)?.is_dir();
        let mut files = Vec::new();
        if is_directory {
            for entry in fs::read_dir(path).map_err(unreadable)? {
                let name = entry.map_err(unreadable)?.file_name();
                match name.to_str() {
                    // A Kubernetes volume keeps its versions in hidden directories.
                    Some(name) if name.ends_with(".cedar") && !name.starts_with('.') => {
                        files.push(path.join(name));
                    }
                    Some(_) => {}
                    None => return Err(fail("a file's name is not UTF-8".to_owned())),
                }
            }
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
