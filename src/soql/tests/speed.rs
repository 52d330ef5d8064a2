//! Long and deep texts, whose cost must stay linear.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    reason = "small lengths, and real time"
)]

use std::time::{Duration, Instant};

use crate::soql::{ErrorKind, limits, parse};

/// Queries of nearly the greatest length, each made of one thing over and over.
fn long() -> Vec<String> {
    let fill = |before: &str, piece: &str, after: &str, most: usize| {
        let room = limits::TEXT_CHARS - before.len() - after.len();
        format!("{before}{}{after}", piece.repeat((room / piece.len()).min(most)))
    };
    let string = "x".repeat(limits::STRING_CHARS - 1);
    vec![
        fill("SELECT Id FROM A", " ", "", usize::MAX),
        fill("SELECT Id FROM A WHERE a IN (1", ",1", ")", limits::LIST_VALUES - 1),
        fill("SELECT Id FROM A WHERE a IN (1", &format!(",'{string}'"), ")", 24),
        fill(
            "SELECT Id FROM A WHERE a=1",
            " AND a__c LIKE '%abcdefghijklmnopqrstuvwxyz'",
            "",
            1_999,
        ),
        fill("SELECT Id", ",a.b.c.d.e.f_0123456789_0123456789_0123456789", " FROM A", 999),
        fill("SELECT Id", ",", " FROM A", usize::MAX),
        fill("SELECT Id FROM A WHERE a = '", "\\u0041", "'", 3_999),
        "(".repeat(limits::TEXT_CHARS),
        "a.".repeat(limits::TEXT_CHARS / 2),
        "'".repeat(limits::TEXT_CHARS),
    ]
}

#[test]
fn the_longest_queries_take_milliseconds() {
    // Debug builds are some twenty times slower, and the machine has other work.
    let most = if cfg!(debug_assertions) { 2_000 } else { 50 };
    for text in long() {
        assert!(text.len() <= limits::TEXT_CHARS);
        let start = Instant::now();
        let accepted = parse(&text).is_ok();
        let took = start.elapsed();
        assert!(took < Duration::from_millis(most), "{took:?} {accepted} {}", text.split_at(20).0);
    }
}

#[test]
fn ten_thousand_nested_parentheses_are_refused() {
    let deep = |open: &str, middle: &str, close: &str, count: usize| {
        format!("SELECT Id FROM A WHERE {}{middle}{}", open.repeat(count), close.repeat(count))
    };
    for (open, close) in [("(", ")"), ("(NOT ", ")"), ("a IN (SELECT b FROM B WHERE ", ")")] {
        let count = 10_000.min(limits::TEXT_CHARS / (open.len() + close.len() + 1));
        let error = parse(&deep(open, "a = 1", close, count)).unwrap_err();
        assert_eq!(error.kind, ErrorKind::TooDeep, "{open}");
    }
    let select = format!("SELECT {}", "(SELECT ".repeat(10_000));
    assert_eq!(parse(&select).unwrap_err().kind, ErrorKind::TooManyLevels);
}
