//! The printer: records in a dialect, which our reader reads back as they were.

use super::{Delimiter, Dialect, Error, Problem};

/// Prints records one by one, the header first.
///
/// It refuses what the reader would refuse. A field is quoted if it holds any of the six delimiters,
/// a quote or a line break, or begins or ends with a space: no reader takes it for two, even one that
/// was told another delimiter.
#[derive(Debug)]
pub struct Printer {
    dialect: Dialect,
    /// How many fields the header had.
    header: Option<usize>,
    /// The record that comes next, from 1.
    row: u64,
    /// How many bytes were printed.
    bytes: u64,
}

impl Printer {
    /// A printer of one file.
    #[must_use]
    pub fn new(dialect: Dialect) -> Self {
        Self { dialect, header: None, row: 1, bytes: 0 }
    }

    /// Adds a record and its line ending to `into`, or nothing.
    pub fn print<'a>(
        &mut self,
        fields: impl IntoIterator<Item = &'a str>,
        into: &mut Vec<u8>,
    ) -> Result<(), Error> {
        let start = into.len();
        let mut column = 0_usize;
        let printed = fields.into_iter().try_for_each(|field| {
            if column > 0 {
                into.push(self.dialect.delimiter.byte());
            }
            column = column.saturating_add(1);
            self.check(field, column)?;
            field_into(field, into);
            Ok(())
        });
        let printed = printed.and_then(|()| match self.header {
            Some(header) if column < header => {
                column = column.saturating_add(1);
                Err(Problem::TooFewFields { found: column.saturating_sub(1), header })
            }
            Some(_) => Ok(()),
            None if column == 0 => Err(Problem::EmptyFile),
            None => Ok(()),
        });
        let byte_of = |at: usize| {
            let behind = u64::try_from(at.saturating_sub(start)).unwrap_or(u64::MAX);
            self.bytes.saturating_add(behind)
        };
        if let Err(problem) = printed {
            let byte = byte_of(into.len()).saturating_add(1);
            into.truncate(start);
            return Err(Error { row: self.row, column: column.max(1), byte, problem });
        }
        if column == 1 && into.len() == start {
            // Else it would be a blank line.
            into.extend(b"\"\"");
        }
        into.extend(self.dialect.line_ending.bytes());
        self.bytes = byte_of(into.len());
        self.header = Some(column);
        self.row = self.row.saturating_add(1);
        Ok(())
    }

    fn check(&self, field: &str, column: usize) -> Result<(), Problem> {
        match self.header {
            Some(header) if column > header => return Err(Problem::TooManyFields { header }),
            None if field.contains(['\r', '\n']) => return Err(Problem::LineBreakInHeader),
            _ => {}
        }
        let allowed = |c: char| matches!(c, '\t' | '\r' | '\n') || !c.is_control();
        field.chars().find(|c| !allowed(*c)).map_or(Ok(()), |c| Err(Problem::Control(c)))
    }
}

fn field_into(field: &str, into: &mut Vec<u8>) {
    let special = |b: u8| {
        matches!(b, b'"' | b'\'' | b'\r' | b'\n') || Delimiter::ALL.iter().any(|d| d.byte() == b)
    };
    // A byte order mark in quotes is not at the start of the file.
    let edge = |c: char| c.is_whitespace() || c == '\u{feff}';
    if field.bytes().any(special) || field.starts_with(edge) || field.ends_with(edge) {
        into.push(b'"');
        for byte in field.bytes() {
            into.extend((byte == b'"').then_some(b'"'));
            into.push(byte);
        }
        into.push(b'"');
    } else {
        into.extend(field.bytes());
    }
}
