#![expect(clippy::arithmetic_side_effects, reason = "small numbers, and a test may stop")]

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use proptest::prelude::*;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::chain::{Chain, scan};
use super::event::{AccessGroup, Admission, Call, CallId, Decision, Event, Outcome, OutcomeResult};
use super::journal::{Health, Journal, JournalError, JournalSettings, Mode};
use super::open::Start;
use super::storage::Storage;
use super::text::{TEXT_CAP, clean};
use super::verify::{Break, Summary, VerifyError, verify};
use super::{Digest, DigestKey, LINE_CAP, line};

const NOW: Duration = Duration::from_millis(1_795_000_000_123);
const START: Start<'_> =
    Start { version: "0.1.0", policy_set: "p1", catalogue: "c1", digest_key: None };

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
        digests: vec![],
    }
}

fn admission(n: u8) -> Admission {
    Admission { call: call(n), decision: decision() }
}

fn rejected(n: u8) -> Event {
    Event::Rejected { call: call(n), reason: "unparseable".into() }
}

/// A disk in memory that does what it is told, once each.
#[derive(Clone, Default)]
struct Disk(Arc<(Mutex<State>, Condvar)>);

#[derive(Default)]
struct State {
    bytes: Vec<u8>,
    faults: VecDeque<Fault>,
    truncate_fails: bool,
    sync_fails: bool,
    hung: bool,
    writes: usize,
}

#[derive(Clone, Copy, Debug)]
enum Fault {
    Short(usize),
    Error(io::ErrorKind),
    Hang,
}

impl Disk {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.0.lock().unwrap()
    }

    fn with<T>(&self, f: impl FnOnce(&mut State) -> T) -> T {
        f(&mut self.lock())
    }

    fn wait<'a>(&'a self, state: MutexGuard<'a, State>, limit: Duration) -> MutexGuard<'a, State> {
        self.0.1.wait_timeout_while(state, limit, |state| state.hung).unwrap().0
    }

    fn next(&self, faults: impl IntoIterator<Item = Fault>) {
        self.with(|state| state.faults.extend(faults));
    }

    fn release(&self) {
        self.with(|state| state.hung = false);
        self.0.1.notify_all();
    }

    fn lines(&self) -> Vec<Value> {
        let bytes = self.with(|state| state.bytes.clone());
        let text = String::from_utf8(bytes).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn events(&self) -> Vec<String> {
        self.lines().iter().map(|line| line["event"].as_str().unwrap().to_owned()).collect()
    }

    fn verified(&self) -> Summary {
        verify(&*self.with(|state| state.bytes.clone())).unwrap()
    }

    fn journal(&self, deadline: Duration, mode: Mode, queue: usize) -> Journal {
        let settings = JournalSettings { path: "memory".into(), mode, deadline, queue };
        let found = scan(&mut &*self.with(|state| state.bytes.clone())).unwrap();
        let wall = Arc::new(|| UNIX_EPOCH + NOW);
        Journal::resume(Box::new(self.clone()), found, &settings, &START, wall).unwrap()
    }

    fn strict(&self) -> Journal {
        self.journal(Duration::from_secs(5), Mode::Strict, 64)
    }

    /// Goes on when the writer hangs in a write.
    async fn until_hung(&self) {
        until(|| self.with(|state| state.hung)).await;
    }
}

impl Storage for Disk {
    fn append(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.lock();
        state.writes += 1;
        match state.faults.pop_front() {
            Some(Fault::Short(n)) => {
                state.bytes.extend(&bytes[..n]);
                return Ok(n);
            }
            Some(Fault::Error(kind)) => return Err(kind.into()),
            Some(Fault::Hang) => {
                state.hung = true;
                let limit = Duration::from_secs(10);
                state = self.wait(state, limit);
            }
            None => {}
        }
        state.bytes.extend(bytes);
        Ok(bytes.len())
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.with(|state| {
            if state.truncate_fails {
                return Err(io::ErrorKind::ReadOnlyFilesystem.into());
            }
            state.bytes.truncate(usize::try_from(len).unwrap());
            Ok(())
        })
    }

    fn sync(&mut self) -> io::Result<()> {
        self.with(|state| match state.sync_fails {
            true => Err(io::ErrorKind::Other.into()),
            false => Ok(()),
        })
    }
}

async fn until(done: impl Fn() -> bool) {
    let waiting = async {
        while !done() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), waiting).await.expect("happens in time");
}

