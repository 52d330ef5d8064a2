//! Why a file is not read, or a record not printed.

use std::fmt;

use super::LineEnding;

/// What is wrong with a file or record, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("row {row}, column {column}, byte {byte}: {problem}")]
pub struct Error {
    /// The record, from 1: the header is row 1. Line breaks inside quotes do not count.
    pub row: u64,
    /// The field within the record, from 1.
    pub column: usize,
    /// The byte within the file, from 1.
    pub byte: u64,
    /// What is wrong there.
    pub problem: Problem,
}

/// Why reading stopped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError<E> {
    /// The file is wrong.
    #[error(transparent)]
    File(#[from] Error),
    /// Whoever takes the records refused one.
    #[error("{0}")]
    Sink(E),
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Not even a header.
    EmptyFile,
    /// U+FEFF in UTF-8 at the start.
    ByteOrderMark,
    /// A byte order mark of UTF-16 or UTF-32 at the start.
    Utf16,
    /// Bytes that are no character.
    NotUtf8,
    /// A control character, wherever it stands.
    Control(char),
    /// A tab outside quotes, where it is not the delimiter.
    BareTab,
    /// A quote in a field that does not begin with one.
    QuoteInBareField,
    /// Something else than a delimiter or a line's end behind a closing quote.
    TextAfterQuote,
    /// A quote that is not closed; the place is that of the quote.
    Unterminated,
    /// A carriage return outside quotes with no line feed behind it.
    BareCarriageReturn,
    /// The line ending that was not declared.
    WrongLineEnding {
        /// The one that was.
        declared: LineEnding,
    },
    /// A line with nothing on it.
    BlankLine,
    /// A line break within a quoted cell of the header.
    LineBreakInHeader,
    /// Fewer fields than the header has.
    TooFewFields {
        /// How many the record has.
        found: usize,
        /// How many the header has.
        header: usize,
    },
    /// More fields than the header has.
    TooManyFields {
        /// How many the header has.
        header: usize,
    },
    /// More columns than [`super::Bounds`] allow.
    TooManyColumns {
        /// How many they allow.
        most: usize,
    },
    /// A longer field than [`super::Bounds`] allow.
    FieldTooLong {
        /// How many bytes they allow.
        most: usize,
    },
    /// A longer record than [`super::Bounds`] allow.
    RecordTooLong {
        /// How many bytes they allow.
        most: usize,
    },
    /// The reader was fed again after its sink had refused a record.
    Stopped,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EmptyFile => "the file is empty: expected a header with the names of the columns",
            Self::ByteOrderMark => {
                "the file begins with a byte order mark: save it as UTF-8 without one"
            }
            Self::Utf16 => "the file begins with a byte order mark of UTF-16: save it as UTF-8",
            Self::NotUtf8 => "bytes that are not UTF-8: save the file as UTF-8",
            Self::Control(found) => {
                let code = u32::from(*found);
                return write!(f, "the control character U+{code:04X}: take it out");
            }
            Self::BareTab => {
                "a tab outside quotes: put the field in quotes, or declare TAB as the delimiter"
            }
            Self::QuoteInBareField => {
                "a quote inside a field that does not begin with one: put the whole field in \
                 quotes and double the quotes inside"
            }
            Self::TextAfterQuote => {
                "text behind a closing quote: expected the declared delimiter or the end of the \
                 line (a quote inside quotes is doubled)"
            }
            Self::Unterminated => "the quote that opens here is never closed",
            Self::BareCarriageReturn => {
                "a carriage return without a line feed: end the lines as declared, or put the \
                 field in quotes"
            }
            Self::WrongLineEnding { declared } => {
                let (found, declared) = match declared {
                    LineEnding::Lf => ("CRLF", "LF"),
                    LineEnding::CrLf => ("LF", "CRLF"),
                };
                return write!(
                    f,
                    "this line ends with {found}, and {declared} was declared: declare {found}, or \
                     end every line with {declared}"
                );
            }
            Self::BlankLine => {
                "a blank line: take it out (in a file of one column, an empty value is written `\"\"`)"
            }
            Self::LineBreakInHeader => "a line break inside a name of the header: take it out",
            Self::TooFewFields { found, header } => {
                return write!(f, "the record has {found} fields, the header {header}");
            }
            Self::TooManyFields { header } => {
                return write!(
                    f,
                    "the record has more fields than the header, which has {header}: put a value \
                     that holds the delimiter in quotes"
                );
            }
            Self::TooManyColumns { most } => {
                return write!(f, "the header has more than {most} columns, the most allowed");
            }
            Self::FieldTooLong { most } => {
                return write!(f, "the field is longer than {most} bytes, the most allowed");
            }
            Self::RecordTooLong { most } => {
                return write!(f, "the record is longer than {most} bytes, the most allowed");
            }
            Self::Stopped => "reading had been stopped before",
        })
    }
}
