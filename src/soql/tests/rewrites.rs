//! Rewrites, held against what the query means.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::wildcard_enum_match_arm,
    reason = "small counts in a test, which says loudly what it doesn't know"
)]

use proptest::prelude::*;

use super::trees;
use crate::soql::ast::{FieldExpr, Ident, Path, Query, SelectItem};
use crate::soql::parse;

/// Every `SELECT` list with the relationships that lead to it.
fn lists(query: &Query) -> Vec<(Vec<Ident>, &Vec<SelectItem>)> {
    let mut found = vec![(Vec::new(), &query.select)];
    for item in &query.select {
        if let SelectItem::Child { query, .. } = item {
            for (below, list) in lists(query) {
                let mut way = vec![query.from.source.last.clone()];
                way.extend(below);
                found.push((way, list));
            }
        }
    }
    found
}

/// Without the fields of any `SELECT` list.
fn rest(query: &Query) -> Query {
    let mut rest = query.clone();
    rest.select.retain(|item| !matches!(item, SelectItem::Field { .. }));
    for item in &mut rest.select {
        if let SelectItem::Child { query, .. } = item {
            **query = self::rest(query);
        }
    }
    rest
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..Default::default() })]

    #[test]
    fn dropping_takes_forbidden_fields_from_lists_and_nothing_else(
        query in trees::query(),
        letters in "[a-z]{1,8}",
        deep in any::<bool>(),
    ) {
        let forbidden = |way: &[Ident], path: &Path| {
            let first = path.last.as_str().to_ascii_lowercase();
            (deep || way.is_empty()) && first.starts_with(|c| letters.contains(c))
        };
        let mut left = query.clone();
        let dropped = left.drop_fields(&|listed| forbidden(listed.children, listed.path));
        let printed = left.to_string();
        let again = parse(&printed).map_err(|e| TestCaseError::fail(e.render(&printed)))?;
        prop_assert_eq!(&again, &left);
        prop_assert_eq!(rest(&left), rest(&query));
        let mut gone = 0;
        for ((way, before), (_, after)) in lists(&query).into_iter().zip(lists(&left)) {
            prop_assert!(!after.is_empty());
            let mut kept = after.iter().peekable();
            for item in before {
                let is_child = |item: &SelectItem| matches!(item, SelectItem::Child { .. });
                let same = |next: &&SelectItem| *next == item || is_child(next) && is_child(item);
                if kept.next_if(same).is_none() {
                    let SelectItem::Field { expr, .. } = item else { panic!("{item:?}") };
                    prop_assert!(forbidden(&way, expr.path()) && !expr.is_aggregate());
                    gone += 1;
                }
            }
            prop_assert!(kept.next().is_none());
            let plain = |item: &&SelectItem| match item {
                SelectItem::Field { expr: FieldExpr::Path(path), .. } => forbidden(&way, path),
                _ => false,
            };
            let stay = after.iter().filter(plain).count();
            prop_assert!(stay == 0 || after.len() == before.len(), "{}", printed);
        }
        prop_assert_eq!(gone, dropped.len());
    }
}

fn drop(text: &str, names: &[&str]) -> (String, Vec<String>) {
    let mut query = parse(text).unwrap();
    let dropped = query.drop_fields(&|listed| {
        let mut full: Vec<String> = listed.children.iter().map(ToString::to_string).collect();
        full.push(listed.path.to_string());
        names.contains(&full.join(":").as_str())
    });
    let shown = dropped.into_iter().map(|d| {
        let way: String = d.children.iter().map(|child| format!("{child}:")).collect();
        format!("{way}{}", d.path)
    });
    (query.to_string(), shown.collect())
}

#[test]
fn forbidden_fields_are_dropped_where_they_stand() {
    let cases: [(&str, &[&str], &str, &[&str]); 9] = [
        ("SELECT Id, X FROM A", &["X"], "SELECT Id FROM A", &["X"]),
        ("SELECT X FROM A", &["X"], "SELECT X FROM A", &[]),
        ("SELECT Id, X x, toLabel(X) FROM A", &["X"], "SELECT Id FROM A", &["X", "X"]),
        (
            "SELECT Id, X FROM A WHERE X = 1 ORDER BY X",
            &["X"],
            "SELECT Id FROM A WHERE X = 1 ORDER BY X",
            &["X"],
        ),
        (
            "SELECT X, (SELECT X, Y FROM Cs) FROM A",
            &["Cs:X"],
            "SELECT X, (SELECT Y FROM Cs) FROM A",
            &["Cs:X"],
        ),
        (
            "SELECT X, (SELECT X FROM Cs) FROM A",
            &["X", "Cs:X"],
            "SELECT (SELECT X FROM Cs) FROM A",
            &["X"],
        ),
        // What is numbered stays, or the numbers would mean something else.
        (
            "SELECT COUNT(Id), MAX(X), MIN(Y) FROM A",
            &["X"],
            "SELECT COUNT(Id), MAX(X), MIN(Y) FROM A",
            &[],
        ),
        (
            "SELECT X, FORMAT(X), COUNT(Id) FROM A GROUP BY X",
            &["X"],
            "SELECT FORMAT(X), COUNT(Id) FROM A GROUP BY X",
            &["X"],
        ),
        (
            "SELECT Id, TYPEOF W WHEN A THEN X END FROM A",
            &["X"],
            "SELECT Id, TYPEOF W WHEN A THEN X END FROM A",
            &[],
        ),
    ];
    for (text, names, left, gone) in cases {
        assert_eq!(
            drop(text, names),
            (left.to_owned(), gone.iter().map(|g| (*g).to_owned()).collect()),
            "{text}"
        );
    }
}
