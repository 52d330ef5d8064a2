//! What the verifier finds.

use std::io;

use proptest::prelude::*;
use smol_str::SmolStr;

use super::{call, decision, rejected};
use crate::audit::chain::{Chain, scan};
use crate::audit::{
    AccessGroup, Break, Call, Decision, Event, LINE_CAP, VerifyError, line, verify,
};

/// Twelve lines, each with its line feed.
fn sample() -> Vec<Vec<u8>> {
    let mut chain = Chain::new();
    let mut lines = Vec::new();
    let mut seal = |fragment: &str| {
        let mut line = Vec::new();
        chain.seal("2026-11-18T11:06:40.123Z", fragment, &mut line);
        lines.push(line);
    };
    seal("\"event\":\"genesis\",\"chain\":\"c\"");
    for n in 0..11 {
        seal(&line::event(&rejected(n)));
    }
    lines
}

fn broken(lines: &[Vec<u8>]) -> (u64, Break) {
    match verify(&*lines.concat()) {
        Err(VerifyError::Broken { line, why, .. }) => (line, why),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_line_that_was_tampered_with_is_named() {
    let good = sample();
    assert_eq!(verify(&*good.concat()).unwrap().events, 12);
    let change = |f: &dyn Fn(&mut Vec<Vec<u8>>)| {
        let mut lines = good.clone();
        f(&mut lines);
        broken(&lines)
    };
    type Found = (u64, Break);
    let cases: [(&str, Found, Found); 9] = [
        ("removed", change(&|l| drop(l.remove(4))), (5, Break::Sequence { expected: 4, found: 5 })),
        ("swapped", change(&|l| l.swap(4, 5)), (5, Break::Sequence { expected: 4, found: 5 })),
        (
            "repeated",
            change(&|l| l.insert(5, l[4].clone())),
            (6, Break::Sequence { expected: 5, found: 4 }),
        ),
        ("an empty line", change(&|l| l.insert(5, b"\n".to_vec())), (6, Break::NotSealed)),
        (
            "the first removed",
            change(&|l| drop(l.remove(0))),
            (1, Break::Sequence { expected: 0, found: 1 }),
        ),
        ("all removed", change(&|l| l.clear()), (1, Break::NoGenesis)),
        (
            "torn",
            change(&|l| {
                l[11].pop();
            }),
            (12, Break::Torn { bytes: u64::try_from(good[11].len()).unwrap() - 1 }),
        ),
        (
            "too long",
            change(&|l| l[3].splice(9..9, vec![b' '; LINE_CAP]).for_each(drop)),
            (4, Break::TooLong),
        ),
        (
            "no genesis",
            change(&|l| {
                l.clear();
                let mut line = Vec::new();
                Chain::new().seal("t", "\"event\":\"denial\"", &mut line);
                l.push(line);
            }),
            (1, Break::NoGenesis),
        ),
    ];
    for (name, found, expected) in cases {
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn a_line_of_another_chain_does_not_fit() {
    let mut lines = sample();
    let mut other = Chain { next_seq: 4, ..Chain::new() };
    lines[4].clear();
    other.seal("2026-11-18T11:06:40.123Z", &line::event(&rejected(0)), &mut lines[4]);
    assert_eq!(broken(&lines), (5, Break::Previous));
}

#[test]
fn a_file_that_is_no_journal_is_not_mended() {
    for text in ["some notes", "\0\0\0\0", "{\"a\":1}", "{\"seq\":1,"] {
        assert!(scan(&mut text.as_bytes()).is_err(), "{text:?}");
    }
    assert!(scan(&mut "{\"seq\":0,\"ti".as_bytes()).unwrap().torn.is_some());
}

#[test]
fn memory_for_a_line_is_bounded() {
    // 1 MiB without a line feed behind a good line: a torn tail, of which nothing is kept.
    let tail = io::Read::take(io::repeat(b'x'), 1 << 20);
    let bytes = sample().concat();
    let mut reader = io::BufReader::new(io::Read::chain(&*bytes, tail));
    let found = scan(&mut reader).unwrap();
    assert_eq!(found.torn.unwrap().bytes, 1 << 20);
}

fn names() -> impl Strategy<Value = Vec<SmolStr>> {
    prop::collection::vec(".{0,40}".prop_map(SmolStr::from), 0..5)
}

fn any_event() -> impl Strategy<Value = Event> {
    (names(), names(), ".{0,60}", any::<Option<u64>>(), 0..3_u8).prop_map(
        |(objects, fields, text, number, kind)| {
            let call = Call { agent: Some(text.clone()), ..call(0) };
            let group = AccessGroup { action: "select".into(), object: (&text).into(), fields };
            let decision = Decision {
                operation: (&text).into(),
                objects,
                accesses: vec![group],
                row_bound: number,
                ..decision()
            };
            match kind {
                0 => Event::Denial {
                    call,
                    denied: decision.accesses.clone(),
                    near_misses: decision.objects.clone(),
                    decision,
                    reason: text,
                },
                1 => Event::Throttled { call, decision, bucket: text, retry_after_ms: number },
                _ => Event::Rejected { call, reason: text },
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_flipped_byte_is_found(
        events in prop::collection::vec(any_event(), 1..6),
        at in any::<prop::sample::Index>(),
        flip in 1..=255_u8,
    ) {
        let mut bytes = Vec::new();
        let mut chain = Chain::new();
        chain.seal("2026-11-18T11:06:40.123Z", "\"event\":\"genesis\"", &mut bytes);
        for event in &events {
            chain.seal("2026-11-18T11:06:40.123Z", &line::event(event), &mut bytes);
        }
        let summary = verify(&*bytes).unwrap();
        prop_assert_eq!(summary.head, chain.head);
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        prop_assert!(verify(&*bytes).is_err());
    }

    #[test]
    fn any_removed_line_but_the_last_is_found(
        events in prop::collection::vec(any_event(), 1..6),
        at in any::<prop::sample::Index>(),
    ) {
        let mut chain = Chain::new();
        let mut lines = vec![Vec::new()];
        chain.seal("2026-11-18T11:06:40.123Z", "\"event\":\"genesis\"", &mut lines[0]);
        for event in &events {
            let mut line = Vec::new();
            chain.seal("2026-11-18T11:06:40.123Z", &line::event(event), &mut line);
            lines.push(line);
        }
        lines.remove(at.index(lines.len() - 1));
        prop_assert!(verify(&*lines.concat()).is_err());
    }

    #[test]
    fn no_bytes_make_the_verifier_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(verify(&*bytes).is_err());
    }
}
