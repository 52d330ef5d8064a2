//! What policy files look like without being read: a change of any of them shows, but for one within
//! the grain of the file system's clock.
//!
//! A Kubernetes volume shows each file as a link through `..data`, a link that is renamed over; a
//! stamp goes through the links to what they lead to.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::source::{LABELS, Source, TESTS, entries};

/// The files and the directories of a source, each as the file system knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Stamp(Vec<(PathBuf, Option<FileStamp>)>);

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
    pub(super) fn of(source: &Source) -> Self {
        let ours = |name: &str| name.ends_with(".cedar") || name.ends_with(TESTS) || name == LABELS;
        let mut files: Vec<PathBuf> = source.labels.iter().cloned().collect();
        for path in &source.paths {
            files.push(path.clone());
            if path.is_dir() {
                // A directory that can't be listed looks different from one that can.
                files.extend(entries(path, ours).unwrap_or_default());
            } else {
                files.extend(path.parent().map(|parent| parent.join(LABELS)));
            }
        }
        files.sort();
        let stamped = |path: PathBuf| {
            let stamp = FileStamp::of(&path);
            (path, stamp)
        };
        Self(files.into_iter().map(stamped).collect())
    }
}
