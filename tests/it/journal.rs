//! The audit journal on a real file: what survives, what is refused, what is found.

use std::fs::{self, OpenOptions};
use std::io::BufReader;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Parser;
use fieldgate::audit::{
    Admission, Call, Decision, Event, Journal, JournalSettings, OpenError, Outcome, OutcomeResult,
    Start, Summary, VerifyError, verify,
};
use fieldgate::cli::audit::{AuditCommand, AuditExit};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

const START: Start<'_> =
    Start { version: "0.1.0", policy_set: "p1", catalogue: "c1", digest_key: None };

fn now() -> SystemTime {
    UNIX_EPOCH.checked_add(Duration::from_secs(1_795_000_000)).unwrap()
}

fn open(path: &Path) -> Result<Journal, OpenError> {
    let settings =
        JournalSettings { deadline: Duration::from_secs(10), ..JournalSettings::new(path) };
    Journal::open(&settings, &START, now)
}

async fn close(journal: Journal) {
    journal.close("test", Duration::from_secs(10)).await.expect("closes");
}

fn admission(journal: &Journal) -> Admission {
    Admission { call: Call::new(journal.new_id()), decision: Decision::default() }
}

fn check(path: &Path) -> Result<Summary, VerifyError> {
    verify(BufReader::new(fs::File::open(path).map_err(VerifyError::Read)?))
}

/// A journal of `calls` whole calls.
async fn filled(path: &Path, calls: usize) {
    let journal = open(path).unwrap();
    for _ in 0..calls {
        let entry = journal.admit(&admission(&journal)).await.unwrap();
        entry.close(&Outcome::new(OutcomeResult::Ok)).await.unwrap();
    }
    close(journal).await;
}

#[tokio::test]
async fn a_journal_goes_on_where_it_stopped() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal.jsonl");
    filled(&path, 3).await;
    let first = check(&path).unwrap();
    filled(&path, 2).await;
    let second = check(&path).unwrap();
    assert_eq!(first.events, 8);
    assert_eq!(second.events, 8 + 6);
    assert_eq!(first.chain, second.chain);
    assert_eq!(second.counts["genesis"], 2);
    assert!(second.open.is_empty());
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn anyone_can_verify_a_journal_from_its_description() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal.jsonl");
    filled(&path, 5).await;
    let text = fs::read_to_string(&path).unwrap();
    let (mut prev, mut seq) = ("0".repeat(64), 0);
    for line in text.split_terminator('\n') {
        let (body, seal) = line.rsplit_once(",\"hash\":\"").unwrap();
        let hash: String =
            Sha256::digest(body.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(seal, format!("{hash}\"}}"));
        let event: Value = serde_json::from_str(line).unwrap();
        assert_eq!(event["seq"], seq);
        assert_eq!(event["prev"], prev.as_str());
        (prev, seq) = (hash, seq + 1);
    }
    let summary = check(&path).unwrap();
    assert_eq!((summary.head, summary.events), (prev, seq));
}

#[tokio::test]
async fn a_journal_that_was_cut_at_any_byte_opens_again_and_verifies() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal.jsonl");
    filled(&path, 1).await;
    let whole = fs::read(&path).unwrap();
    let lines: Vec<usize> =
        whole.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(at, _)| at + 1).collect();
    for cut in (1..whole.len()).step_by(7).chain(lines.iter().copied()) {
        fs::write(&path, &whole[..cut]).unwrap();
        let torn = !lines.contains(&cut);
        assert_eq!(check(&path).is_err(), torn, "cut at {cut}");
        close(open(&path).unwrap()).await;
        let summary = check(&path).unwrap();
        assert_eq!(summary.counts.contains_key("recovered"), torn, "cut at {cut}");
        // The admission is the second line: alone, its outcome is unknown.
        let unknown = cut >= lines[1] && cut < lines[2];
        assert_eq!(summary.counts.contains_key("outcome_unknown"), unknown, "cut at {cut}");
        assert!(summary.open.is_empty());
    }
}

