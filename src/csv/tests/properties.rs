//! Properties of any file, any cut and any record.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;

fn dialects() -> impl Strategy<Value = Dialect> {
    (select(Delimiter::ALL.to_vec()), select(LineEnding::ALL.to_vec()))
        .prop_map(|(delimiter, line_ending)| Dialect { delimiter, line_ending })
}

/// Bytes as they come, and texts of what a file is made of.
fn files() -> impl Strategy<Value = Vec<u8>> {
    let pieces = [
        "a",
        "b",
        "1",
        ",",
        ",",
        "\n",
        "\n",
        "\r\n",
        "\r",
        "\"",
        "\"",
        "\"\"",
        "\"x,\ny\"",
        "\t",
        ";",
        "|",
        "^",
        "`",
        " ",
        "é",
        "語",
        "😀",
        "\u{feff}",
        "\0",
        "\u{85}",
    ];
    prop_oneof![
        1 => vec(any::<u8>(), 0..40),
        6 => vec(select(pieces.to_vec()), 0..30).prop_map(|pieces| pieces.concat().into_bytes()),
        3 => (vec(select(pieces.to_vec()), 0..30), any::<u8>(), any::<prop::sample::Index>())
            .prop_map(|(pieces, byte, at)| {
                let mut bytes = pieces.concat().into_bytes();
                bytes.insert(at.index(bytes.len().saturating_add(1)), byte);
                bytes
            }),
        6 => (dialects(), records()).prop_map(|(dialect, records)| print(dialect, &records)),
    ]
}

fn bounds() -> impl Strategy<Value = Bounds> {
    prop_oneof![
        Just(ROOMY),
        (0usize..8, 0usize..12, 1usize..5).prop_map(|(field_bytes, record_bytes, columns)| {
            Bounds { field_bytes, record_bytes, columns }
        }),
    ]
}

/// A header and records of its width, of texts that may stand in a file.
fn records() -> impl Strategy<Value = Vec<Vec<String>>> {
    let name = "[ab,;|^`\"' \té]{0,4}";
    let value = "[ab,;|^`\"' \t\r\né\u{feff}\u{2028}]{0,5}|\\PC{0,5}";
    (1usize..5).prop_flat_map(move |columns| {
        (vec(name, columns), vec(vec(value, columns), 0..5)).prop_map(|(header, mut rows)| {
            rows.insert(0, header);
            rows
        })
    })
}

fn print(dialect: Dialect, records: &[Vec<String>]) -> Vec<u8> {
    let (mut printer, mut into) = (Printer::new(dialect), Vec::new());
    for record in records {
        printer.print(record.iter().map(String::as_str), &mut into).unwrap();
    }
    into
}

/// A reader as it is often written: a quote anywhere turns quoting on or off, and doubled it is one.
fn careless(dialect: Dialect, text: &str) -> Vec<Vec<String>> {
    let delimiter = char::from(dialect.delimiter.byte());
    let mut rows = vec![vec![String::new()]];
    let (mut quoted, mut last) = (false, ' ');
    for c in text.chars() {
        let row = rows.last_mut().unwrap();
        match c {
            '"' => {
                quoted = !quoted;
                if quoted && last == '"' {
                    row.last_mut().unwrap().push('"');
                }
            }
            _ if quoted => row.last_mut().unwrap().push(c),
            '\r' => {}
            '\n' => rows.push(vec![String::new()]),
            _ if c == delimiter => row.push(String::new()),
            _ => row.last_mut().unwrap().push(c),
        }
        last = c;
    }
    if text.ends_with('\n') {
        rows.pop();
    }
    rows
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn it_does_not_matter_where_a_file_is_cut(
        dialect in dialects(), bounds in bounds(), file in files(),
        cuts in vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let reading = read(dialect, bounds, [file.as_slice()]);
        prop_assert_eq!(&read(dialect, bounds, file.chunks(1)), &reading);
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(file.len().saturating_add(1))).collect();
        cuts.push(file.len());
        cuts.sort_unstable();
        let mut start = 0;
        let chunks = cuts.iter().map(|&end| {
            let chunk = &file[start..end];
            start = end;
            chunk
        });
        prop_assert_eq!(&read(dialect, bounds, chunks), &reading);
    }

    #[test]
    fn what_is_read_keeps_to_the_bounds_and_to_the_header(
        dialect in dialects(), bounds in bounds(), file in files(),
    ) {
        let (records, end) = read(dialect, bounds, [file.as_slice()]);
        for record in &records {
            prop_assert!(record.len() <= bounds.columns);
            prop_assert_eq!(record.len(), records[0].len());
            prop_assert!(record.iter().all(|field| field.len() <= bounds.field_bytes));
            prop_assert!(record.iter().map(String::len).sum::<usize>() <= bounds.record_bytes);
        }
        match end {
            Ok(rows) => prop_assert_eq!(usize::try_from(rows), Ok(records.len().saturating_sub(1))),
            Err(error) => {
                prop_assert!(usize::try_from(error.byte).unwrap() <= file.len());
                prop_assert_eq!(usize::try_from(error.row).unwrap(), records.len().saturating_add(1));
                prop_assert!(error.to_string().len() < 200);
            }
        }
    }

    #[test]
    fn what_is_printed_is_read_back(dialect in dialects(), records in records()) {
        let printed = print(dialect, &records);
        prop_assert_eq!(whole(dialect, &printed).0, records);
    }

    #[test]
    fn what_is_read_can_be_printed_in_any_dialect(
        read_in in dialects(), printed_in in dialects(), file in files(),
    ) {
        let (records, end) = whole(read_in, &file);
        let printed = print(printed_in, &records);
        if !records.is_empty() {
            let rows = u64::try_from(records.len()).unwrap().saturating_sub(1);
            prop_assert_eq!(whole(printed_in, &printed), (records.clone(), Ok(rows)));
        }
        prop_assert_eq!(end.is_ok() && records.is_empty(), false);
    }

    #[test]
    fn a_careless_reader_sees_the_same_in_all_that_is_taken(
        dialect in dialects(), file in files(),
    ) {
        if let (records, Ok(_)) = whole(dialect, &file) {
            prop_assert_eq!(careless(dialect, str::from_utf8(&file).unwrap()), records);
        }
    }

    #[test]
    fn another_delimiter_never_opens_a_printed_field(
        printed_in in dialects(), other in dialects(), records in records(),
    ) {
        let printed = print(Dialect { line_ending: other.line_ending, ..printed_in }, &records);
        if printed_in.delimiter != other.delimiter {
            // Nothing is split by the wrong delimiter, so every line has one column or is refused.
            let (read, _) = whole(other, &printed);
            prop_assert!(read.iter().all(|record| record.len() == 1), "{read:?}");
        }
    }
}
