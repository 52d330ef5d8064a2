//! The journal as its callers see it: opened once, shared by all calls.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime};

use tokio::sync::oneshot;

use super::chain::{Chain, Scan};
use super::entry::Entry;
use super::event::{Admission, Call, CallId, Event, Outcome, OutcomeResult};
use super::line::{self, LATE};
use super::open::{self, OpenError, Start};
use super::storage::Storage;
use super::writer::{Job, Lent, Message, Purpose, Writer};

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

/// The wall clock that events are stamped with.
pub(super) type Wall = Arc<dyn Fn() -> SystemTime + Send + Sync>;

pub(super) const WRITABLE: u8 = 0;
pub(super) const FAILED: u8 = 1;
pub(super) const STALLED: u8 = 2;

/// What callers and the writer share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    pub(super) health: AtomicU8,
    /// The last write took long.
    pub(super) slow: AtomicBool,
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
    writer: Lent,
    /// Whether callers may write themselves.
    callers_write: bool,
    /// Writing means waiting for the disk, so that callers never do it themselves.
    durable: bool,
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
    /// behind, records the start, and starts the journal's own thread.
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
        let (storage, scan) = open::file(&settings.path)?;
        Self::resume(storage, scan, settings, start, Arc::new(wall))
    }

    /// Goes on after what `scan` found in `storage`.
    pub(super) fn resume(
        mut storage: Box<dyn Storage>,
        scan: Scan,
        settings: &JournalSettings,
        start: &Start<'_>,
        wall: Wall,
    ) -> Result<Self, OpenError> {
        let (chain, len) = open::begin(&mut *storage, scan, settings, start, &wall)?;
        Self::spawn(storage, chain, len, settings, wall).map_err(|error| OpenError::Write {
            path: settings.path.clone(),
            why: error.to_string(),
        })
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
        let writer = Lent::new(writer);
        let own = writer.clone();
        thread::Builder::new().name("journal".to_owned()).spawn(move || own.run(&receiver))?;
        Ok(Self {
            queue,
            writer,
            callers_write: false,
            durable,
            shared,
            deadline: settings.deadline,
            wall,
        })
    }

    /// Whether callers write their events on their own threads where that is quick, which saves two
    /// threads waking each other. A write that comes to stand still then holds up what else lives on
    /// its caller's thread: only for callers that are spread over several.
    #[must_use]
    pub fn written_by_callers(mut self, whether: bool) -> Self {
        self.callers_write = whether;
        self
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

    /// As [`Self::append`], always written by the journal's own thread: for who may not be held up by
    /// a write that stands still.
    ///
    /// # Errors
    /// When the event is not in the file within the deadline.
    pub async fn append_aside(&self, event: &Event) -> Result<Receipt, JournalError> {
        self.clone().written_by_callers(false).append(event).await
    }

    /// Records that a call is let through, before anything leaves for Salesforce.
    ///
    /// An error means that nothing may leave. Dropping this future is safe at any point: an
    /// admission that is written all the same is followed by an outcome `abandoned`.
    ///
    /// # Errors
    /// When the admission is not in the file within the deadline.
    pub async fn admit(&self, admission: &Admission) -> Result<Entry, JournalError> {
        // Made before anything waits, so that dropping it settles the admission at any point.
        let mut entry = Entry::pending(self.clone(), admission.call.clone());
        let purpose = Purpose::Admission(entry.ticket());
        entry.admitted(self.submit(line::admission(admission), purpose).await?);
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

    pub(super) async fn submit(
        &self,
        fragment: String,
        purpose: Purpose,
    ) -> Result<Receipt, JournalError> {
        if self.health() == Health::Stalled {
            self.shared.count_refused();
            self.keep_outcome(fragment, &purpose);
            return Err(JournalError::Stalled);
        }
        let (reply, answer) = oneshot::channel();
        if let Err(job) = self.write_here(Job { fragment, purpose, reply })
            && let Err((error, message)) = self.send(Message::Append(job))
        {
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

    /// Writes an event on this thread, or gives it back. Where the write comes to stand still,
    /// callers on other threads find the writer lent and are refused at the deadline.
    fn write_here(&self, job: Job) -> Result<(), Job> {
        let quick = !self.durable && !self.shared.slow.load(Ordering::Acquire);
        if !(self.callers_write && quick && self.health() == Health::Writable) {
            return Err(job);
        }
        self.writer.write_here(job)?;
        if self.health() != Health::Writable {
            // The journal's own thread tries again, and waits for what it isn't told of.
            let _ = self.send(Message::Wake);
        }
        Ok(())
    }

    /// An outcome is true whether or not its caller could wait for it: it is written later.
    fn keep_outcome(&self, fragment: String, purpose: &Purpose) {
        match purpose {
            Purpose::Outcome => {
                self.shared.push_late(fragment);
                // The writer may have looked a moment ago.
                let _ = self.send(Message::Wake);
            }
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

    pub(super) fn end_unclosed(&self, call: &Call, result: OutcomeResult) {
        let outcome = Outcome { reason: Some("dropped".to_owned()), ..Outcome::new(result) };
        self.shared.push_late(line::outcome(call, &outcome));
        let _ = self.send(Message::Wake);
    }
}
