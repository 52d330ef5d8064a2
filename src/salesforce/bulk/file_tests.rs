//! Files on their way to Salesforce: whatever they look like, what is sent has the declared columns.

use proptest::prelude::*;

use super::*;
use crate::csv::{Delimiter, LineEnding};
use crate::salesforce::ObjectName;

fn ingest(operation: IngestOperation, header: &str) -> Ingest {
    let columns = Columns::parse(header.split(',')).unwrap();
    Ingest { object: ObjectName::parse("Task").unwrap(), operation, columns }
}

/// What is sent of a file that comes in pieces of this length.
fn sent(
    ingest: &Ingest,
    dialect: Dialect,
    most: u32,
    file: &[u8],
    piece: usize,
) -> Result<String, FileError> {
    let mut reading = IngestFile::new(ingest, Some("00T"), dialect, most);
    let mut printed = Vec::new();
    for piece in file.chunks(piece) {
        reading.feed(piece, &mut printed)?;
    }
    reading.finish(&mut printed)?;
    Ok(String::from_utf8_lossy(&printed).into_owned())
}

#[test]
fn columns_are_sent_in_the_declared_order_and_spelling() {
    let tasks = ingest(IngestOperation::Insert, "Subject,User:Owner.Username,Priority");
    let semicolons = Dialect { delimiter: Delimiter::Semicolon, line_ending: LineEnding::CrLf };
    let file = b"PRIORITY;subject;user:OWNER.username\r\nHigh;\"a;\r\n\"\"b\"\"\";x\r\n;c,d;\r\n";
    for piece in [1, 2, 7, file.len()] {
        assert_eq!(
            sent(&tasks, semicolons, 2, file, piece).unwrap(),
            "Subject,User:Owner.Username,Priority\n\"a;\r\n\"\"b\"\"\",x,High\n\"c,d\",,\n"
        );
    }
}

#[test]
fn a_wrong_file_is_refused_at_its_row_and_column() {
    let insert = ingest(IngestOperation::Insert, "Subject,Priority");
    let update = ingest(IngestOperation::Update, "Subject,Id");
    for (ingest, file, place, says) in [
        (&insert, "Subject,OwnerId\na,b\n", (Some(1), Some(2)), "`OwnerId` is not a column"),
        (&insert, "Subject\na\n", (Some(1), None), "no column `Priority`"),
        (&insert, "Subject,Priority,subject\n", (Some(1), Some(3)), "same column"),
        (&insert, "Subject,Priority,Owner Id\n", (Some(1), Some(3)), "is not a field"),
        (&insert, "Subject,Priority\n", (None, None), "no rows"),
        (&insert, "Subject,Priority\na,b\nc\n", (Some(3), Some(2)), ""),
        (&insert, "Subject,Priority\na,b\nc,d\ne,f\n", (Some(4), None), "may have 2 rows"),
        (
            &update,
            "Id,Subject\n00T000000000001,a\n001000000000001,a\n",
            (Some(3), Some(1)),
            "`Id` must be",
        ),
        (&update, "Subject,Id\na,\n", (Some(2), Some(2)), "`Id` must be"),
        (&update, "Subject,Id\na,#N/A\n", (Some(2), Some(2)), "`Id` must be"),
    ] {
        for piece in [1, file.len()] {
            let error = sent(ingest, Dialect::default(), 2, file.as_bytes(), piece).unwrap_err();
            assert_eq!(error.place(), place, "{file}: {error}");
            assert!(error.to_string().contains(says), "{file}: {error}");
        }
    }
}

#[test]
fn a_file_is_no_larger_than_salesforce_takes() {
    let tasks = ingest(IngestOperation::Insert, "Subject");
    for (before, larger) in [(MOST_FILE_BYTES - 13, false), (MOST_FILE_BYTES - 12, true)] {
        let mut reading = IngestFile::new(&tasks, None, Dialect::default(), u32::MAX);
        reading.sheet.bytes = before;
        let read =
            reading.feed(b"Subject\nab\nc", &mut Vec::new()).and(reading.finish(&mut Vec::new()));
        assert_eq!(read.is_err(), larger, "{read:?}");
        assert!(!larger || read == Err(FileError::TooLarge { row: 3 }), "{read:?}");
    }
}

proptest! {
    /// Whatever a header says, what is sent has exactly the declared columns, in each row.
    #[test]
    fn no_file_has_other_columns_than_its_job(
        header in proptest::collection::vec("(?i:subject|priority)|OwnerId|[\"',;\t A-Za-z\u{feff}]{0,12}", 1..4),
        rows in "[a\",;\r\n\t#é]{0,60}",
        piece in 1usize..20,
    ) {
        let tasks = ingest(IngestOperation::Insert, "Subject,Priority");
        let file = format!("{}\n{rows}", header.join(","));
        if let Ok(text) = sent(&tasks, Dialect::default(), 50, file.as_bytes(), piece) {
            let mut read = Vec::new();
            let mut reader = Reader::new(Dialect::default(), bounds());
            let mut take = |record: Record<'_>| {
                read.push(record.fields().map(str::to_owned).collect::<Vec<_>>());
                Ok::<(), FileError>(())
            };
            reader.feed(text.as_bytes(), &mut take).unwrap();
            reader.finish(&mut take).unwrap();
            prop_assert_eq!(&read[0], &["Subject", "Priority"]);
            prop_assert!(read.iter().all(|row| row.len() == 2));
        }
    }
}
