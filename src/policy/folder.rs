//! The files of a policy folder: which they are, and each read whole and within bounds.
//!
//! A Kubernetes volume shows each file as a link through `..data`, a link that is renamed over; all
//! here goes through the links to what they lead to.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::problem::{LoadError, Problem};

/// The longest file that is read, in bytes.
pub(super) const LONGEST_FILE: u64 = 256 * 1024;

/// The most files that are read.
const MOST_FILES: usize = 200;

/// A file as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct File {
    pub(super) name: String,
    pub(super) text: Arc<str>,
}

/// The files of one folder: policies and the tests beside them, each sorted by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Files {
    /// `*.cedar`.
    pub(super) policies: Vec<File>,
    /// `*_test.yaml`.
    pub(super) tests: Vec<File>,
}

/// Whether a file is one of ours. A Kubernetes volume keeps its versions in hidden folders.
fn is_ours(name: &str) -> bool {
    (name.ends_with(".cedar") || name.ends_with("_test.yaml")) && !name.starts_with('.')
}

impl Files {
    /// Reads a folder; all that can't be read is reported at once.
    pub(super) fn read(directory: &Path) -> Result<Self, LoadError> {
        let place = directory.display().to_string();
        let unreadable =
            |error: io::Error| Problem::of_file(&place, format!("can't be read: {error}"));
        let mut names = Vec::new();
        for entry in fs::read_dir(directory).map_err(unreadable)? {
            let name = entry.map_err(unreadable)?.file_name();
            match name.to_str() {
                Some(name) if is_ours(name) => names.push(name.to_owned()),
                Some(_) => {}
                None => return Err(Problem::of_file(&place, "a file's name is not UTF-8").into()),
            }
        }
        if names.len() > MOST_FILES {
            let message = format!("{} policy files, more than {MOST_FILES}", names.len());
            return Err(Problem::of_file(&place, message).into());
        }
        let mut texts = Vec::new();
        let mut problems = Vec::new();
        for name in names {
            match read_file(&directory.join(&name)) {
                Ok(text) => texts.push((name, text)),
                Err(message) => problems.push(Problem::of_file(&name, message)),
            }
        }
        let texts = texts.iter().map(|(name, text)| (name.as_str(), text.as_str()));
        if problems.is_empty() { Ok(Self::from_texts(texts)) } else { Err(LoadError::new(problems)) }
    }

    /// Texts that are in memory: file names and contents.
    pub(super) fn from_texts<'a>(texts: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let file = |(name, text): (&str, &str)| File { name: name.to_owned(), text: text.into() };
        let files = texts.into_iter().map(file);
        let (mut tests, mut policies): (Vec<File>, Vec<File>) =
            files.partition(|file| file.name.ends_with("_test.yaml"));
        policies.sort_by(|a, b| a.name.cmp(&b.name));
        tests.sort_by(|a, b| a.name.cmp(&b.name));
        Self { policies, tests }
    }
}

/// SHA-256 over files' names and contents.
pub(super) fn digest<'a>(files: impl IntoIterator<Item = &'a File>) -> [u8; 32] {
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

fn read_file(path: &Path) -> Result<String, String> {
    let unreadable = |error: io::Error| format!("can't be read: {error}");
    // Before it is opened: to open a pipe is to wait for a writer.
    if !fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err("is not a file".to_owned());
    }
    let file = fs::File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(LONGEST_FILE.saturating_add(1)).read_to_end(&mut bytes).map_err(unreadable)?;
    String::from_utf8(bytes).map_err(|_not_utf8| "is not UTF-8".to_owned())
}

/// What a folder looks like without reading its files: a change of any of them changes it, but for
/// one within the grain of the file system's clock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Stamp(Vec<(OsString, Option<FileStamp>)>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FileStamp {
    inode: (u64, u64),
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl FileStamp {
    fn of(path: &Path) -> Option<Self> {
        let file = fs::metadata(path).ok()?;
        Some(Self {
            inode: (file.dev(), file.ino()),
            size: file.size(),
            modified: (file.mtime(), file.mtime_nsec()),
            changed: (file.ctime(), file.ctime_nsec()),
        })
    }
}

impl Stamp {
    pub(super) fn of(directory: &Path) -> Self {
        let mut files = vec![(OsString::new(), FileStamp::of(directory))];
        let entries = fs::read_dir(directory).into_iter().flatten().flatten();
        let ours = entries
            .map(|entry| entry.file_name())
            .filter(|name| name.to_str().is_none_or(is_ours))
            .take(MOST_FILES.saturating_add(1));
        files.extend(ours.map(|name| {
            let stamp = FileStamp::of(&directory.join(&name));
            (name, stamp)
        }));
        files.sort_by(|a, b| a.0.cmp(&b.0));
        Self(files)
    }
}
