//! CSV as RFC 4180 has it, read byte by byte as it arrives, and written.

use std::fmt::Write as _;

/// Most bytes of a record, as Salesforce has it.
const MOST_RECORD: usize = 400_000;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dialect {
    pub(super) delimiter: u8,
    /// Whether lines end in CR LF, or in LF alone.
    pub(super) crlf: bool,
}

/// Where in a record the reader is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Before a cell.
    Start,
    /// In a cell without quotes.
    Bare,
    /// Between quotes.
    Quoted,
    /// After a quote that closes a cell, or doubles.
    Closed,
    /// After a carriage return.
    Return,
}

/// Reads records; after the first fault it reads nothing more.
#[derive(Debug)]
pub(super) struct Reader {
    dialect: Dialect,
    state: State,
    record: Vec<u8>,
    cells: usize,
    line: usize,
    /// How many cells the first record has.
    columns: Option<usize>,
    fault: Option<String>,
}

impl Reader {
    pub(super) fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            state: State::Start,
            record: Vec::new(),
            cells: 1,
            line: 1,
            columns: None,
            fault: None,
        }
    }

    /// Reads on, and gives each record without the end of its line to `take`.
    pub(super) fn feed(&mut self, bytes: &[u8], take: &mut dyn FnMut(&str)) {
        for byte in bytes {
            if self.fault.is_some() {
                return;
            }
            self.byte(*byte, take);
        }
    }

    /// Ends the file. What is wrong with it, if anything is.
    pub(super) fn end(mut self, take: &mut dyn FnMut(&str)) -> Option<String> {
        if self.fault.is_none() {
            match self.state {
                State::Quoted => self.fail("a quote is not closed"),
                State::Return => self.line_ending(),
                State::Start | State::Bare | State::Closed => self.record(take),
            }
        }
        self.fault
    }

    fn byte(&mut self, byte: u8, take: &mut dyn FnMut(&str)) {
        if self.state == State::Quoted {
            self.push(byte);
            if byte == b'"' {
                self.state = State::Closed;
            }
            return;
        }
        if self.state == State::Return {
            return if byte == b'\n' { self.record(take) } else { self.line_ending() };
        }
        match byte {
            b'\n' if self.dialect.crlf => self.line_ending(),
            b'\n' => self.record(take),
            b'\r' if self.dialect.crlf => self.state = State::Return,
            b'\r' => self.line_ending(),
            b'"' if self.state == State::Bare => self.fail("a quote stands inside a cell"),
            b'"' => {
                self.push(byte);
                self.state = State::Quoted;
            }
            byte if byte == self.dialect.delimiter => {
                self.push(byte);
                self.cells = self.cells.saturating_add(1);
                self.state = State::Start;
            }
            _other if self.state == State::Closed => self.fail("text stands after a quote"),
            byte => {
                self.push(byte);
                self.state = State::Bare;
            }
        }
    }

    fn push(&mut self, byte: u8) {
        if self.record.len() >= MOST_RECORD {
            self.fail("the record is too long");
        } else {
            self.record.push(byte);
        }
    }

    /// Ends a record; an empty line is none.
    fn record(&mut self, take: &mut dyn FnMut(&str)) {
        let cells = std::mem::replace(&mut self.cells, 1);
        self.state = State::Start;
        if !self.record.is_empty() {
            let columns = *self.columns.get_or_insert(cells);
            if cells != columns {
                self.fail(&format!("it has {cells} cells, and the header has {columns}"));
            } else if let Ok(text) = std::str::from_utf8(&self.record) {
                take(text);
            } else {
                self.fail("it is not UTF-8");
            }
        }
        self.record.clear();
        self.line = self.line.saturating_add(1);
    }

    fn fail(&mut self, reason: &str) {
        self.fault = Some(format!("InvalidBatch : Record {}: {reason}", self.line));
    }

    fn line_ending(&mut self) {
        let setting = if self.dialect.crlf { "CRLF" } else { "LF" };
        self.fault = Some(format!(
            "ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is \
             {setting}"
        ));
    }
}

/// The cells of a record that a [`Reader`] gave.
pub(super) fn cells(record: &str, delimiter: u8) -> Vec<String> {
    let mut cells = Vec::new();
    let mut cell = String::new();
    let mut quoted = false;
    let mut after_quote = false;
    for c in record.chars() {
        if c == '"' {
            if after_quote {
                cell.push('"');
            }
            after_quote = quoted;
            quoted = !quoted;
            continue;
        }
        after_quote = false;
        if c == char::from(delimiter) && !quoted {
            cells.push(std::mem::take(&mut cell));
        } else {
            cell.push(c);
        }
    }
    cells.push(cell);
    cells
}

