//! The client of one call, as the endpoint may speak to it while the call runs.
//!
//! The first thing said turns the answer into a stream of server-sent events. Without sessions, a
//! client's answer to a request of ours arrives in another POST; it is recognised by the request's
//! id alone, which is 128 random bits.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};

use crate::jsonrpc::{Id, print_notification, print_request};
use crate::mcp::Era;

/// What a client answered: its result, or its error object.
pub type ClientAnswer = Result<Box<RawValue>, Box<RawValue>>;

/// Requests of ours that wait for a client's answer.
#[derive(Debug, Default)]
pub(super) struct Pending(Mutex<HashMap<String, oneshot::Sender<ClientAnswer>>>);

impl Pending {
    /// Hands an answer to whoever waits for it; an unknown id is ignored.
    pub(super) fn settle(&self, id: &Id, answer: ClientAnswer) {
        let Id::Text(id) = id else { return };
        let waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
        if let Some(waiting) = waiting {
            let _gone = waiting.send(answer);
        }
    }

    fn expect(self: &Arc<Self>, id: &str) -> (Expected, oneshot::Receiver<ClientAnswer>) {
        let (sender, receiver) = oneshot::channel();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), sender);
        (Expected { pending: Arc::clone(self), id: id.to_owned() }, receiver)
    }
}

/// Forgets a request when nobody waits for its answer any more.
struct Expected {
    pending: Arc<Pending>,
    id: String,
}

impl Drop for Expected {
    fn drop(&mut self) {
        self.pending.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}

/// Why a client could not be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PeerError {
    /// It takes no stream, has hung up, or is modern (which has no requests to clients).
    #[error("the client can't be asked")]
    Unreachable,
    /// It didn't answer in time.
    #[error("the client did not answer in time")]
    Silent,
}

/// The client of one call.
#[derive(Debug, Clone)]
pub struct Peer {
    pub(super) events: mpsc::Sender<Bytes>,
    /// Whether the client takes a stream.
    pub(super) streams: bool,
    pub(super) pending: Arc<Pending>,
    pub(super) era: Era,
    pub(super) progress_token: Option<Id>,
    pub(super) patience: Duration,
}

impl Peer {
    /// Sends a notification. Returns whether the client can still get it.
    pub async fn notify<P: Serialize + Send>(&self, method: &str, params: P) -> bool {
        let Ok(message) = print_notification(method, params) else { return false };
        self.send(message).await
    }

    /// Tells progress, if the request gave a token for it. `progress` must grow.
    pub async fn progress(&self, progress: u64, total: Option<u64>, message: Option<&str>) -> bool {
        let Some(token) = &self.progress_token else { return false };
        let mut params = json!({ "progressToken": token, "progress": progress });
        if let Some(members) = params.as_object_mut() {
            members.extend(total.map(|total| ("total".to_owned(), Value::from(total))));
            members.extend(message.map(|text| ("message".to_owned(), Value::from(text))));
        }
        self.notify("notifications/progress", params).await
    }

    /// Asks the client (legacy: sampling, elicitation, roots) and waits for its answer.
    ///
    /// # Errors
    /// [`PeerError`] where it can't be asked or doesn't answer.
    pub async fn request<P: Serialize + Send>(
        &self,
        method: &str,
        params: P,
    ) -> Result<ClientAnswer, PeerError> {
        if self.era == Era::Modern {
            return Err(PeerError::Unreachable);
        }
        let id = random_id().ok_or(PeerError::Unreachable)?;
        let message = print_request(&Id::Text(id.clone()), method, params)
            .map_err(|_error| PeerError::Unreachable)?;
        let (_expected, answer) = self.pending.expect(&id);
        if !self.send(message).await {
            return Err(PeerError::Unreachable);
        }
        match tokio::time::timeout(self.patience, answer).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(_dropped)) => Err(PeerError::Unreachable),
            Err(_elapsed) => Err(PeerError::Silent),
        }
    }

    async fn send(&self, message: Vec<u8>) -> bool {
        self.streams && self.events.send(super::answer::event(&message)).await.is_ok()
    }
}

fn random_id() -> Option<String> {
    let mut bits = [0_u8; 16];
    getrandom::fill(&mut bits).ok()?;
    Some(format!("{:032x}", u128::from_be_bytes(bits)))
}
