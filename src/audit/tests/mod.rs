#![expect(clippy::arithmetic_side_effects, reason = "small numbers, and a test may stop")]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use smol_str::SmolStr;

use super::chain::Chain;
use super::event::{
    AccessGroup, Admission, Asked, Call, CallId, Circumstances, Decision, Event, Shadow,
    ShadowAccess,
};
use super::text::{TEXT_CAP, clean};
use super::{Digest, DigestKey, LINE_CAP, line};

mod faults;
mod tampering;

const NOW: Duration = Duration::from_millis(1_795_000_000_123);
fn call(n: u8) -> Call {
    let id = CallId::generate(UNIX_EPOCH + NOW + Duration::from_millis(n.into()));
    Call { agent: Some("support".into()), tool: Some("executeQuery".into()), ..Call::new(id) }
}

fn decision() -> Decision {
    Decision {
        operation: "query".into(),
        objects: vec!["Contact".into()],
        accesses: vec![AccessGroup {
            action: "select".into(),
            object: "Contact".into(),
            fields: vec!["Name".into(), "Email".into()],
        }],
        row_bound: Some(5),
        policies: vec!["support-reads-contacts".into()],
        policy_set: "p1".into(),
        shape: Some(Digest::of_shape("SELECT Name FROM Contact LIMIT ?")),
        ..Decision::default()
    }
}

fn admission(n: u8) -> Admission {
    Admission { call: call(n), decision: decision() }
}

fn rejected(n: u8) -> Event {
    Event::Rejected { call: call(n), reason: "unparseable".into() }
}

#[test]
fn what_can_not_be_seen_is_spelled_out() {
    let cases = [
        ("plain Näme", "plain Näme"),
        ("a\nb\r\u{1b}[31m\u{0}", "a\\u{a}b\\u{d}\\u{1b}[31m\\u{0}"),
        ("x\u{202e}y\u{200b}\u{feff}", "x\\u{202e}y\\u{200b}\\u{feff}"),
        ("\u{85}\u{2028}\u{2029}", "\\u{85}\\u{2028}\\u{2029}"),
        ("\u{e0041}", "\\u{e0041}"),
    ];
    for (raw, expected) in cases {
        assert_eq!(clean(raw), expected);
    }
}

#[test]
fn a_long_string_is_cut_between_characters() {
    for unit in ["x", "é", "漢", "\u{202e}", "\n"] {
        let text = unit.repeat(10_000);
        let cut = clean(&text);
        assert!(cut.len() <= TEXT_CAP, "{unit:?}");
        assert!(cut.len() > TEXT_CAP - 16, "{unit:?}");
        assert!(cut.ends_with('…'), "{unit:?}");
    }
    let whole = "x".repeat(TEXT_CAP);
    assert_eq!(clean(&whole), whole);
}

#[test]
fn a_call_id_is_a_uuid_of_version_7() {
    let id = CallId::generate(UNIX_EPOCH + Duration::from_millis(0x0192_8f3c_4d5e));
    let text = id.as_str();
    assert_eq!(text.len(), 36);
    assert!(text.starts_with("01928f3c-4d5e-7"), "{text}");
    assert!(matches!(text.as_bytes()[19], b'8' | b'9' | b'a' | b'b'), "{text}");
    assert_ne!(id, CallId::generate(UNIX_EPOCH + Duration::from_millis(0x0192_8f3c_4d5e)));
}

#[test]
fn a_keyed_digest_depends_on_key_label_and_value() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("key");
    std::fs::write(&path, [7; 32]).unwrap();
    let key = DigestKey::from_file(&path).unwrap();
    let same = DigestKey::from_file(&path).unwrap();
    let other = DigestKey::random().unwrap();
    let digest = key.digest("Contact.Email", b"a@b.example");
    assert_eq!(digest, same.digest("Contact.Email", b"a@b.example"));
    assert_ne!(digest, key.digest("Contact.Phone", b"a@b.example"));
    assert_ne!(digest, other.digest("Contact.Email", b"a@b.example"));
    assert_ne!(key.digest("ab", b"c"), key.digest("a", b"bc"));
    assert_eq!(key.id(), same.id());
    assert_ne!(key.id(), other.id());
    assert!(!format!("{key:?}").contains("0707"));
    std::fs::write(&path, [7; 31]).unwrap();
    assert!(DigestKey::from_file(&path).is_err());
}

