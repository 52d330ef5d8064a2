//! Whatever is done to a token, it opens as what it was sealed as, or not at all.

use std::collections::HashMap;
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use secrecy::SecretBox;

use super::*;

const PURPOSES: [Purpose; 4] = [Purpose::Cursor, Purpose::Job, Purpose::Upload, Purpose::Download];
const HERE: Binding<'_> = Binding { agent: "support", server: "crm" };
const NOW: u64 = 1_700_000_000;
const LATER: u64 = NOW + 600;

fn sealer(key: u8) -> Sealer {
    Sealer::new(SecretBox::new(Box::new([key; 32])))
}

fn token() -> String {
    sealer(1).seal(Purpose::Cursor, &HERE, LATER, b"page 2").unwrap()
}

fn open(token: &str) -> Result<Payload, SealError> {
    sealer(1).open(Purpose::Cursor, &HERE, NOW, token)
}

fn behind_prefix(token: &str) -> &str {
    token.split_at("fgc1.".len()).1
}

const INVALID: Result<Payload, SealError> = Err(SealError::Invalid(Purpose::Cursor));

#[test]
fn a_token_opens_for_those_it_was_made_for() {
    let payload = open(&token()).unwrap();
    assert_eq!((payload.bytes.as_slice(), payload.expires_at), (b"page 2".as_slice(), LATER));
}

#[test]
fn a_token_is_its_prefix_and_base64url_that_shows_nothing() {
    for purpose in PURPOSES {
        let token = sealer(1).seal(purpose, &HERE, LATER, b"SELECT Id FROM Contact").unwrap();
        let text = token.strip_prefix(purpose.prefix()).unwrap();
        assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
        let bytes = URL_SAFE_NO_PAD.decode(text).unwrap();
        assert_eq!(bytes.len(), 12 + 8 + 22 + 16);
        let holds = |word: &[u8]| bytes.windows(word.len()).any(|part| part == word);
        assert!(!holds(b"Contact") && !holds(b"support") && !holds(&LATER.to_be_bytes()));
    }
}

#[test]
fn no_bit_of_a_token_can_be_changed() {
    let token = token();
    for at in 0..token.len() {
        for bit in 0..8 {
            let changed: String = (0..)
                .zip(token.bytes())
                .map(|(i, b)| char::from(if i == at { b ^ (1 << bit) } else { b }))
                .collect();
            assert_eq!(open(&changed), INVALID, "{changed:?}");
        }
    }
    // The same behind the encoding, where every bit means something.
    let bytes = URL_SAFE_NO_PAD.decode(behind_prefix(&token)).unwrap();
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << bit;
            let changed = format!("fgc1.{}", URL_SAFE_NO_PAD.encode(changed));
            assert_eq!(open(&changed), INVALID, "{changed:?}");
        }
    }
}

#[test]
fn no_token_is_shortened_lengthened_or_joined() {
    let (one, two) = (token(), token());
    for at in 0..one.len() {
        let ((start, end), (_, other)) = (one.split_at(at), two.split_at(at));
        assert_eq!(open(start), INVALID, "the first {at}");
        assert_eq!(open(end.split_at(1).1), INVALID, "what is behind character {at}");
        let joined = format!("{start}{other}");
        let whole = joined == one || joined == two;
        assert_eq!(open(&joined).is_ok(), whole, "{joined}");
    }
    for end in ["A", "AA", "AAA", "AAAA", "=", "==", " ", "\n", "\0", ".", ".x", "\u{feff}"] {
        assert_eq!(open(&format!("{one}{end}")), INVALID, "{end:?}");
        assert_eq!(open(&format!("{end}{one}")), INVALID, "{end:?}");
    }
    assert_eq!(open(&format!("{one}{two}")), INVALID);
    assert_eq!(open(&format!("{one}{}", behind_prefix(&two))), INVALID);
    assert_eq!(open(&one.repeat(10_000)), INVALID);
}

