//! The journal as its callers see it: opened once, shared by all calls.

use std::fmt;
use std::fs::{File, TryLockError};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime};

use tokio::sync::oneshot;

use super::chain::{Chain, Scan, scan};
use super::digest::hex;
use super::event::{Admission, Call, CallId, Event, Outcome, OutcomeResult};
use super::line::{self, Genesis, LATE};
use super::storage::{JournalFile, Storage};
use super::verify::VerifyError;
use super::writer::{Job, Message, Purpose, Writer, timestamp};

/// What a journal is opened with.
#[derive(Debug, Clone)]
pub struct JournalSettings {
    /// The file. Its directory must exist.
    pub path: PathBuf,
    /// What an event has survived before its caller goes on.
    pub mode: Mode,
    /// How long a caller waits for its event to be written.
    pub deadline: Duration,
    /// How many events may wait to be written; the next one is refused.
    pub queue: usize,
}

impl JournalSettings {
    /// `strict`, 250 ms and 4,096 waiting events.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            mode: Mode::Strict,
            deadline: Duration::from_millis(250),
            queue: 4096,
        }
    }
}

/// What an event has survived before its caller goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The death of this process: `write(2)` has returned.
    Strict,
    /// The loss of power: `fdatasync(2)` has returned, once for all events of a batch.
    Durable,
}

impl Mode {
    /// The word for it in configuration and journal.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::Durable => "durable",
        }
    }
}

/// What the `genesis` event says of the process that starts.
#[derive(Debug, Clone, Copy)]
pub struct Start<'a> {
    /// The program's version.
    pub version: &'a str,
    /// The hash of the policy set that decides from now on.
    pub policy_set: &'a str,
    /// The hash of the tool catalogue.
    pub catalogue: &'a str,
    /// The id of the key of keyed digests ([`DigestKey::id`](super::DigestKey::id)).
    pub digest_key: Option<&'a str>,
}

/// Whether calls can be recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// The last write succeeded.
    Writable,
    /// The last write failed; each event, and the writer by itself twice a second, tries again.
    Failed,
    /// A write takes longer than the deadline; events are refused until it returns.
    Stalled,
}

/// Proof that an event is in the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// The event's place in the chain.
    pub seq: u64,
}

/// Why an event was not recorded: the call it belongs to is to be refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// The event was not written in time. It may yet be; an admission is then followed by an
    /// outcome `abandoned`.
    #[error("the journal did not take the event within {} ms", .0.as_millis())]
    Deadline(Duration),
    /// An earlier write has not returned: nothing was tried.
    #[error("the journal is stalled in an earlier write")]
    Stalled,
    /// Too many events wait.
    #[error("too many events wait to be written to the journal")]
    Overloaded,
    /// The write failed, or was short; nothing of it is left in the file.
    #[error("the journal could not be written: {0}")]
    Write(String),
    /// The journal was shut down.
    #[error("the journal is closed")]
    Closed,
}

/// Why a journal can't be opened. Nothing starts without one.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file or its directory gave an error.
    #[error("the journal `{path}` could not be opened")]
    Io {
        /// The file that was named.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The path is a directory, a pipe or a device.
    #[error("the journal `{0}` is not a regular file")]
    NotAFile(PathBuf),
    /// Another process writes to it.
    #[error("the journal `{0}` is locked by another process; each process needs its own")]
    Locked(PathBuf),
    /// Its chain doesn't verify: an operator has to look at it.
    #[error(
        "the journal `{path}` does not verify: {broken}; move the file away to start a new one"
    )]
    Broken {
        /// The file that was named.
        path: PathBuf,
        /// Which line, and why.
        broken: VerifyError,
    },
    /// Its first event could not be written.
    #[error("the journal `{path}` could not be written: {why}")]
    Write {
        /// The file that was named.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
}

/// The wall clock that events are stamped with.
pub(super) type Wall = Arc<dyn Fn() -> SystemTime + Send + Sync>;

pub(super) const WRITABLE: u8 = 0;
pub(super) const FAILED: u8 = 1;
pub(super) const STALLED: u8 = 2;

