mod clauses;
mod rewrites;
mod speed;
mod trees;

use proptest::prelude::*;

use super::limits;
use super::scopes::{Mention, scopes};
use super::{ErrorKind, parse};

/// Queries that use every rule of the grammar once or twice.
const QUERIES: [&str; 18] = [
    "SELECT Id FROM Account",
    "SELECT COUNT() FROM Account WHERE Name LIKE '\\%a\\_b\\u00e9%'",
    "SELECT Owner.Name n, toLabel(Type), FORMAT(convertCurrency(Amount)) FROM Opportunity o",
    "SELECT Id, (SELECT Id FROM Contacts WHERE Name = 'x' ORDER BY Name LIMIT 1) FROM Account",
    "SELECT c.Id FROM Contact c, a.Owner u, c.Account a WHERE a.Name != NULL AND u.IsActive = TRUE",
    "SELECT Id FROM A WHERE (NOT (a = 1 OR b <= -1.5)) AND c NOT IN ('x', 'y') AND d > USD5000",
    "SELECT Id FROM A WHERE Id IN (SELECT AId FROM B WHERE Id NOT IN (SELECT BId FROM C))",
    "SELECT Id FROM A WHERE a INCLUDES ('x;y', 'z') OR b EXCLUDES ('w') OR c = LAST_N_DAYS : 30",
    "SELECT Type, COUNT(Id) FROM A GROUP BY ROLLUP(Type) HAVING COUNT(Id) > 1 ORDER BY COUNT(Id)",
    "SELECT Type FROM A GROUP BY CUBE(Type, Owner.Name) LIMIT 5 OFFSET 10",
    "SELECT Id FROM A WHERE d = 2024-02-29 AND e < 2026-11-20T10:00:00.000+01:00 AND f > 10:00:00Z",
    "SELECT Id FROM Order ORDER BY Group DESC NULLS LAST, Offset ASC NULLS FIRST",
    "SELECT Id, TYPEOF What WHEN Account THEN Phone, Owner.Name WHEN Case THEN Id ELSE Name END FROM Event",
    "SELECT FIELDS(ALL), DISTANCE(L__c, GEOLOCATION(1.5, -2), 'km') d FROM A LIMIT 200",
    "SELECT Id FROM A USING SCOPE mine WHERE a + b > 5 AND DISTANCE(L, GEOLOCATION(1, 2), 'mi') < 3",
    "SELECT Id FROM A WITH DATA CATEGORY G AT (x, y) AND H ABOVE z WITH SECURITY_ENFORCED WITH V (m = 1)",
    "SELECT Id FROM A USING LOOKUP B.C WITH UserId = 'x' LIMIT 1 BIND a = 'x', b = 2 ALL ROWS",
    "SELECT Id FROM A FOR VIEW UPDATE TRACKING, VIEWSTAT FOR UPDATE SET OPTIONS (dataspace = 'x')",
];

fn kind(source: &str) -> ErrorKind {
    parse(source).expect_err(source).kind
}

/// What holds for any text: no panic, errors point into it, and what is printed reads the same.
fn check_text(text: &str) -> Result<(), TestCaseError> {
    match parse(text) {
        Err(error) => {
            prop_assert!(error.span.start <= error.span.end && error.span.end <= text.len());
            prop_assert!(text.get(error.span.start..error.span.end).is_some(), "{error:?}");
            prop_assert!(error.to_string().len() < 600, "{error}");
            let rendered = error.render(text);
            prop_assert!(rendered.lines().count() == 3, "{rendered}");
            prop_assert!(rendered.chars().all(|c| c == '\n' || !c.is_control()), "{rendered:?}");
        }
        Ok(query) => {
            let printed = query.to_string();
            let again = parse(&printed).map_err(|e| TestCaseError::fail(e.render(&printed)))?;
            prop_assert_eq!(&again, &query);
            prop_assert_eq!(again.to_string(), printed);
        }
    }
    Ok(())
}

/// Clause, path and functions of every reference, a scope at a time.
fn mentions(query: &super::ast::Query) -> Vec<Vec<(&'static str, String, Vec<&'static str>)>> {
    let flat = |r: &super::scopes::Reference<'_>| match r.mention {
        Mention::Expr(expr) => {
            let functions = expr.functions().map(super::ast::Function::name).collect();
            (r.clause.name(), expr.path().to_string(), functions)
        }
        Mention::Path(path) => (r.clause.name(), path.to_string(), Vec::new()),
        Mention::Of(object, path) => (r.clause.name(), format!("{object}::{path}"), Vec::new()),
        Mention::Fields(_) => (r.clause.name(), String::new(), vec!["FIELDS"]),
    };
    scopes(query).iter().map(|scope| scope.references.iter().map(flat).collect()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_printed_tree_parses_to_itself(query in trees::query()) {
        let printed = query.to_string();
        let again = parse(&printed).map_err(|e| TestCaseError::fail(e.render(&printed)))?;
        prop_assert_eq!(&again, &query);
        prop_assert_eq!(again.to_string(), printed);
    }

    #[test]
    fn a_printed_tree_mentions_the_same_paths(query in trees::query()) {
        let again = parse(&query.to_string()).map_err(|e| TestCaseError::fail(e.to_string()))?;
        prop_assert_eq!(mentions(&again), mentions(&query));
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in any::<String>()) {
        check_text(&text)?;
    }

    #[test]
    fn no_soup_of_tokens_makes_the_parser_panic(words in prop::collection::vec(trees::word(), 0..30)) {
        check_text(&words.join(" "))?;
    }

    #[test]
    fn no_damaged_query_makes_the_parser_panic(
        query in prop::sample::select(&QUERIES[..]),
        at in any::<prop::sample::Index>(),
        cut in 0_usize..6,
        insert in "\\PC{0,3}|[()',.:$ ]{0,3}",
    ) {
        let chars: Vec<char> = query.chars().collect();
        let at = at.index(chars.len());
        let before = chars.iter().take(at);
        let after = chars.iter().skip(at.saturating_add(cut));
        let text: String = before.copied().chain(insert.chars()).chain(after.copied()).collect();
        check_text(&text)?;
    }
}

