//! Rewrites, held against what the query means.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::wildcard_enum_match_arm,
    reason = "small counts in a test, which says loudly what it doesn't know"
)]

use proptest::prelude::*;

use super::trees;
use crate::soql::ast::{CompareOp, Condition, FieldExpr, Ident, Literal, Path, Query, SelectItem};
use crate::soql::parse;

/// The values of the fields `a`, `b` and `c`.
type Row = [i32; 3];

fn rows() -> impl Iterator<Item = Row> {
    (0..27).map(|i: i32| [i.rem_euclid(3), i.div_euclid(3).rem_euclid(3), i.div_euclid(9)])
}

/// Whether a condition over `a`, `b`, `c` and small numbers holds.
fn holds(condition: &Condition, row: Row) -> bool {
    let value = |expr: &FieldExpr| {
        let at = ["a", "b", "c"].iter().position(|name| expr.path().last.is(name)).unwrap();
        row.get(at).copied().unwrap()
    };
    let number = |literal: &Literal| match literal {
        Literal::Number(text) => text.parse::<i32>().unwrap(),
        other => panic!("{other:?}"),
    };
    match condition {
        Condition::And(items) => items.iter().all(|item| holds(item, row)),
        Condition::Or(items) => items.iter().any(|item| holds(item, row)),
        Condition::Not(inner) => !holds(inner, row),
        Condition::Compare { left, op, right } => {
            let (left, right) = (value(left), number(right));
            match op {
                CompareOp::Eq => left == right,
                CompareOp::NotEq => left != right,
                CompareOp::Lt => left < right,
                CompareOp::LtEq => left <= right,
                CompareOp::Gt => left > right,
                CompareOp::GtEq | CompareOp::Like => left >= right,
            }
        }
        Condition::InList { left, negated, list } => {
            list.iter().any(|literal| number(literal) == value(left)) != *negated
        }
        other => panic!("{other:?}"),
    }
}

fn condition() -> impl Strategy<Value = Condition> {
    let field = prop::sample::select(vec!["a", "b", "c"]).prop_map(|name| {
        let last = Ident::new(name, Default::default()).unwrap();
        FieldExpr::Path(Path { qualifiers: Vec::new(), last })
    });
    let ops = vec![
        CompareOp::Eq,
        CompareOp::NotEq,
        CompareOp::Lt,
        CompareOp::LtEq,
        CompareOp::Gt,
        CompareOp::GtEq,
    ];
    let number = (0..3).prop_map(|n: i32| Literal::Number(n.to_string().into()));
    let leaf = prop_oneof![
        3 => (field.clone(), prop::sample::select(ops), number.clone())
            .prop_map(|(left, op, right)| Condition::Compare { left, op, right }),
        1 => (field, any::<bool>(), prop::collection::vec(number, 1..3))
            .prop_map(|(left, negated, list)| Condition::InList { left, negated, list }),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Condition::And),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Condition::Or),
            inner.prop_map(|condition| Condition::Not(Box::new(condition))),
        ]
    })
}

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
    fn a_conjoined_condition_narrows_the_rows_and_does_nothing_else(
        before in prop::option::of(condition()),
        added in condition(),
    ) {
        let mut query = parse("SELECT Id FROM A ORDER BY a LIMIT 3").unwrap();
        query.filter.clone_from(&before);
        let untouched = query.clone();
        query.conjoin(added.clone());
        let printed = query.to_string();
        let sent = parse(&printed).map_err(|e| TestCaseError::fail(e.render(&printed)))?;
        prop_assert_eq!(&sent, &query);
        let filter = sent.filter.as_ref().unwrap();
        for row in rows() {
            let both = before.as_ref().is_none_or(|b| holds(b, row)) && holds(&added, row);
            prop_assert_eq!(holds(filter, row), both, "{} of {:?}", printed, row);
        }
        prop_assert_eq!(Query { filter: None, ..query }, Query { filter: None, ..untouched });
    }

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
