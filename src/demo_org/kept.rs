//! What the org answered, for whoever searches it for what should not have left.

/// Most bytes that are kept.
const MOST: usize = 64 * 1024 * 1024;

/// Answers, where they are kept.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// `None` where none are, or where there were too many to keep all of them.
    bytes: Option<Vec<u8>>,
}

impl Kept {
    pub(super) fn begin(&mut self) {
        self.bytes = Some(Vec::new());
    }

    pub(super) fn all(&self) -> Option<Vec<u8>> {
        self.bytes.clone()
    }

    pub(super) fn add(&mut self, part: &[u8]) {
        let Some(bytes) = &mut self.bytes else { return };
        bytes.extend_from_slice(part);
        bytes.push(b'\n');
        if bytes.len() > MOST {
            self.bytes = None;
        }
    }
}
