//! Arbitrary trees, in the normal form that the parser gives.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::clauses;
use crate::soql::ast::{
    Alias, Argument, Arithmetic, CompareOp, Condition, DateRange, Ending, FieldExpr, From,
    Function, GroupBy, Grouping, Ident, Literal, Nulls, OrderItem, Path, Query, SelectItem, Span,
    StringLiteral, StringPart,
};
use crate::soql::keyword::{COUNTED_DATE_RANGES, DATE_RANGES, Keyword};

pub(super) fn new_ident(text: &str) -> Ident {
    Ident::new(text, Span::default()).expect("an identifier")
}

/// A name that is a word of its own: no reserved word, now and then a soft one.
pub(super) fn name() -> impl Strategy<Value = Ident> {
    let free = "[A-Za-z][A-Za-z0-9_]{0,8}"
        .prop_filter("reserved", |text| !Keyword::named(text).is_some_and(Keyword::is_reserved));
    let soft = select(vec!["Order", "group", "Case", "OFFSET", "Count", "Data", "Set", "All"]);
    prop_oneof![9 => free, 1 => soft.prop_map(str::to_owned)].prop_map(|text| new_ident(&text))
}

pub(super) fn alias() -> impl Strategy<Value = Ident> {
    "[A-Za-z][A-Za-z0-9_]{0,8}"
        .prop_filter("keyword", |text| Keyword::named(text).is_none_or(Keyword::may_be_alias))
        .prop_map(|text| new_ident(&text))
}

pub(super) fn path() -> impl Strategy<Value = Path> {
    let segment = "[A-Za-z][A-Za-z0-9_]{0,8}".prop_map(|text| new_ident(&text));
    let dotted = (vec(segment.clone(), 1..=5), segment)
        .prop_map(|(qualifiers, last)| Path { qualifiers, last });
    prop_oneof![name().prop_map(|last| Path { qualifiers: Vec::new(), last }), dotted]
}

fn function() -> impl Strategy<Value = Function> {
    select(Function::ALL.to_vec()).prop_map(|(_, function)| function)
}

fn expr() -> BoxedStrategy<FieldExpr> {
    let call = |function, argument| FieldExpr::Call { function, argument, span: Span::default() };
    prop_oneof![
        6 => path().prop_map(FieldExpr::Path),
        2 => (function(), path()).prop_map(move |(f, p)| call(f, Argument::Path(p))),
        1 => (function(), function(), path())
            .prop_map(move |(f, g, p)| call(f, Argument::Call(g, p))),
    ]
    .boxed()
}

/// As [`expr`], or `DISTANCE`.
fn expr_or_distance() -> BoxedStrategy<FieldExpr> {
    prop_oneof![
        9 => expr(),
        1 => clauses::distance().prop_map(|distance| FieldExpr::Distance(Box::new(distance))),
    ]
    .boxed()
}

pub(super) fn string() -> impl Strategy<Value = StringLiteral> {
    let part = prop_oneof![
        4 => ".{1,6}|[\\\\'\\n\\t\\x00-\\x1f\\u{2028}%_]{1,6}"
            .prop_map(|text| StringPart::Text(text.into())),
        1 => Just(StringPart::EscapedPercent),
        1 => Just(StringPart::EscapedUnderscore),
    ];
    vec(part, 0..4).prop_map(|parts| {
        let mut merged: Vec<StringPart> = Vec::new();
        for part in parts {
            match (merged.last_mut(), part) {
                (Some(StringPart::Text(before)), StringPart::Text(text)) => {
                    *before = format!("{before}{text}").into();
                }
                (_, part) => merged.push(part),
            }
        }
        StringLiteral { parts: merged }
    })
}

pub(super) fn literal() -> BoxedStrategy<Literal> {
    let counted = (select(COUNTED_DATE_RANGES.to_vec()), any::<u32>())
        .prop_map(|(name, count)| DateRange { name, count: Some(count) });
    let plain = select(DATE_RANGES.to_vec()).prop_map(|name| DateRange { name, count: None });
    prop_oneof![
        Just(Literal::Null),
        any::<bool>().prop_map(Literal::Boolean),
        "[-+]?[0-9]{1,9}(\\.[0-9]{1,4})?".prop_map(|text| Literal::Number(text.into())),
        ("[A-Za-z]{3}", "[-+]?[0-9]{1,9}(\\.[0-9]{1,4})?")
            .prop_map(|(c, a)| Literal::Currency { code: c.into(), amount: a.into() }),
        string().prop_map(Literal::String),
        "(1[0-9]|20)[0-9]{2}-(0[1-9]|1[0-2])-([01][1-9]|2[0-8])"
            .prop_map(|text| Literal::Date(text.into())),
        "2026-11-20T[01][0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?(Z|[-+]0[0-9]:?[0-5][0-9])"
            .prop_map(|text| Literal::DateTime(text.into())),
        "[01][0-9]:[0-5][0-9]:[0-5][0-9](Z|[-+]0[0-9]00)"
            .prop_map(|text| Literal::Time(text.into())),
        prop_oneof![counted, plain].prop_map(Literal::DateRange),
    ]
    .boxed()
}

