//! Any file in any dialect, cut anywhere: reading it neither panics nor holds more than the bounds,
//! the cuts make no difference, and what was read is printed to a file that reads the same.
#![no_main]
#![expect(dead_code, reason = "the module serves more than this target")]

use libfuzzer_sys::fuzz_target;

#[path = "../../../src/csv/mod.rs"]
mod csv;

use csv::{Bounds, Delimiter, Dialect, Error, LineEnding, Printer, ReadError, Reader, Record};

const BOUNDS: Bounds = Bounds { field_bytes: 64, record_bytes: 256, columns: 16 };

type Reading = (Vec<Vec<String>>, Result<u64, ReadError<()>>);

fn read(dialect: Dialect, bounds: Bounds, file: &[u8], chunk: usize) -> Reading {
    let mut records = Vec::new();
    let mut sink = |record: Record<'_>| {
        records.push(record.fields().map(str::to_owned).collect());
        Ok(())
    };
    let mut reader = Reader::new(dialect, bounds);
    let fed = file.chunks(chunk).try_for_each(|chunk| reader.feed(chunk, &mut sink));
    let end = fed.and_then(|()| reader.finish(&mut sink));
    (records, end)
}

fuzz_target!(|input: (u8, u8, &[u8])| {
    let (signs, chunk, file) = input;
    let delimiter = Delimiter::ALL[usize::from(signs) % 6];
    let line_ending = LineEnding::ALL[usize::from(signs) / 6 % 2];
    let dialect = Dialect { delimiter, line_ending };

    let reading = read(dialect, BOUNDS, file, usize::MAX);
    assert_eq!(read(dialect, BOUNDS, file, usize::from(chunk).max(1)), reading);

    let (records, end) = reading;
    for record in &records {
        assert!(record.len() <= BOUNDS.columns && record.len() == records[0].len());
        assert!(record.iter().all(|field| field.len() <= BOUNDS.field_bytes));
        assert!(record.iter().map(String::len).sum::<usize>() <= BOUNDS.record_bytes);
    }
    if let Err(ReadError::File(error)) = &end {
        assert!(error.byte <= file.len() as u64 && error.row == records.len() as u64 + 1);
        assert!(error.to_string().len() < 200, "{error}");
    }
    if records.is_empty() {
        return;
    }
    let (mut printer, mut printed) = (Printer::new(Dialect::default()), Vec::new());
    for record in &records {
        let printing: Result<(), Error> = printer.print(record.iter().map(String::as_str), &mut printed);
        printing.expect("what was read can be printed");
    }
    let again = read(Dialect::default(), BOUNDS, &printed, usize::MAX);
    assert_eq!(again, (records.clone(), Ok(records.len() as u64 - 1)));
});