/// What callers and the writer's thread share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    pub(super) health: AtomicU8,
    /// Events that were refused since the last `resumed`.
    pub(super) refused: AtomicU64,
    /// Outcomes whose callers are gone or were told of a failure. Every one belongs to an
    /// admission in the file, so they are as bounded as calls are.
    pub(super) late: Mutex<Vec<String>>,
}

impl Shared {
    pub(super) fn push_late(&self, mut fragment: String) {
        fragment.push_str(LATE);
        self.late.lock().unwrap_or_else(PoisonError::into_inner).push(fragment);
    }

    pub(super) fn count_refused(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }
}

/// The journal. Clones write to the same file; when the last one and the last [`Entry`] are gone
/// the file is closed.
#[derive(Clone)]
pub struct Journal {
    queue: SyncSender<Message>,
    shared: Arc<Shared>,
    deadline: Duration,
    wall: Wall,
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal").field("health", &self.health()).finish_non_exhaustive()
    }
}

impl Journal {
    /// Opens or makes a journal's file, locks it, checks all of its chain, mends what a kill left
    /// behind, records the start, and starts the thread that owns the file.
    ///
    /// A torn last line is cut off and recorded as `recovered`; every admission without an outcome
    /// gets an `outcome_unknown`. Blocks for as long as reading the file takes.
    ///
    /// # Errors
    /// When the file can't be used, is locked, or its chain doesn't verify.
    pub fn open(
        settings: &JournalSettings,
        start: &Start<'_>,
        wall: impl Fn() -> SystemTime + Send + Sync + 'static,
    ) -> Result<Self, OpenError> {
        let path = &settings.path;
        let io = |source| OpenError::Io { path: path.clone(), source };
        let file = JournalFile::open(path).map_err(io)?;
        if !file.0.metadata().map_err(io)?.is_file() {
            return Err(OpenError::NotAFile(path.clone()));
        }
        file.0.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => OpenError::Locked(path.clone()),
            TryLockError::Error(source) => io(source),
        })?;
        let scan = scan(&mut BufReader::with_capacity(64 * 1024, &file.0))
            .map_err(|broken| OpenError::Broken { path: path.clone(), broken })?;
        sync_directory(path).map_err(io)?;
        Self::resume(Box::new(file), scan, settings, start, Arc::new(wall))
    }

    /// Goes on after what `scan` found in `storage`.
    pub(super) fn resume(
        mut storage: Box<dyn Storage>,
        scan: Scan,
        settings: &JournalSettings,
        start: &Start<'_>,
        wall: Wall,
    ) -> Result<Self, OpenError> {
        let failed = |why| OpenError::Write { path: settings.path.clone(), why };
        if scan.torn.is_some() {
            storage.truncate(scan.good).map_err(|error| failed(error.to_string()))?;
        }
        let good = scan.good;
        let mut chain = scan.chain.clone();
        let lines = first_lines(scan, settings, start).map_err(failed)?;
        let mut bytes = Vec::new();
        for fragment in &lines {
            chain.seal(&timestamp(wall()), fragment, &mut bytes);
        }
        // A disk that takes only a part of this leaves a torn tail, which the next start mends.
        match storage.append(&bytes).and_then(|taken| storage.sync().map(|()| taken)) {
            Ok(taken) if taken == bytes.len() => {}
            Ok(taken) => {
                let cut = storage.truncate(good).err().map(|error| format!(", then {error}"));
                let cut = cut.unwrap_or_default();
                return Err(failed(format!(
                    "a short write of {taken} of {} bytes{cut}",
                    bytes.len()
                )));
            }
            Err(error) => return Err(failed(error.to_string())),
        }
        let len = good.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        Self::spawn(storage, chain, len, settings, wall).map_err(|error| failed(error.to_string()))
    }

    /// Starts the writer's thread behind a chain that stands in `len` bytes.
    fn spawn(
        storage: Box<dyn Storage>,
        chain: Chain,
        len: u64,
        settings: &JournalSettings,
        wall: Wall,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let (queue, receiver) = sync_channel(settings.queue.max(1));
        let durable = settings.mode == Mode::Durable;
        let writer =
            Writer::new(storage, chain, len, durable, Arc::clone(&wall), Arc::clone(&shared));
        thread::Builder::new().name("journal".to_owned()).spawn(move || writer.run(&receiver))?;
        Ok(Self { queue, shared, deadline: settings.deadline, wall })
    }

    /// A new id for a call that comes now.
    #[must_use]
    pub fn new_id(&self) -> CallId {
        CallId::generate((self.wall)())
    }

    /// Whether calls can be recorded at the moment; for readiness.
    #[must_use]
    pub fn health(&self) -> Health {
        match self.shared.health.load(Ordering::Acquire) {
            WRITABLE => Health::Writable,
            STALLED => Health::Stalled,
            _ => Health::Failed,
        }
    }

    /// Records an event that stands alone, before its call is answered.
    ///
    /// # Errors
    /// When the event is not in the file within the deadline.
    pub async fn append(&self, event: &Event) -> Result<Receipt, JournalError> {
        self.submit(line::event(event), Purpose::Single).await
    }

    /// Records that a call is let through, before anything leaves for Salesforce.
    ///
    /// An error means that nothing may leave. Dropping this future is safe at any point: an
    /// admission that is written all the same is followed by an outcome `abandoned`.
    ///
    /// # Errors
    /// When the admission is not in the file within the deadline.
    pub async fn admit(&self, admission: &Admission) -> Result<Entry, JournalError> {
        let ticket = Arc::new(Ticket::new(admission.call.clone()));
        let mut entry = Entry { journal: self.clone(), ticket, receipt: None, closed: false };
        let purpose = Purpose::Admission(Arc::clone(&entry.ticket));
        entry.receipt = Some(self.submit(line::admission(admission), purpose).await?);
        Ok(entry)
    }

    /// Writes everything that waits and a `shutdown` event, syncs, and closes the file. Later
    /// events are refused.
    ///
    /// # Errors
    /// When that does not happen within `limit`, or the last write failed.
    pub async fn close(&self, reason: &str, limit: Duration) -> Result<Receipt, JournalError> {
        let (reply, answer) = oneshot::channel();
        self.send(Message::Stop { fragment: line::shutdown(reason), reply })
            .map_err(|(error, _)| error)?;
        match tokio::time::timeout(limit, answer).await {
            Ok(Ok(result)) => result.map(|seq| Receipt { seq }),
            Ok(Err(_)) => Err(JournalError::Closed),
            Err(_) => Err(JournalError::Deadline(limit)),
        }
    }

    async fn submit(&self, fragment: String, purpose: Purpose) -> Result<Receipt, JournalError> {
        if self.health() == Health::Stalled {
            self.shared.count_refused();
            self.keep_outcome(fragment, &purpose);
            return Err(JournalError::Stalled);
        }
        let (reply, answer) = oneshot::channel();
        let job = Job { fragment, purpose, reply };
        if let Err((error, message)) = self.send(Message::Append(job)) {
            self.shared.count_refused();
            if let Message::Append(job) = message {
                self.keep_outcome(job.fragment, &job.purpose);
            }
            return Err(error);
        }
        match tokio::time::timeout(self.deadline, answer).await {
            Ok(Ok(result)) => result.map(|seq| Receipt { seq }),
            Ok(Err(_)) => Err(JournalError::Closed),
            Err(_) => {
                self.stall();
                Err(JournalError::Deadline(self.deadline))
            }
        }
    }

    /// An outcome is true whether or not its caller could wait for it: it is written later.
    fn keep_outcome(&self, fragment: String, purpose: &Purpose) {
        match purpose {
            Purpose::Outcome => self.shared.push_late(fragment),
            Purpose::Single | Purpose::Admission(_) => {}
        }
    }

    fn send(&self, message: Message) -> Result<(), (JournalError, Message)> {
        self.queue.try_send(message).map_err(|error| match error {
            TrySendError::Full(message) => (JournalError::Overloaded, message),
            TrySendError::Disconnected(message) => (JournalError::Closed, message),
        })
    }

    /// Refuses events until the writer has written again. The wake-up goes behind the state: if
    /// the queue has no room for it, the events in it will wake the writer.
    fn stall(&self) {
        self.shared.count_refused();
        if self.shared.health.swap(STALLED, Ordering::AcqRel) != STALLED {
            tracing::error!("journal does not answer in time, calls are refused");
        }
        let _ = self.send(Message::Wake);
    }

    fn end_unclosed(&self, call: &Call, result: OutcomeResult) {
        let outcome = Outcome { reason: Some("dropped".to_owned()), ..Outcome::new(result) };
        self.shared.push_late(line::outcome(call, &outcome));
        let _ = self.send(Message::Wake);
    }
}

