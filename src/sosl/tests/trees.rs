//! Arbitrary searches, in the normal form that the parser gives.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::soql::ast::{
    Condition, FieldExpr, Ident, OrderItem, SelectItem, Span, StringLiteral, StringPart,
};
use crate::sosl::ast::{
    CategoryFilter, CategorySelector, FieldSet, Operand, Operator, Piece, ReturnField, Returning,
    Search, SearchGroup, Statistic, Term, With, WithKind, Word,
};

fn ident() -> impl Strategy<Value = Ident> {
    // No word of the grammar has a `q` and a digit.
    "[A-Za-z]q[0-9][A-Za-z0-9_]{0,8}".prop_map(|text| Ident::new(&text, Span::default()).unwrap())
}

fn string() -> impl Strategy<Value = StringLiteral> {
    "[a-z'\\\\{}\" \\n\\u{2028}]{1,6}"
        .prop_map(|text| StringLiteral { parts: vec![StringPart::Text(text.into())] })
}

fn text() -> impl Strategy<Value = Piece> {
    let any = "[^\\p{Z}\\p{C}]{1,6}";
    let reserved = "[&|!(){}\\[\\]^\"~*?:\\\\'+-]{1,3}";
    prop_oneof![2 => any, 1 => reserved].prop_map(|text| Piece::Text(text.into()))
}

fn word() -> impl Strategy<Value = Word> {
    let piece = prop_oneof![4 => text(), 1 => Just(Piece::Any), 1 => Just(Piece::One)];
    vec(piece, 1..4).prop_map(|pieces| {
        let mut merged: Vec<Piece> = Vec::new();
        for piece in pieces {
            match (merged.last_mut(), piece) {
                (Some(Piece::Text(before)), Piece::Text(text)) => {
                    *before = format!("{before}{text}").into();
                }
                (_, piece) => merged.push(piece),
            }
        }
        Word { pieces: merged }
    })
}

fn is_operator(word: &Word) -> bool {
    match word.pieces.as_slice() {
        [Piece::Text(text)] => {
            ["AND", "OR", "NOT"].iter().any(|name| text.eq_ignore_ascii_case(name))
        }
        _ => false,
    }
}

fn term() -> impl Strategy<Value = Term> {
    let loud = select(vec!["and", "OR", "Not"])
        .prop_map(|text| Word { pieces: vec![Piece::Text(text.into())] });
    let phrase = vec(prop_oneof![6 => word(), 1 => loud], 1..4);
    let leaf = prop_oneof![
        3 => word().prop_filter("operator", |word| !is_operator(word)).prop_map(Operand::Word),
        1 => phrase.prop_map(Operand::Phrase),
    ];
    let operand = leaf.prop_recursive(4, 12, 3, |inner| {
        joined(inner).prop_map(|term| Operand::Group(Box::new(term)))
    });
    joined(operand)
}

fn joined(operand: impl Strategy<Value = Operand> + Clone) -> impl Strategy<Value = Term> {
    let operator = select(vec![Operator::Next, Operator::And, Operator::Or, Operator::AndNot]);
    (operand.clone(), vec((operator, operand), 0..3)).prop_map(|(first, rest)| Term { first, rest })
}

/// Clauses of SOQL, which has a generator of its own, as that parser reads them.
fn of_query<T>(texts: &[&str], part: impl Fn(crate::soql::ast::Query) -> T) -> Vec<T> {
    texts.iter().map(|text| part(crate::soql::parse(&format!("SELECT {text}")).unwrap())).collect()
}

fn condition() -> impl Strategy<Value = Condition> {
    select(of_query(
        &[
            "Id FROM A WHERE a = 'x\\'}' AND (NOT b LIKE 'c%')",
            "Id FROM A WHERE a.b IN (1, 2.5, NULL) OR c > LAST_N_DAYS:3",
            "Id FROM A WHERE Id NOT IN (SELECT BId FROM B WHERE c INCLUDES ('x;y'))",
            "Id FROM A WHERE FORMAT(d) != USD5000",
        ],
        |query| query.filter.unwrap(),
    ))
}

fn order_by() -> impl Strategy<Value = Vec<OrderItem>> {
    select(of_query(
        &[
            "Id FROM A",
            "Id FROM A ORDER BY a.b DESC NULLS LAST, Order",
            "Id FROM A ORDER BY toLabel(a)",
        ],
        |query| query.order_by,
    ))
}

