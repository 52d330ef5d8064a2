//! The writer on a disk that fails on demand.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::{self, ThreadId};
use std::time::{Duration, UNIX_EPOCH};

use serde_json::Value;

use super::{NOW, admission, call, decision, rejected};
use crate::audit::chain::scan;
use crate::audit::journal::{Health, Journal, JournalError, JournalSettings, Mode};
use crate::audit::open::Start;
use crate::audit::storage::Storage;
use crate::audit::{Event, Outcome, OutcomeResult, Summary, verify};

const START: Start<'_> =
    Start { version: "0.1.0", policy_set: "p1", catalogue: "c1", digest_key: None };

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
    /// The thread of the last write.
    writer: Option<ThreadId>,
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
        state.writer = Some(thread::current().id());
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
        near_misses: Vec::new(),
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_that_may_write_themselves_do() {
    let disk = Disk::default();
    let journal = disk.strict().written_by_callers(true);
    let here = tokio::spawn({
        let journal = journal.clone();
        async move {
            let entry = journal.admit(&admission(1)).await.unwrap();
            // Whichever worker goes on after a wait, this one did not have to.
            let here = thread::current().id();
            (here, entry.close(&Outcome::new(OutcomeResult::Ok)).await)
        }
    });
    let (here, closed) = here.await.unwrap();
    assert_eq!(closed.unwrap().seq, 2);
    assert_eq!(disk.with(|state| state.writer), Some(here));
    close(&journal).await;
    assert_eq!(disk.events(), ["genesis", "admission", "outcome", "shutdown"]);
    disk.verified();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_that_hangs_in_a_write_keeps_no_other_one() {
    let disk = Disk::default();
    let journal =
        disk.journal(Duration::from_millis(40), Mode::Strict, 64).written_by_callers(true);
    disk.next([Fault::Hang]);
    let hung = tokio::spawn({
        let journal = journal.clone();
        async move { journal.admit(&admission(1)).await.map(drop) }
    });
    disk.until_hung().await;
    let waiting = journal.append(&rejected(2)).await;
    assert!(matches!(waiting, Err(JournalError::Deadline(_))), "{waiting:?}");
    assert_eq!(journal.health(), Health::Stalled);
    assert!(matches!(journal.append(&rejected(3)).await, Err(JournalError::Stalled)));
    disk.release();
    until(|| journal.health() == Health::Writable).await;
    hung.await.unwrap().unwrap();
    close(&journal).await;
    assert!(disk.verified().open.is_empty(), "{:?}", disk.events());
}

#[tokio::test]
async fn whoever_appends_aside_goes_on_while_the_disk_hangs() {
    let disk = Disk::default();
    let journal =
        disk.journal(Duration::from_millis(40), Mode::Strict, 64).written_by_callers(true);
    disk.next([Fault::Hang]);
    let waiting = journal.append_aside(&rejected(1)).await;
    assert!(matches!(waiting, Err(JournalError::Deadline(_))), "{waiting:?}");
    disk.release();
    until(|| journal.health() == Health::Writable).await;
    close(&journal).await;
    disk.verified();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_caller_could_not_write_is_tried_again_without_it() {
    let disk = Disk::default();
    let journal = disk.strict().written_by_callers(true);
    let refused = tokio::spawn({
        let (journal, disk) = (journal.clone(), disk.clone());
        async move {
            disk.next([Fault::Short(9)]);
            journal.append(&rejected(1)).await
        }
    });
    assert!(matches!(refused.await.unwrap(), Err(JournalError::Write(_))));
    until(|| journal.health() == Health::Writable).await;
    close(&journal).await;
    assert_eq!(disk.events(), ["genesis", "resumed", "shutdown"]);
    disk.verified();
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