/// Writes a record, every cell in quotes.
pub(super) fn write<'a>(
    out: &mut String,
    dialect: Dialect,
    cells: impl IntoIterator<Item = &'a str>,
) {
    for (place, cell) in cells.into_iter().enumerate() {
        if place > 0 {
            out.push(char::from(dialect.delimiter));
        }
        // Writing to a string can't fail.
        let _written = write!(out, "\"{}\"", cell.replace('"', "\"\""));
    }
    out.push_str(if dialect.crlf { "\r\n" } else { "\n" });
}

#[cfg(test)]
mod tests {
    use super::*;

    const LF: Dialect = Dialect { delimiter: b',', crlf: false };
    const CRLF: Dialect = Dialect { delimiter: b';', crlf: true };

    fn read(dialect: Dialect, text: &str, step: usize) -> (Vec<Vec<String>>, Option<String>) {
        let mut records = Vec::new();
        let mut reader = Reader::new(dialect);
        let mut take = |record: &str| records.push(cells(record, dialect.delimiter));
        for chunk in text.as_bytes().chunks(step) {
            reader.feed(chunk, &mut take);
        }
        let fault = reader.end(&mut take);
        (records, fault)
    }

    #[test]
    fn records_are_the_same_in_whatever_pieces_they_arrive() {
        let cases: [(Dialect, &str, &[&[&str]]); 8] = [
            (LF, "a,b\nc,d\n", &[&["a", "b"], &["c", "d"]]),
            (LF, "a,b\nc,d", &[&["a", "b"], &["c", "d"]]),
            (LF, "a,b\n,\n", &[&["a", "b"], &["", ""]]),
            (LF, "\"a,\n\"\"x\"\"\",b\n", &[&["a,\n\"x\"", "b"]]),
            (LF, "a\n\"\"\n\"\"\"\"\n", &[&["a"], &[""], &["\""]]),
            (LF, "a\n\nb\n", &[&["a"], &["b"]]),
            (LF, "ä\n\"é\"\n", &[&["ä"], &["é"]]),
            (CRLF, "a;b\r\n\"x\ny\";,\r\n", &[&["a", "b"], &["x\ny", ","]]),
        ];
        for (dialect, text, records) in cases {
            for step in [1, 2, 3, 1_000] {
                let expected: Vec<Vec<&str>> = records.iter().map(|r| r.to_vec()).collect();
                assert_eq!(
                    read(dialect, text, step),
                    (
                        expected
                            .iter()
                            .map(|r| r.iter().map(ToString::to_string).collect())
                            .collect(),
                        None
                    ),
                    "{text:?}"
                );
            }
        }
    }

    #[test]
    fn what_is_not_csv_is_refused_with_its_place() {
        for (dialect, text, reason) in [
            (LF, "a\nb\"c\n", "Record 2: a quote stands inside a cell"),
            (LF, "a\n\"b\"c\n", "Record 2: text stands after a quote"),
            (LF, "a\n\"b\n", "Record 2: a quote is not closed"),
            (LF, "a,b\nc\n", "Record 2: it has 1 cells, and the header has 2"),
            (LF, "a\r\nb\r\n", "LineEnding setting is LF"),
            (CRLF, "a\nb\n", "LineEnding setting is CRLF"),
            (CRLF, "a\r\nb\r", "LineEnding setting is CRLF"),
        ] {
            let fault = read(dialect, text, 1).1.unwrap_or_default();
            assert!(fault.ends_with(reason), "{text:?}: {fault}");
        }
        let mut reader = Reader::new(LF);
        reader.feed(b"a\n\xff\n", &mut |_| {});
        assert!(reader.end(&mut |_| {}).unwrap().ends_with("it is not UTF-8"));
    }

    #[test]
    fn what_is_written_is_read_again() {
        for dialect in [LF, CRLF] {
            let mut text = String::new();
            write(&mut text, dialect, ["a\"b", "", "c,;\r\nd"]);
            let (records, fault) = read(dialect, &text, 1);
            assert_eq!(
                (records, fault),
                (vec![vec!["a\"b".into(), String::new(), "c,;\r\nd".into()]], None)
            );
        }
    }
}
