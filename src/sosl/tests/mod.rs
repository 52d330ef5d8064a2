mod trees;

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::limits;
use super::{ErrorKind, parse};
use crate::soql;

fn kind(source: &str) -> ErrorKind {
    parse(source).expect_err(source).kind
}

/// What holds for any text: no panic, errors point into it, and what is printed reads the same.
fn check_text(text: &str) -> Result<(), TestCaseError> {
    match parse(text) {
        Err(error) => {
            prop_assert!(text.get(error.span.start..error.span.end).is_some(), "{error:?}");
            prop_assert!(error.to_string().len() < 600, "{error}");
            let rendered = error.render(text);
            prop_assert!(rendered.lines().count() == 3, "{rendered}");
            prop_assert!(rendered.chars().all(|c| c == '\n' || !c.is_control()), "{rendered:?}");
        }
        Ok(search) => {
            let printed = search.to_string();
            let again = parse(&printed);
            prop_assert_eq!(again.as_ref(), Ok(&search), "{}", printed);
            prop_assert_eq!(again.map(|again| again.to_string()), Ok(printed));
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn a_printed_search_reads_as_the_same_tree(search in trees::search()) {
        let printed = search.to_string();
        let again = parse(&printed);
        prop_assert!(again.is_ok(), "{}: {:?}", printed, again);
        prop_assert_eq!(&again, &Ok(search), "{}", printed);
    }

    #[test]
    fn a_term_ends_where_its_first_unescaped_brace_is(search in trees::search()) {
        let printed = search.to_string();
        let mut escaped = false;
        let mut braces = printed.char_indices().filter_map(|(at, c)| {
            let counts = !escaped && matches!(c, '{' | '}');
            escaped = !escaped && c == '\\';
            counts.then_some((at, c))
        });
        prop_assert_eq!(braces.next(), Some((5, '{')));
        let end = format!("FIND {{{}", search.term).len();
        prop_assert_eq!(braces.next(), Some((end, '}')), "{}", printed);
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in ".{0,80}", inside in "[^\u{0}]{0,40}") {
        check_text(&text)?;
        check_text(&format!("FIND {{{inside}}} RETURNING Account(Id)"))?;
        check_text(&format!("FIND {{a1}} {inside}"))?;
    }

    #[test]
    fn no_order_of_tokens_makes_the_parser_panic(tokens in prop::collection::vec(trees::token(), 0..12)) {
        check_text(&tokens.join(" "))?;
        check_text(&tokens.concat())?;
        check_text(&format!("FIND {{{}", tokens.join(" ")))?;
    }

    #[test]
    fn the_shape_of_a_search_keeps_its_names_and_forgets_its_values(search in trees::search()) {
        let shape = search.shape();
        prop_assert_eq!(shape.term.to_string(), "term");
        prop_assert_eq!(&shape.shape(), &shape);
        let kept = shape.to_string().contains("x\\'}");
        prop_assert!(!kept, "{}", shape);
        prop_assert_eq!(shape.returning.len(), search.returning.len());
    }

    #[test]
    fn a_bound_on_rows_holds_and_lowers_nothing_below_it(search in trees::search(), most in 1..3_000_u32) {
        let mut bounded = search.clone();
        let changed = bounded.bound_rows(most);
        prop_assert!(bounded.most_rows() <= most);
        prop_assert_eq!(changed, search.most_rows() > most);
        prop_assert_eq!(bounded.most_rows(), search.most_rows().min(most));
    }
}

#[test]
fn a_term_has_as_many_characters_as_salesforce_reads_operators_in() {
    let most = "x".repeat(limits::TERM_CHARS);
    assert!(parse(&format!("FIND {{{most}}}")).is_ok());
    assert!(parse(&format!("FIND {{   {most}   }}")).is_ok(), "white space isn't sent");
    assert_eq!(kind(&format!("FIND {{{most}x}}")), ErrorKind::TermTooLong);
    let escaped = "\\-".repeat(limits::TERM_CHARS / 2);
    assert!(parse(&format!("FIND {{{escaped}}}")).is_ok());
    assert_eq!(kind(&format!("FIND {{{escaped}x}}")), ErrorKind::TermTooLong, "escapes count");
    assert_eq!(kind(&format!("FIND {{{}}}", "é ".repeat(2_001))), ErrorKind::TermTooLong);
    assert!(parse(&format!("FIND {{{}}}", "é".repeat(4_000))).is_ok(), "characters, not bytes");
}

#[test]
fn sizes_are_bounded() {
    let depth = limits::DEPTH;
    let nested = |n: usize| format!("FIND {{{}a1{}}}", "(".repeat(n), ")".repeat(n));
    assert!(parse(&nested(depth)).is_ok());
    assert_eq!(kind(&nested(depth + 1)), ErrorKind::TooDeep);
    assert_eq!(kind(&nested(10_000)), ErrorKind::TooDeep);
    let objects = |n: usize| format!("FIND {{a1}} RETURNING {}", vec!["A"; n].join(","));
    assert!(parse(&objects(limits::OBJECTS)).is_ok());
    assert!(matches!(
        kind(&objects(limits::OBJECTS + 1)),
        ErrorKind::Clause(soql::ErrorKind::TooMany { .. })
    ));
    let padded = |n: usize| format!("FIND {{a1}}{}", " ".repeat(n - 9));
    assert!(parse(&padded(limits::TEXT_CHARS)).is_ok());
    assert_eq!(kind(&padded(limits::TEXT_CHARS + 1)), ErrorKind::TextTooLong);
    let grows = format!(
        "FIND {{a1}} RETURNING A(b WHERE {})",
        vec!["b='\u{2028}\u{2028}\u{2028}'"; 1_900].join(" OR ")
    );
    assert!(parse(&grows).is_ok());
    let long = format!(
        "FIND {{a1}} RETURNING A(b WHERE b IN ({}))",
        vec!["'\u{2028}\u{2028}\u{2028}'"; 4_800].join(",")
    );
    assert_eq!(kind(&long), ErrorKind::TextTooLong, "what is sent counts");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "time is what is tested")]
fn long_and_broken_searches_are_answered_at_once() {
    let n = limits::TEXT_CHARS - 100;
    for text in [
        format!("FIND {{{}", "(".repeat(n)),
        format!("FIND {{{}", "\"".repeat(n)),
        format!("FIND {{{}", "\\}".repeat(n / 2)),
        format!("FIND {{{}}}", "a ".repeat(n / 2)),
        format!("FIND {{{}}}", "a AND ".repeat(n / 6)),
        format!("FIND {{a1}} RETURNING {}", "A(".repeat(n / 2)),
        format!("FIND {{a1}} RETURNING A(b WHERE {}", "(".repeat(n)),
        format!("FIND {{a1}} {}", "WITH SNIPPET ".repeat(n / 13)),
        format!("{}FIND {{a1}}", "//\n".repeat(n / 3)),
        format!("FIND{}", " ".repeat(n)),
    ] {
        let began = Instant::now();
        let _read_or_refused = parse(&text);
        let took = began.elapsed();
        assert!(took < Duration::from_secs(2), "{took:?} {}", text.split_at(20).0);
    }
}

#[test]
fn the_rows_of_a_search_are_bounded_by_its_limits_and_by_salesforce() {
    for (rest, rows) in [
        ("", 2_000),
        (" LIMIT 5", 5),
        (" LIMIT 50000", 2_000),
        (" RETURNING A, B", 2_000),
        (" RETURNING A(b LIMIT 3), B(b LIMIT 4)", 7),
        (" RETURNING A(b LIMIT 3), B", 2_000),
        (" RETURNING A(b LIMIT 3), B(b LIMIT 4) LIMIT 5", 5),
        (" RETURNING A(b LIMIT 4294967295), B(b LIMIT 4294967295)", 2_000),
        (" RETURNING A(b LIMIT 0)", 0),
    ] {
        assert_eq!(parse(&format!("FIND {{a1}}{rest}")).unwrap().most_rows(), rows, "{rest}");
    }
}
