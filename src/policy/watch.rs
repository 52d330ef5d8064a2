//! Policy folders looked at again and again, until there is something new in them that is whole.
//!
//! Looking, and not listening to the kernel: a look follows the links of a Kubernetes volume
//! wherever they were renamed to, loses no event, and works on every file system. It reads no file
//! while nothing changes.

use super::snapshot::{Snapshot, Sources};
use super::stamp::Stamp;

/// Every how many looks the files are read though they seem unchanged: the clock of a file system
/// may be too coarse to show a change.
const FULL: u32 = 120;

/// How often a folder is read in the hope that nobody writes to it.
const TRIES: usize = 100;

/// Policy folders, and how they were when they were looked at last.
#[derive(Debug)]
pub struct Watch {
    sources: Sources,
    looks: u32,
    /// What was read at the last look that read.
    seen: Option<String>,
    /// How the folders looked when the same was read twice.
    settled: Option<Vec<Stamp>>,
    /// What was handed out last.
    tried: Option<String>,
}

impl Watch {
    /// Begins with the folders as they are, once two reads of them are equal; with the last read
    /// where somebody doesn't stop writing.
    pub fn begin(sources: Sources) -> (Self, Snapshot) {
        let mut watch = Self { sources, looks: 0, seen: None, settled: None, tried: None };
        for _ in 0..TRIES {
            if let Some(snapshot) = watch.look() {
                return (watch, snapshot);
            }
        }
        let snapshot = watch.sources.read();
        (watch, snapshot)
    }

    /// One look. What is new is handed out when it was read twice alike, by this look and by the
    /// one before, so that a folder that somebody is writing to is left alone.
    pub fn look(&mut self) -> Option<Snapshot> {
        self.looks = self.looks.wrapping_add(1);
        let stamp = self.sources.stamp();
        if self.settled.as_ref() == Some(&stamp) && !self.looks.is_multiple_of(FULL) {
            return None;
        }
        let snapshot = self.sources.read();
        let digest = snapshot.digest();
        if self.seen.as_ref() != Some(&digest) {
            self.seen = Some(digest);
            self.settled = None;
            return None;
        }
        // Taken before the read: whatever came since differs from it.
        self.settled = Some(stamp);
        if self.tried.as_ref() == Some(&digest) {
            return None;
        }
        self.tried = Some(digest);
        Some(snapshot)
    }

    /// Two looks at once, for somebody who says that the folders are complete; what was handed out
    /// before is handed out again.
    pub fn look_now(&mut self) -> Option<Snapshot> {
        self.again();
        self.look().or_else(|| self.look())
    }

    /// Has the next look hand out what was handed out last, if nothing newer is there.
    pub fn again(&mut self) {
        self.tried = None;
        self.settled = None;
    }
}
