//! Any text: the parser neither panics nor hangs, its errors point into the text, and what it
//! accepts is printed to a text that reads the same and ends its term where the tree does.
#![no_main]
#![expect(dead_code, unused_imports, reason = "the modules serve more than this target")]

use libfuzzer_sys::fuzz_target;

#[path = "../../../src/soql/mod.rs"]
mod soql;
#[path = "../../../src/sosl/mod.rs"]
mod sosl;

fuzz_target!(|text: &str| {
    match sosl::parse(text) {
        Err(error) => {
            assert!(text.get(error.span.start..error.span.end).is_some(), "{error:?}");
            let rendered = error.render(text);
            assert!(rendered.lines().count() == 3 && rendered.len() < 2_000, "{rendered}");
            assert!(rendered.chars().all(|c| c == '\n' || !c.is_control()), "{rendered:?}");
        }
        Ok(search) => {
            let printed = search.to_string();
            let again = sosl::parse(&printed).expect("a printed search parses");
            assert_eq!(again, search);
            assert_eq!(again.to_string(), printed);
            assert_eq!(first_closing_brace(&printed), format!("FIND {{{}", search.term).len());
            let mut bounded = search.clone();
            bounded.bound_rows(200);
            assert!(bounded.most_rows() <= 200);
            assert_eq!(sosl::parse(&bounded.to_string()).expect("a bounded search parses"), bounded);
        }
    }
});

/// Where a reader that knows nothing but braces and backslashes ends the term.
fn first_closing_brace(text: &str) -> usize {
    let mut escaped = false;
    let closes = |(_, c): &(usize, char)| {
        let found = *c == '}' && !escaped;
        escaped = *c == '\\' && !escaped;
        found
    };
    text.char_indices().find(closes).map_or(0, |(at, _)| at)
}