#[test]
fn a_token_has_one_spelling() {
    // 12 + 8 + payload + 16 bytes: payloads of these lengths leave 0, 2 and 4 bits over.
    for payload in [&b""[..], b"1", b"22"] {
        let token = sealer(1).seal(Purpose::Cursor, &HERE, LATER, payload).unwrap();
        let text = behind_prefix(&token);
        let bytes = URL_SAFE_NO_PAD.decode(text).unwrap();
        let padded = URL_SAFE.encode(&bytes);
        let standard = STANDARD_NO_PAD.encode(&bytes);
        let mut respelled = 0;
        for other in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".chars() {
            let text = format!("{}{other}", text.split_at(text.len() - 1).0);
            respelled += usize::from(open(&format!("fgc1.{text}")).is_ok());
        }
        assert_eq!(respelled, 1, "spellings of the last character");
        for changed in [padded, standard, format!("{text}=")] {
            assert_eq!(open(&format!("fgc1.{changed}")).is_ok(), changed == text, "{changed}");
        }
        for prefix in ["", "fgc1", "FGC1.", "fgC1.", "fgc2.", "fgc1..", " fgc1.", "fgc1. ", "fgj1."]
        {
            assert_eq!(open(&format!("{prefix}{text}")), INVALID, "{prefix}");
        }
    }
}

#[test]
fn a_token_of_another_agent_server_purpose_or_key_is_refused_alike() {
    let token = token();
    let to = |agent, server| Binding { agent, server };
    for (sealer, binding, what) in [
        (sealer(1), to("sales", "crm"), "another agent"),
        (sealer(1), to("support", "erp"), "another server"),
        (sealer(1), to("crm", "support"), "the two exchanged"),
        (sealer(1), to("supportc", "rm"), "the border moved"),
        (sealer(1), to("supportcrm", ""), "the border at the end"),
        (sealer(1), to("Support", "crm"), "another case"),
        (sealer(1), to("support\0", "crm"), "a zero byte more"),
        (sealer(1), to("", ""), "nobody"),
        (sealer(2), HERE, "another key"),
        (Sealer::random().unwrap(), HERE, "a random key"),
    ] {
        // An expired token must not show itself to those it was not made for, either.
        for now in [NOW, LATER, u64::MAX] {
            assert_eq!(sealer.open(Purpose::Cursor, &binding, now, &token), INVALID, "{what}");
        }
    }
    for purpose in PURPOSES.into_iter().filter(|p| *p != Purpose::Cursor) {
        let invalid = Err(SealError::Invalid(purpose));
        assert_eq!(sealer(1).open(purpose, &HERE, NOW, &token), invalid);
        let renamed = format!("{}{}", purpose.prefix(), behind_prefix(&token));
        assert_eq!(sealer(1).open(purpose, &HERE, NOW, &renamed), invalid);
        assert_eq!(open(&renamed), INVALID);
    }
}

#[test]
fn a_token_expires_on_the_second() {
    let at = |now| sealer(1).open(Purpose::Cursor, &HERE, now, &token());
    let expired = |ago| Err(SealError::Expired { purpose: Purpose::Cursor, ago });
    assert!(at(0).is_ok() && at(LATER - 1).is_ok());
    assert_eq!(at(LATER), expired(0));
    assert_eq!(at(LATER + 1), expired(1));
    assert_eq!(at(u64::MAX), expired(u64::MAX - LATER));
}

#[test]
fn ids_and_texts_differ_though_the_rest_be_equal() {
    let (one, two) = (token(), token());
    assert_ne!(one, two);
    assert_ne!(open(&one).unwrap().id, open(&two).unwrap().id);
    assert_eq!(open(&one).unwrap().id, open(&one).unwrap().id);
}

#[test]
fn a_payload_is_bounded() {
    let seal = |length| sealer(1).seal(Purpose::Job, &HERE, LATER, &vec![7; length]);
    let token = seal(PAYLOAD_BYTES).unwrap();
    let payload = sealer(1).open(Purpose::Job, &HERE, NOW, &token).unwrap();
    assert_eq!(payload.bytes.len(), PAYLOAD_BYTES);
    assert_eq!(seal(PAYLOAD_BYTES + 1), Err(SealError::TooLong(PAYLOAD_BYTES + 1)));
}