#[test]
fn a_line_reads_as_documented() {
    let mut bytes = Vec::new();
    let mut call = call(0);
    call.trace_id = Some("0af7651916cd43dd8448eb211c80319c".into());
    call.made_for = Some(CallId::generate(UNIX_EPOCH + NOW));
    let asked_for = call.made_for.clone().unwrap();
    let fragment = line::admission(&Admission { call: call.clone(), decision: decision() });
    Chain::new().seal("2026-11-18T11:06:40.123Z", &fragment, &mut bytes);
    let text = String::from_utf8(bytes).unwrap();
    let (body, seal) = text.rsplit_once(",\"hash\":\"").unwrap();
    let id = call.id.as_str();
    let zeros = "0".repeat(64);
    let shape = Digest::of_shape("SELECT Name FROM Contact LIMIT ?");
    assert_eq!(
        body,
        format!(
            "{{\"seq\":0,\"time\":\"2026-11-18T11:06:40.123Z\",\"event\":\"admission\",\
             \"id\":\"{id}\",\"for\":\"{asked_for}\",\"agent\":\"support\",\"tool\":\"executeQuery\",\
             \"trace_id\":\"0af7651916cd43dd8448eb211c80319c\",\"operation\":\"query\",\
             \"objects\":[\"Contact\"],\"accesses\":[{{\"action\":\"select\",\
             \"object\":\"Contact\",\"fields\":[\"Name\",\"Email\"]}}],\"row_bound\":5,\
             \"policies\":[\"support-reads-contacts\"],\"policy_set\":\"p1\",\
             \"shape\":\"{shape}\",\"prev\":\"{zeros}\""
        )
    );
    assert_eq!(seal.len(), 64 + 3);
    serde_json::from_str::<Value>(&text).unwrap();
}

#[test]
fn an_oversize_event_is_cut_to_its_line_and_keeps_counts_and_digests() {
    let nasty = "\"\\\u{202e}".repeat(200);
    let name = SmolStr::new(&nasty);
    let fields: Vec<SmolStr> = (0..900).map(|i| format!("{nasty}{i}").into()).collect();
    let group = |i| AccessGroup {
        action: name.clone(),
        object: format!("{nasty}{i}").into(),
        fields: fields.clone(),
    };
    let groups: Vec<_> = (0..50).map(group).collect();
    let differs = |group: &AccessGroup| ShadowAccess {
        would: "deny",
        accesses: group.clone(),
        policies: fields.clone(),
    };
    let decision = Decision {
        operation: name.clone(),
        objects: fields.clone(),
        accesses: groups.clone(),
        policies: fields.clone(),
        policy_set: nasty.clone(),
        digests: vec![("query", Digest::of_shape("x")); 900],
        refused: groups.clone(),
        maskable: groups.clone(),
        circumstances: Some(Circumstances {
            issuer: nasty.clone(),
            subject: Some(nasty.clone()),
            roles: fields.clone(),
            team: Some(nasty.clone()),
            environment: "production",
            time_zone: Some(nasty.clone()),
            via: "composite",
            asked: vec![
                Asked {
                    rows: Some(u32::MAX),
                    query: Some(fields.clone()),
                    limit: Some(u32::MAX)
                };
                100
            ],
        }),
        shadow: Some(Shadow {
            policy_set: nasty.clone(),
            verdict: "deny",
            roles: fields.clone(),
            differs: groups.iter().map(differs).collect(),
        }),
        ..decision()
    };
    let n = || Some(nasty.clone());
    let call = Call { agent: n(), server: n(), tool: n(), revision: n(), trace_id: n(), ..call(0) };
    let near_misses = fields.clone();
    let reason = nasty.clone();
    let event = Event::Denial { call, decision, denied: groups, near_misses, reason };
    let mut bytes = Vec::new();
    let mut chain = Chain { next_seq: u64::MAX, ..Chain::new() };
    chain.seal("2026-11-18T11:06:40.123Z", &line::event(&event), &mut bytes);
    assert!(bytes.len() <= LINE_CAP, "{}", bytes.len());
    let line: Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(line["objects_count"], 900);
    assert_eq!(line["accesses_count"], 50);
    assert_eq!(line["denied_sha256"].as_str().unwrap().len(), 64);
    assert_eq!(line["shadow"]["differs_count"], 50);
    let whole: Vec<_> = fields.iter().map(|field| clean(field)).collect();
    let digest = super::digest::hex(&Sha256::digest(whole.join("\n").as_bytes()));
    assert_eq!(line["policies_sha256"], digest);
    assert_eq!(bytes.iter().filter(|byte| **byte == b'\n').count(), 1);
}

#[test]
fn a_time_is_rfc_3339_with_milliseconds() {
    assert_eq!(super::writer::timestamp(UNIX_EPOCH + NOW), "2026-11-18T11:06:40.123Z");
    assert_eq!(super::writer::timestamp(SystemTime::UNIX_EPOCH), "1970-01-01T00:00:00.000Z");
}