/// The lines that a start writes: genesis, recovery, and the calls that were cut off.
fn first_lines(
    scan: Scan,
    settings: &JournalSettings,
    start: &Start<'_>,
) -> Result<Vec<String>, String> {
    let continues = (scan.chain.next_seq > 0).then_some(scan.chain.head.as_str());
    let chain = match scan.chain_id {
        Some(chain) => chain,
        None => {
            let mut id = [0_u8; 16];
            getrandom::fill(&mut id).map_err(|error| error.to_string())?;
            hex(&id)
        }
    };
    let mut lines = vec![line::genesis(&Genesis {
        chain: &chain,
        version: start.version,
        policy_set: start.policy_set,
        catalogue: start.catalogue,
        mode: settings.mode.as_str(),
        digest_key: start.digest_key,
        continues,
    })];
    if let Some(torn) = &scan.torn {
        tracing::warn!(bytes = torn.bytes, "journal had a torn tail, it was cut");
        lines.push(line::recovered(torn.bytes, &torn.sha256));
    }
    lines.extend(scan.open.iter().map(|id| line::outcome_unknown(id)));
    Ok(lines)
}

/// Makes the file's name as durable as its content.
fn sync_directory(path: &Path) -> io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
}

/// How far an admission has come: decides between a caller that gives up and the writer.
#[derive(Debug)]
pub(super) struct Ticket {
    state: AtomicU8,
    pub(super) call: Call,
}

