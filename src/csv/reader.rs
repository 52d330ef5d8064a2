//! The reader: one byte at a time through six states, so that it does not matter where a chunk ends.

use std::str;

use super::{Bounds, Dialect, Error, LineEnding, Problem, ReadError};

/// Reads a file in pieces and hands over its records, the header first.
#[derive(Debug)]
pub struct Reader {
    dialect: Dialect,
    bounds: Bounds,
    state: State,
    /// Why nothing more is read.
    failed: Option<Error>,
    /// The fields of the record so far, one after the other, without their quotes.
    text: Vec<u8>,
    /// Where each finished field ends in `text`.
    ends: Vec<usize>,
    /// Where in `text` a character begins that is not whole yet.
    partial: Option<usize>,
    /// How many fields the header has, once it is read.
    header: Option<usize>,
    /// The record that is being read, from 1.
    row: u64,
    /// The byte that was read last, from 1.
    byte: u64,
    /// The byte of the last opening quote.
    opened: u64,
}

/// What has been read of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nothing.
    RecordStart,
    /// A delimiter.
    FieldStart,
    /// A field without quotes.
    Bare,
    /// An opening quote, and not its end.
    Quoted,
    /// A quote within quotes: it closes them, or is the first of two.
    QuoteSeen,
    /// A carriage return outside quotes.
    CarriageReturn {
        /// Nothing stands before it.
        blank: bool,
    },
}

/// One record: as many fields as the header has.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    row: u64,
    text: &'a str,
    ends: &'a [usize],
}

impl<'a> Record<'a> {
    /// Its number, from 1: the header is row 1.
    #[must_use]
    pub fn row(&self) -> u64 {
        self.row
    }

    /// Its fields, without the quotes that they were written in.
    pub fn fields(&self) -> impl ExactSizeIterator<Item = &'a str> + use<'a> {
        let (text, mut start) = (self.text, 0);
        self.ends.iter().map(move |&end| {
            let field = text.get(start..end).unwrap_or_default();
            start = end;
            field
        })
    }
}

impl Reader {
    /// A reader of one file.
    #[must_use]
    pub fn new(dialect: Dialect, bounds: Bounds) -> Self {
        Self {
            dialect,
            bounds,
            state: State::RecordStart,
            failed: None,
            text: Vec::new(),
            ends: Vec::new(),
            partial: None,
            header: None,
            row: 1,
            byte: 0,
            opened: 0,
        }
    }