fn compare() -> BoxedStrategy<Condition> {
    let ops = vec![
        CompareOp::Eq,
        CompareOp::NotEq,
        CompareOp::Lt,
        CompareOp::LtEq,
        CompareOp::Gt,
        CompareOp::GtEq,
    ];
    prop_oneof![
        4 => (expr_or_distance(), select(ops.clone()), literal())
            .prop_map(|(left, op, right)| Condition::Compare { left, op, right }),
        1 => (expr(), any::<bool>(), expr(), select(ops), literal()).prop_map(
            |(left, minus, right, op, value)| Condition::Calculate {
                left: Box::new(Arithmetic { left, minus, right }),
                op,
                right: value,
            }
        ),
        1 => (expr(), string()).prop_map(|(left, text)| Condition::Compare {
            left,
            op: CompareOp::Like,
            right: Literal::String(text),
        }),
        1 => (expr(), any::<bool>(), vec(literal(), 1..4))
            .prop_map(|(left, negated, list)| Condition::InList { left, negated, list }),
        1 => (expr(), any::<bool>(), vec(string(), 1..4))
            .prop_map(|(left, excludes, list)| Condition::Multi { left, excludes, list }),
    ]
    .boxed()
}

fn condition(semi_joins: bool) -> BoxedStrategy<Condition> {
    let leaf = if semi_joins {
        let join = (expr(), any::<bool>(), semi_join()).prop_map(|(left, negated, query)| {
            Condition::InQuery { left, negated, query: Box::new(query) }
        });
        prop_oneof![5 => compare(), 1 => join].boxed()
    } else {
        compare().boxed()
    };
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 2..4).prop_map(Condition::And),
            vec(inner.clone(), 2..4).prop_map(Condition::Or),
            inner.prop_map(|condition| Condition::Not(Box::new(condition))),
        ]
    })
    .boxed()
}

fn semi_join() -> BoxedStrategy<Query> {
    let parts = (expr(), from(), option::of(condition(false)), clauses::with());
    parts
        .prop_map(|(expr, from, filter, with)| Query {
            select: vec![SelectItem::Field { expr, alias: None }],
            from,
            filter,
            with,
            group_by: None,
            having: None,
            order_by: Vec::new(),
            limit: None,
            offset: None,
            ending: Ending::default(),
            span: Span::default(),
        })
        .boxed()
}

fn from() -> BoxedStrategy<From> {
    let others = vec((path(), alias()).prop_map(|(path, name)| Alias { path, name }), 0..3);
    let parts = (path(), option::of(alias()), clauses::using(), others);
    parts
        .prop_map(|(source, alias, using, others)| {
            let mut taken: Vec<Ident> = vec![source.last.clone()];
            taken.extend(alias.clone());
            let mut distinct = Vec::new();
            for other in others {
                if !taken.contains(&other.name) {
                    taken.push(other.name.clone());
                    distinct.push(other);
                }
            }
            From { source, alias, using, others: distinct }
        })
        .boxed()
}

fn order_item() -> impl Strategy<Value = OrderItem> {
    let nulls = option::of(select(vec![Nulls::First, Nulls::Last]));
    (expr_or_distance(), any::<bool>(), nulls).prop_map(|(expr, descending, nulls)| OrderItem {
        expr,
        descending,
        nulls,
    })
}

fn select_list(children: usize) -> BoxedStrategy<Vec<SelectItem>> {
    let field = (expr_or_distance(), option::of(alias()))
        .prop_map(|(expr, alias)| SelectItem::Field { expr, alias });
    let field = prop_oneof![9 => field, 1 => clauses::select_item()];
    let item = if children > 0 {
        let child = (query_at(children.saturating_sub(1)).prop_map(Box::new), option::of(alias()));
        let child = child.prop_map(|(query, alias)| SelectItem::Child { query, alias });
        prop_oneof![5 => field, 1 => child].boxed()
    } else {
        field.boxed()
    };
    prop_oneof![9 => vec(item, 1..4), 1 => Just(vec![SelectItem::Count])].boxed()
}

fn query_at(children: usize) -> BoxedStrategy<Query> {
    let kinds = vec![Grouping::Plain, Grouping::Rollup, Grouping::Cube];
    let group_by = (vec(expr(), 1..3), select(kinds), option::of(condition(true)))
        .prop_map(|(items, kind, having)| (GroupBy { items, kind }, having));
    let rows = (option::of(any::<u32>()), option::of(any::<u32>()));
    let filter = (option::of(condition(true)), clauses::with());
    let order_by = vec(order_item(), 0..3);
    let ending = (rows, clauses::ending());
    (select_list(children), from(), filter, option::of(group_by), order_by, ending)
        .prop_map(|(select, from, (filter, with), grouped, order_by, (rows, ending))| {
            let (group_by, having) =
                grouped.map_or((None, None), |(group_by, having)| (Some(group_by), having));
            Query {
                select,
                from,
                filter,
                with,
                group_by,
                having,
                order_by,
                limit: rows.0,
                offset: rows.1,
                ending,
                span: Span::default(),
            }
        })
        .boxed()
}

/// Any query within the limits.
pub(super) fn query() -> impl Strategy<Value = Query> {
    query_at(2)
}

/// A token, or what looks like one.
pub(super) fn word() -> impl Strategy<Value = String> {
    let keywords: Vec<&str> = Keyword::ALL.iter().map(|keyword| keyword.text()).collect();
    let marks = vec!["(", ")", ",", "=", "!=", "<", ">=", "+", "-", ":", "$", "'", "\\", "*"];
    let names = vec!["Id", "a.b", "COUNT(", "TODAY", "LAST_N_DAYS:3", "USD5", "2026-11-20", "7"];
    prop_oneof![
        select(keywords).prop_map(str::to_owned),
        select(marks).prop_map(str::to_owned),
        select(names).prop_map(str::to_owned),
        string().prop_map(|string| string.to_string()),
    ]
}