async fn close(journal: &Journal) {
    journal.close("test", Duration::from_secs(5)).await.unwrap();
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
        let cut = clean(&unit.repeat(10_000));
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
             \"id\":\"{id}\",\"agent\":\"support\",\"tool\":\"executeQuery\",\
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
    let fields: Vec<String> = (0..900).map(|i| format!("{nasty}{i}")).collect();
    let group = |i| AccessGroup {
        action: nasty.clone(),
        object: format!("{nasty}{i}"),
        fields: fields.clone(),
    };
    let groups: Vec<_> = (0..50).map(group).collect();
    let decision = Decision {
        operation: nasty.clone(),
        objects: fields.clone(),
        accesses: groups.clone(),
        policies: fields.clone(),
        policy_set: nasty.clone(),
        digests: vec![(nasty.clone(), Digest::of_shape("x")); 900],
        ..decision()
    };
    let n = || Some(nasty.clone());
    let call = Call { agent: n(), server: n(), tool: n(), revision: n(), trace_id: n(), ..call(0) };
    let event = Event::Denial { call, decision, denied: groups, reason: nasty.clone() };
    let mut bytes = Vec::new();
    let mut chain = Chain { next_seq: u64::MAX, ..Chain::new() };
    chain.seal("2026-11-18T11:06:40.123Z", &line::event(&event), &mut bytes);
    assert!(bytes.len() <= LINE_CAP, "{}", bytes.len());
    let line: Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(line["objects_count"], 900);
    assert_eq!(line["accesses_count"], 50);
    assert_eq!(line["denied_sha256"].as_str().unwrap().len(), 64);
    let whole: Vec<_> = fields.iter().map(|field| clean(field)).collect();
    let digest = super::digest::hex(&Sha256::digest(whole.join("\n").as_bytes()));
    assert_eq!(line["policies_sha256"], digest);
    assert_eq!(bytes.iter().filter(|byte| **byte == b'\n').count(), 1);
}

#[tokio::test]
async fn a_call_is_an_admission_and_an_outcome_on_a_chain_that_verifies() {
    let disk = Disk::default();
    let journal = disk.strict();
    let entry = journal.admit(&admission(1)).await.unwrap();
    assert_eq!(entry.seq(), 1);
    let outcome = Outcome { rows: Some(3), ..Outcome::new(OutcomeResult::Ok) };
    assert_eq!(entry.close(&outcome).await.unwrap().seq, 2);
    let denial = Event::Denial {
        call: call(2),
        decision: decision(),
        denied: decision().accesses,
        reason: "forbidden".into(),
    };
    journal.append(&denial).await.unwrap();
    close(&journal).await;
    assert_eq!(disk.events(), ["genesis", "admission", "outcome", "denial", "shutdown"]);
    let summary = disk.verified();
    assert_eq!((summary.events, summary.last_seq, summary.open.len()), (5, 4, 0));
    assert_eq!(journal.append(&rejected(3)).await, Err(JournalError::Closed));
}

#[tokio::test]
async fn a_failed_write_is_refused_undone_and_recovered_from() {
    let full = io::ErrorKind::StorageFull;
    let cases: [(Fault, &str); 4] = [
        (Fault::Short(7), "short write of 7 of"),
        (Fault::Short(0), "short write of 0 of"),
        (Fault::Error(full), "no storage space"),
        (Fault::Error(io::ErrorKind::Other), "other error"),
    ];
    for (fault, why) in cases {
        let disk = Disk::default();
        let journal = disk.strict();
        let before = disk.with(|state| state.bytes.clone());
        // The writer tries by itself as well; the second and third failure are for it or for us.
        disk.next([fault, Fault::Error(full), Fault::Error(full)]);
        match journal.admit(&admission(1)).await {
            Err(JournalError::Write(text)) => assert!(text.contains(why), "{text}"),
            other => panic!("{fault:?}: {other:?}"),
        }
        assert_eq!(journal.health(), Health::Failed);
        assert_eq!(disk.with(|state| state.bytes.clone()), before, "{fault:?}");
        assert!(journal.append(&rejected(2)).await.is_err());
        disk.with(|state| state.faults.clear());
        journal.append(&rejected(3)).await.unwrap();
        assert_eq!(journal.health(), Health::Writable);
        close(&journal).await;
        assert_eq!(disk.events(), ["genesis", "resumed", "rejected", "shutdown"], "{fault:?}");
        assert_eq!(disk.lines()[1]["refused"], 2);
        disk.verified();
    }
}