const WAITING: u8 = 0;
const TAKEN: u8 = 1;
const WRITTEN: u8 = 2;
const LOST: u8 = 3;
const GIVEN_UP: u8 = 4;

impl Ticket {
    fn new(call: Call) -> Self {
        Self { state: AtomicU8::new(WAITING), call }
    }

    /// The writer takes the admission, unless its caller has given up.
    pub(super) fn take(&self) -> bool {
        self.state.compare_exchange(WAITING, TAKEN, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    /// The admission is in the file. `false` if its caller has given up meanwhile.
    pub(super) fn written(&self) -> bool {
        self.state.swap(WRITTEN, Ordering::AcqRel) != GIVEN_UP
    }

    /// The admission is not in the file and never will be.
    pub(super) fn lost(&self) {
        self.state.store(LOST, Ordering::Release);
    }

    /// The caller gives up. `true` if the admission is in the file.
    fn give_up(&self) -> bool {
        self.state.swap(GIVEN_UP, Ordering::AcqRel) == WRITTEN
    }
}

/// An admitted call that has no outcome yet. Dropped without one, it gets an outcome `unknown`.
#[must_use = "an admitted call needs an outcome"]
pub struct Entry {
    journal: Journal,
    ticket: Arc<Ticket>,
    receipt: Option<Receipt>,
    closed: bool,
}

impl Entry {
    /// The admission's place in the chain.
    #[must_use]
    pub fn seq(&self) -> u64 {
        self.receipt.map_or(0, |receipt| receipt.seq)
    }

    /// Records the outcome, before the call is answered.
    ///
    /// # Errors
    /// When the outcome is not in the file within the deadline: the answer has to say that the
    /// call was carried out and not recorded. The outcome is kept and written when that is
    /// possible again.
    pub async fn close(mut self, outcome: &Outcome) -> Result<Receipt, JournalError> {
        self.closed = true;
        let fragment = line::outcome(&self.ticket.call, outcome);
        self.journal.submit(fragment, Purpose::Outcome).await
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        if !self.closed && self.ticket.give_up() {
            // A caller that never saw its receipt has sent nothing; any other may have.
            let result = match self.receipt {
                Some(_) => OutcomeResult::Unknown,
                None => OutcomeResult::Abandoned,
            };
            self.journal.end_unclosed(&self.ticket.call, result);
        }
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry").field("id", &self.ticket.call.id).finish_non_exhaustive()
    }
}