#[tokio::test]
async fn a_journal_that_does_not_verify_stops_the_start_and_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal.jsonl");
    filled(&path, 2).await;
    let mut bytes = fs::read(&path).unwrap();
    let at = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 30;
    bytes[at] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let error = open(&path).unwrap_err();
    assert!(matches!(error, OpenError::Broken { .. }));
    let text = error.to_string();
    assert!(text.contains("line 2") && text.contains("move the file away"), "{text}");
    assert_eq!(fs::read(&path).unwrap(), bytes);
}

#[tokio::test]
async fn two_writers_can_not_share_a_journal() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal.jsonl");
    let journal = open(&path).unwrap();
    assert!(matches!(open(&path), Err(OpenError::Locked(_))));
    close(journal).await;
    close(open(&path).unwrap()).await;
}

#[test]
fn only_a_regular_file_is_a_journal() {
    let directory = tempfile::tempdir().unwrap();
    assert!(matches!(open(directory.path()), Err(OpenError::Io { .. })));
    assert!(matches!(open(Path::new("/dev/null")), Err(OpenError::NotAFile(_))));
    let notes = directory.path().join("notes.txt");
    fs::write(&notes, "buy milk").unwrap();
    assert!(matches!(open(&notes), Err(OpenError::Broken { .. })));
    assert_eq!(fs::read(&notes).unwrap(), b"buy milk");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_of_many_callers_are_all_there_once() {
    for themselves in [false, true] {
        all_there_once(themselves).await;
    }
}

async fn all_there_once(written_by_callers: bool) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal.jsonl");
    let journal = open(&path).unwrap().written_by_callers(written_by_callers);
    let callers: Vec<_> = (0..8)
        .map(|_| {
            let journal = journal.clone();
            tokio::spawn(async move {
                for _ in 0..50 {
                    let entry = journal.admit(&admission(&journal)).await.unwrap();
                    entry.close(&Outcome::new(OutcomeResult::Ok)).await.unwrap();
                    let call = Call::new(journal.new_id());
                    let event = Event::Rejected { call, reason: "unknown_tool".to_owned() };
                    journal.append(&event).await.unwrap();
                }
            })
        })
        .collect();
    for caller in callers {
        caller.await.unwrap();
    }
    close(journal).await;
    let summary = check(&path).unwrap();
    for event in ["admission", "outcome", "rejected"] {
        assert_eq!(summary.counts[event], 400);
    }
    assert!(summary.open.is_empty());
}

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    audit: AuditCommand,
}

fn run(arguments: &[&str]) -> (AuditExit, String) {
    let line = Line::try_parse_from(["audit"].iter().chain(arguments)).unwrap();
    let mut out = Vec::new();
    let exit = line.audit.run(&mut out).unwrap();
    (exit, String::from_utf8(out).unwrap())
}

#[tokio::test]
async fn the_command_says_verified_broken_or_unreadable() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal.jsonl");
    filled(&path, 1).await;
    let file = path.to_str().unwrap();

    let (exit, text) = run(&["verify", file]);
    assert_eq!((exit, exit.code()), (AuditExit::Verified, 0));
    assert!(text.starts_with("ok: 4 events, seq 0..3, head "), "{text}");
    let (_, json) = run(&["verify", "--json", file]);
    let report: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(report["ok"], true);
    assert_eq!(report["counts"]["admission"], 1);
    assert_eq!(report["open_admissions"], 0);

    let file_handle = OpenOptions::new().write(true).open(&path).unwrap();
    file_handle.set_len(fs::metadata(&path).unwrap().len() - 1).unwrap();
    let (exit, text) = run(&["verify", file]);
    assert_eq!((exit, exit.code()), (AuditExit::Broken, 2));
    assert!(text.starts_with("broken: line 4 ") && text.contains("torn"), "{text}");
    let (_, json) = run(&["verify", "--json", file]);
    let report: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&report["ok"], &report["torn"]), (&false.into(), &true.into()));
    assert_eq!(report["line"], 4);

    let missing = directory.path().join("missing");
    let (exit, text) = run(&["verify", missing.to_str().unwrap()]);
    assert_eq!((exit, exit.code()), (AuditExit::Unreadable, 1));
    assert!(text.contains("could not be read"), "{text}");
}