    /// Reads the next piece of the file, and gives `sink` each record that it completes.
    ///
    /// After an error nothing more is read: the same error comes back.
    pub fn feed<E>(
        &mut self,
        chunk: &[u8],
        sink: &mut dyn FnMut(Record<'_>) -> Result<(), E>,
    ) -> Result<(), ReadError<E>> {
        self.still_reading()?;
        let mut rest = self.skip_run(chunk);
        while let Some((&byte, behind)) = rest.split_first() {
            self.byte = self.byte.saturating_add(1);
            if self.step(byte).map_err(|problem| self.fail(problem))? {
                self.hand_over(sink)?;
            }
            rest = self.skip_run(behind);
        }
        Ok(())
    }

    /// Ends the file, gives `sink` a last record that no line ending closed, and says how many rows
    /// stood under the header.
    pub fn finish<E>(
        mut self,
        sink: &mut dyn FnMut(Record<'_>) -> Result<(), E>,
    ) -> Result<u64, ReadError<E>> {
        self.still_reading()?;
        if self.partial.is_some() {
            return Err(self.fail(Problem::NotUtf8).into());
        }
        match self.state {
            State::RecordStart if self.header.is_none() => {
                return Err(self.fail(Problem::EmptyFile).into());
            }
            State::RecordStart => {}
            State::FieldStart | State::Bare | State::QuoteSeen => {
                self.end_record().map_err(|problem| self.fail(problem))?;
                self.hand_over(sink)?;
            }
            State::Quoted => {
                self.byte = self.opened;
                return Err(self.fail(Problem::Unterminated).into());
            }
            State::CarriageReturn { .. } => {
                return Err(self.fail(Problem::BareCarriageReturn).into());
            }
        }
        // `row` is the one that would come next.
        Ok(self.row.saturating_sub(2))
    }

    fn still_reading(&self) -> Result<(), Error> {
        self.failed.clone().map_or(Ok(()), Err)
    }

    fn error(&self, problem: Problem) -> Error {
        let column = self.ends.len().saturating_add(1);
        Error { row: self.row, column, byte: self.byte, problem }
    }

    fn fail(&mut self, problem: Problem) -> Error {
        let error = self.error(problem);
        self.failed = Some(error.clone());
        error
    }

    /// Takes the bytes that can only belong to the field at hand all at once.
    fn skip_run<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let own = match self.state {
            State::Bare => self.dialect.delimiter.byte(),
            State::Quoted => b'"',
            State::RecordStart
            | State::FieldStart
            | State::QuoteSeen
            | State::CarriageReturn { .. } => return bytes,
        };
        if self.partial.is_some() {
            return bytes;
        }
        let plain = |b: &u8| matches!(b, b' '..=b'~') && *b != b'"' && *b != own;
        let run = bytes.iter().take(self.room()).take_while(|b| plain(b)).count();
        let (run, rest) = bytes.split_at_checked(run).unwrap_or((bytes, &[]));
        self.text.extend_from_slice(run);
        self.byte = self.byte.saturating_add(u64::try_from(run.len()).unwrap_or(u64::MAX));
        rest
    }

    /// How many bytes the field at hand may still take.
    fn room(&self) -> usize {
        let field = self.bounds.field_bytes.saturating_sub(self.field_bytes());
        field.min(self.bounds.record_bytes.saturating_sub(self.text.len()))
    }

    fn field_bytes(&self) -> usize {
        self.text.len().saturating_sub(self.ends.last().copied().unwrap_or(0))
    }

    /// Takes one byte; true if it ends a record.
    fn step(&mut self, byte: u8) -> Result<bool, Problem> {
        if self.partial.is_some() && byte.is_ascii() {
            return Err(Problem::NotUtf8);
        }
        match self.state {
            State::RecordStart | State::FieldStart if byte == b'"' => {
                self.opened = self.byte;
                self.state = State::Quoted;
                Ok(false)
            }
            State::RecordStart | State::FieldStart | State::Bare => self.outside_quotes(byte),
            State::Quoted => self.inside_quotes(byte).map(|()| false),
            State::QuoteSeen if byte == b'"' => {
                self.state = State::Quoted;
                self.push(byte).map(|()| false)
            }
            State::QuoteSeen => self.outside_quotes(byte),
            State::CarriageReturn { blank } => match (byte, self.dialect.line_ending) {
                (b'\n', LineEnding::CrLf) if blank => Err(Problem::BlankLine),
                (b'\n', LineEnding::CrLf) => self.end_record().map(|()| true),
                (b'\n', declared @ LineEnding::Lf) => Err(Problem::WrongLineEnding { declared }),
                _ => Err(Problem::BareCarriageReturn),
            },
        }
    }

    fn outside_quotes(&mut self, byte: u8) -> Result<bool, Problem> {
        let blank = self.state == State::RecordStart;
        match (byte, self.dialect.line_ending) {
            _ if byte == self.dialect.delimiter.byte() => self.end_field()?,
            (b'\n', LineEnding::Lf) if blank => return Err(Problem::BlankLine),
            (b'\n', LineEnding::Lf) => return self.end_record().map(|()| true),
            (b'\n', declared @ LineEnding::CrLf) => {
                return Err(Problem::WrongLineEnding { declared });
            }
            (b'\r', _) => self.state = State::CarriageReturn { blank },
            _ if self.state == State::QuoteSeen => return Err(Problem::TextAfterQuote),
            (b'"', _) => return Err(Problem::QuoteInBareField),
            (b'\t', _) => return Err(Problem::BareTab),
            _ => {
                self.state = State::Bare;
                self.push(byte)?;
            }
        }
        Ok(false)
    }

    fn inside_quotes(&mut self, byte: u8) -> Result<(), Problem> {
        match byte {
            b'"' => {
                self.state = State::QuoteSeen;
                Ok(())
            }
            b'\r' | b'\n' if self.header.is_none() => Err(Problem::LineBreakInHeader),
            _ => self.push(byte),
        }
    }

    /// Takes a byte of a field's text.
    fn push(&mut self, byte: u8) -> Result<(), Problem> {
        if self.field_bytes() >= self.bounds.field_bytes {
            return Err(Problem::FieldTooLong { most: self.bounds.field_bytes });
        }
        if self.text.len() >= self.bounds.record_bytes {
            return Err(Problem::RecordTooLong { most: self.bounds.record_bytes });
        }
        let start = self.partial.unwrap_or(self.text.len());
        self.text.push(byte);
        match str::from_utf8(self.text.get(start..).unwrap_or_default()) {
            Ok(whole) => {
                self.partial = None;
                whole.chars().try_for_each(|c| self.check_char(c))
            }
            Err(error) if error.error_len().is_none() => {
                self.partial = Some(start);
                Ok(())
            }
            Err(_) if self.byte == 1 && matches!(byte, 0xFE | 0xFF) => Err(Problem::Utf16),
            Err(_) => Err(Problem::NotUtf8),
        }
    }

    fn check_char(&self, found: char) -> Result<(), Problem> {
        match found {
            '\u{feff}' if self.byte == 3 => Err(Problem::ByteOrderMark),
            '\t' | '\r' | '\n' => Ok(()),
            _ if found.is_control() => Err(Problem::Control(found)),
            _ => Ok(()),
        }
    }

    /// Ends a field that another one follows.
    fn end_field(&mut self) -> Result<(), Problem> {
        self.ends.push(self.text.len());
        self.state = State::FieldStart;
        match self.header {
            Some(header) if self.ends.len() >= header => Err(Problem::TooManyFields { header }),
            None if self.ends.len() >= self.bounds.columns => {
                Err(Problem::TooManyColumns { most: self.bounds.columns })
            }
            _ => Ok(()),
        }
    }

    fn end_record(&mut self) -> Result<(), Problem> {
        self.ends.push(self.text.len());
        self.state = State::RecordStart;
        let found = self.ends.len();
        match self.header {
            Some(header) if found < header => Err(Problem::TooFewFields { found, header }),
            Some(_) => Ok(()),
            None => {
                self.header = Some(found);
                Ok(())
            }
        }
    }

    fn hand_over<E>(
        &mut self,
        sink: &mut dyn FnMut(Record<'_>) -> Result<(), E>,
    ) -> Result<(), ReadError<E>> {
        let Ok(text) = str::from_utf8(&self.text) else {
            return Err(self.fail(Problem::NotUtf8).into());
        };
        if let Err(refused) = sink(Record { row: self.row, text, ends: &self.ends }) {
            self.ends.clear();
            self.fail(Problem::Stopped);
            return Err(ReadError::Sink(refused));
        }
        self.text.clear();
        self.ends.clear();
        self.row = self.row.saturating_add(1);
        Ok(())
    }
}