#[tokio::test]
async fn a_short_write_that_can_not_be_undone_yet_is_undone_before_the_next_write() {
    let disk = Disk::default();
    let journal = disk.strict();
    disk.with(|state| state.truncate_fails = true);
    disk.next([Fault::Short(20)]);
    assert!(journal.append(&rejected(1)).await.is_err());
    assert!(journal.append(&rejected(2)).await.is_err());
    let writes = disk.with(|state| state.writes);
    assert!(journal.append(&rejected(3)).await.is_err());
    assert_eq!(disk.with(|state| state.writes), writes, "nothing is written behind a torn line");
    disk.with(|state| state.truncate_fails = false);
    journal.append(&rejected(4)).await.unwrap();
    close(&journal).await;
    disk.verified();
}

#[tokio::test]
async fn a_journal_recovers_without_an_event() {
    let disk = Disk::default();
    let journal = disk.strict();
    disk.next([Fault::Error(io::ErrorKind::StorageFull)]);
    assert!(journal.append(&rejected(1)).await.is_err());
    until(|| journal.health() == Health::Writable).await;
    close(&journal).await;
    assert_eq!(disk.events(), ["genesis", "resumed", "shutdown"]);
}

#[tokio::test]
async fn durable_means_that_a_failed_sync_is_a_failed_write() {
    let disk = Disk::default();
    let journal = disk.journal(Duration::from_secs(5), Mode::Durable, 64);
    disk.with(|state| state.sync_fails = true);
    assert!(matches!(journal.admit(&admission(1)).await, Err(JournalError::Write(_))));
    assert_eq!(disk.events(), ["genesis"]);
    disk.with(|state| state.sync_fails = false);
    journal.append(&rejected(1)).await.unwrap();
    close(&journal).await;
    disk.verified();
}

#[tokio::test]
async fn an_outcome_that_could_not_be_written_is_written_late() {
    let disk = Disk::default();
    let journal = disk.strict();
    let entry = journal.admit(&admission(1)).await.unwrap();
    disk.next([Fault::Error(io::ErrorKind::StorageFull)]);
    assert!(entry.close(&Outcome::new(OutcomeResult::Ok)).await.is_err());
    journal.append(&rejected(2)).await.unwrap();
    close(&journal).await;
    let lines = disk.lines();
    let outcome = lines.iter().find(|line| line["event"] == "outcome").unwrap();
    assert_eq!(outcome["result"], "ok");
    assert_eq!(outcome["late"], true);
    assert!(disk.verified().open.is_empty());
}

#[tokio::test]
async fn an_entry_that_is_dropped_gets_an_outcome_unknown() {
    let disk = Disk::default();
    let journal = disk.strict();
    drop(journal.admit(&admission(1)).await.unwrap());
    close(&journal).await;
    assert_eq!(disk.events(), ["genesis", "admission", "outcome", "shutdown"]);
    assert_eq!(disk.lines()[2]["result"], "unknown");
    assert!(disk.verified().open.is_empty());
}

#[tokio::test]
async fn a_hung_disk_refuses_in_time_and_leaves_no_admission_open() {
    let disk = Disk::default();
    let journal = disk.journal(Duration::from_millis(40), Mode::Strict, 64);
    let open = journal.admit(&admission(0)).await.unwrap();
    disk.next([Fault::Hang]);
    let taken = tokio::spawn({
        let journal = journal.clone();
        async move { journal.admit(&admission(1)).await.map(|_| ()) }
    });
    disk.until_hung().await;
    // The first is in the hung write, the second waits behind it.
    let deadline = Err(JournalError::Deadline(Duration::from_millis(40)));
    let waiting = journal.admit(&admission(2)).await.map(|_| ());
    assert!(matches!(waiting, Err(JournalError::Deadline(_) | JournalError::Stalled)));
    assert_eq!(taken.await.unwrap(), deadline);
    assert_eq!(journal.health(), Health::Stalled);
    // From now on nothing waits.
    assert!(matches!(journal.admit(&admission(3)).await, Err(JournalError::Stalled)));
    let closed = open.close(&Outcome::new(OutcomeResult::Ok)).await;
    assert_eq!(closed, Err(JournalError::Stalled));
    disk.release();
    until(|| journal.health() == Health::Writable).await;
    close(&journal).await;
    let summary = disk.verified();
    assert!(summary.open.is_empty(), "{:?}", disk.events());
    assert_eq!(summary.counts["admission"], 2, "the one that waited was never written");
    let results: Vec<_> = disk
        .lines()
        .iter()
        .filter(|line| line["event"] == "outcome")
        .map(|line| line["result"].as_str().unwrap().to_owned())
        .collect();
    assert!(results.contains(&"ok".to_owned()) && results.contains(&"abandoned".to_owned()));
}

