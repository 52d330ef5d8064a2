//! An admitted call between its admission and its outcome, whoever goes away meanwhile.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use super::event::{Call, Outcome, OutcomeResult};
use super::journal::{Journal, JournalError, Receipt};
use super::line;
use super::writer::Purpose;

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
    pub(super) fn new(call: Call) -> Self {
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
    /// An admission that is on its way to the writer.
    pub(super) fn pending(journal: Journal, call: Call) -> Self {
        Self { journal, ticket: Arc::new(Ticket::new(call)), receipt: None, closed: false }
    }

    pub(super) fn ticket(&self) -> Arc<Ticket> {
        Arc::clone(&self.ticket)
    }

    /// The caller has seen that the admission is in the file.
    pub(super) fn admitted(&mut self, receipt: Receipt) {
        self.receipt = Some(receipt);
    }

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