#[test]
fn every_rule_is_accepted() {
    for query in QUERIES {
        check_text(query).unwrap();
        assert!(parse(query).is_ok(), "{query}");
    }
}

#[test]
fn a_text_may_be_as_long_as_the_limit_and_no_longer() {
    let query = format!("SELECT Id FROM A{}", " ".repeat(limits::TEXT_CHARS - 16));
    assert!(parse(&query).is_ok());
    assert_eq!(kind(&format!("{query} ")), ErrorKind::TextTooLong);
}

#[test]
fn the_canonical_text_fits_the_same_limit() {
    let separators = "\u{2028}".repeat(limits::STRING_CHARS);
    let list = |count| format!("SELECT a FROM A WHERE a IN ({})", vec!["1"; count].join(","));
    let strings = |count| {
        format!("SELECT a FROM A WHERE a IN ({})", vec![format!("'{separators}'"); count].join(","))
    };
    for query in [list(limits::LIST_VALUES), strings(4)] {
        let printed = parse(&query).unwrap().to_string();
        assert_eq!(parse(&printed).unwrap().to_string(), printed);
    }
    assert_eq!(kind(&strings(5)), ErrorKind::CanonicalTooLong);
}

#[test]
fn a_string_may_be_as_long_as_the_limit_and_no_longer() {
    let query = |chars| format!("SELECT Id FROM A WHERE a = '{}'", "é".repeat(chars));
    assert!(parse(&query(limits::STRING_CHARS)).is_ok());
    assert_eq!(kind(&query(limits::STRING_CHARS + 1)), ErrorKind::StringTooLong);
}

#[test]
fn parentheses_nest_as_deep_as_the_limit_and_no_deeper() {
    let query = |depth| {
        let (open, close) = ("(".repeat(depth), ")".repeat(depth));
        format!("SELECT Id FROM A WHERE {open}a = 1{close}")
    };
    assert!(parse(&query(limits::DEPTH)).is_ok());
    assert_eq!(kind(&query(limits::DEPTH + 1)), ErrorKind::TooDeep);
    assert_eq!(kind(&query(40_000)), ErrorKind::TooDeep);
}

#[test]
fn semi_joins_count_as_depth() {
    let query = |depth| {
        let (open, close) = ("a IN (SELECT b FROM B WHERE ".repeat(depth), ")".repeat(depth));
        format!("SELECT Id FROM A WHERE {open}c = 1{close}")
    };
    assert!(parse(&query(limits::DEPTH)).is_ok());
    assert_eq!(kind(&query(limits::DEPTH + 1)), ErrorKind::TooDeep);
}

#[test]
fn child_subqueries_have_levels_and_a_number() {
    let nested = |levels| {
        let (open, close) = ("SELECT Id, (".repeat(levels - 1), ") FROM A".repeat(levels - 1));
        format!("{open}SELECT Id FROM A{close}")
    };
    assert!(parse(&nested(limits::CHILD_LEVELS)).is_ok());
    assert_eq!(kind(&nested(limits::CHILD_LEVELS + 1)), ErrorKind::TooManyLevels);
    let beside = |count| format!("SELECT Id{} FROM A", ", (SELECT Id FROM B)".repeat(count));
    assert!(parse(&beside(limits::CHILD_QUERIES)).is_ok());
    let too_many = kind(&beside(limits::CHILD_QUERIES + 1));
    assert!(matches!(too_many, ErrorKind::TooMany { limit: limits::CHILD_QUERIES, .. }));
}

