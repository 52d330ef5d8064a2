//! CSV: a strict reader that takes a file in pieces, and a printer.
//!
//! The reader takes the files that every reader understands alike, and refuses the others by row,
//! column and byte, for where two readers differ a field may change its column. Its memory is
//! bounded by [`Bounds`], never by the file. What the columns mean is left to others.
//!
//! ```
//! use fieldgate::csv::{Bounds, Dialect, Printer, ReadError, Reader, Delimiter};
//!
//! let bounds = Bounds { field_bytes: 100, record_bytes: 1_000, columns: 10 };
//! let mut reader = Reader::new(Dialect { delimiter: Delimiter::Semicolon, ..Dialect::default() }, bounds);
//! let (mut printer, mut printed) = (Printer::new(Dialect::default()), Vec::new());
//! let mut print = |record: fieldgate::csv::Record<'_>| printer.print(record.fields(), &mut printed);
//! for chunk in ["Name;Ci", "ty\n\"Smith, Jo", "hn\";Oslo\n"] {
//!     reader.feed(chunk.as_bytes(), &mut print)?;
//! }
//! assert_eq!(reader.finish(&mut print)?, 1);
//! assert_eq!(printed, b"Name,City\n\"Smith, John\",Oslo\n");
//! # Ok::<(), ReadError<fieldgate::csv::Error>>(())
//! ```

mod error;
mod printer;
mod reader;

pub use error::{Error, Problem, ReadError};
pub use printer::Printer;
pub use reader::{Reader, Record};

/// What stands between two fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Delimiter {
    /// `,`
    #[default]
    Comma,
    /// A tab
    Tab,
    /// `;`
    Semicolon,
    /// `|`
    Pipe,
    /// `^`
    Caret,
    /// `` ` ``
    Backquote,
}

impl Delimiter {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Comma, Self::Tab, Self::Semicolon, Self::Pipe, Self::Caret, Self::Backquote];

    /// The delimiter of this name, as Bulk API 2.0 spells it in `columnDelimiter`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|delimiter| delimiter.name() == name)
    }

    /// Its name, as Bulk API 2.0 spells it in `columnDelimiter`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Comma => "COMMA",
            Self::Tab => "TAB",
            Self::Semicolon => "SEMICOLON",
            Self::Pipe => "PIPE",
            Self::Caret => "CARET",
            Self::Backquote => "BACKQUOTE",
        }
    }

    /// The one byte of it.
    #[must_use]
    pub fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Tab => b'\t',
            Self::Semicolon => b';',
            Self::Pipe => b'|',
            Self::Caret => b'^',
            Self::Backquote => b'`',
        }
    }
}

/// What ends a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum LineEnding {
    /// A line feed.
    #[default]
    Lf,
    /// A carriage return and a line feed.
    CrLf,
}

impl LineEnding {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Lf, Self::CrLf];

    /// The line ending of this name, as Bulk API 2.0 spells it in `lineEnding`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ending| ending.name() == name)
    }

    /// Its name, as Bulk API 2.0 spells it in `lineEnding`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Lf => "LF",
            Self::CrLf => "CRLF",
        }
    }

    /// The bytes of it.
    #[must_use]
    pub fn bytes(self) -> &'static [u8] {
        match self {
            Self::Lf => b"\n",
            Self::CrLf => b"\r\n",
        }
    }
}

/// How a file is written. The default is commas and line feeds, as everything is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Dialect {
    /// What stands between two fields.
    pub delimiter: Delimiter,
    /// What ends a record.
    pub line_ending: LineEnding,
}

/// How much a reader holds at most, after quotes are taken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The most bytes of one field.
    pub field_bytes: usize,
    /// The most bytes of all fields of one record.
    pub record_bytes: usize,
    /// The most columns; one is always allowed.
    pub columns: usize,
}

#[cfg(test)]
mod tests;
