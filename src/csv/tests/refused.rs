//! Files that two readers might understand differently, or that cost too much.

use super::*;

const LF: LineEnding = LineEnding::Lf;
const CRLF: LineEnding = LineEnding::CrLf;

/// Row, column and byte.
type Place = (u64, usize, u64);

fn error((row, column, byte): Place, problem: Problem) -> Error {
    Error { row, column, byte, problem }
}

/// Each file is refused there and so, however it is cut.
fn refused(cases: &[(&[u8], LineEnding, Place, Problem)]) {
    for (bytes, ending, place, problem) in cases {
        let dialect = dialect(Delimiter::Comma, *ending);
        let shown = bytes.escape_ascii();
        let reading = whole(dialect, bytes);
        assert_eq!(reading.1, Err(error(*place, problem.clone())), "{shown}");
        for at in 0..=bytes.len() {
            let (before, behind) = bytes.split_at(at);
            assert_eq!(read(dialect, ROOMY, [before, behind]), reading, "{shown} cut at {at}");
        }
        assert_eq!(read(dialect, ROOMY, bytes.chunks(1)), reading, "{shown} byte by byte");
    }
}

#[test]
fn quotes_and_fields_that_readers_differ_on_are_refused() {
    let few = |found, header| Problem::TooFewFields { found, header };
    let many = |header| Problem::TooManyFields { header };
    refused(&[
        (b"a,b\n1\"2,3\n", LF, (2, 1, 6), Problem::QuoteInBareField),
        (b"a,b\n1, \"2\"\n", LF, (2, 2, 8), Problem::QuoteInBareField),
        (b"a\"\n", LF, (1, 1, 2), Problem::QuoteInBareField),
        (b"a\n\"1\"2\n", LF, (2, 1, 6), Problem::TextAfterQuote),
        (b"a\n\"1\" \n", LF, (2, 1, 6), Problem::TextAfterQuote),
        (b"a\n\"1\"\t\n", LF, (2, 1, 6), Problem::TextAfterQuote),
        (b"\"a\";\"b\"\n", LF, (1, 1, 4), Problem::TextAfterQuote),
        (b"a\n\"1\"\xC3\xA9\n", LF, (2, 1, 6), Problem::TextAfterQuote),
        (b"a,b\n1,\"2\n3,4\n", LF, (2, 2, 7), Problem::Unterminated),
        (b"\"", LF, (1, 1, 1), Problem::Unterminated),
        (b"a\n\"\"\"", LF, (2, 1, 3), Problem::Unterminated),
        (b"a,b\n1\n", LF, (2, 2, 6), few(1, 2)),
        (b"a,b\n1", LF, (2, 2, 5), few(1, 2)),
        (b"a,b,c\n1,2,3\n1,2\n", LF, (3, 3, 16), few(2, 3)),
        (b"a,b\n1,2,3\n", LF, (2, 3, 8), many(2)),
        (b"a,b\n1,2,\n", LF, (2, 3, 8), many(2)),
        (b"a\n,\n", LF, (2, 2, 3), many(1)),
        (b"\"a\nb\"\n", LF, (1, 1, 3), Problem::LineBreakInHeader),
        (b"\"a\rb\"\n", LF, (1, 1, 3), Problem::LineBreakInHeader),
        (b"x,\"a\r\nb\"\r\n", CRLF, (1, 2, 5), Problem::LineBreakInHeader),
    ]);
}