fn expr() -> impl Strategy<Value = FieldExpr> {
    select(of_query(
        &[
            "Id FROM A",
            "a.b.c FROM A",
            "toLabel(a.b) FROM A",
            "FORMAT(convertCurrency(a)) FROM A",
            "Order FROM A",
        ],
        |query| match query.select.into_iter().next() {
            Some(SelectItem::Field { expr, .. }) => expr,
            other => panic!("{other:?}"),
        },
    ))
}

fn returning() -> impl Strategy<Value = Returning> {
    let field = prop_oneof![
        5 => (expr(), option::of(ident())).prop_map(|(expr, alias)| ReturnField::Field { expr, alias }),
        1 => select(FieldSet::ALL.to_vec()).prop_map(|(_, set)| ReturnField::Fields(set, Span::default())),
    ];
    let rows = (option::of(any::<u32>()), option::of(any::<u32>()));
    let more = (option::of(condition()), option::of(ident()), order_by(), rows);
    (ident(), vec(field, 0..4), more).prop_map(
        |(object, fields, (filter, view, order_by, rows))| {
            let alone = fields.is_empty();
            Returning {
                object,
                fields,
                filter: filter.filter(|_| !alone),
                list_view: view.filter(|_| !alone),
                order_by: if alone { Vec::new() } else { order_by },
                limit: rows.0.filter(|_| !alone),
                offset: rows.1.filter(|_| !alone),
                span: Span::default(),
            }
        },
    )
}

fn with() -> impl Strategy<Value = Vec<With>> {
    let category = (ident(), select(CategorySelector::ALL.to_vec()), vec(ident(), 1..3)).prop_map(
        |(group, (_, selector), categories)| CategoryFilter { group, selector, categories },
    );
    let kind = prop_oneof![
        string().prop_map(WithKind::Division),
        vec(category, 1..3).prop_map(WithKind::DataCategory),
        option::of(any::<u32>()).prop_map(WithKind::Snippet),
        Just(WithKind::Highlight),
        vec(string(), 1..3).prop_map(WithKind::Network),
        string().prop_map(WithKind::PricebookId),
        Just(WithKind::Metadata),
        any::<bool>().prop_map(WithKind::SpellCorrection),
        Just(WithKind::UserMode),
        Just(WithKind::SystemMode),
    ];
    vec(kind, 0..4).prop_map(|kinds| {
        let mut distinct: Vec<With> = Vec::new();
        for kind in kinds {
            if !distinct.iter().any(|with| with.kind.name() == kind.name()) {
                distinct.push(With { kind, span: Span::default() });
            }
        }
        distinct
    })
}

/// Any search within the limits.
pub(super) fn search() -> impl Strategy<Value = Search> {
    let scope = option::of(select(SearchGroup::ALL.to_vec()).prop_map(|(_, group)| group));
    let rows = (option::of(any::<u32>()), option::of(any::<u32>()));
    let update = select(vec![
        vec![],
        vec![Statistic::Tracking],
        vec![Statistic::Viewstat, Statistic::Tracking],
    ]);
    (term(), scope, vec(returning(), 0..3), with(), rows, update).prop_map(
        |(term, scope, returning, with, (limit, offset), update)| Search {
            term,
            scope,
            returning,
            with,
            limit,
            offset,
            update,
            span: Span::default(),
        },
    )
}

/// A token, or what looks like one.
pub(super) fn token() -> impl Strategy<Value = String> {
    let marks = vec![
        "{", "}", "\\", "\"", "(", ")", "*", "?", "\\}", "\\\"", "'", ",", "=", "//", "\n",
        "FIND {",
    ];
    let words = vec![
        "FIND",
        "IN NAME FIELDS",
        "RETURNING",
        "Account",
        "(Id",
        "WHERE a = 'b'",
        "LIMIT 5",
        "WITH",
        "SNIPPET",
        "UPDATE TRACKING",
        "AND",
        "NOT",
        "OR",
        "USING ListView=x",
        "FIELDS(ALL)",
    ];
    prop_oneof![
        select(marks).prop_map(str::to_owned),
        select(words).prop_map(str::to_owned),
        term().prop_map(|term| term.to_string()),
        ".{0,4}",
    ]
}
