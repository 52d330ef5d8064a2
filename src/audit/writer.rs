//! Whoever has the file: seals, writes, and undoes a write that failed.
//!
//! It is lent to one thread at a time. The journal's own thread has it for whatever waits; a caller
//! takes it for one event where that is quicker than two threads that wake each other.

use std::mem;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::sync::oneshot;

use super::chain::Chain;
use super::entry::Ticket;
use super::event::{Outcome, OutcomeResult};
use super::journal::{FAILED, JournalError, Shared, WRITABLE, Wall};
use super::line;
use super::storage::Storage;

/// The most events that go into one write.
const BATCH: usize = 256;
/// How often a journal that can't be written is tried without an event.
const PROBE: Duration = Duration::from_millis(500);
/// A write that takes longer than this keeps callers from writing themselves, until one is quick
/// again.
const SLOW: Duration = Duration::from_millis(5);

/// What the thread is asked to do.
pub(super) enum Message {
    Append(Job),
    /// Look for late outcomes, and whether writing works again.
    Wake,
    Stop {
        fragment: String,
        reply: oneshot::Sender<Result<u64, JournalError>>,
    },
}

/// One event that waits.
pub(super) struct Job {
    pub(super) fragment: String,
    pub(super) purpose: Purpose,
    pub(super) reply: oneshot::Sender<Result<u64, JournalError>>,
}

/// What becomes of an event whose caller no longer waits, or whose write failed.
pub(super) enum Purpose {
    /// Written or lost: its call was refused either way.
    Single,
    /// Skipped if it still waits; closed as `abandoned` if it was written.
    Admission(Arc<Ticket>),
    /// Written later.
    Outcome,
}

pub(super) struct Writer {
    storage: Box<dyn Storage>,
    chain: Chain,
    /// The bytes of all whole lines in the file.
    len: u64,
    /// There may be bytes behind `len` that could not be cut off yet.
    dirty: bool,
    durable: bool,
    /// What made the last write fail.
    cause: Option<String>,
    wall: Wall,
    shared: Arc<Shared>,
}

impl Writer {
    pub(super) fn new(
        storage: Box<dyn Storage>,
        chain: Chain,
        len: u64,
        durable: bool,
        wall: Wall,
        shared: Arc<Shared>,
    ) -> Self {
        Self { storage, chain, len, dirty: false, durable, cause: None, wall, shared }
    }

    fn has_failed(&self) -> bool {
        self.cause.is_some()
    }

    fn stop(mut self, fragment: String, reply: oneshot::Sender<Result<u64, JournalError>>) {
        let (sent, mut received) = oneshot::channel();
        self.write(vec![Job { fragment, purpose: Purpose::Single, reply: sent }]);
        let written = received.try_recv().unwrap_or(Err(JournalError::Closed));
        let synced =
            self.storage.sync().map_err(|error| JournalError::Write(error.kind().to_string()));
        // The file's lock goes before the answer, so that whoever waits can open it again.
        drop(self.storage);
        let _ = reply.send(synced.and(written));
    }

    /// Writes late outcomes and `jobs` in one go, and answers the jobs.
    pub(super) fn write(&mut self, mut jobs: Vec<Job>) {
        jobs.retain(|job| match &job.purpose {
            Purpose::Admission(ticket) => ticket.take(),
            Purpose::Single | Purpose::Outcome => true,
        });
        let late = mem::take(&mut *self.shared.late.lock().unwrap_or_else(PoisonError::into_inner));
        let refused = self.shared.refused.load(Ordering::Acquire);
        let ill = self.shared.health.load(Ordering::Acquire) != WRITABLE;
        let resumed =
            ill.then(|| line::resumed(self.cause.as_deref().unwrap_or("stalled"), refused));
        if jobs.is_empty() && late.is_empty() && resumed.is_none() {
            return;
        }
        let begun = (self.wall)();
        let time = timestamp(begun);
        let mut chain = self.chain.clone();
        let mut bytes = Vec::new();
        for fragment in resumed.iter().chain(&late) {
            chain.seal(&time, fragment, &mut bytes);
        }
        let seqs: Vec<u64> =
            jobs.iter().map(|job| chain.seal(&time, &job.fragment, &mut bytes)).collect();
        let persisted = self.persist(&bytes);
        // A clock that was set back tells nothing.
        let took = (self.wall)().duration_since(begun).unwrap_or_default();
        self.shared.slow.store(took > SLOW, Ordering::Release);
        match persisted {
            Ok(len) => {
                self.len = len;
                self.chain = chain;
                self.succeed(jobs, &seqs, if ill { refused } else { 0 });
            }
            Err(why) => self.fail(jobs, late, why),
        }
    }