#[test]
fn messages_say_what_to_do_and_debug_shows_no_secret() {
    assert_eq!(
        SealError::Invalid(Purpose::Job).to_string(),
        "this job token is not valid here: it belongs to another agent or server, or was changed; \
         pass it exactly as it was given, from `fgj1.` to its end"
    );
    assert_eq!(
        SealError::Expired { purpose: Purpose::Cursor, ago: 5 }.to_string(),
        "this cursor has expired, 5 s ago: ask again for what gave it"
    );
    assert_eq!(format!("{:?}", sealer(1)), "Sealer { .. }");
    assert_eq!(format!("{:?}", open(&token()).unwrap()), "Payload { expires_at: 1700000600, .. }");
}

fn purposes() -> impl Strategy<Value = Purpose> {
    select(PURPOSES.to_vec())
}

proptest! {
    #[test]
    fn what_was_sealed_is_opened(
        purpose in purposes(), agent in ".{0,20}", server in ".{0,20}",
        expires_at in 1u64.., payload in vec(any::<u8>(), 0..300),
    ) {
        let binding = Binding { agent: &agent, server: &server };
        let token = sealer(1).seal(purpose, &binding, expires_at, &payload).unwrap();
        let just_before = expires_at.saturating_sub(1);
        let opened = sealer(1).open(purpose, &binding, just_before, &token).unwrap();
        prop_assert_eq!((opened.bytes, opened.expires_at), (payload, expires_at));
        let late = sealer(1).open(purpose, &binding, expires_at, &token);
        prop_assert_eq!(late, Err(SealError::Expired { purpose, ago: 0 }));
    }

    #[test]
    fn no_other_binding_opens_a_token(
        made in (purposes(), "[ab\0]{0,3}", "[ab\0]{0,3}"),
        asked in (purposes(), "[ab\0]{0,3}", "[ab\0]{0,3}"),
    ) {
        let token = {
            let binding = Binding { agent: &made.1, server: &made.2 };
            sealer(1).seal(made.0, &binding, LATER, b"x").unwrap()
        };
        let binding = Binding { agent: &asked.1, server: &asked.2 };
        let text = format!("{}{}", asked.0.prefix(), behind_prefix(&token));
        prop_assert_eq!(sealer(1).open(asked.0, &binding, NOW, &text).is_ok(), made == asked);
    }

    #[test]
    fn no_text_opens_by_chance(text in "(fg[cjud]1\\.)?[A-Za-z0-9_=-]{0,120}|.{0,40}") {
        for purpose in PURPOSES {
            let refused = Err(SealError::Invalid(purpose));
            prop_assert_eq!(sealer(1).open(purpose, &HERE, 0, &text), refused);
        }
    }

    #[test]
    fn no_id_is_claimed_twice_while_it_lives_whatever_the_clock_does(
        claims in vec((0u8..12, 0u64..20, 0u64..20), 0..80), most in 0usize..6,
    ) {
        let ledger = OneUse::new(most);
        let mut claimed = HashMap::new();
        let mut latest = 0;
        for (id, expires_at, now) in claims {
            latest = latest.max(now);
            let live = claimed.values().filter(|expires_at| **expires_at > latest).count();
            let wanted = match claimed.get(&id) {
                Some(until) if *until > latest => Err(ClaimError::Used),
                _ if expires_at <= latest => Err(ClaimError::Expired),
                _ if live >= most => Err(ClaimError::Full),
                _ => Ok(()),
            };
            prop_assert_eq!(ledger.claim([id; 16], expires_at, now), wanted);
            if wanted.is_ok() {
                claimed.insert(id, expires_at);
            }
        }
    }
}

#[test]
fn of_many_threads_one_claims_an_id() {
    let ledger = OneUse::default();
    let claim = || ledger.claim([1; 16], LATER, NOW).is_ok();
    let won = thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(claim)).collect();
        threads.into_iter().map(|t| usize::from(t.join().unwrap())).sum::<usize>()
    });
    assert_eq!(won, 1);
}

#[test]
fn a_full_ledger_refuses_until_some_have_expired() {
    let ledger = OneUse::new(2);
    assert_eq!(ledger.claim([1; 16], 10, 0), Ok(()));
    assert_eq!(ledger.claim([2; 16], 20, 0), Ok(()));
    assert_eq!(ledger.claim([3; 16], 20, 9), Err(ClaimError::Full));
    assert_eq!(ledger.claim([3; 16], 20, 10), Ok(()));
    assert_eq!(ledger.claim([1; 16], 10, 5), Err(ClaimError::Expired), "the clock was set back");
}