#[test]
fn lists_have_a_greatest_length() {
    let many = |item: &str, count: usize| vec![item; count].join(",");
    let list = |count| format!("SELECT a FROM A WHERE a IN ({})", many("1", count));
    let select = |count| format!("SELECT {} FROM A", many("a", count));
    let order = |count| format!("SELECT a FROM A ORDER BY {}", many("a", count));
    let group = |count| format!("SELECT a FROM A GROUP BY {}", many("a", count));
    let compare = |count| format!("SELECT a FROM A WHERE {}", vec!["a=1"; count].join(" AND "));
    let from = |count| {
        let others: Vec<String> = (0..count).map(|i| format!(", A.B b{i}")).collect();
        format!("SELECT a FROM A{}", others.concat())
    };
    let cases: [(&dyn Fn(usize) -> String, usize); 6] = [
        (&list, limits::LIST_VALUES),
        (&select, limits::SELECT_ITEMS),
        (&order, limits::ORDER_ITEMS),
        (&group, limits::GROUP_ITEMS),
        (&compare, limits::COMPARISONS),
        (&from, limits::FROM_ALIASES),
    ];
    for (query, limit) in cases {
        assert!(parse(&query(limit)).is_ok(), "{limit}");
        let found = kind(&query(limit + 1));
        assert!(matches!(found, ErrorKind::TooMany { limit: l, .. } if l == limit), "{found:?}");
    }
}

#[test]
fn a_path_goes_over_five_relationships_after_an_alias_or_the_object() {
    for path in ["a.b.c.d.e.f", "X.a.b.c.d.e.f", "x.a.b.c.d.e.f"] {
        assert!(parse(&format!("SELECT {path} FROM X x")).is_ok(), "{path}");
    }
    for path in ["a.b.c.d.e.f.g", "X.a.b.c.d.e.f.g", "y.a.b.c.d.e.f"] {
        let found = kind(&format!("SELECT Id FROM X x WHERE {path} = 1"));
        assert!(matches!(found, ErrorKind::PathTooDeep(_)), "{path}: {found:?}");
    }
}

#[test]
fn dates_are_those_of_the_calendar() {
    let literal = |text: &str| parse(&format!("SELECT a FROM A WHERE a = {text}")).is_ok();
    let valid = [
        "2024-02-29",
        "2000-02-29",
        "1999-12-31",
        "2026-11-20T23:59:59Z",
        "2026-11-20T00:00:00.123456789-0800",
        "2026-11-20T00:00:00+18:00",
        "00:00:00Z",
    ];
    let invalid = [
        "2023-02-29",
        "1900-02-29",
        "2026-13-01",
        "2026-00-01",
        "2026-01-00",
        "2026-04-31",
        "0000-01-01",
        "2026-1-1",
        "20261-01-01",
        "2026-11-20T10:00:00",
        "2026-11-20T24:00:00Z",
        "2026-11-20T10:60:00Z",
        "2026-11-20T10:00:60Z",
        "2026-11-20T10:00:00.Z",
        "2026-11-20T10:00:00+18:01",
        "2026-11-20T10:00:00+1:00",
        "2026-11-20t10:00:00z",
        "2026-11-20 10:00:00Z",
        "2026-11-20Z",
        "10:00Z",
        "25:00:00Z",
    ];
    for text in valid {
        assert!(literal(text), "{text}");
    }
    for text in invalid {
        assert!(!literal(text), "{text}");
    }
}

#[test]
fn every_date_literal_is_known_in_any_case_and_with_its_count_only() {
    use super::keyword::{COUNTED_DATE_RANGES, DATE_RANGES};
    let literal = |text: &str| parse(&format!("SELECT a FROM A WHERE a = {text}")).is_ok();
    assert_eq!(DATE_RANGES.len() + COUNTED_DATE_RANGES.len(), 44);
    for name in DATE_RANGES {
        assert!(literal(name) && literal(&name.to_lowercase()), "{name}");
        assert!(!literal(&format!("{name}:3")), "{name}");
    }
    for name in COUNTED_DATE_RANGES {
        assert!(literal(&format!("{name}:3")) && literal(&format!("{name} : 3")), "{name}");
        for wrong in ["", ":", ":-3", ":1.5", ":4294967296", ":x", "::3"] {
            assert!(!literal(&format!("{name}{wrong}")), "{name}{wrong}");
        }
    }
}

#[test]
fn keywords_are_never_aliases_except_count() {
    use super::keyword::Keyword;
    for keyword in Keyword::ALL {
        let word = keyword.text();
        let accepted = |query: String| parse(&query).is_ok();
        let any = accepted(format!("SELECT a {word} FROM A"))
            || accepted(format!("SELECT a FROM A {word}"))
            || accepted(format!("SELECT a FROM A AS {word}"))
            || accepted(format!("SELECT a FROM A x, x.B {word}"));
        assert_eq!(any, *keyword == Keyword::Count, "{word}");
    }
}

#[test]
fn soft_keywords_are_names_of_fields_and_objects() {
    use super::keyword::Keyword;
    for keyword in Keyword::ALL {
        let word = keyword.text();
        let query = format!("SELECT {word}, a.{word} FROM {word} WHERE {word} = 1 ORDER BY {word}");
        assert_eq!(parse(&query).is_ok(), !keyword.is_reserved(), "{word}");
    }
}

#[test]
fn positions_count_lines_and_characters_from_one() {
    let source = "SELECT Id\nFROM A\nWHERE a = 'é' AND b ? 1";
    let error = parse(source).unwrap_err();
    let at = error.position(source);
    assert_eq!((at.offset, at.line, at.column), (38, 3, 21));
    let found: String = source.chars().skip(37).take(1).collect();
    assert_eq!(found, "?");
}