    /// Appends `bytes` whole or not at all; returns the file's new length.
    fn persist(&mut self, bytes: &[u8]) -> Result<u64, String> {
        self.cut_back()?;
        self.dirty = true;
        let failure = match self.storage.append(bytes) {
            Ok(taken) if taken == bytes.len() => {
                let synced = if self.durable { self.storage.sync() } else { Ok(()) };
                synced.err().map(|error| error.kind().to_string())
            }
            Ok(taken) => Some(format!("short write of {taken} of {} bytes", bytes.len())),
            Err(error) => Some(error.kind().to_string()),
        };
        match failure {
            None => {
                self.dirty = false;
                Ok(self.len.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX)))
            }
            Some(why) => {
                // If this fails too, the next write starts with it.
                let _ = self.cut_back();
                Err(why)
            }
        }
    }

    fn cut_back(&mut self) -> Result<(), String> {
        if self.dirty {
            self.storage.truncate(self.len).map_err(|error| error.kind().to_string())?;
            self.dirty = false;
        }
        Ok(())
    }

    fn succeed(&mut self, jobs: Vec<Job>, seqs: &[u64], reported: u64) {
        if self.shared.health.swap(WRITABLE, Ordering::AcqRel) != WRITABLE {
            tracing::info!(refused = reported, "journal can be written again");
        }
        self.shared.refused.fetch_sub(reported, Ordering::AcqRel);
        self.cause = None;
        for (job, seq) in jobs.into_iter().zip(seqs) {
            if let Purpose::Admission(ticket) = &job.purpose
                && !ticket.written()
            {
                self.abandon(ticket);
            }
            // Nobody waiting is no fault: see `Purpose`.
            let _ = job.reply.send(Ok(*seq));
        }
    }

    fn abandon(&self, ticket: &Ticket) {
        let outcome = Outcome {
            reason: Some("not_recorded_in_time".to_owned()),
            ..Outcome::new(OutcomeResult::Abandoned)
        };
        self.shared.push_late(line::outcome(&ticket.call, &outcome));
    }

    fn fail(&mut self, jobs: Vec<Job>, late: Vec<String>, why: String) {
        if self.shared.health.swap(FAILED, Ordering::AcqRel) != FAILED {
            tracing::error!(cause = %why, "journal can't be written, calls are refused");
        }
        {
            // Outcomes that came meanwhile stay behind those that waited already.
            let mut waiting = self.shared.late.lock().unwrap_or_else(PoisonError::into_inner);
            let newer = mem::replace(&mut *waiting, late);
            waiting.extend(newer);
        }
        for job in jobs {
            self.shared.count_refused();
            match job.purpose {
                Purpose::Single => {}
                Purpose::Admission(ticket) => ticket.lost(),
                Purpose::Outcome => self.shared.push_late(job.fragment),
            }
            let _ = job.reply.send(Err(JournalError::Write(why.clone())));
        }
        self.cause = Some(why);
    }
}

/// The writer, lent to one thread at a time; gone when it was stopped.
#[derive(Clone)]
pub(super) struct Lent(Arc<Mutex<Option<Writer>>>);

impl Lent {
    pub(super) fn new(writer: Writer) -> Self {
        Self(Arc::new(Mutex::new(Some(writer))))
    }

    fn lock(&self) -> MutexGuard<'_, Option<Writer>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes one event on the caller's thread. `Err` gives it back where another thread has the
    /// writer, or nobody has it any more.
    pub(super) fn write_here(&self, job: Job) -> Result<(), Job> {
        let Ok(mut lent) = self.0.try_lock() else { return Err(job) };
        let Some(writer) = lent.as_mut() else { return Err(job) };
        writer.write(vec![job]);
        Ok(())
    }

    /// What the journal's own thread does, until it is stopped or nobody is left who could ask for
    /// anything.
    pub(super) fn run(&self, queue: &Receiver<Message>) {
        loop {
            let failed = self.lock().as_ref().is_some_and(Writer::has_failed);
            let first = if failed {
                queue.recv_timeout(PROBE)
            } else {
                queue.recv().map_err(RecvTimeoutError::from)
            };
            let first = match first {
                Ok(message) => Some(message),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => {
                    if let Some(mut writer) = self.lock().take() {
                        writer.write(Vec::new());
                    }
                    return;
                }
            };
            let (jobs, stop) = batch(first, queue);
            let mut lent = self.lock();
            let Some(writer) = lent.as_mut() else { return };
            writer.write(jobs);
            if !writer.has_failed() {
                // Admissions that were given up while they were written are closed at once.
                writer.write(Vec::new());
            }
            if let Some((fragment, reply)) = stop {
                if let Some(writer) = lent.take() {
                    writer.stop(fragment, reply);
                }
                return;
            }
        }
    }
}

/// The last event, and who waits for it.
type Stop = (String, oneshot::Sender<Result<u64, JournalError>>);

/// What waits, as much of it as goes into one write.
fn batch(first: Option<Message>, queue: &Receiver<Message>) -> (Vec<Job>, Option<Stop>) {
    let mut jobs = Vec::new();
    let mut next = first;
    while let Some(message) = next {
        match message {
            Message::Append(job) => jobs.push(job),
            Message::Wake => {}
            Message::Stop { fragment, reply } => return (jobs, Some((fragment, reply))),
        }
        next = if jobs.len() < BATCH { queue.try_recv().ok() } else { None };
    }
    (jobs, None)
}

/// RFC 3339 in UTC with milliseconds.
pub(super) fn timestamp(time: SystemTime) -> String {
    jiff::Timestamp::try_from(time)
        .unwrap_or(jiff::Timestamp::UNIX_EPOCH)
        .strftime("%Y-%m-%dT%H:%M:%S%.3fZ")
        .to_string()
}
