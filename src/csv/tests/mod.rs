//! One file has one reading, however it is cut; what is printed is read back; all else is refused.

mod printed;
mod properties;
mod refused;

use super::*;

/// What a file holds, the header first, and why reading it stopped.
type Reading = (Vec<Vec<String>>, Result<u64, Error>);

const ROOMY: Bounds = Bounds { field_bytes: 1_000, record_bytes: 2_000, columns: 20 };

fn dialect(delimiter: Delimiter, line_ending: LineEnding) -> Dialect {
    Dialect { delimiter, line_ending }
}

fn read<'a>(
    dialect: Dialect,
    bounds: Bounds,
    chunks: impl IntoIterator<Item = &'a [u8]>,
) -> Reading {
    let mut records = Vec::new();
    let mut sink = |record: Record<'_>| {
        records.push(record.fields().map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(usize::try_from(record.row()), Ok(records.len()));
        Ok::<(), ()>(())
    };
    let mut reader = Reader::new(dialect, bounds);
    let mut fed = chunks.into_iter().map(|chunk| reader.feed(chunk, &mut sink));
    let end = match fed.find(Result::is_err).unwrap_or(Ok(())) {
        Ok(()) => reader.finish(&mut sink),
        Err(error) => {
            // Whatever comes then, it is the same error.
            assert_eq!(reader.feed(b"a,b\n", &mut sink), Err(error.clone()));
            assert_eq!(reader.finish(&mut sink), Err(error.clone()));
            Err(error)
        }
    };
    let end = end.map_err(|error| match error {
        ReadError::File(error) => error,
        ReadError::Sink(()) => panic!("the sink refused nothing"),
    });
    (records, end)
}

fn whole(dialect: Dialect, text: &[u8]) -> Reading {
    read(dialect, ROOMY, [text])
}

fn commas(text: &str) -> Reading {
    whole(Dialect::default(), text.as_bytes())
}

#[test]
fn fields_are_read_without_their_quotes() {
    for (text, rows) in [
        ("a", vec![vec!["a"]]),
        ("a\n", vec![vec!["a"]]),
        ("a,b\n1,2\n", vec![vec!["a", "b"], vec!["1", "2"]]),
        ("a,b\n1,2", vec![vec!["a", "b"], vec!["1", "2"]]),
        ("a,b\n,\n", vec![vec!["a", "b"], vec!["", ""]]),
        ("a,b\n1,", vec![vec!["a", "b"], vec!["1", ""]]),
        ("a\n\"\"\n", vec![vec!["a"], vec![""]]),
        ("a\n\"\"", vec![vec!["a"], vec![""]]),
        ("\"a\",\"b,c\"\n\"1\"\"2\",\"\"\"\"\n", vec![vec!["a", "b,c"], vec!["1\"2", "\""]]),
        ("a,b\n\"x\ny\r\nz\rw\tv\",2\n", vec![vec!["a", "b"], vec!["x\ny\r\nz\rw\tv", "2"]]),
        (" a ,b\n  , \n", vec![vec![" a ", "b"], vec!["  ", " "]]),
        ("é,語\n😀,\u{feff}\n", vec![vec!["é", "語"], vec!["😀", "\u{feff}"]]),
        ("#N/A,'x'\n=1+1,\\n\n", vec![vec!["#N/A", "'x'"], vec!["=1+1", "\\n"]]),
        ("a;b|c^d`e\n;|^`\n", vec![vec!["a;b|c^d`e"], vec![";|^`"]]),
    ] {
        let (records, end) = commas(text);
        assert_eq!(records, rows, "{text:?}");
        assert_eq!(usize::try_from(end.unwrap()), Ok(rows.len() - 1), "{text:?}");
    }
}

#[test]
fn every_dialect_is_read_by_its_own_signs_alone() {
    for delimiter in Delimiter::ALL {
        for ending in LineEnding::ALL {
            let sign = char::from(delimiter.byte());
            let end = str::from_utf8(ending.bytes()).unwrap();
            let others: String = ",;|^`".chars().filter(|c| *c != sign).collect();
            let text = format!("a{sign}b{end}{others}{sign}\"{sign}{end}\"{end}");
            let wanted =
                vec![vec!["a".to_owned(), "b".to_owned()], vec![others, format!("{sign}{end}")]];
            assert_eq!(whole(dialect(delimiter, ending), text.as_bytes()), (wanted, Ok(1)));
        }
    }
}

#[test]
fn names_of_delimiters_and_line_endings_are_exact() {
    for delimiter in Delimiter::ALL {
        assert_eq!(Delimiter::from_name(delimiter.name()), Some(delimiter));
    }
    for ending in LineEnding::ALL {
        assert_eq!(LineEnding::from_name(ending.name()), Some(ending));
    }
    assert_eq!(Delimiter::from_name("comma"), None);
    assert_eq!(LineEnding::from_name("CR"), None);
}

#[test]
fn a_sink_that_refuses_ends_the_reading() {
    let mut reader = Reader::new(Dialect::default(), ROOMY);
    let mut sink = |record: Record<'_>| if record.row() == 2 { Err("no") } else { Ok(()) };
    assert_eq!(reader.feed(b"a\n1\n2\n", &mut sink), Err(ReadError::Sink("no")));
    let stopped = Error { row: 2, column: 1, byte: 4, problem: Problem::Stopped };
    assert_eq!(reader.feed(b"3\n", &mut sink), Err(ReadError::File(stopped.clone())));
    assert_eq!(reader.finish(&mut sink), Err(ReadError::File(stopped)));
}
