//! How much of an answer is shown: whole rows, as many as an agent can take at once.
//!
//! Rows that are not shown are read all the same: an answer is refused for what stands anywhere in it.

/// Which rows of an answer are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// So many rows are passed over first, those that an earlier answer showed.
    pub skip: u64,
    /// The most bytes of text. The first row that doesn't fit is left out, and all after it.
    pub most_bytes: usize,
}

impl Default for Window {
    /// Everything.
    fn default() -> Self {
        Self { skip: 0, most_bytes: usize::MAX }
    }
}

/// Counts the rows of a list while they are written.
#[derive(Debug, Default)]
pub(super) struct Cutter {
    window: Window,
    skipped: u64,
    pub(super) shown: u64,
    pub(super) cut: u64,
}

impl Cutter {
    pub(super) fn new(window: Window) -> Self {
        Self { window, ..Self::default() }
    }

    /// Takes a row's text, all from `start`, out again unless it is shown; whether it is.
    pub(super) fn keep(&mut self, json: &mut String, start: usize) -> bool {
        let (count, keeps) = if self.skipped < self.window.skip {
            (&mut self.skipped, false)
        } else if self.cut > 0 || json.len() > self.window.most_bytes {
            (&mut self.cut, false)
        } else {
            (&mut self.shown, true)
        };
        *count = count.saturating_add(1);
        if !keeps {
            json.truncate(start);
        }
        keeps
    }
}