#[test]
fn wrong_bytes_and_wrong_lines_are_refused() {
    let wrong_ending = |declared| Problem::WrongLineEnding { declared };
    refused(&[
        (b"", LF, (1, 1, 0), Problem::EmptyFile),
        (b"\xEF\xBB\xBFa\n", LF, (1, 1, 3), Problem::ByteOrderMark),
        (b"\xEF\xBB\xBF", LF, (1, 1, 3), Problem::ByteOrderMark),
        (b"\xFF\xFEa\0", LF, (1, 1, 1), Problem::Utf16),
        (b"\xFE\xFF\0a", LF, (1, 1, 1), Problem::Utf16),
        (b"a\0\n\0", LF, (1, 1, 2), Problem::Control('\0')),
        (b"\n", LF, (1, 1, 1), Problem::BlankLine),
        (b"\r\n", CRLF, (1, 1, 2), Problem::BlankLine),
        (b"a\n\n", LF, (2, 1, 3), Problem::BlankLine),
        (b"a\n\nb\n", LF, (2, 1, 3), Problem::BlankLine),
        (b"a\r\n\r\n", CRLF, (2, 1, 5), Problem::BlankLine),
        (b"a\r\n1\r\n", LF, (1, 1, 3), wrong_ending(LF)),
        (b"a\n\"1\"\r\n", LF, (2, 1, 7), wrong_ending(LF)),
        (b"a\n1\n", CRLF, (1, 1, 2), wrong_ending(CRLF)),
        (b"a\r\n1\n", CRLF, (2, 1, 5), wrong_ending(CRLF)),
        (b"\n", CRLF, (1, 1, 1), wrong_ending(CRLF)),
        (b"a\r1\r", LF, (1, 1, 3), Problem::BareCarriageReturn),
        (b"a\r1\r", CRLF, (1, 1, 3), Problem::BareCarriageReturn),
        (b"a\r\r\n", CRLF, (1, 1, 3), Problem::BareCarriageReturn),
        (b"a\r", CRLF, (1, 1, 2), Problem::BareCarriageReturn),
        (b"a\r", LF, (1, 1, 2), Problem::BareCarriageReturn),
        (b"a\n\"\"\r", LF, (2, 1, 5), Problem::BareCarriageReturn),
        (b"a\n1\t2\n", LF, (2, 1, 4), Problem::BareTab),
        (b"a\n\t\n", LF, (2, 1, 3), Problem::BareTab),
        (b"a\n\x0B\n", LF, (2, 1, 3), Problem::Control('\x0B')),
        (b"a\n\x7F\n", LF, (2, 1, 3), Problem::Control('\x7F')),
        (b"a\n\x1Ab", LF, (2, 1, 3), Problem::Control('\x1A')),
        (b"a\n1\xC2\x85\n", LF, (2, 1, 5), Problem::Control('\u{85}')),
        (b"a\n\"\0\"\n", LF, (2, 1, 4), Problem::Control('\0')),
        (b"a\n\"\x1B\"\n", LF, (2, 1, 4), Problem::Control('\x1B')),
        // Overlong, a surrogate, beyond Unicode, cut off, Latin-1.
        (b"a\n\xC0\xAF\n", LF, (2, 1, 3), Problem::NotUtf8),
        (b"a\n\xED\xA0\x80\n", LF, (2, 1, 4), Problem::NotUtf8),
        (b"a\n\xF4\x90\x80\x80\n", LF, (2, 1, 4), Problem::NotUtf8),
        (b"a\n\xE2\x82\n", LF, (2, 1, 5), Problem::NotUtf8),
        (b"a\n\xE2\x82", LF, (2, 1, 4), Problem::NotUtf8),
        (b"a,b\n1,\xE9\n", LF, (2, 2, 8), Problem::NotUtf8),
        (b"a\n\"\xE2\x82\"\n", LF, (2, 1, 6), Problem::NotUtf8),
        (b"a\xFF\n", LF, (1, 1, 2), Problem::NotUtf8),
    ]);
}

#[test]
fn an_error_says_where_what_is_wrong_and_what_would_be_right() {
    for (text, message) in [
        (
            "a,b\n1\"2,3\n",
            "row 2, column 1, byte 6: a quote inside a field that does not begin with one: put the \
             whole field in quotes and double the quotes inside",
        ),
        (
            "a\r\n",
            "row 1, column 1, byte 3: this line ends with CRLF, and LF was declared: declare CRLF, \
             or end every line with LF",
        ),
        ("a,b\n1\n", "row 2, column 2, byte 6: the record has 1 fields, the header 2"),
        ("a\n\u{1}", "row 2, column 1, byte 3: the control character U+0001: take it out"),
    ] {
        assert_eq!(commas(text).1.unwrap_err().to_string(), message);
    }
}

#[test]
fn bounds_hold_to_the_byte() {
    let bounds = Bounds { field_bytes: 4, record_bytes: 6, columns: 3 };
    let field = Problem::FieldTooLong { most: 4 };
    let record = Problem::RecordTooLong { most: 6 };
    let columns = Problem::TooManyColumns { most: 3 };
    let cases = [
        ("a,b,c\n1234,56,\n", Ok(1)),
        ("a,b,c\n\"12\"\"\",\"\"\"\"\"\",\"\"\n", Ok(1)),
        ("abcd\n", Ok(0)),
        ("abcde\n", Err(((1, 1, 5), field.clone()))),
        ("a\n\"12345\"\n", Err(((2, 1, 8), field.clone()))),
        ("a\n123é\n", Err(((2, 1, 7), field.clone()))),
        ("a\nééé\n", Err(((2, 1, 7), field))),
        ("a,b\n1234,567\n", Err(((2, 2, 12), record.clone()))),
        ("a,b,c\n12,34,567\n", Err(((2, 3, 15), record))),
        ("a,b,c,d\n", Err(((1, 4, 6), columns.clone()))),
        (",,,", Err(((1, 4, 3), columns))),
    ];
    for (text, wanted) in cases {
        let wanted = wanted.map_err(|(place, problem)| error(place, problem));
        for size in 1..=text.len() {
            let (_, end) = read(Dialect::default(), bounds, text.as_bytes().chunks(size));
            assert_eq!(end, wanted, "{text:?} in chunks of {size}");
        }
    }
}

#[test]
fn a_file_without_end_is_stopped_at_the_bound() {
    for start in ["a\n", "a\n\"", "a,b\n1,\"\n"] {
        let mut reader = Reader::new(Dialect::default(), ROOMY);
        let sink = &mut |_: Record<'_>| Ok::<(), ()>(());
        reader.feed(start.as_bytes(), sink).unwrap();
        let fed = (0..100).take_while(|_| reader.feed(&[b'x'; 100], sink).is_ok()).count();
        assert_eq!(fed, if start.contains(',') { 9 } else { 10 }, "{start:?}");
    }
}