#[tokio::test]
async fn a_caller_that_goes_away_at_any_point_leaves_no_admission_open() {
    let disk = Disk::default();
    let journal = disk.strict();
    disk.next([Fault::Hang]);
    let gone = tokio::spawn({
        let journal = journal.clone();
        async move { journal.admit(&admission(1)).await.map(drop) }
    });
    disk.until_hung().await;
    gone.abort();
    assert!(gone.await.unwrap_err().is_cancelled());
    disk.release();
    close(&journal).await;
    assert_eq!(disk.events(), ["genesis", "admission", "outcome", "shutdown"]);
    assert_eq!(disk.lines()[2]["result"], "abandoned");
}

#[tokio::test]
async fn waiting_events_share_a_write_and_a_full_queue_refuses() {
    let disk = Disk::default();
    let journal = disk.journal(Duration::from_secs(5), Mode::Strict, 8);
    disk.next([Fault::Hang]);
    let append = |n| {
        let journal = journal.clone();
        tokio::spawn(async move { journal.append(&rejected(n)).await })
    };
    let first = append(0);
    disk.until_hung().await;
    let waiting: Vec<_> = (1..=8).map(append).collect();
    tokio::task::yield_now().await;
    assert_eq!(journal.append(&rejected(9)).await, Err(JournalError::Overloaded));
    disk.release();
    first.await.unwrap().unwrap();
    for task in waiting {
        task.await.unwrap().unwrap();
    }
    // The genesis, the one that hung, and the eight together.
    assert_eq!(disk.with(|state| state.writes), 3);
    close(&journal).await;
    assert_eq!(disk.verified().counts["rejected"], 9);
}

#[tokio::test]
async fn a_start_mends_a_torn_tail_and_names_calls_without_outcome() {
    let disk = Disk::default();
    let journal = disk.strict();
    let entry = journal.admit(&admission(1)).await.unwrap();
    let whole = disk.with(|state| state.bytes.clone());
    drop(entry);
    close(&journal).await;
    // As a kill in the middle of the next write would have left it.
    let disk = Disk::default();
    disk.with(|state| {
        state.bytes = whole;
        state.bytes.extend(b"{\"seq\":2,\"time\":\"20");
    });
    let journal = disk.strict();
    close(&journal).await;
    assert_eq!(
        disk.events(),
        ["genesis", "admission", "genesis", "recovered", "outcome_unknown", "shutdown"]
    );
    let lines = disk.lines();
    assert_eq!(lines[3]["bytes_cut"], 19);
    assert_eq!(lines[4]["id"], lines[1]["id"]);
    assert_eq!(lines[2]["chain"], lines[0]["chain"]);
    assert_eq!(lines[2]["continues"], lines[1]["hash"]);
    assert!(disk.verified().open.is_empty());
}

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

fn names() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(".{0,20}", 0..5)
}

fn any_event() -> impl Strategy<Value = Event> {
    (names(), names(), ".{0,60}", any::<Option<u64>>(), 0..3_u8).prop_map(
        |(objects, fields, text, number, kind)| {
            let call = Call { agent: Some(text.clone()), ..call(0) };
            let group = AccessGroup { action: "select".into(), object: text.clone(), fields };
            let decision = Decision {
                operation: text.clone(),
                objects,
                accesses: vec![group],
                row_bound: number,
                ..decision()
            };
            match kind {
                0 => Event::Denial {
                    call,
                    denied: decision.accesses.clone(),
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

#[test]
fn a_time_is_rfc_3339_with_milliseconds() {
    assert_eq!(super::writer::timestamp(UNIX_EPOCH + NOW), "2026-11-18T11:06:40.123Z");
    assert_eq!(super::writer::timestamp(SystemTime::UNIX_EPOCH), "1970-01-01T00:00:00.000Z");
}
