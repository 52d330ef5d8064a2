//! Arbitrary clauses beside the usual ones.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::trees::{alias, literal, name, path, string};
use crate::soql::ast::{
    Branch, Category, Distance, Ending, FieldSet, Ident, Path, Seen, SelectItem, Selector, Setting,
    Span, Statistic, Typeof, Unit, Using, With,
};

pub(super) fn distance() -> BoxedStrategy<Distance> {
    let degrees = || "[-+]?[0-9]{1,3}(\\.[0-9]{1,4})?".prop_map(Into::into);
    (path(), degrees(), degrees(), select(Unit::ALL.to_vec()))
        .prop_map(|(path, latitude, longitude, unit)| {
            let span = Span::default();
            Distance { path, latitude, longitude, unit, span }
        })
        .boxed()
}

/// `FIELDS()` or `TYPEOF`.
pub(super) fn select_item() -> BoxedStrategy<SelectItem> {
    let span = Span::default();
    let fields =
        select(FieldSet::ALL.to_vec()).prop_map(move |set| SelectItem::Fields { set, span });
    // The words that go on with a TYPEOF are names everywhere else.
    let clear = |path: &Path| {
        let words = ["WHEN", "THEN", "END"];
        !path.qualifiers.is_empty() || !words.iter().any(|word| path.last.is(word))
    };
    let field = move || path().prop_filter("a word of TYPEOF", clear);
    let branch =
        (name(), vec(field(), 1..4)).prop_map(|(object, fields)| Branch { object, fields });
    let parts = (field(), vec(branch, 1..3), vec(field(), 0..3), option::of(alias()));
    let choice = parts.prop_map(move |(relationship, branches, otherwise, alias)| {
        let choice = Box::new(Typeof { relationship, branches, otherwise, span });
        SelectItem::Typeof { choice, alias }
    });
    prop_oneof![fields, choice].boxed()
}

pub(super) fn using() -> BoxedStrategy<Option<Using>> {
    prop_oneof![
        8 => Just(None),
        1 => name().prop_map(|scope| Some(Using::Scope(scope))),
        1 => path().prop_map(|path| Some(Using::Lookup(path))),
    ]
    .boxed()
}

fn settings(least: usize) -> impl Strategy<Value = Vec<Setting>> {
    let setting = (path(), literal()).prop_map(|(name, value)| Setting { name, value });
    vec(setting, least..3)
}

fn category() -> impl Strategy<Value = Category> {
    let selectors = [Selector::At, Selector::Above, Selector::Below, Selector::AboveOrBelow];
    (name(), select(selectors.to_vec()), vec(name(), 1..3))
        .prop_map(|(group, selector, names)| Category { group, selector, names })
}

fn is_mode(name: &Ident) -> bool {
    ["SECURITY_ENFORCED", "USER_MODE", "SYSTEM_MODE"].iter().any(|mode| name.is(mode))
}

pub(super) fn with() -> BoxedStrategy<Vec<With>> {
    let first = prop_oneof![
        vec(category(), 1..3).prop_map(With::DataCategory),
        (name(), string()).prop_map(|(name, value)| With::Equals { name, value }),
    ];
    let word = name().prop_filter("a mode", |name| !is_mode(name));
    let more = prop_oneof![
        Just(With::SecurityEnforced),
        Just(With::UserMode),
        Just(With::SystemMode(Span::default())),
        (word, settings(0)).prop_map(|(name, settings)| With::Other { name, settings }),
    ];
    let some = (option::of(first), vec(more, 0..3))
        .prop_map(|(first, more)| first.into_iter().chain(more).collect());
    prop_oneof![3 => Just(Vec::new()), 1 => some].boxed()
}

pub(super) fn ending() -> BoxedStrategy<Ending> {
    let statistics = vec![Statistic::Tracking, Statistic::Viewstat];
    let some = (
        settings(0),
        any::<bool>(),
        option::of(select(vec![Seen::View, Seen::Reference])),
        subsequence(statistics, 0..=2),
        any::<bool>(),
        settings(0),
    );
    let some = some.prop_map(|(bind, all_rows, seen, update, lock, options)| Ending {
        bind,
        all_rows,
        seen,
        update,
        lock,
        options,
        span: Span::default(),
    });
    prop_oneof![3 => Just(Ending::default()), 1 => some].boxed()
}
