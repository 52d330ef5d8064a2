//! The rows of a job: read as they arrive, kept up to a bound, and only counted beyond it.

use super::csv::{Dialect, Reader};

/// Most bytes that are kept of a job's rows.
pub(super) const MOST_BYTES: usize = 16 << 20;
/// Most rows that are kept.
const MOST_ROWS: usize = 50_000;

/// Rows on their way in.
#[derive(Debug)]
pub(in super::super) struct Upload {
    reader: Reader,
    spool: Spool,
}

/// The rows that came in.
#[derive(Debug)]
pub(super) struct Spool {
    header: Option<String>,
    /// The records one after the other, without the ends of their lines.
    text: String,
    ends: Vec<usize>,
    most_bytes: usize,
    /// Rows that were not kept.
    pub(super) left_out: u64,
    /// What is wrong with the file.
    pub(super) fault: Option<String>,
}

impl Upload {
    /// Of which at most `most_bytes` are kept.
    pub(super) fn new(dialect: Dialect, most_bytes: usize) -> Self {
        let spool = Spool {
            header: None,
            text: String::new(),
            ends: Vec::new(),
            most_bytes: most_bytes.min(MOST_BYTES),
            left_out: 0,
            fault: None,
        };
        Self { reader: Reader::new(dialect), spool }
    }

    /// Takes the next bytes.
    pub(in super::super) fn feed(&mut self, bytes: &[u8]) {
        let Self { reader, spool } = self;
        reader.feed(bytes, &mut |record| spool.take(record));
    }

    /// The file is at its end.
    pub(super) fn end(self) -> Spool {
        let Self { reader, mut spool } = self;
        let fault = reader.end(&mut |record| spool.take(record));
        spool.fault = fault;
        spool.text.shrink_to_fit();
        spool.ends.shrink_to_fit();
        spool
    }
}

impl Spool {
    fn take(&mut self, record: &str) {
        if self.header.is_none() {
            self.header = Some(record.to_owned());
        } else if self.ends.len() >= MOST_ROWS
            || self.text.len().saturating_add(record.len()) > self.most_bytes
            || self.left_out > 0
        {
            self.left_out = self.left_out.saturating_add(1);
        } else {
            self.text.push_str(record);
            self.ends.push(self.text.len());
        }
    }

    /// The first record.
    pub(super) fn header(&self) -> &str {
        self.header.as_deref().unwrap_or_default()
    }

    /// Bytes that are kept.
    pub(super) fn bytes(&self) -> usize {
        self.text.len()
    }

    /// The rows that are kept.
    pub(super) fn rows(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(from, to)| self.text.get(from..*to).unwrap_or_default())
    }
}
