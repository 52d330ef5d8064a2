//! What the printer quotes and refuses.

use super::*;

#[test]
fn fields_are_quoted_where_any_reader_might_need_it() {
    for (field, printed) in [
        ("x", "x"),
        ("a b", "a b"),
        ("#N/A", "#N/A"),
        ("é", "é"),
        ("a,b", "\"a,b\""),
        ("a;b", "\"a;b\""),
        ("a|b", "\"a|b\""),
        ("a^b", "\"a^b\""),
        ("a`b", "\"a`b\""),
        ("a\tb", "\"a\tb\""),
        ("a\"b", "\"a\"\"b\""),
        ("\"", "\"\"\"\""),
        ("O'Hara", "\"O'Hara\""),
        ("a\nb", "\"a\nb\""),
        ("a\r\nb", "\"a\r\nb\""),
        (" a", "\" a\""),
        ("a ", "\"a \""),
        (" ", "\" \""),
        ("\u{a0}a", "\"\u{a0}a\""),
        ("\u{feff}a", "\"\u{feff}a\""),
        ("", "\"\""),
    ] {
        let (mut printer, mut into) = (Printer::new(Dialect::default()), Vec::new());
        printer.print(["h"], &mut into).unwrap();
        printer.print([field], &mut into).unwrap();
        assert_eq!(into, format!("h\n{printed}\n").into_bytes());
    }
}

#[test]
fn the_dialect_is_that_of_the_printer() {
    let mut into = Vec::new();
    let mut printer = Printer::new(dialect(Delimiter::Pipe, LineEnding::CrLf));
    for record in [["a", "b"], ["", ""], ["x\ny", "1,2"]] {
        printer.print(record, &mut into).unwrap();
    }
    assert_eq!(into, b"a|b\r\n|\r\n\"x\ny\"|\"1,2\"\r\n");
}

#[test]
fn what_could_not_be_read_back_is_not_printed() {
    let mut into = b"before".to_vec();
    let mut printer = Printer::new(Dialect::default());
    for (fields, column, byte, problem) in [
        (vec![], 1, 1, Problem::EmptyFile),
        (vec!["ab", "c\nd"], 2, 4, Problem::LineBreakInHeader),
        (vec!["ab", "c\rd"], 2, 4, Problem::LineBreakInHeader),
        (vec!["a\0"], 1, 1, Problem::Control('\0')),
    ] {
        let error = Error { row: 1, column, byte, problem };
        assert_eq!(printer.print(fields, &mut into), Err(error));
        assert_eq!(into, b"before");
    }
    printer.print(["a", "b"], &mut into).unwrap();
    assert_eq!(into, b"beforea,b\n");
    for (fields, column, byte, problem) in [
        (vec![], 1, 5, Problem::TooFewFields { found: 0, header: 2 }),
        (vec!["1"], 2, 6, Problem::TooFewFields { found: 1, header: 2 }),
        (vec!["1", "2", "3"], 3, 9, Problem::TooManyFields { header: 2 }),
        (vec!["1", "\u{85}"], 2, 7, Problem::Control('\u{85}')),
    ] {
        let error = Error { row: 2, column, byte, problem };
        assert_eq!(printer.print(fields, &mut into), Err(error));
        assert_eq!(into, b"beforea,b\n");
    }
}
