//! What tests can make the org do wrong. Nothing that comes over HTTP reaches these switches.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::json::{Json, object};

/// Most faults that can wait.
const MOST_WAITING: usize = 10_000;

/// One wrong answer to a data request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// 403 with `REQUEST_LIMIT_EXCEEDED`.
    LimitExceeded,
    /// 429 with `Retry-After`.
    TooManyRequests {
        /// What the header says, in seconds.
        retry_after_s: u32,
    },
    /// 401 with `INVALID_SESSION_ID`, although the token is right.
    SessionInvalid,
    /// 500 with `UNKNOWN_EXCEPTION`.
    ServerError,
    /// No answer before [`Faults::release`]; then the right one.
    Hang,
    /// The right answer, cut in the middle, and the connection closed.
    Truncated,
    /// The right answer, then spaces up to so many bytes in all.
    Giant {
        /// How many.
        bytes: u64,
    },
    /// The right answer under another `Content-Type`.
    ContentType(String),
    /// 302 to this place.
    Redirect(String),
    /// Any status, content type and body.
    Raw {
        /// From 200 to 599.
        status: u16,
        /// The value of `Content-Type`.
        content_type: String,
        /// The body.
        body: String,
    },
}

impl Fault {
    /// Whether the request gets no right answer, and changes nothing.
    pub(super) fn is_refusal(&self) -> bool {
        match self {
            Self::LimitExceeded
            | Self::TooManyRequests { .. }
            | Self::SessionInvalid
            | Self::ServerError
            | Self::Redirect(_)
            | Self::Raw { .. } => true,
            Self::Hang | Self::Truncated | Self::Giant { .. } | Self::ContentType(_) => false,
        }
    }
}

/// The org's faults, waiting for their turn.
#[derive(Debug)]
pub struct Faults {
    waiting: Mutex<Waiting>,
    released: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Waiting {
    data: VecDeque<Fault>,
    token: VecDeque<Fault>,
    lying: bool,
}

impl Faults {
    pub(super) fn new() -> Self {
        Self { waiting: Mutex::default(), released: watch::channel(0).0 }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes each of the next `count` data requests meet `fault`, after those that wait already.
    pub fn next(&self, count: usize, fault: Fault) {
        let mut waiting = self.lock();
        let room = MOST_WAITING.saturating_sub(waiting.data.len());
        waiting.data.extend(std::iter::repeat_n(fault, count.min(room)));
    }

    /// The same for token requests.
    pub fn next_token(&self, count: usize, fault: Fault) {
        let mut waiting = self.lock();
        let room = MOST_WAITING.saturating_sub(waiting.token.len());
        waiting.token.extend(std::iter::repeat_n(fault, count.min(room)));
    }

    /// Makes the org lie from now on, or stop it: every object of every answer gets `SSN__c` and
    /// members that nobody asked for.
    pub fn lie(&self, lying: bool) {
        self.lock().lying = lying;
    }

    /// Lets all answers go that hang now.
    pub fn release(&self) {
        self.released.send_modify(|times| *times = times.wrapping_add(1));
    }

    /// Forgets all faults that wait, stops lying and lets go what hangs.
    pub fn clear(&self) {
        *self.lock() = Waiting::default();
        self.release();
    }

    pub(super) fn take(&self, token: bool) -> Option<Fault> {
        let mut waiting = self.lock();
        if token { waiting.token.pop_front() } else { waiting.data.pop_front() }
    }

    pub(super) fn lying(&self) -> bool {
        self.lock().lying
    }

    /// Waits for [`Self::release`].
    pub(super) async fn hang(&self) {
        let mut released = self.released.subscribe();
        // The sender lives as long as this does, so this ends with a release.
        let _released = released.changed().await;
    }
}

/// Puts what was not asked for into every object of an answer.
pub(super) fn embellish(body: &mut Json) {
    match body {
        Json::List(items) => items.iter_mut().for_each(embellish),
        Json::Object(members) => {
            for (key, value) in members.iter_mut() {
                if key != "attributes" {
                    embellish(value);
                }
            }
            members.push(("SSN__c".to_owned(), Json::from("987-00-4321")));
            members.push(("Unasked__c".to_owned(), Json::from("not part of any describe")));
            members.push(("Unasked__r".to_owned(), object! { "Salary__c" => 1_000_000_u32 }));
        }
        Json::Null | Json::Bool(_) | Json::Int(_) | Json::Float(_) | Json::Text(_) => {}
    }
}
